//! `voxhumana bench`: how much this machine scans, and what a contact centre needs.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `run.rs` | the measurement |
//! | `capacity.rs` | from what was measured to days of calls |
//! | `memory.rs` | the memory that this process took |

mod args;
mod capacity;
mod memory;
mod run;

pub use args::Args;
pub use run::run;
