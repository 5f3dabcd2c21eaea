//! The command line of `voxhumana report`.

use std::path::PathBuf;

use voxhumana::Runtime;

use crate::results::{FailOn, OutputFormat, PageArgs};

const EXAMPLES: &str = "\
Examples:
  voxhumana scan --windows --format jsonl --output results.jsonl calls/
  voxhumana report results.jsonl --threshold low-false-alarm
      Once a scan, then as many thresholds as you like: nothing is decoded or scored again.
  voxhumana report results.jsonl --operating-point high-recall --html pages --csv calls.csv
      Pages and a table for people. Pictures are made of recordings that are still where they were.
  voxhumana report results.jsonl --threshold -0.5 --format jsonl --output strict.jsonl
  voxhumana compare results.jsonl strict.jsonl
      Which verdicts a threshold of your own would change.
  voxhumana report results.jsonl --metadata calls.csv --html pages
      Without --threshold, the verdicts are those of the scan.

Exit codes:
  0  every result has a verdict, none is flagged
  1  at least one is flagged as synthetic (or what --fail-on says)
  2  a result is an error, or something could not be done; the command line was wrong";

/// Renders the results of a scan again, also at another threshold.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Results that `voxhumana scan --format jsonl` (or json) wrote
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,

    /// Operating point of the model (balanced, low-false-alarm, high-recall), or a number [default:
    /// that of the results]
    ///
    /// As for a scan. Verdicts are made again from the scores of the windows, which the results
    /// keep if they were made with --windows.
    #[arg(
        short,
        long,
        visible_alias = "operating-point",
        value_name = "NAME|LLR",
        allow_negative_numbers = true
    )]
    pub threshold: Option<String>,

    /// As for a scan: how likely a call is synthetic beforehand. Needs the windows as well
    #[arg(long, value_name = "P")]
    pub prior: Option<f64>,

    /// Form of the results
    #[arg(short, long, value_enum, default_value_t)]
    pub format: OutputFormat,

    /// Write results to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Also write a CSV to this file, one row per channel
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,

    /// Pages for people.
    #[command(flatten)]
    pub pages: PageArgs,

    /// Also write a label track for each recording into this folder, for Audacity
    #[arg(long, value_name = "FOLDER")]
    pub labels: Option<PathBuf>,

    /// Join a CSV with what else is known of each call, in place of what the results have
    #[arg(long, value_name = "CSV")]
    pub metadata: Option<PathBuf>,

    /// Verdicts on a recording that make the exit code 1
    #[arg(
        long,
        value_enum,
        value_name = "VERDICT",
        value_delimiter = ',',
        default_value = "synthetic"
    )]
    pub fail_on: Vec<FailOn>,

    /// The ONNX file that gave the scores, if it is not the model inside this program
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// The runtime of the model: auto, tract or onnxruntime
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub runtime: Runtime,

    /// Nothing on standard error but errors
    #[arg(short, long)]
    pub quiet: bool,
}

impl Args {
    /// Whether the model is needed: for its thresholds, and for what pages say of it.
    pub fn needs_model(&self) -> bool {
        self.decides_again() || self.pages.html.is_some()
    }

    /// Whether verdicts or probabilities are made again.
    pub fn decides_again(&self) -> bool {
        self.threshold.is_some() || self.prior.is_some()
    }
}
