//! Codecs: the table of them, and decoders of packets, symphonia's and those it lacks.

#[cfg(feature = "telephony")]
mod g722;
#[cfg(feature = "g729")]
mod g729;
#[cfg(feature = "telephony")]
mod gsm;
mod library;
mod lookup;
#[cfg(feature = "opus")]
mod opus;
mod packet;
mod table;
mod vox;

use symphonia::core::codecs::audio::AudioCodecParameters;

pub(crate) use library::LibraryDecoder;
pub(crate) use lookup::{by_sign, is_known, name, unsupported};
pub(crate) use packet::PacketDecoder;
pub use table::RawCodec;
pub(crate) use table::{CODECS, CONVERT, Codec, Decoder, Sign};

use crate::Result;

/// The decoder for a track of a container.
pub(crate) fn for_track(params: &AudioCodecParameters) -> Result<Box<dyn PacketDecoder>> {
    match lookup::by_id(params.codec).map(|codec| codec.decoder) {
        Some(Decoder::OwnTrack(decoder)) => decoder(params),
        _ => Ok(Box::new(LibraryDecoder::new(params)?)),
    }
}
