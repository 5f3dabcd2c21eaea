//! From active frames to decisions: stretches of speech without holes.

use std::collections::VecDeque;

use super::activity::Activity;
use super::vowel::Vowel;

/// Active frames are speech when a vowel is this near (frames): consonants stand beside vowels,
/// noises stand alone.
const REACH: u64 = 50;
/// Gaps between speech up to this long are speech (frames): stop closures and short breaths.
const BRIDGE: usize = 30;

/// The decision for one frame of 10 ms.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FrameDecision {
    /// Whether the frame is speech.
    pub is_speech: bool,
    /// Mean power of the frame above about 100 Hz, dB re full scale (a full-scale sine of 1 kHz is
    /// -3 dB), from -110 for digital silence up.
    pub energy_db: f32,
}

/// Turns activities into decisions, at most `REACH + BRIDGE` frames late.
#[derive(Debug, Clone, Default)]
pub(super) struct Smoother {
    /// Activities whose later neighbours are not all known, and the index of the first.
    waiting: VecDeque<Activity>,
    first: u64,
    vowel: Vowel,
    /// Index of the latest frame of a vowel.
    voiced: Option<u64>,
    /// Energies of the frames since the last speech, while they may turn out to be a bridge.
    gap: Vec<f32>,
    after_speech: bool,
}

impl Smoother {
    /// Takes the next activity, appends the decisions that have become due.
    pub fn push(&mut self, activity: Activity, decisions: &mut Vec<FrameDecision>) {
        if self.vowel.holds(&activity) {
            self.voiced = Some(self.first + self.waiting.len() as u64);
        }
        self.waiting.push_back(activity);
        if self.waiting.len() as u64 > REACH {
            self.settle(decisions);
        }
    }

    /// Appends the decisions still due.
    pub fn finish(&mut self, decisions: &mut Vec<FrameDecision>) {
        while !self.waiting.is_empty() {
            self.settle(decisions);
        }
        self.close_gap(false, decisions);
    }

    fn settle(&mut self, decisions: &mut Vec<FrameDecision>) {
        let Some(Activity {
            energy_db, active, ..
        }) = self.waiting.pop_front()
        else {
            return;
        };
        // The latest vowel is at most `REACH` ahead, so only the past is to be checked.
        let is_speech = active
            && self
                .voiced
                .is_some_and(|voiced| voiced + REACH >= self.first);
        self.first += 1;
        if is_speech {
            self.close_gap(true, decisions);
            decisions.push(FrameDecision {
                is_speech,
                energy_db,
            });
            self.after_speech = true;
        } else if self.after_speech {
            self.gap.push(energy_db);
            if self.gap.len() > BRIDGE {
                self.close_gap(false, decisions);
            }
        } else {
            decisions.push(FrameDecision {
                is_speech,
                energy_db,
            });
        }
    }

    fn close_gap(&mut self, is_speech: bool, decisions: &mut Vec<FrameDecision>) {
        decisions.extend(self.gap.drain(..).map(|energy_db| FrameDecision {
            is_speech,
            energy_db,
        }));
        self.after_speech = false;
    }
}
