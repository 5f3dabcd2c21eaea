//! Cuts packed speech into windows, one hop apart. Which windows a channel has, the last one among
//! them, is decided here alone.

use std::collections::VecDeque;
use std::ops::Range;

/// Samples that are taken at a time: what is kept is never longer than a window and these.
const PART: usize = 1_024;

/// A window of packed speech, ready to be scored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// Its first sample in the packed speech.
    pub(super) start: u64,
    /// Samples of packed speech in it: all, but for a channel that has less than a window of it.
    pub(super) speech: u64,
    /// The cells of the timeline, one hop each, that it speaks for. The first of them no later
    /// window does.
    pub(super) cells: Range<u64>,
    /// Exactly one window of samples.
    pub(super) samples: Vec<f32>,
}

/// Windows of one channel, `hop` samples apart. A last window that would run over the end is taken
/// by shifting it back; a channel shorter than a window is repeated from its start.
#[derive(Debug, Clone)]
pub(super) struct WindowCutter {
    window: usize,
    hop: usize,
    /// Packed speech from `base` on: at least the last window of it.
    kept: VecDeque<f32>,
    base: u64,
    next: u64,
}

impl WindowCutter {
    pub(super) fn new(window: usize, hop: usize) -> Self {
        Self {
            window,
            hop,
            kept: VecDeque::new(),
            base: 0,
            next: 0,
        }
    }

    /// Takes packed speech and appends the windows that have become complete.
    pub(super) fn push(&mut self, packed: &[f32], windows: &mut Vec<Window>) {
        for part in packed.chunks(PART) {
            self.take(part, windows);
        }
    }

    fn take(&mut self, part: &[f32], windows: &mut Vec<Window>) {
        if self.kept.capacity() == 0 {
            self.kept.reserve_exact(self.window + PART);
        }
        self.kept.extend(part);
        while self.end() >= self.next + self.window as u64 {
            let cell = self.next / self.hop as u64;
            windows.push(self.cut(self.next, cell..cell + (self.window / self.hop) as u64));
            self.next += self.hop as u64;
        }
        let keep_from = self.next.min(self.end().saturating_sub(self.window as u64));
        let drop = keep_from.saturating_sub(self.base);
        self.kept.drain(..drop as usize);
        self.base += drop;
    }

    /// Ends the channel: the window over its last samples, unless it has been cut already.
    pub(super) fn finish(&self) -> Option<Window> {
        let (end, window, hop) = (self.end(), self.window as u64, self.hop as u64);
        if end == 0 {
            return None;
        }
        if end < window {
            let speech = self.kept.range(..).copied();
            return Some(Window {
                start: 0,
                speech: end,
                cells: 0..end.div_ceil(hop),
                samples: speech.cycle().take(self.window).collect(),
            });
        }
        let last_cut = self.next.checked_sub(hop);
        let start = end - window;
        let cells = start.div_ceil(hop)..end.div_ceil(hop);
        (last_cut != Some(start)).then(|| self.cut(start, cells))
    }

    fn end(&self) -> u64 {
        self.base + self.kept.len() as u64
    }

    fn cut(&self, start: u64, cells: Range<u64>) -> Window {
        let from = (start - self.base) as usize;
        Window {
            start,
            speech: self.window as u64,
            cells,
            samples: self.kept.range(from..from + self.window).copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(n: usize, window: usize, hop: usize, block: usize) -> Vec<Window> {
        let samples: Vec<f32> = (0..n).map(|i| i as f32).collect();
        let mut cutter = WindowCutter::new(window, hop);
        let mut windows = Vec::new();
        for part in samples.chunks(block) {
            cutter.push(part, &mut windows);
            assert!(cutter.kept.len() <= window);
        }
        windows.extend(cutter.finish());
        windows
    }

    #[test]
    fn windows_cover_everything_whatever_the_blocks() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let window = random.usize(1..50);
            let hop = random.usize(1..=window);
            let n = random.usize(0..300);
            let windows = cut(n, window, hop, random.usize(1..80));
            assert_eq!(windows, cut(n, window, hop, n.max(1)));
            let mut covered = vec![false; n];
            for w in &windows {
                assert_eq!(w.samples.len(), window);
                for (i, &x) in w.samples.iter().enumerate() {
                    let place = w.start as usize + i % n.min(window);
                    assert_eq!(x, place as f32);
                    covered[place] = true;
                }
            }
            assert!(covered.iter().all(|&c| c), "{n} {window} {hop}");
            assert!(windows.windows(2).all(|w| w[0].start < w[1].start));
        }
    }

    #[test]
    fn ends_are_shifted_back_and_short_speech_repeats() {
        let starts = |n| -> Vec<u64> { cut(n, 4, 2, 100).iter().map(|w| w.start).collect() };
        assert_eq!(starts(8), [0, 2, 4]);
        assert_eq!(starts(9), [0, 2, 4, 5]);
        assert_eq!(cut(3, 8, 2, 1)[0].samples, [0., 1., 2., 0., 1., 2., 0., 1.]);
        assert!(WindowCutter::new(8, 2).finish().is_none());
    }
}
