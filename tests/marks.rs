//! Declarations of files: those of other tools with their stated outcomes, limits, and hostile files.

mod marks {
    mod hostile;
    mod limits;
    mod matrix;
    mod places;
}
