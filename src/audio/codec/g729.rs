//! G.729 at 8 kbit/s (ITU-T G.729 and its Annex A, whose bit streams are the same).

use audio_codec::Decoder as _;
use audio_codec::g729::G729Decoder;
use symphonia::core::packet::Packet;

use super::packet::{BadPacket, PacketDecoder, mono};

/// Bytes and samples of a frame: 80 bits for 10 ms at 8 kHz (ITU-T G.729, table 8).
const FRAME: (usize, usize) = (10, 80);

/// The decoder of a mono recording.
pub(crate) fn decoder(rate_hz: u32) -> Box<dyn PacketDecoder> {
    Box::new(G729 {
        decoder: Box::default(),
        rate_hz,
        samples: Vec::new(),
    })
}

struct G729 {
    decoder: Box<G729Decoder>,
    rate_hz: u32,
    samples: Vec<i16>,
}

impl PacketDecoder for G729 {
    fn format(&self) -> (u32, usize) {
        (self.rate_hz, 1)
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        let (bytes, samples) = FRAME;
        let frames = packet.data.len() / bytes;
        self.samples.resize(frames * samples, 0);
        let n = self
            .decoder
            .decode_into(&packet.data, &mut self.samples)
            .map_err(|_| BadPacket)?;
        self.samples.truncate(n);
        mono(&self.samples, planes);
        Ok(())
    }
}
