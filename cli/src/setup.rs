//! From the command line to a detector.

use std::thread::available_parallelism;

use anyhow::Result;
use voxhumana::audio::{RawCodec, RawFormat};
use voxhumana::{DecodeOptions, Detector, Model};

use super::args::Args;

/// Recordings to scan at once.
pub fn jobs(args: &Args, recordings: usize) -> usize {
    args.jobs
        .map_or_else(processors, usize::from)
        .clamp(1, recordings.max(1))
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The detector that the command line asks for, which shares the processors with `jobs - 1` others at work.
pub fn detector(args: &Args, jobs: usize) -> Result<Detector> {
    let threads = args.jobs.map_or_else(processors, usize::from) / jobs;
    let mut builder = Detector::builder()
        .model(match &args.model {
            Some(path) => Model::from_file(path, args.runtime)?,
            None => Model::bundled(args.runtime)?,
        })
        .channel_names(&args.channels)
        .mix(args.mix)
        .threads(threads.max(1));
    builder = match args.threshold.parse() {
        Ok(llr) => builder.threshold_llr(llr),
        Err(_) => builder.operating_point(&args.threshold),
    };
    Ok(builder.decode_options(decode_options(args)).build()?)
}

/// How the command line says to decode.
pub fn decode_options(args: &Args) -> DecodeOptions {
    raw_format(args).map_or_else(DecodeOptions::default, DecodeOptions::raw)
}

fn raw_format(args: &Args) -> Option<RawFormat> {
    args.raw_codec.map(|codec| RawFormat {
        codec,
        sample_rate_hz: args.raw_rate.unwrap_or(match codec {
            RawCodec::G722 => 16_000,
            _ => 8_000,
        }),
        channels: args.raw_channels,
    })
}
