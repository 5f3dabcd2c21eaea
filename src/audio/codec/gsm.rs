//! GSM 06.10 full rate, decoder (ETSI EN 300 961; section numbers below are of its chapter 5.3).
//! No pure-Rust crate of it exists. Bit exact: 16-bit saturating arithmetic as the standard has it.

use symphonia::core::packet::Packet;

use super::packet::{BadPacket, PacketDecoder, plane};

/// Samples of a frame: 20 ms at 8 kHz.
const FRAME: usize = 160;
/// Samples of a sub-frame.
const SUB: usize = 40;
/// Longest pitch lag, samples (5.3.2).
const MAX_LAG: usize = 120;

/// How frames lie in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// 33 bytes a frame, most significant bit first, with the signature 0xD in the first four bits
    /// (RFC 3551, section 4.5.8).
    Rfc3551,
    /// "WAV49": 65 bytes for two frames, least significant bit first (Microsoft GSM 6.10).
    Microsoft,
}

impl Packing {
    /// Bytes and samples of one block.
    fn block(self) -> (usize, usize) {
        match self {
            Self::Rfc3551 => (33, FRAME),
            Self::Microsoft => (65, 2 * FRAME),
        }
    }
}

/// The decoder of a mono recording in frames of 33 bytes.
pub(crate) fn rfc3551(rate_hz: u32) -> Box<dyn PacketDecoder> {
    Gsm::boxed(Packing::Rfc3551, rate_hz)
}

/// The decoder of a mono recording in WAV49.
pub(crate) fn microsoft(rate_hz: u32) -> Box<dyn PacketDecoder> {
    Gsm::boxed(Packing::Microsoft, rate_hz)
}

struct Gsm {
    packing: Packing,
    rate_hz: u32,
    state: State,
}

impl Gsm {
    fn boxed(packing: Packing, rate_hz: u32) -> Box<dyn PacketDecoder> {
        Box::new(Self {
            packing,
            rate_hz,
            state: State::default(),
        })
    }
}

impl PacketDecoder for Gsm {
    fn format(&self) -> (u32, usize) {
        (self.rate_hz, 1)
    }

    /// A packet is any number of blocks.
    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        let plane = plane(planes);
        let (bytes, samples) = self.packing.block();
        for block in packet.data.chunks_exact(bytes) {
            let mut bits = Bits {
                bytes: block,
                at: 0,
                lsb_first: self.packing == Packing::Microsoft,
            };
            if self.packing == Packing::Rfc3551 {
                bits.take(4);
            }
            for _ in 0..samples / FRAME {
                let frame = self.state.decode(&Frame::read(&mut bits));
                plane.extend(frame.iter().map(|&s| f32::from(s) / 32_768.0));
            }
        }
        Ok(())
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    lsb_first: bool,
}

impl Bits<'_> {
    fn take(&mut self, n: usize) -> i16 {
        let mut value = 0;
        for i in 0..n {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            if self.lsb_first {
                value |= i16::from(byte >> (self.at % 8) & 1) << i;
            } else {
                value = value << 1 | i16::from(byte >> (7 - self.at % 8) & 1);
            }
            self.at += 1;
        }
        value
    }
}

/// The parameters of one frame, coded (table 1.1 of the standard).
#[derive(Default)]
struct Frame {
    log_area_ratios: [i16; 8],
    sub: [SubFrame; 4],
}

#[derive(Default)]
struct SubFrame {
    lag: i16,
    gain: i16,
    grid: i16,
    maximum: i16,
    pulses: [i16; 13],
}

impl Frame {
    fn read(bits: &mut Bits) -> Self {
        let mut frame = Self::default();
        for (value, n) in frame
            .log_area_ratios
            .iter_mut()
            .zip([6, 6, 5, 5, 4, 4, 3, 3])
        {
            *value = bits.take(n);
        }
        for sub in &mut frame.sub {
            sub.lag = bits.take(7);
            sub.gain = bits.take(2);
            sub.grid = bits.take(2);
            sub.maximum = bits.take(6);
            for pulse in &mut sub.pulses {
                *pulse = bits.take(3);
            }
        }
        frame
    }
}

/// Rounded product of two Q15 numbers (5.1).
fn mult_r(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    ((i32::from(a) * i32::from(b) + 16_384) >> 15) as i16
}

/// The state that the decoder keeps from frame to frame.
struct State {
    /// Excitation: 120 samples back, then the current sub-frame.
    excitation: [i16; MAX_LAG + SUB],
    lag: usize,
    log_area_ratios: [i16; 8],
    lattice: [i16; 9],
    de_emphasis: i16,
}

impl Default for State {
    fn default() -> Self {
        Self {
            excitation: [0; MAX_LAG + SUB],
            // 5.3.2: the lag before the first valid one.
            lag: 40,
            log_area_ratios: [0; 8],
            lattice: [0; 9],
            de_emphasis: 0,
        }
    }
}

impl State {
    fn decode(&mut self, frame: &Frame) -> [i16; FRAME] {
        let mut residual = [0_i16; FRAME];
        for (sub, out) in frame.sub.iter().zip(residual.chunks_exact_mut(SUB)) {
            self.long_term(sub, &decode_pulses(sub));
            out.copy_from_slice(&self.excitation[MAX_LAG..]);
            self.excitation.copy_within(SUB.., 0);
        }
        let ratios = decode_log_area_ratios(&frame.log_area_ratios);
        let mut speech = self.short_term(&ratios, &residual);
        self.log_area_ratios = ratios;
        // 5.3.5: de-emphasis, upscaling, truncation to 13 bits.
        for s in &mut speech {
            self.de_emphasis = s.saturating_add(mult_r(self.de_emphasis, 28_180));
            *s = self.de_emphasis.saturating_add(self.de_emphasis) & !7;
        }
        speech
    }

    /// 5.3.2: adds the excitation one pitch lag back.
    fn long_term(&mut self, sub: &SubFrame, pulses: &[i16; SUB]) {
        /// Table 5.3-3 (QLB).
        const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];
        let lag = sub.lag as usize;
        if (40..=MAX_LAG).contains(&lag) {
            self.lag = lag;
        }
        let gain = GAINS[sub.gain as usize & 3];
        for (k, &pulse) in pulses.iter().enumerate() {
            let past = mult_r(gain, self.excitation[MAX_LAG + k - self.lag]);
            self.excitation[MAX_LAG + k] = pulse.saturating_add(past);
        }
    }

    /// 5.3.3 and 5.3.4: the lattice filter, its coefficients moving from the last frame's to this
    /// one's.
    fn short_term(&mut self, ratios: &[i16; 8], residual: &[i16; FRAME]) -> [i16; FRAME] {
        let old = self.log_area_ratios;
        let mut speech = [0_i16; FRAME];
        for (range, mix) in [(0..13, 0), (13..27, 1), (27..40, 2), (40..FRAME, 3)] {
            let mut reflection = [0_i16; 8];
            for (i, r) in reflection.iter_mut().enumerate() {
                let (o, n) = (old[i], ratios[i]);
                // Table 5.3-2: 3/4 + 1/4, 1/2 + 1/2, 1/4 + 3/4, all new.
                let mixed = match mix {
                    0 => (o >> 2).saturating_add(n >> 2).saturating_add(o >> 1),
                    1 => (o >> 1).saturating_add(n >> 1),
                    2 => (o >> 2).saturating_add(n >> 2).saturating_add(n >> 1),
                    _ => n,
                };
                *r = reflection_coefficient(mixed);
            }
            for k in range {
                let mut s = residual[k];
                for (i, &r) in reflection.iter().enumerate().rev() {
                    s = s.saturating_sub(mult_r(r, self.lattice[i]));
                    self.lattice[i + 1] = self.lattice[i].saturating_add(mult_r(r, s));
                }
                self.lattice[0] = s;
                speech[k] = s;
            }
        }
        speech
    }
}

/// 5.3.1: thirteen pulses, three samples apart, scaled by the block's maximum.
fn decode_pulses(sub: &SubFrame) -> [i16; SUB] {
    /// Table 5.3-4 (FAC).
    const FACTORS: [i16; 8] = [
        18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767,
    ];
    let mut exponent = if sub.maximum > 15 {
        (sub.maximum >> 3) - 1
    } else {
        0
    };
    let mut mantissa = sub.maximum - (exponent << 3);
    if mantissa == 0 {
        exponent = -4;
        mantissa = 7;
    } else {
        while mantissa <= 7 {
            mantissa = mantissa << 1 | 1;
            exponent -= 1;
        }
        mantissa -= 8;
    }
    let factor = FACTORS[mantissa as usize & 7];
    let shift = 6 - exponent;
    let rounding = if shift > 0 { 1_i16 << (shift - 1) } else { 0 };
    let mut out = [0; SUB];
    for (i, &pulse) in sub.pulses.iter().enumerate() {
        let value = mult_r(factor, ((pulse << 1) - 7) << 12).saturating_add(rounding) >> shift;
        if let Some(slot) = out.get_mut(sub.grid as usize + 3 * i) {
            *slot = value;
        }
    }
    out
}

/// 5.3.3: table 5.3-1, B, MIC and INVA.
fn decode_log_area_ratios(coded: &[i16; 8]) -> [i16; 8] {
    const TABLE: [(i16, i16, i16); 8] = [
        (0, -32, 13_107),
        (0, -32, 13_107),
        (2_048, -16, 13_107),
        (-2_560, -16, 13_107),
        (94, -8, 19_223),
        (-1_792, -8, 17_476),
        (-341, -4, 31_454),
        (-1_144, -4, 29_708),
    ];
    let mut out = [0; 8];
    for ((out, &c), (b, mic, inva)) in out.iter_mut().zip(coded).zip(TABLE) {
        let x = (c.saturating_add(mic) << 10).saturating_sub(b << 1);
        let y = mult_r(inva, x);
        *out = y.saturating_add(y);
    }
    out
}

/// 5.3.3: from log area ratio to reflection coefficient, in three straight pieces.
fn reflection_coefficient(ratio: i16) -> i16 {
    let magnitude = ratio.checked_abs().unwrap_or(i16::MAX);
    let r = if magnitude < 11_059 {
        magnitude << 1
    } else if magnitude < 20_070 {
        magnitude + 11_059
    } else {
        (magnitude >> 2).saturating_add(26_112)
    };
    if ratio < 0 { -r } else { r }
}
