//! Recordings in: which container and codec, decoded block by block, brought to the model's rate.
//!
//! Nothing outside this module names a decoder or a resampler.

mod adapt;
mod au;
mod avi;
mod behind;
mod bext;
mod blocks;
mod by_ffmpeg;
mod caf;
mod chain;
mod clipping;
mod codec;
mod container;
mod decoder;
mod engines;
mod ffmpeg;
mod frames;
mod guess;
mod kind;
mod layout;
mod limits;
mod looks;
mod mix;
mod next;
mod open;
mod options;
mod payload;
mod reader;
mod resample;
mod riff;
mod scale;
mod skipped;
mod source;
mod sphere;
mod spliced;
mod unread;
mod unsupported;
mod wave64;

pub(crate) use clipping::ClippingMeter;
pub use codec::RawCodec;
pub use kind::{extensions, needs_a_file};
pub(crate) use limits::is_sample;
pub use limits::{
    MAX_CHANNELS, MAX_SAMPLE, MAX_SAMPLE_RATE_HZ, MAX_UNREAD_BYTES, MIN_SAMPLE_RATE_HZ,
};
pub use mix::mix;
pub use options::{DecodeOptions, RawFormat};
pub use payload::{MAX_PAYLOAD_BYTES, PayloadCodec, PayloadDecoder};
pub use reader::AudioReader;
pub use resample::Resampler;
pub use unread::Unread;
