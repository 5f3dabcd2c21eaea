//! Decoders of packets: symphonia's, and those it lacks.

#[cfg(feature = "telephony")]
mod g722;
#[cfg(feature = "telephony")]
mod gsm;
mod library;
#[cfg(feature = "opus")]
mod opus;

use symphonia::core::codecs::audio::AudioCodecParameters;
#[cfg(feature = "opus")]
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::packet::Packet;

#[cfg(feature = "telephony")]
pub(crate) use g722::G722;
#[cfg(feature = "telephony")]
pub(crate) use gsm::{Gsm, Packing};
pub(crate) use library::LibraryDecoder;

use super::names;
use crate::{Error, Result};

/// A packet that could not be decoded. Why does not matter: it is skipped, and the recording is
/// reported as damaged.
#[derive(Debug)]
pub(crate) struct BadPacket;

/// Turns packets into planar samples.
pub(crate) trait PacketDecoder: Send {
    /// Sample rate in Hz and channels, as far as known before the first packet (0 where not).
    fn format(&self) -> (u32, usize);
    /// Decodes one packet; `planes` is overwritten. Delay and padding that the packet marks are
    /// cut off.
    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket>;
}

/// The decoder for a track of a container.
pub(crate) fn for_track(params: &AudioCodecParameters) -> Result<Box<dyn PacketDecoder>> {
    #[cfg(feature = "opus")]
    if params.codec == CODEC_ID_OPUS {
        return Ok(Box::new(opus::Opus::new(params)?));
    }
    Ok(Box::new(LibraryDecoder::new(params)?))
}

/// The error for a codec that this build lacks.
pub(crate) fn unsupported(codec: impl Into<String>) -> Error {
    Error::UnsupportedCodec {
        codec: codec.into(),
        advice: names::CONVERT.into(),
    }
}

/// Cuts what a packet marks as delay and padding off every plane.
#[cfg(feature = "opus")]
pub(crate) fn trim(planes: &mut [Vec<f32>], start: usize, end: usize) {
    for plane in planes {
        plane.truncate(plane.len().saturating_sub(end));
        plane.drain(..start.min(plane.len()));
    }
}
