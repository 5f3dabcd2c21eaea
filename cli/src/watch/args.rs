//! The command line of `voxhumana watch`.

use std::path::PathBuf;
use std::time::Duration;

use crate::results::PageArgs;
use crate::scan::{DetectorArgs, FolderArgs};

const EXAMPLES: &str = "\
Examples:
  voxhumana watch calls/ --output results.jsonl
      Scans what is in the folder and what arrives, one line each. Started again, it goes on.
  voxhumana watch /mnt/recorder --output results.jsonl --html pages --keep-pages 30
      With a page for each recording that is not bona fide, for thirty days.
  voxhumana watch calls/ --exclude '*.part' --settle 60 --output results.jsonl
      For a recorder that pauses for up to a minute in the middle of a file.
  voxhumana watch calls/ --output - --state watch.state | ./to-the-case-system
      Each line to a program. After a kill, the last lines may come a second time.
  voxhumana report results.jsonl --metadata calls.csv --csv today.csv
      What the results come to, with what else is known of each call.

Nothing in the folder is moved, changed or deleted. A file that changes after it was scanned is
scanned again; the last line of a recording counts. A new model scores what arrives from then on;
voxhumana scan --resume makes older results anew.

Exit codes:
  0  stopped by Ctrl-C or SIGTERM; what was written until then is whole
  2  it cannot go on, or the command line was wrong";

/// Longest time that can be asked for, days.
const MAX_DAYS: f64 = 36_500.0;

/// Scans what arrives in folders, until it is stopped.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Folders that recordings arrive in (searched with their subfolders)
    #[arg(required = true, value_name = "FOLDER")]
    pub inputs: Vec<PathBuf>,

    /// Append results to this file, as JSON Lines; - for standard output
    ///
    /// Each line is on disk before the next recording counts as done. The file may be moved away at
    /// any time, as logrotate does: the next line begins a new one.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Pages for people.
    #[command(flatten)]
    pub pages: PageArgs,

    /// Delete pages that are older than this [default: none is deleted]
    ///
    /// Only pages that this verb wrote. Results stay: how long they may is for their own rotation.
    #[arg(long, value_name = "DAYS", value_parser = days, requires = "html")]
    pub keep_pages: Option<Duration>,

    /// Also write a label track for each recording into this folder, for Audacity
    #[arg(long, value_name = "FOLDER")]
    pub labels: Option<PathBuf>,

    /// Keep the score of every window in the results, for `voxhumana report`
    #[arg(long)]
    pub windows: bool,

    /// A file is complete when its size and time have stayed as they are for so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub settle: Duration,

    /// Look for files again after so long
    ///
    /// Folders are read, not subscribed to: so it works on network disks as well.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pub every: Duration,

    /// Keep what was done in this file [default: that of --output, with .state]
    ///
    /// Some hundred bytes for each file in the folders; those of files that are gone for a week are
    /// dropped. Put it on a disk of this machine.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Also write how far it is behind to this file, as JSON, whenever it looked
    #[arg(long, value_name = "FILE")]
    pub status: Option<PathBuf>,

    /// Which files of the folders.
    #[command(flatten)]
    pub folders: FolderArgs,

    /// How recordings are decoded and scored.
    #[command(flatten)]
    pub detector: DetectorArgs,

    /// Take flags from this TOML file; those of the command line win
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Nothing on standard error but errors and warnings
    #[arg(short, long)]
    pub quiet: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    span(text, 1.0, "seconds, such as 10 or 0.5")
}

fn days(text: &str) -> Result<Duration, String> {
    span(text, 86_400.0, "days, such as 30")
}

fn span(text: &str, unit_s: f64, accepted: &str) -> Result<Duration, String> {
    let number: Option<f64> = text.parse().ok();
    let span_s = number.map(|number| number * unit_s);
    span_s
        .filter(|&s| s > 0.0 && s <= MAX_DAYS * 86_400.0)
        .and_then(|s| Duration::try_from_secs_f64(s).ok())
        .ok_or_else(|| format!("a number of {accepted}, up to a hundred years"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units_and_limits() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(days("2"), Ok(Duration::from_secs(172_800)));
        for wrong in ["0", "-1", "NaN", "inf", "1e9999", "40000", "a week", ""] {
            let error = days(wrong).unwrap_err();
            assert!(error.contains("days, such as 30"), "{wrong}: {error}");
        }
    }
}
