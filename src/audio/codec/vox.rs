//! Dialogic ADPCM (Dialogic, "Dialogic ADPCM Algorithm", 1988; OKI's MSM6258): `.vox` files.

use symphonia::core::packet::Packet;

use super::packet::{BadPacket, PacketDecoder, plane};

/// Sizes of a step.
const STEPS: [i32; 49] = [
    16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130,
    143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796,
    876, 963, 1_060, 1_166, 1_282, 1_411, 1_552,
];

/// By how much a code moves the place in them.
const MOVES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// Full scale: samples have 12 bits.
const FULL_SCALE: i32 = 2_048;

/// The decoder of a mono recording.
pub(crate) fn decoder(rate_hz: u32) -> Box<dyn PacketDecoder> {
    Box::new(Vox {
        rate_hz,
        sample: 0,
        place: 0,
    })
}

struct Vox {
    rate_hz: u32,
    sample: i32,
    place: i32,
}

impl Vox {
    fn next(&mut self, code: u8) -> f32 {
        let step = STEPS[self.place.clamp(0, STEPS.len() as i32 - 1) as usize];
        let size = usize::from(code & 7);
        // Half a step more than the code says, so that no code means nothing.
        let change = ((2 * size as i32 + 1) * step) >> 3;
        let sample = self.sample + if code & 8 == 0 { change } else { -change };
        self.sample = sample.clamp(-FULL_SCALE, FULL_SCALE - 1);
        self.place = (self.place + MOVES[size]).clamp(0, STEPS.len() as i32 - 1);
        self.sample as f32 / FULL_SCALE as f32
    }
}

impl PacketDecoder for Vox {
    fn format(&self) -> (u32, usize) {
        (self.rate_hz, 1)
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        let plane = plane(planes);
        for &byte in &packet.data {
            plane.extend([self.next(byte >> 4), self.next(byte & 15)]);
        }
        Ok(())
    }
}
