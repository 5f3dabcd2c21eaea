//! The noise of a channel, read from the pauses between its sounds.

use super::frame::{AUDIBLE_DB, BANDS, Frame};

/// The noise is this quantile of the levels, as in speech detection.
const QUANTILE: f32 = 0.1;
/// The channel's own sounds stand this far above it, dB.
const STANDS_OUT_DB: f32 = 6.0;

/// Level of the noise, dB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    pub bands_db: [f32; BANDS],
    total_db: f32,
}

impl Noise {
    /// Before anything was heard.
    pub(super) fn unknown() -> Self {
        Self {
            bands_db: [f32::MIN; BANDS],
            total_db: f32::MIN,
        }
    }

    /// Of the latest frames.
    pub(super) fn of(frames: &[Frame]) -> Self {
        let mut levels = Vec::with_capacity(frames.len());
        let mut low = |level: &dyn Fn(&Frame) -> f32| {
            levels.clear();
            levels.extend(frames.iter().map(level));
            if levels.is_empty() {
                return f32::MIN;
            }
            let rank = (QUANTILE * (levels.len() - 1) as f32) as usize;
            *levels.select_nth_unstable_by(rank, f32::total_cmp).1
        };
        Self {
            bands_db: std::array::from_fn(|band| low(&|frame| frame.db[band])),
            total_db: low(&|frame| frame.total_db),
        }
    }

    /// Whether a frame stands out of it.
    pub(super) fn is_below(&self, frame: &Frame) -> bool {
        frame.total_db > AUDIBLE_DB.max(self.total_db + STANDS_OUT_DB)
    }
}
