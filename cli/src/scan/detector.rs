//! From the command line to a detector.

use anyhow::{Result, bail};
use voxhumana::audio::RawFormat;
use voxhumana::report::Recording;
use voxhumana::{DecodeOptions, Detector};

use super::detector_args::{DetectorArgs, RawCodecArg};
use crate::say::say;
use crate::{model, workers};

/// The detector that the command line asks for, which shares the processors with `jobs - 1` others
/// at work.
pub fn build(args: &DetectorArgs, jobs: usize) -> Result<Detector> {
    if args.raw_codec == Some(RawCodecArg::Auto) {
        let given = [
            (args.raw_rate.is_some(), "--raw-rate"),
            (args.raw_force, "--raw-force"),
            (args.raw_channels != 1, "--raw-channels"),
        ];
        if let Some((_, flag)) = given.iter().find(|(is_given, _)| *is_given) {
            bail!("{flag}: --raw-codec auto guesses; name the codec, or leave out {flag}");
        }
    }
    let threads = args.jobs.map_or_else(workers::processors, usize::from) / jobs;
    let mut builder = Detector::builder()
        .model(model::load(args.model.as_deref(), args.runtime)?)
        .channel_names(&args.channels)
        .mix(args.mix)
        .threads(threads.max(1));
    builder = model::at(builder, Some(&args.threshold), args.prior);
    Ok(builder.decode_options(decode_options(args)).build()?)
}

/// How the command line says to decode.
pub fn decode_options(args: &DetectorArgs) -> DecodeOptions {
    let mut options = match raw_format(args) {
        None => DecodeOptions::default(),
        Some(format) if args.raw_force => DecodeOptions::raw_forced(format),
        Some(format) => DecodeOptions::raw(format),
    };
    options.guess_raw = args.raw_codec == Some(RawCodecArg::Auto);
    options.ffmpeg = args.ffmpeg;
    options.tracks.clone_from(&args.track);
    options
}

/// Says of a recording that `--raw-codec` was not for it.
pub fn warn_of_header(args: &DetectorArgs, recording: &Recording) {
    if let (Some(RawCodecArg::Codec(codec)), false, Some(report)) =
        (args.raw_codec, args.raw_force, recording.report())
        && report.input.container != "raw"
    {
        let input = &report.input;
        say!(
            "warning: {}: has a header ({}, {}) and is read by it, not as {codec}; --raw-force \
             reads all its bytes as samples",
            recording.path,
            input.container,
            input.codec
        );
    }
}

fn raw_format(args: &DetectorArgs) -> Option<RawFormat> {
    match args.raw_codec? {
        RawCodecArg::Auto => None,
        RawCodecArg::Codec(codec) => Some(RawFormat {
            codec,
            sample_rate_hz: args.raw_rate.unwrap_or(codec.usual_sample_rate_hz()),
            channels: args.raw_channels,
        }),
    }
}
