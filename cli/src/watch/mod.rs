//! `voxhumana watch`: a folder that recordings arrive in.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `run.rs` | look, scan what is complete, wait |
//! | `spool.rs` | which files are complete |
//! | `state.rs` | what was done, on disk |
//! | `lines.rs` | the file of results |
//! | `recover.rs` | what a killed run had written last |
//! | `shelf.rs` | pages: their index, and their end |
//! | `behind.rs` | how far it is behind |
//!
//! A result is whole on disk, line and page, before the state says so. Whatever kills the program,
//! at most the last line is not in the state, and the next start puts it there: no recording is
//! lost, and none has two lines.

mod args;
mod behind;
mod lines;
mod recover;
mod run;
mod shelf;
mod spool;
mod state;

pub use args::Args;
pub use run::run;
