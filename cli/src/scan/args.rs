//! The command line of a scan.

use std::path::PathBuf;
use std::str::FromStr;

use clap::value_parser;
use voxhumana::Runtime;
use voxhumana::audio::RawCodec;

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
    #[arg(required = true, value_name = "FILE|FOLDER|-")]
    pub inputs: Vec<PathBuf>,

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

    /// In folders, take the files that match this glob, instead of those with the extension of a
    /// recording
    ///
    /// A glob without / is compared with the file's name, one with / with its path below the
    /// folder. Can be repeated.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// In folders, leave out files and subfolders that match this glob
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// In folders, try all files, whatever their extension
    #[arg(long, conflicts_with = "include")]
    pub all_files: bool,

    /// Operating point of the model (balanced, low-false-alarm, high-recall), or a number
    ///
    /// A number is a natural-log likelihood ratio, bona fide over synthetic: channels below it are
    /// synthetic. Higher flags more. `voxhumana model` lists the operating points with the rates
    /// that were measured for them.
    #[arg(
        short,
        long,
        visible_alias = "operating-point",
        value_name = "NAME|LLR",
        default_value = "balanced",
        allow_negative_numbers = true
    )]
    pub threshold: String,

    /// How likely a call is synthetic at this desk, before it is heard, e.g. 0.001
    ///
    /// The probability in results follows from it, and nothing else does: scores and verdicts stay.
    /// Without it, that of the operating point, see `voxhumana model`.
    #[arg(long, value_name = "P")]
    pub prior: Option<f64>,

    /// Names of the channels, in order [default: left,right]
    ///
    /// A recording with another number of channels is an error, but for a mono recording.
    #[arg(short, long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub channels: Vec<String>,

    /// Score the mean of all channels instead of each one
    ///
    /// Only for recordings whose channels hold the same voice.
    #[arg(long, conflicts_with = "channels")]
    pub mix: bool,

    /// Recordings to scan at once [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,

    /// Score with this ONNX file instead of the model inside the program
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// The runtime of the model: auto, tract (compiled in) or onnxruntime (a library on this
    /// machine)
    ///
    /// auto is onnxruntime if ORT_DYLIB_PATH names its library, else tract. Scores agree to 0.0001.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub runtime: Runtime,

    /// Let the program ffmpeg decode what this one cannot: AMR, Speex, G.726, WMA, AC-3 and others
    ///
    /// It is started for such files only, with limits on time, memory and output; the result says
    /// that it decoded them.
    #[arg(long)]
    pub ffmpeg: bool,

    /// Of recordings with several tracks, scan this one: its number from 1, title or language
    ///
    /// Can be repeated. Default: all tracks.
    #[arg(long, value_name = "TRACK")]
    pub track: Vec<String>,

    /// Read recordings without a header as samples
    #[arg(
        long,
        value_name = "CODEC",
        help = raw_codec_help(),
        long_help = format!("{}\n\n{RAW_CODEC_HELP}", raw_codec_help())
    )]
    pub raw_codec: Option<RawCodecArg>,

    /// Read every recording as --raw-codec says, also one that has a header
    ///
    /// For samples that happen to begin like a header.
    #[arg(long, requires = "raw_codec")]
    pub raw_force: bool,

    /// Sample rate of headerless samples, Hz [default: 16000 for g722, else 8000]
    #[arg(long, value_name = "HZ", requires = "raw_codec")]
    pub raw_rate: Option<u32>,

    /// Interleaved channels of headerless samples
    #[arg(long, value_name = "N", requires = "raw_codec", default_value_t = 1)]
    pub raw_channels: u16,

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

const RAW_CODEC_HELP: &str = "A recording that has a header (WAV, MP3, ...) is read by it, and a \
    warning says so; --raw-force reads it as samples all the same.";

/// The codecs as the library's table has them, so that a new one shows without a change here.
fn raw_codec_help() -> String {
    let names: Vec<_> = RawCodec::ALL.iter().map(|codec| codec.name()).collect();
    format!(
        "Read recordings without a header as samples: {}, or auto to guess",
        names.join(", ")
    )
}

/// `--raw-codec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawCodecArg {
    /// Guessed from the bytes, where they have no header.
    Auto,
    /// This one.
    Codec(RawCodec),
}

impl RawCodecArg {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Codec(codec) => codec.name(),
        }
    }
}

impl FromStr for RawCodecArg {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            _ => name
                .parse()
                .map(Self::Codec)
                .map_err(|e: voxhumana::Error| format!("{e}, auto")),
        }
    }
}
