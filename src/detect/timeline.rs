//! From windows, which may overlap, to a timeline of short segments.
//!
//! Packed speech is divided into cells of one hop. A cell's score is the mean over the windows that
//! contain it: with windows of 4 s every second, four windows see each second of speech, and a
//! change from one voice to another shows as a ramp whose middle is the change. Segments do not
//! overlap.

use std::collections::VecDeque;
use std::ops::Range;

use crate::model::Calibration;
use crate::speech::TimeMap;
use crate::verdict::Segment;

/// A cell with a pause in it becomes one segment up to this pause, seconds, and one on either side
/// of a longer one: the middle of what Campione and Veronis (2002) call medium pauses, 0.2 to 1 s.
const LONGEST_PAUSE_S: f64 = 0.5;

/// Scores of cells, and the segments made of those that no later window contains.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    hop: u64,
    rate_hz: f64,
    calibration: Calibration,
    /// Sum and number of window scores, of the cells from `first` on.
    open: VecDeque<(f64, u32)>,
    first: u64,
    last_score: f64,
    segments: Vec<Segment>,
}

impl Timeline {
    pub(super) fn new(hop: usize, rate_hz: u32, calibration: Calibration) -> Self {
        Self {
            hop: hop as u64,
            rate_hz: f64::from(rate_hz),
            calibration,
            open: VecDeque::new(),
            first: 0,
            last_score: 0.0,
            segments: Vec::new(),
        }
    }

    /// Takes the score of a window that speaks for `cells`, in the order in which windows are cut.
    pub(super) fn add(&mut self, cells: Range<u64>, score: f64, map: &TimeMap) {
        let closed = cells.start + 1;
        self.add_to(cells, score);
        self.close(closed, map);
    }

    /// Ends the channel.
    pub(super) fn finish(&mut self, map: &TimeMap) {
        self.close(map.packed().div_ceil(self.hop), map);
    }

    fn add_to(&mut self, cells: Range<u64>, score: f64) {
        self.last_score = score;
        for cell in cells {
            let i = (cell - self.first) as usize;
            while self.open.len() <= i {
                self.open.push_back((0.0, 0));
            }
            self.open[i].0 += score;
            self.open[i].1 += 1;
        }
    }

    /// Turns the cells before `before` into segments.
    fn close(&mut self, before: u64, map: &TimeMap) {
        while self.first < before {
            let (sum, windows) = self.open.pop_front().unwrap_or((0.0, 0));
            // A cell that ends a little past every window, when the hop does not divide the window.
            let score = if windows == 0 {
                self.last_score
            } else {
                sum / f64::from(windows)
            };
            let from = self.first * self.hop;
            self.emit(from, from + self.hop, self.calibration.llr(score), map);
            self.first += 1;
        }
    }

    fn emit(&mut self, from: u64, to: u64, llr: f64, map: &TimeMap) {
        let already = self.segments.len();
        for (start, end) in map.stretches(from, to) {
            let (start_s, end_s) = (start as f64 / self.rate_hz, end as f64 / self.rate_hz);
            match self.segments.get_mut(already..).and_then(<[_]>::last_mut) {
                Some(last) if start_s - last.end_s <= LONGEST_PAUSE_S => last.end_s = end_s,
                _ => self.segments.push(Segment {
                    start_s,
                    end_s,
                    llr,
                }),
            }
        }
    }

    /// The first packed sample that a segment still has to be made of.
    pub(super) fn open_from(&self) -> u64 {
        self.first * self.hop
    }

    /// Segments that no later window changes, ascending, apart.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

#[cfg(test)]
mod tests {
    use super::super::windows::WindowCutter;
    use super::*;

    const IDENTITY: Calibration = Calibration {
        scale: 1.0,
        offset: 0.0,
    };

    /// The timeline of a channel whose windows score the mean of their samples.
    fn timeline(speech: &[(u64, Vec<f32>)], window: usize, hop: usize) -> Vec<Segment> {
        let mut map = TimeMap::default();
        let mut packed = Vec::new();
        for (at, samples) in speech {
            map.append(*at, samples.len() as u64);
            packed.extend(samples);
        }
        let mean = |x: &[f32]| x.iter().map(|&v| f64::from(v)).sum::<f64>() / x.len() as f64;
        let mut windows = Vec::new();
        let mut cutter = WindowCutter::new(window, hop);
        cutter.push(&packed, &mut windows);
        windows.extend(cutter.finish());
        let mut line = Timeline::new(hop, 10, IDENTITY);
        for w in windows {
            let score = mean(&w.samples);
            line.add(w.cells, score, &map);
        }
        line.finish(&map);
        line.segments().to_vec()
    }

    #[test]
    fn segments_tile_the_speech() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..200 {
            let mut at = 0;
            let mut speech = Vec::new();
            for _ in 0..random.usize(1..8) {
                at += random.u64(1..40);
                let length = random.usize(1..60);
                speech.push((at, vec![1.5_f32; length]));
                at += length as u64;
            }
            let window = random.usize(1..50);
            let hop = random.usize(1..=window);
            let segments = timeline(&speech, window, hop);
            for pair in segments.windows(2) {
                assert!(pair[0].end_s <= pair[1].start_s);
            }
            for s in &segments {
                assert!(s.start_s < s.end_s && s.llr == 1.5);
            }
            // Each sample of speech is in a segment.
            for (at, samples) in &speech {
                for i in 0..samples.len() as u64 {
                    let t = ((at + i) as f64 + 0.5) / 10.0;
                    assert!(segments.iter().any(|s| s.start_s < t && t < s.end_s));
                }
            }
        }
    }

    #[test]
    fn a_change_shows_where_it_is() {
        // 10 Hz: 30 s of one voice, then 30 s of another.
        let speech = [(50, vec![1.0; 300]), (1000, vec![-1.0; 300])];
        let segments = timeline(&speech, 40, 10);
        for s in &segments {
            let truth = if s.start_s < 90.0 { 1.0 } else { -1.0 };
            assert!(s.llr * truth > 0.0, "{s:?}");
        }
        assert_eq!(segments.len(), 60);
        assert_eq!((segments[0].start_s, segments[59].end_s), (5.0, 130.0));
    }
}
