//! The copy of a channel at a low rate on which offset and hum are looked for.

use std::f64::consts::PI;

/// Seconds between two looks, and of what each sees: it resolves lines 50 Hz apart, and what stands
/// 2 Hz beside one, many times over.
const LOOK_S: f64 = 2.0;
/// Least rate of the copy of a faster channel: it holds the harmonics up to 1.9 kHz.
const LOW_RATE_HZ: f64 = 4_000.0;

/// The sums of each few samples, since the last look and before it.
#[derive(Clone)]
pub(super) struct Copy {
    /// Samples whose mean is one of the copy's, and the rate of the copy.
    factor: usize,
    rate_hz: f64,
    /// Samples of the copy in a full look.
    full: usize,
    kept: Sums,
    /// Of these, those before the last look.
    before: usize,
    sum: f64,
    in_sum: usize,
}

/// Sums in half the memory where that loses nothing, as of all samples that were telephone's or 16
/// bits once.
#[derive(Clone)]
enum Sums {
    Short(Vec<f32>),
    Long(Vec<f64>),
}

impl Sums {
    fn len(&self) -> usize {
        match self {
            Self::Short(sums) => sums.len(),
            Self::Long(sums) => sums.len(),
        }
    }

    /// Appends a sum; makes room for so many at once.
    fn push(&mut self, sum: f64, room: usize) {
        if let Self::Short(sums) = self {
            let short = sum as f32;
            // Bit by bit: zero has a sign.
            if f64::from(short).to_bits() == sum.to_bits() {
                push(sums, short, room);
                return;
            }
            *self = Self::Long(sums.iter().copied().map(f64::from).collect());
        }
        if let Self::Long(sums) = self {
            push(sums, sum, room);
        }
    }

    /// Forgets the first ones; where none is left, room for no more than `room` is kept.
    fn forget(&mut self, first: usize, room: usize) {
        match self {
            Self::Short(sums) => forget(sums, first, room),
            Self::Long(sums) => forget(sums, first, room),
        }
    }

    /// Those from `from` on, each divided.
    fn over(&self, from: usize, divisor: f64) -> Vec<f64> {
        match self {
            Self::Short(sums) => sums[from..]
                .iter()
                .map(|&x| f64::from(x) / divisor)
                .collect(),
            Self::Long(sums) => sums[from..].iter().map(|x| x / divisor).collect(),
        }
    }
}

fn forget<T>(all: &mut Vec<T>, first: usize, room: usize) {
    all.drain(..first);
    if all.is_empty() {
        all.shrink_to(room);
    }
}

fn push<T>(all: &mut Vec<T>, one: T, room: usize) {
    if all.len() == all.capacity() {
        all.reserve_exact(room);
    }
    all.push(one);
}

impl Copy {
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        let rate_hz = f64::from(sample_rate_hz);
        let factor = (rate_hz / LOW_RATE_HZ).floor().max(1.0);
        let full = (LOOK_S * rate_hz / factor) as usize;
        Self {
            factor: factor as usize,
            rate_hz: rate_hz / factor,
            full,
            kept: Sums::Short(Vec::new()),
            before: 0,
            sum: 0.0,
            in_sum: 0,
        }
    }

    pub(super) fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    pub(super) fn full(&self) -> usize {
        self.full
    }

    /// Samples until the next look.
    pub(super) fn missing(&self) -> usize {
        (self.before + self.full - self.kept.len()) * self.factor - self.in_sum
    }

    /// Takes at most the missing samples.
    pub(super) fn take(&mut self, samples: &[f32]) {
        for &x in samples {
            self.sum += f64::from(x);
            self.in_sum += 1;
            if self.in_sum == self.factor {
                self.kept.push(self.sum, self.full);
                (self.sum, self.in_sum) = (0.0, 0);
            }
        }
    }

    /// The means to look at, as many as there are up to a full look, and which of them is the
    /// first since the last look. A look at the end reaches back before the last one.
    pub(super) fn latest(&self) -> (Vec<f64>, usize) {
        let from = self.kept.len().saturating_sub(self.full);
        (self.kept.over(from, self.factor as f64), self.before - from)
    }

    /// After a look. `reach_back` where a look at the end may follow before the next full one.
    pub(super) fn next(&mut self, reach_back: bool) {
        let unused = if reach_back {
            self.before
        } else {
            self.kept.len()
        };
        self.kept.forget(unused, self.full);
        self.before = self.kept.len();
    }

    /// Where sample `i` of the recording since sample `start` of the copy lies in the copy.
    pub(super) fn place(&self, start: usize, i: usize) -> f64 {
        let factor = self.factor as f64;
        start as f64 + (i as f64 - (factor - 1.0) / 2.0) / factor
    }

    /// The share of a line that taking means has left.
    pub(super) fn gain(&self, hz: f64) -> f64 {
        let half_turn = PI * hz / (self.rate_hz * self.factor as f64);
        (half_turn * self.factor as f64).sin() / (self.factor as f64 * half_turn.sin())
    }
}
