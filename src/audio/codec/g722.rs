//! G.722 at 64 kbit/s.

use audio_codec::g722::G722Decoder;
use symphonia::core::packet::Packet;

use super::packet::{BadPacket, PacketDecoder, mono};

/// Samples of one byte: the low band's and the high band's codes make two.
const FRAMES_PER_BYTE: usize = 2;

/// The decoder of a mono G.722 recording.
pub(crate) fn decoder(rate_hz: u32) -> Box<dyn PacketDecoder> {
    Box::new(G722 {
        decoder: Box::default(),
        rate_hz,
        samples: Vec::new(),
    })
}

struct G722 {
    decoder: Box<G722Decoder>,
    rate_hz: u32,
    samples: Vec<i16>,
}

impl PacketDecoder for G722 {
    fn format(&self) -> (u32, usize) {
        (self.rate_hz, 1)
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        self.samples.resize(packet.data.len() * FRAMES_PER_BYTE, 0);
        let n = self
            .decoder
            .decode_frame_into(&packet.data, &mut self.samples)
            .map_err(|_| BadPacket)?;
        self.samples.truncate(n);
        mono(&self.samples, planes);
        Ok(())
    }
}
