//! `voxhumana compare`: the results of two scans side by side.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `run.rs` | two files of results to figures |
//! | `side.rs`, `pairs.rs` | a recording in one of them; in both |
//! | `truth.rs` | what turned out true |
//! | `figures.rs`, `moves.rs`, `rates.rs` | verdicts that flip, scores that move, error rates |
//! | `table.rs` | the figures for people |

mod args;
mod figures;
mod moves;
mod pairs;
mod rates;
mod run;
mod side;
mod table;
mod truth;

pub use args::Args;
pub use run::run;
