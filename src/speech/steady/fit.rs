//! An offset and lines, fitted where the voice is quiet.

use std::f64::consts::TAU;

use super::copy::Copy;

/// Times that the weights are made anew, and steps of the fit with each. On dev clips with eight
/// lines of hum, 2 s of each, these leave 50 dB less of it (median).
const PASSES: usize = 3;
const STEPS: usize = 5;
/// Samples over which what is left is averaged to a weight, 20 ms.
const BLOCK: usize = 80;
/// Largest ratio of two weights.
const MOST: f64 = 1e3;

/// Sums of weights, of weights times time, and of weights times time squared.
type Moments = [f64; 3];

/// `value + slope * u`, with u from -1 to 1.
#[derive(Clone, Copy, Default)]
struct Linear {
    value: f64,
    slope: f64,
}

impl Linear {
    /// The weighted least-squares line of which these are the sums of values.
    fn solve([w, wu, wuu]: Moments, y: f64, yu: f64) -> Self {
        let determinant = w * wuu - wu * wu;
        if determinant <= f64::EPSILON * w * w {
            return Self::default();
        }
        Self {
            value: (wuu * y - wu * yu) / determinant,
            slope: (w * yu - wu * y) / determinant,
        }
    }

    fn at(self, u: f64) -> f64 {
        self.value + self.slope * u
    }

    fn add(&mut self, other: Self) {
        self.value += other.value;
        self.slope += other.slope;
    }
}

/// A line: amplitudes of its cosine and sine, which may drift.
#[derive(Clone, Copy)]
struct Line {
    hz: f64,
    cosine: Linear,
    sine: Linear,
}

/// What a look holds besides the voice.
pub(super) struct Fit {
    samples: usize,
    rate_hz: f64,
    offset: Linear,
    lines: Vec<Line>,
}

impl Fit {
    /// Fits an offset and these lines to `samples`. What is left decides about the weights: where
    /// it is quiet, in the pauses of the voice, there is little but what is to be fitted
    /// (iteratively reweighted least squares).
    pub(super) fn new(samples: &[f64], rate_hz: f64, lines_hz: &[f64]) -> Self {
        let line = |&hz: &f64| Line {
            hz,
            cosine: Linear::default(),
            sine: Linear::default(),
        };
        let mut fit = Self {
            samples: samples.len(),
            rate_hz,
            offset: Linear::default(),
            lines: lines_hz.iter().map(line).collect(),
        };
        let mut rest = samples.to_vec();
        let mut weights = crate::features::hann::<f64>(samples.len());
        for _ in 0..PASSES {
            for _ in 0..STEPS {
                fit.step(&mut rest, &weights);
            }
            weigh(&rest, &mut weights);
        }
        fit
    }

    /// Fits the offset, then each line, to what the others have left (Gauss and Seidel).
    fn step(&mut self, rest: &mut [f64], weights: &[f64]) {
        let n = self.samples;
        let mut moments: Moments = [0.0; 3];
        let (mut y, mut yu) = (0.0, 0.0);
        for (i, (x, w)) in rest.iter().zip(weights).enumerate() {
            let u = time(i as f64, n);
            moments[0] += w;
            moments[1] += w * u;
            moments[2] += w * u * u;
            y += w * x;
            yu += w * u * x;
        }
        let offset = Linear::solve(moments, y, yu);
        self.offset.add(offset);
        for (i, x) in rest.iter_mut().enumerate() {
            *x -= offset.at(time(i as f64, n));
        }
        // Half of a squared cosine or sine is left on average.
        let halves = moments.map(|m| m / 2.0);
        for line in &mut self.lines {
            let mut sums = [0.0; 4];
            let mut turn = Rotation::new(line.hz / self.rate_hz, 0.0);
            for (i, (x, w)) in rest.iter().zip(weights).enumerate() {
                let (cosine, sine) = turn.next();
                let (u, wx) = (time(i as f64, n), w * x);
                sums[0] += wx * cosine;
                sums[1] += wx * cosine * u;
                sums[2] += wx * sine;
                sums[3] += wx * sine * u;
            }
            let more = Line {
                hz: line.hz,
                cosine: Linear::solve(halves, sums[0], sums[1]),
                sine: Linear::solve(halves, sums[2], sums[3]),
            };
            line.cosine.add(more.cosine);
            line.sine.add(more.sine);
            let mut turn = Rotation::new(line.hz / self.rate_hz, 0.0);
            for (i, x) in rest.iter_mut().enumerate() {
                *x -= more.at(time(i as f64, n), turn.next());
            }
        }
    }

    /// Subtracts it from the samples of the recording since sample `start` of the copy.
    pub(super) fn subtract(&self, samples: &mut [f32], start: usize, copy: &Copy) {
        let step = copy.place(0, 1) - copy.place(0, 0);
        let mut turns: Vec<(Line, Rotation, f64)> = self
            .lines
            .iter()
            .map(|line| {
                let turns = line.hz / self.rate_hz;
                let first = turns * copy.place(start, 0);
                (
                    *line,
                    Rotation::new(turns * step, first),
                    copy.gain(line.hz).recip(),
                )
            })
            .collect();
        for (i, x) in samples.iter_mut().enumerate() {
            let u = time(copy.place(start, i), self.samples);
            let mut sum = self.offset.at(u);
            for (line, turn, scale) in &mut turns {
                sum += *scale * line.at(u, turn.next());
            }
            *x = (f64::from(*x) - sum) as f32;
        }
    }
}

impl Line {
    fn at(&self, u: f64, (cosine, sine): (f64, f64)) -> f64 {
        self.cosine.at(u) * cosine + self.sine.at(u) * sine
    }
}

/// Cosines and sines of a line, sample by sample.
struct Rotation {
    now: (f64, f64),
    step: (f64, f64),
}

impl Rotation {
    /// `step` turns per sample, from `first` turns on.
    fn new(step: f64, first: f64) -> Self {
        let of = |turns: f64| {
            let (sine, cosine) = (TAU * turns).sin_cos();
            (cosine, sine)
        };
        Self {
            now: of(first),
            step: of(step),
        }
    }

    fn next(&mut self) -> (f64, f64) {
        let ((a, b), (c, d)) = (self.now, self.step);
        self.now = (a * c - b * d, a * d + b * c);
        (a, b)
    }
}

/// Place `i` of `n` samples as a time from -1 to 1.
fn time(i: f64, n: usize) -> f64 {
    (2.0 * i - n as f64) / n as f64
}

fn weigh(rest: &[f64], weights: &mut [f64]) {
    let powers: Vec<f64> = rest
        .chunks(BLOCK)
        .map(|block| block.iter().map(|x| x * x).sum::<f64>() / block.len() as f64)
        .collect();
    let mean = powers.iter().sum::<f64>() / powers.len().max(1) as f64;
    let least = powers.iter().copied().fold(f64::MAX, f64::min) + mean / MOST;
    for (i, weights) in weights.chunks_mut(BLOCK).enumerate() {
        // With its neighbours: a block at the edge of a sound is no pause.
        let around = &powers[i.saturating_sub(1)..(i + 2).min(powers.len())];
        let power = around.iter().copied().fold(0.0, f64::max);
        weights.fill(least.max(f64::MIN_POSITIVE) / (power + least).max(f64::MIN_POSITIVE));
    }
}
