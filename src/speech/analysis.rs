//! What is measured in each 10 ms frame: energy, and on a band-limited copy periodicity and lines.

use std::collections::VecDeque;

use super::lines::{LineFacts, Lines, WINDOW as LOW_KEPT};
use super::voicing::voicing;

/// Frames per second.
pub(super) const FRAMES_PER_S: usize = 100;
/// Rate of the band-limited copy: it holds the first harmonics of every voice also when a telephone
/// line has cut off the fundamental below 300 Hz.
pub(super) const LOW_RATE_HZ: usize = 4_000;
/// Samples of a frame at the low rate.
const LOW_FRAME: usize = LOW_RATE_HZ / FRAMES_PER_S;
/// Frames from one measurement on the band-limited copy to the next, 20 ms.
const LOW_SHIFT: usize = 2;
/// The windows on the band-limited copy are centred this many frames (about 30 ms) before their end.
const LOW_DELAY: usize = 3;
/// Corner of the high-pass before all else, Hz: DC, hum and rumble are no speech.
const HIGH_PASS_HZ: f32 = 100.0;
/// Energy reported for digital silence, dB re full scale: below half a step of 16-bit PCM.
pub(super) const SILENCE_DB: f32 = -110.0;

/// Measurements of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FrameFacts {
    /// Mean power above about 100 Hz, dB re full scale, at least `SILENCE_DB`.
    pub energy_db: f32,
    /// Periodicity at the pitch of a voice, 0 to 1.
    pub voicing: f32,
    /// Spectral lines.
    pub lines: LineFacts,
}

/// Turns frames of samples into `FrameFacts`, `LOW_DELAY` frames late.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    /// Decimation factor to the low rate.
    factor: usize,
    /// Low-pass of the decimator, symmetric.
    taps: Vec<f32>,
    /// The last `taps.len()` high-passed samples, then those of the frame at hand.
    history: Vec<f32>,
    high_pass: HighPass,
    /// The last `LOW_KEPT` samples at the low rate.
    low: Vec<f32>,
    lines: Lines,
    /// Frames measured.
    count: usize,
    /// The latest measurements on the band-limited copy.
    latest: (f32, LineFacts),
    /// Energies of the frames that wait for theirs.
    energies: VecDeque<f32>,
}

impl Analysis {
    /// `sample_rate_hz` must be a multiple of `LOW_RATE_HZ`.
    pub fn new(sample_rate_hz: usize) -> Self {
        let factor = sample_rate_hz / LOW_RATE_HZ;
        let taps = low_pass(factor);
        Self {
            factor,
            history: vec![0.0; taps.len()],
            taps,
            high_pass: HighPass::new(sample_rate_hz),
            low: vec![0.0; LOW_KEPT],
            lines: Lines::new(),
            count: 0,
            latest: (0.0, LineFacts::default()),
            energies: VecDeque::with_capacity(LOW_DELAY + 1),
        }
    }

    /// Takes the next frame, gives the measurements that have become complete.
    pub fn frame(&mut self, samples: &[f32]) -> Option<FrameFacts> {
        let mut power = 0.0_f32;
        for &sample in samples {
            let sample = self.high_pass.next(sample);
            power += sample * sample;
            self.history.push(sample);
        }
        self.decimate();
        self.history.drain(..samples.len());
        if self.count.is_multiple_of(LOW_SHIFT) {
            self.latest = (voicing(&self.low), self.lines.measure(&self.low));
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
    pub fn flush(&mut self) -> Option<FrameFacts> {
        let energy_db = self.energies.pop_front()?;
        let (voicing, lines) = self.latest;
        Some(FrameFacts {
            energy_db,
            voicing,
            lines,
        })
    }

    fn decimate(&mut self) {
        self.low.drain(..LOW_FRAME);
        for i in 1..=LOW_FRAME {
            let end = self.history.len() - (LOW_FRAME - i) * self.factor;
            let window = &self.history[end - self.taps.len()..end];
            self.low.push(dot(window, &self.taps));
        }
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

/// Windowed-sinc low-pass (Hann, ten samples of the low rate a side) at 1.7 kHz, for the decimation.
fn low_pass(factor: usize) -> Vec<f32> {
    use std::f64::consts::PI;
    let cutoff = 1_700.0 / (LOW_RATE_HZ * factor) as f64;
    let half = 10 * factor;
    let mut taps: Vec<f64> = (0..2 * half)
        .map(|i| {
            let t = i as f64 + 0.5 - half as f64;
            (2.0 * PI * cutoff * t).sin() / (PI * t) * (0.5 + 0.5 * (PI * t / half as f64).cos())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps.into_iter().map(|tap| tap as f32).collect()
}

/// Dot product in eight partial sums, which the compiler can keep in vector registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}
