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
mod opus_packet;
mod packet;
mod table;
mod vox;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;

pub(crate) use library::LibraryDecoder;
pub(crate) use lookup::{by_sign, is_known, name, unsupported};
pub(crate) use opus_packet::packet_frames as opus_packet_frames;
pub(crate) use packet::{BadPacket, PacketDecoder};
pub use table::RawCodec;
pub(crate) use table::{CODECS, CONVERT, Codec, Decoder, Sign};

use crate::Result;

/// The decoder for a track of a container.
pub(crate) fn for_track(params: &AudioCodecParameters) -> Result<Box<dyn PacketDecoder>> {
    match lookup::by_id(params.codec).map(|codec| codec.decoder) {
        Some(Decoder::OwnTrack(decoder)) => decoder(params),
        _ => {
            // symphonia mixes up the channels of 5 to 7.
            let channels = params.channels.as_ref().map_or(0, Channels::count);
            if params.codec == CODEC_ID_VORBIS && (5..8).contains(&channels) {
                return Err(unsupported(format!("vorbis with {channels} channels")));
            }
            Ok(Box::new(LibraryDecoder::new(params)?))
        }
    }
}
