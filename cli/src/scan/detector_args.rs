//! The flags that decide about the result of a recording, for every verb that scans.

use std::path::PathBuf;
use std::str::FromStr;

use clap::value_parser;
use voxhumana::Runtime;
use voxhumana::audio::{MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ, RawCodec};

/// How recordings are decoded and scored.
#[derive(Debug, clap::Args)]
pub struct DetectorArgs {
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
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
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
    #[arg(long, value_name = "HZ", requires = "raw_codec", value_parser = raw_rate)]
    pub raw_rate: Option<u32>,

    /// Interleaved channels of headerless samples
    #[arg(
        long,
        value_name = "N",
        requires = "raw_codec",
        default_value_t = 1,
        value_parser = raw_channels
    )]
    pub raw_channels: u16,
}

fn raw_rate(text: &str) -> Result<u32, String> {
    let accepted = MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ;
    let rate = text.parse().ok().filter(|rate| accepted.contains(rate));
    rate.ok_or_else(|| format!("accepted: {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} (Hz)"))
}

fn raw_channels(text: &str) -> Result<u16, String> {
    let channels: Option<u16> = text.parse().ok();
    let channels = channels.filter(|&n| (1..=MAX_CHANNELS).contains(&usize::from(n)));
    channels.ok_or_else(|| format!("accepted: 1 to {MAX_CHANNELS}"))
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
