//! The command line of `voxhumana evaluate`.

use std::path::PathBuf;

use clap::value_parser;
use voxhumana::Runtime;

const EXAMPLES: &str = "\
Examples:
  voxhumana evaluate list.csv
      Scan the recordings that the list names; its columns are file,label[,group...].
  voxhumana evaluate truth.csv --results results.jsonl
      What turned out true (path,label) against a scan that was made: nothing is scanned.
  voxhumana evaluate list.csv --seconds 4 --by generator
      Score the first 4 s of each; one line per generator.
  voxhumana evaluate protocol.txt --scores scores.txt
      An ASVspoof protocol and a score file: nothing is scanned.
  voxhumana evaluate ASVspoof5.eval.tsv --audio flac_E_eval --write-scores scores.tsv
      Scan what a protocol names, and keep the scores. --picture det.svg draws them.

The score of a recording is the log-likelihood ratio of its worst channel, bona fide over spoof.
Figures per group set the spoofs of the group against its own human recordings, or against all of
them where it has none (and the other way round).

Exit codes:
  0  every recording has a score
  2  some have none, or the command line was wrong";

/// Measures error rates on a list of labelled recordings.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The list: CSV with columns file,label[,score][,group...], or an ASVspoof 2019, 2021 or 5
    /// protocol
    ///
    /// Labels are bonafide and spoof; rows without one are left out. The column `file` may be
    /// called `path`. Files of a CSV are found relative to it.
    pub list: PathBuf,

    /// Take scores from this file (lines of name and score) instead of scanning
    #[arg(long, value_name = "FILE")]
    pub scores: Option<PathBuf>,

    /// Take scores from the results of a scan (--format jsonl or json) instead of scanning
    ///
    /// A row of the list names a recording by its path, a part of its path or its file name.
    #[arg(long, value_name = "RESULTS", conflicts_with = "scores")]
    pub results: Option<PathBuf>,

    /// Scan although the list has a column `score`
    #[arg(long, conflicts_with_all = ["scores", "results"])]
    pub scan: bool,

    /// Folder of the recordings that a protocol names
    #[arg(long, value_name = "FOLDER")]
    pub audio: Option<PathBuf>,

    /// Score only so many seconds from the start of each recording
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub seconds: Option<f64>,

    /// Columns to report by
    ///
    /// Any column of the list. Without this: those of a CSV named family, generator, source,
    /// language, codec, attack, corpus, kind, group, quality, vocoder or transmission; of a
    /// protocol attack, codec and the like.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub by: Vec<String>,

    /// Resamples of the 95 % bootstrap interval
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub resamples: usize,

    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write the scores in ASVspoof 5 form (`filename`, `cm-score`, tab-separated)
    #[arg(long, value_name = "FILE")]
    pub write_scores: Option<PathBuf>,

    /// Draw the DET curve and the histogram of the scores (SVG)
    #[arg(long, value_name = "FILE.svg")]
    pub picture: Option<PathBuf>,

    /// Recordings to scan at once [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    /// Score with this ONNX file instead of the model inside the program
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// The runtime of the model
    #[arg(long, value_name = "auto|tract|onnxruntime", default_value = "auto")]
    pub runtime: Runtime,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if s > 0.0 && s.is_finite() => Ok(s),
        _ => Err("a number above 0 is needed".into()),
    }
}
