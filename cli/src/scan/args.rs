//! The command line of a scan.

use std::path::PathBuf;

use super::detector_args::DetectorArgs;
use super::folder_args::FolderArgs;
use super::help::EXAMPLES;
use crate::results::{FailOn, OutputFormat, PageArgs};

/// The arguments of a scan.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Recordings, folders of recordings (searched with their subfolders), or - for standard input
    ///
    /// In folders, files are taken by their extension (wav, mp3, flac, ogg, opus, m4a, ...); a file
    /// named here is taken whatever its name.
    #[arg(required_unless_present = "demo", value_name = "FILE|FOLDER|-")]
    pub inputs: Vec<PathBuf>,

    /// Scan the call that comes with the program, to see what a result looks like
    ///
    /// Twenty-nine seconds of telephone, in English: a synthesiser (hibari, which the model was
    /// trained on) on the left, a person (lines of the game Unknown Horizons, CC BY-SA 3.0) on the
    /// right. It was chosen because both verdicts are right, so that it says nothing of how often
    /// they are; `voxhumana model` has measured rates.
    #[arg(long, conflicts_with_all = ["inputs", "resume", "evidence"])]
    pub demo: bool,

    /// Form of the results
    #[arg(short, long, value_enum, default_value_t)]
    pub format: OutputFormat,

    /// Write results to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Pages for people.
    #[command(flatten)]
    pub pages: PageArgs,

    /// Also write a label track for each recording into this folder, to be opened beside it in
    /// Audacity
    ///
    /// File > Import > Labels there. The names are those of the recordings, with .txt, in the same
    /// subfolders.
    #[arg(long, value_name = "FOLDER")]
    pub labels: Option<PathBuf>,

    /// Go on with an interrupted scan: keep the results in the --output file and scan what is
    /// missing there
    ///
    /// A recording counts as done if its bytes, the model and the settings are those of its result.
    /// Recordings that could not be read are tried again. Needs --format jsonl.
    #[arg(long, requires = "output")]
    pub resume: bool,

    /// Keep the score of every window in the results
    ///
    /// From them `voxhumana report` makes verdicts at another threshold or operating point, without
    /// a scan. Needs --format jsonl or json, whose lines grow by some 80 bytes for each second of
    /// speech.
    #[arg(long)]
    pub windows: bool,

    /// Join a CSV with what else is known of each call: queue, agent, caller, start
    ///
    /// Its column `path` or `file` names the recording by its path, a part of its path or its file
    /// name; all other columns go into results, pages, evidence and the CSV. Rows without a
    /// recording and recordings without a row are counted and named.
    #[arg(long, value_name = "CSV")]
    pub metadata: Option<PathBuf>,

    /// Write what the scan rests on to this file, for others to check with `voxhumana verify`
    ///
    /// A JSON document with the SHA-256 of each recording, what it was decoded to, every score,
    /// model, settings and time; names of files, but not where they lie. Never overwritten. Not
    /// with --resume: of what an earlier run did, the scores are gone.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub evidence: Option<PathBuf>,

    /// Sign the evidence with this private key, made by `voxhumana keygen`
    #[arg(long, value_name = "PEM", requires = "evidence")]
    pub evidence_key: Option<PathBuf>,

    /// Which files of folders.
    #[command(flatten)]
    pub folders: FolderArgs,

    /// How recordings are decoded and scored.
    #[command(flatten)]
    pub detector: DetectorArgs,

    /// Verdicts on a recording that make the exit code 1
    ///
    /// Can be several, as in synthetic,inconclusive.
    #[arg(
        long,
        value_enum,
        value_name = "VERDICT",
        value_delimiter = ',',
        default_value = "synthetic"
    )]
    pub fail_on: Vec<FailOn>,

    /// Take flags from this TOML file; those of the command line win
    ///
    /// Its keys are the long flags without --, e.g. threshold = "high-recall", channels = ["agent",
    /// "caller"], mix = true. Relative paths in it start from its folder. What it switches on,
    /// --no-SWITCH switches off.
    #[arg(long, value_name = "FILE", env = "VOXHUMANA_CONFIG")]
    pub config: Option<PathBuf>,

    /// Nothing on standard error but errors: no progress, no summary
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say on standard error what is about to be done: model, threshold, recordings found
    #[arg(short, long)]
    pub verbose: bool,
}
