//! The command line of `voxhumana compare`.

use std::path::PathBuf;

use clap::ValueEnum;

const EXAMPLES: &str = "\
Examples:
  voxhumana compare old.jsonl new.jsonl
      Two scans of the same archive: by another model, at another threshold, by another version.
  voxhumana report old.jsonl --threshold high-recall --format jsonl --output new.jsonl
  voxhumana compare old.jsonl new.jsonl --by queue,folder
      A new threshold without a scan (old.jsonl was made with --windows), by group.
  voxhumana compare old.jsonl new.jsonl --labels truth.csv
      truth.csv has the columns path,label (bonafide or spoof): what turned out true. Its error
      rates stand beside both. voxhumana evaluate truth.csv --results new.jsonl has more figures.

The score of a recording is the llr of its worst channel. Recordings are paired by path, or, where
they were moved, by their bytes. \"folder\" is a group as a column of --metadata is.

Exit codes:
  0  compared, whatever came out
  2  nothing could be compared, or the command line was wrong";

/// Compares the results of two scans.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Results as they are
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// Results as they would be
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// What turned out true: a CSV with the columns path,label (bonafide or spoof)
    #[arg(long, value_name = "CSV")]
    pub labels: Option<PathBuf>,

    /// Join a CSV with what else is known of each call, as `voxhumana scan --metadata` does
    #[arg(long, value_name = "CSV")]
    pub metadata: Option<PathBuf>,

    /// Groups to show: columns of the metadata, or folder [default: those of 2 to 20 values]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub by: Vec<String>,

    /// Form of the comparison
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,

    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document, with every recording whose verdict flips
    Json,
}
