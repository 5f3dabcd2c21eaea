//! The samples of one frame, as they go into the transform.

use super::framing::emphasised;
use super::{Convention, FrontEnd};

/// Frame by frame, the samples of a waveform.
pub(super) struct Frames<'a> {
    samples: &'a [f32],
    gain: f64,
    pre_emphasis: f64,
    convention: Convention,
    frame_length: usize,
    frame_shift: usize,
    padding: usize,
    /// Where the window starts in what is transformed.
    inside: usize,
}

impl<'a> Frames<'a> {
    /// `gain` goes with every sample.
    pub(super) fn new(front_end: &FrontEnd, samples: &'a [f32], gain: f64) -> Self {
        let convention = front_end.convention;
        // A shorter window lies in the middle of what it is centred on.
        let inside = if convention.is_centred() {
            (front_end.fft_length - front_end.frame_length) / 2
        } else {
            0
        };
        Self {
            samples,
            gain,
            pre_emphasis: f64::from(front_end.pre_emphasis),
            convention,
            frame_length: front_end.frame_length,
            frame_shift: front_end.frame_shift,
            padding: convention.padding(front_end.fft_length),
            inside,
        }
    }

    /// What gives sample `i` of frame `t`.
    pub(super) fn frame(&self, t: usize) -> impl Fn(usize) -> f64 + '_ {
        let start = t * self.frame_shift;
        let frame = match self.convention {
            Convention::Kaldi => self.samples.get(start..start + self.frame_length),
            _ => None,
        };
        let sum: f64 = frame
            .unwrap_or_default()
            .iter()
            .map(|&x| f64::from(x))
            .sum();
        let mean = sum / self.frame_length as f64;
        move |i| {
            let sample = match frame {
                Some(frame) => {
                    let x = |i: usize| f64::from(frame[i]) - mean;
                    // The first sample is its own predecessor.
                    x(i) - self.pre_emphasis * x(i.saturating_sub(1))
                }
                None => {
                    let place = start + self.inside + i;
                    let n = self.samples.len();
                    let at = self.convention.sample_at(place, self.padding, n);
                    at.map_or(0.0, |at| emphasised(self.samples, at, self.pre_emphasis))
                }
            };
            self.gain * sample
        }
    }
}
