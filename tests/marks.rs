//! Declarations of files: those of other tools with their stated outcomes, limits, hostile ones.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod marks {
    mod hostile;
    mod limits;
    mod matrix;
    mod places;
}
