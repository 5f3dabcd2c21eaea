//! G.722 at 64 kbit/s.

use audio_codec::g722::G722Decoder;
use symphonia::core::packet::Packet;

use super::{BadPacket, PacketDecoder};

/// Samples of one byte: the low band's and the high band's codes make two.
pub(crate) const FRAMES_PER_BYTE: usize = 2;

/// A G.722 track, mono.
pub(crate) struct G722 {
    decoder: Box<G722Decoder>,
    rate_hz: u32,
    samples: Vec<i16>,
}

impl G722 {
    pub(crate) fn new(rate_hz: u32) -> Self {
        Self {
            decoder: Box::default(),
            rate_hz,
            samples: Vec::new(),
        }
    }
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
        planes.resize(1, Vec::new());
        if let Some(plane) = planes.first_mut() {
            plane.clear();
            plane.extend(
                self.samples
                    .iter()
                    .take(n)
                    .map(|&s| f32::from(s) / 32_768.0),
            );
        }
        Ok(())
    }
}
