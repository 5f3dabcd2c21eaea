//! Recordings in: which container and codec, decoded block by block, brought to the model's rate.
//!
//! Nothing outside this module names a decoder or a resampler.

mod au;
mod blocks;
mod clipping;
mod clock;
mod codec;
mod container;
mod decoder;
mod layout;
mod limits;
mod open;
mod options;
mod payload;
mod probe;
mod reader;
mod resample;
mod riff;
mod source;
mod unsupported;

pub(crate) use clipping::ClippingMeter;
pub use codec::RawCodec;
pub use limits::{MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
pub use options::{DecodeOptions, RawFormat};
pub use payload::{MAX_PAYLOAD_BYTES, PayloadCodec, PayloadDecoder};
pub use reader::AudioReader;
pub use resample::Resampler;
