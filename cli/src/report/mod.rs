//! `voxhumana report`: the results of an earlier scan, rendered again.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `run.rs` | results in, results out |
//! | `outputs.rs` | all that is written |
//! | `again.rs` | verdicts at another threshold |

mod again;
mod args;
mod outputs;
mod run;

pub use args::Args;
pub use run::run;
