//! Whether one channel is heard in another, how late and how loud.

use super::frame::{AUDIBLE_DB, BANDS, Frame, power};

/// Frames compared, 2 s: a few words, so that two voices cannot be alike by chance.
pub(super) const WINDOW: usize = 100;
/// Latest leak, frames, 300 ms: line echo comes within 50 ms, that of a loudspeaker telephone over
/// a packet network within a quarter of a second.
pub(super) const MAX_LAG: usize = 15;
/// Fewest frames in which the source speaks, 0.6 s.
const FEWEST: usize = 30;
/// The source speaks where it is within this much of its loudest frame, ...
const RANGE_DB: f32 = 25.0;
/// ... and above this: some 15 dB over what is audible, so that its leak could be.
const SPEAKS_DB: f32 = -20.0;
/// Correlation of the band levels, over time and frequency, from which a delay is looked at.
const FIRST_CORRELATION: f32 = 0.35;
/// Correlation of the target with what the source would leak over the target's noise, from which it
/// does. In 2000 stretches of 16 calls mixed from dev without leak, half of them with both speaking
/// at once, with noise at -50 and -60 dB and without, the highest was 0.60; with a leak at -34 dB
/// half of those in which the source speaks lie above 0.9.
const CORRELATION: f32 = 0.75;
/// A level counts as heard this far above the target's noise in its band, dB.
const HEARD_DB: f32 = 6.0;
/// Fewest frames in which a band is heard, and fewest such bands.
const FEWEST_HEARD: usize = 8;
const FEWEST_BANDS: usize = 3;
/// Gain of a band that is not heard, dB.
const UNHEARD_DB: f32 = -200.0;
/// A leak is at least this far below its source: two microphones in one room, and the sides of a
/// stereo picture, differ by less.
const LOUDEST_DB: f32 = -8.0;
/// And so in each band, with this much for a resonance: where noise makes a copy of the other
/// channel look weak, some bands are without it.
const LOUDEST_BAND_DB: f32 = LOUDEST_DB + 3.0;

/// A way on which one channel leaks into another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Path {
    /// Frames by which the leak is late.
    pub lag: usize,
    /// Its level in each band, dB re the source.
    pub gain_db: [f32; BANDS],
}

/// The sums of a correlation over the frames in which the source speaks.
#[derive(Clone, Copy, Default)]
struct Sums {
    frames: usize,
    x: [f32; BANDS],
    y: [f32; BANDS],
    xx: [f32; BANDS],
    yy: [f32; BANDS],
    xy: [f32; BANDS],
}

impl Sums {
    fn add(&mut self, x: &[f32; BANDS], y: &[f32; BANDS]) {
        self.frames += 1;
        for b in 0..BANDS {
            self.x[b] += x[b];
            self.y[b] += y[b];
            self.xx[b] += x[b] * x[b];
            self.yy[b] += y[b] * y[b];
            self.xy[b] += x[b] * y[b];
        }
    }

    /// Correlation, each band about its own mean.
    fn correlation(&self) -> f32 {
        let n = self.frames.max(1) as f32;
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for b in 0..BANDS {
            xx += self.xx[b] - self.x[b] * self.x[b] / n;
            yy += self.yy[b] - self.y[b] * self.y[b] / n;
            xy += self.xy[b] - self.x[b] * self.y[b] / n;
        }
        // A level that stands still correlates with nothing.
        let least = n * BANDS as f32;
        if xx < least || yy < least {
            return 0.0;
        }
        xy / (xx * yy).sqrt()
    }
}

/// Compares the last frames of two channels, which end together; `noise_db`: the target's noise.
pub(super) fn find(source: &[Frame], target: &[Frame], noise_db: &[f32; BANDS]) -> Option<Path> {
    let end = source.len().min(target.len());
    let (source, target) = (&source[source.len() - end..], &target[target.len() - end..]);
    let first = end.saturating_sub(WINDOW);
    if target[first..].iter().all(|f| f.total_db < AUDIBLE_DB) {
        return None;
    }
    let (mut best, mut best_lag) = (FIRST_CORRELATION, None);
    for lag in 0..=MAX_LAG.min(end) {
        let mut sums = Sums::default();
        for (x, y) in speaking(source, target, first, lag) {
            sums.add(&x.db, &y.db);
        }
        let correlation = sums.correlation();
        if sums.frames >= FEWEST && correlation > best {
            (best, best_lag) = (correlation, Some(lag));
        }
    }
    let lag = best_lag?;
    let pairs: Vec<_> = speaking(source, target, first, lag).collect();
    let path = Path {
        lag,
        gain_db: gains(&pairs, noise_db)?,
    };
    let leaked: f32 = pairs.iter().map(|(x, _)| path.leaks(x)).sum();
    let spoken: f32 = pairs.iter().map(|(x, _)| x.total).sum();
    let is_weaker = leaked < power(LOUDEST_DB) * spoken
        && path.gain_db.iter().all(|&gain| gain < LOUDEST_BAND_DB);
    (is_weaker && path.correlation(&pairs, noise_db) > CORRELATION).then_some(path)
}

/// The gain of each band: the median over the frames in which it is heard, which forgets those in
/// which the target speaks as well.
fn gains(pairs: &[(&Frame, &Frame)], noise_db: &[f32; BANDS]) -> Option<[f32; BANDS]> {
    let gain_db = std::array::from_fn(|b| {
        let heard = pairs
            .iter()
            .filter(|(_, y)| y.db[b] > noise_db[b] + HEARD_DB);
        let mut ratios: Vec<f32> = heard.map(|(x, y)| y.db[b] - x.db[b]).collect();
        if ratios.len() < FEWEST_HEARD {
            return UNHEARD_DB;
        }
        let middle = ratios.len() / 2;
        *ratios.select_nth_unstable_by(middle, f32::total_cmp).1
    });
    let heard = gain_db.iter().filter(|&&gain| gain > UNHEARD_DB).count();
    (heard >= FEWEST_BANDS).then_some(gain_db)
}

/// Frames of the source, and those of the target `lag` later, in which the source speaks.
fn speaking<'a>(
    source: &'a [Frame],
    target: &'a [Frame],
    first: usize,
    lag: usize,
) -> impl Iterator<Item = (&'a Frame, &'a Frame)> {
    let first = first.max(lag);
    let source = &source[first - lag..source.len() - lag];
    let loudest = source.iter().fold(f32::MIN, |a, f| a.max(f.total_db));
    let least = (loudest - RANGE_DB).max(SPEAKS_DB);
    let pairs = source.iter().zip(&target[first..]);
    pairs.filter(move |(x, _)| x.total_db > least)
}

impl Path {
    /// The power that a frame of the source leaks.
    fn leaks(&self, source: &Frame) -> f32 {
        let bands = source.power.iter().zip(&self.gain_db);
        bands.map(|(p, &gain)| p * power(gain)).sum()
    }

    /// Correlation of the target with what is expected of it, in the bands that are heard.
    fn correlation(&self, pairs: &[(&Frame, &Frame)], noise_db: &[f32; BANDS]) -> f32 {
        let mut sums = Sums::default();
        for (x, y) in pairs {
            let in_band = |b: usize, value: f32| {
                if self.gain_db[b] > UNHEARD_DB {
                    value
                } else {
                    0.0
                }
            };
            let expected = |b: usize| (x.db[b] + self.gain_db[b]).max(noise_db[b]);
            sums.add(
                &std::array::from_fn(|b| in_band(b, expected(b))),
                &std::array::from_fn(|b| in_band(b, y.db[b])),
            );
        }
        sums.correlation()
    }
}
