//! Recordings in: which container and codec, decoded block by block, brought to the model's rate.
//!
//! Nothing outside this module names a decoder or a resampler.

mod au;
mod blocks;
mod clipping;
mod clock;
mod codec;
mod demuxed;
mod foreign;
mod layout;
mod limits;
mod names;
mod open;
mod options;
mod probe;
mod reader;
mod resample;
mod riff;
mod source;

pub(crate) use clipping::ClippingMeter;
pub use limits::{MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
pub use options::{DecodeOptions, RawCodec, RawFormat};
pub use reader::AudioReader;
pub use resample::Resampler;
