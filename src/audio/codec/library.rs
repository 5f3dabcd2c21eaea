//! The codecs of symphonia.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

use super::lookup;
use super::packet::{BadPacket, PacketDecoder};
use crate::{Error, Result};

/// A decoder of symphonia.
pub(crate) struct LibraryDecoder {
    decoder: Box<dyn AudioDecoder>,
    format: (u32, usize),
}

impl LibraryDecoder {
    pub(crate) fn new(params: &AudioCodecParameters) -> Result<Self> {
        let params = &without_coded_width(params);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|e| match e {
                SymphoniaError::Unsupported(_) => lookup::unsupported_id(params.codec),
                e => Error::Malformed {
                    reason: e.to_string(),
                },
            })?;
        let known = decoder.codec_params();
        let format = (
            known.sample_rate.or(params.sample_rate).unwrap_or(0),
            known
                .channels
                .as_ref()
                .or(params.channels.as_ref())
                .map_or(0, symphonia::core::audio::Channels::count),
        );
        Ok(Self { decoder, format })
    }
}

impl PacketDecoder for LibraryDecoder {
    fn format(&self) -> (u32, usize) {
        self.format
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        let buffer = self.decoder.decode(packet).map_err(|_| BadPacket)?;
        self.format = (buffer.spec().rate(), buffer.spec().channels().count());
        buffer.copy_to_vecs_planar(planes);
        Ok(())
    }
}

/// symphonia's CAF reader gives G.711 its 8 coded bits, which its decoder then takes for an error.
fn without_coded_width(params: &AudioCodecParameters) -> AudioCodecParameters {
    let mut params = params.clone();
    if matches!(params.codec, CODEC_ID_PCM_MULAW | CODEC_ID_PCM_ALAW) {
        params.bits_per_sample = None;
        params.bits_per_coded_sample = None;
    }
    params
}
