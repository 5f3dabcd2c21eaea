//! The command line of `voxhumana bench`.

use std::path::PathBuf;

use clap::value_parser;

use crate::scan::{DetectorArgs, FolderArgs};

const EXAMPLES: &str = "\
Examples:
  voxhumana bench calls/
      Scans recordings of your own for a minute, on all processors, and keeps no result.
  voxhumana bench --jobs 4 --seconds 300 --agents 50,400 --hours 5.5 calls/
      For a machine that has other work, and centres of your size.

The numbers are of this machine, these recordings and this moment: leave it alone meanwhile, and
give it recordings as yours are. Recordings of silence go through faster than talk.";

/// Measures a scan.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Folders of recordings (searched with their subfolders)
    #[arg(required = true, value_name = "FOLDER")]
    pub inputs: Vec<PathBuf>,

    /// Begin no recording after so long
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = value_parser!(u64).range(1..=86_400)
    )]
    pub seconds: u64,

    /// Sizes of contact centres
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "100,1000,10000",
        value_parser = value_parser!(u64).range(1..=10_000_000)
    )]
    pub agents: Vec<u64>,

    /// Hours of recorded calls of one agent in a day
    #[arg(long, value_name = "HOURS", default_value_t = 6.0, value_parser = hours)]
    pub hours: f64,

    /// Which files of the folders.
    #[command(flatten)]
    pub folders: FolderArgs,

    /// How recordings are decoded and scored.
    #[command(flatten)]
    pub detector: DetectorArgs,
}

fn hours(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|&hours| hours > 0.0 && hours <= 24.0)
        .ok_or_else(|| "a number of hours, up to 24".to_owned())
}
