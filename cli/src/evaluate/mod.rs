//! `voxhumana evaluate`: how good a detector is on labelled recordings.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `run.rs` | from a list to its figures |
//! | `trial.rs`, `list.rs` | a recording with its label; many of them |
//! | `list_file.rs`, `list_csv.rs`, `protocols.rs` | lists in files: CSV, ASVspoof's |
//! | `score_files.rs` | scores from files, and to them |
//! | `scan.rs` | scores by scanning the recordings |
//! | `figures.rs` | the error rates of all trials and of each group |
//! | `table.rs` | the figures for people |
//! | `picture.rs` | DET curve and histogram |

mod args;
mod figures;
mod list;
mod list_csv;
mod list_file;
mod picture;
mod protocols;
mod run;
mod scan;
mod score_files;
mod table;
mod trial;

pub use args::Args;
pub use run::run;
