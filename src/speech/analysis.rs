//! Measures each 10 ms frame: energy, and on a band-limited copy periodicity and lines.

use std::collections::VecDeque;

use super::lines::{LineMeasures, Lines, WINDOW as LOW_KEPT};
use super::voicing::voicing;
use crate::features::Decimator;

/// Frames per second.
pub(super) const FRAMES_PER_S: usize = 100;
/// Frames from one measurement on the band-limited copy to the next, 20 ms.
pub(super) const LOW_SHIFT: usize = 2;
/// The windows on the band-limited copy are centred this many frames (about 30 ms) before their
/// end.
const LOW_DELAY: usize = 3;
/// Corner of the high-pass before all else, Hz: DC, hum and rumble are no speech.
const HIGH_PASS_HZ: f32 = 100.0;
/// Energy reported for digital silence, dB re full scale: below half a step of 16-bit PCM.
pub(super) const SILENCE_DB: f32 = -110.0;

/// Measurements of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FrameMeasures {
    /// Mean power above about 100 Hz, dB re full scale, at least `SILENCE_DB`.
    pub energy_db: f32,
    /// Periodicity at the pitch of a voice, 0 to 1.
    pub voicing: f32,
    /// Spectral lines.
    pub lines: LineMeasures,
}

/// Turns frames of samples into `FrameMeasures`, `LOW_DELAY` frames late.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    high_pass: HighPass,
    decimator: Decimator,
    lines: Lines,
    /// Frames measured.
    count: usize,
    /// The latest measurements on the band-limited copy.
    latest: (f32, LineMeasures),
    /// Energies of the frames that wait for theirs.
    energies: VecDeque<f32>,
}

impl Analysis {
    /// `sample_rate_hz` must be a multiple of `LOW_RATE_HZ`.
    pub fn new(sample_rate_hz: usize) -> Self {
        Self {
            high_pass: HighPass::new(sample_rate_hz),
            decimator: Decimator::new(sample_rate_hz, LOW_KEPT),
            lines: Lines::new(),
            count: 0,
            latest: (0.0, LineMeasures::default()),
            energies: VecDeque::with_capacity(LOW_DELAY + 1),
        }
    }

    /// Takes the next frame, gives the measurements that have become complete.
    pub fn frame(&mut self, samples: &[f32]) -> Option<FrameMeasures> {
        let mut power = 0.0_f32;
        for &sample in samples {
            let sample = self.high_pass.next(sample);
            power += sample * sample;
            self.decimator.push(sample);
        }
        self.decimator.end_frame();
        if self.count.is_multiple_of(LOW_SHIFT) {
            let low = self.decimator.low();
            self.latest = (voicing(low), self.lines.measure(low));
        }
        self.count = (self.count + 1) % LOW_SHIFT;
        let mean = power / samples.len().max(1) as f32;
        self.energies
            .push_back((10.0 * mean.max(1e-20).log10()).max(SILENCE_DB));
        if self.energies.len() > LOW_DELAY {
            self.flush()
        } else {
            None
        }
    }

    /// Gives the measurements of the frames still waiting, one a call: for the end of a stream.
    pub fn flush(&mut self) -> Option<FrameMeasures> {
        let energy_db = self.energies.pop_front()?;
        let (voicing, lines) = self.latest;
        Some(FrameMeasures {
            energy_db,
            voicing,
            lines,
        })
    }
}

/// First-order high-pass that takes any input.
#[derive(Debug, Clone)]
struct HighPass {
    pole: f32,
    input: f32,
    output: f32,
}

impl HighPass {
    fn new(sample_rate_hz: usize) -> Self {
        let pole = (-2.0 * std::f32::consts::PI * HIGH_PASS_HZ / sample_rate_hz as f32).exp();
        Self {
            pole,
            input: 0.0,
            output: 0.0,
        }
    }

    fn next(&mut self, sample: f32) -> f32 {
        // NaN and infinities would stay in the recursion for ever.
        let sample = if sample.is_finite() {
            sample.clamp(-1.0, 1.0)
        } else {
            0.0
        };
        let output = sample - self.input + self.pole * self.output;
        self.input = sample;
        // Keeps the decay after the last sound out of the slow subnormal range.
        self.output = if output.abs() < 1e-12 { 0.0 } else { output };
        self.output
    }
}
