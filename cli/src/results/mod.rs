//! Results, however they came to be: written for people and programs, and read again.
//!
//! | file | what it does |
//! |---|---|
//! | `output.rs`, `output_format.rs`, `output_file.rs`, `table.rs` | `--format` and `--output` |
//! | `pages.rs`, `page_args.rs`, `page_media.rs` | HTML pages: which, and what is on them |
//! | `labels.rs`, `sidecars.rs` | a file for each recording |
//! | `metadata.rs`, `rows.rs`, `join.rs` | `--metadata`: what else is known of a call |
//! | `read.rs` | results of an earlier scan |
//! | `exit.rs` | `--fail-on` and the exit code |

mod exit;
mod join;
mod labels;
mod metadata;
mod output;
mod output_file;
mod output_format;
mod page_args;
mod page_media;
mod pages;
mod read;
mod rows;
mod sidecars;
mod table;

pub use exit::{FailOn, exit_code};
pub use join::Finder;
pub use labels::Labels;
pub use metadata::Metadata;
pub use output::Output;
pub use output_file::{cannot_write, file, open};
pub use output_format::OutputFormat;
pub use page_args::PageArgs;
pub use pages::{INDEX, Pages};
pub use read::{MAX_LINE_BYTES, each, identity, latest};
pub use rows::{Rows, delimiter};
