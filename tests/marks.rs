//! Declarations of files: those of other tools with their stated outcomes, limits, hostile ones.

mod marks {
    mod hostile;
    mod limits;
    mod matrix;
}
