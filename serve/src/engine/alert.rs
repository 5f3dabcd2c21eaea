//! When a track is worth an alert.

use serde::Deserialize;
use voxhumana::verdict::Verdict;
use voxhumana::{ChannelReport, Detector};

/// A track gets its alert when, for so many seconds in a row, all of this holds.
///
/// A call is looked at every second, and each look is a chance to be wrong. Early looks are worth
/// most: so the limit falls as speech goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlertRule {
    /// The verdict so far is synthetic, and the log-likelihood ratio that it rests on is below
    /// this, up to [`Self::FALLS_AFTER_S`] seconds of speech.
    pub below_llr: f64,
    /// How much lower the limit is after each doubling of the speech beyond that.
    pub falls_by_llr: f64,
    /// There are at least so many seconds of speech.
    pub after_speech_s: f64,
    /// Judgements in a row, one a second.
    pub seconds_in_a_row: u32,
}

impl AlertRule {
    /// The limit, unless asked otherwise: 27 to 1 for a synthetic voice. Chosen on calls of dev,
    /// as all of these numbers; the guide's page on live calls has what each limit gives there.
    pub const BELOW_LLR: f64 = -3.3;
    /// How much lower the limit is after each doubling, unless asked otherwise.
    pub const FALLS_BY_LLR: f64 = 2.0;
    /// Seconds of speech from which on the limit falls.
    pub const FALLS_AFTER_S: f64 = 5.0;
    /// Seconds of speech before an alert, unless asked otherwise.
    pub const AFTER_SPEECH_S: f64 = 3.0;
    /// Judgements in a row, unless asked otherwise.
    pub const SECONDS_IN_A_ROW: u32 = 1;

    /// The rule for a detector, unless asked otherwise: a detector whose own threshold is lower
    /// has that as its limit.
    #[must_use]
    pub fn for_detector(detector: &Detector) -> Self {
        let own = detector.operating_point().1.threshold_llr;
        Self {
            below_llr: own.min(Self::BELOW_LLR),
            falls_by_llr: Self::FALLS_BY_LLR,
            after_speech_s: Self::AFTER_SPEECH_S,
            seconds_in_a_row: Self::SECONDS_IN_A_ROW,
        }
    }

    /// The limit after so many seconds of speech.
    #[must_use]
    pub fn limit(&self, speech_s: f64) -> f64 {
        let doublings = (speech_s / Self::FALLS_AFTER_S).log2().max(0.0);
        self.below_llr - self.falls_by_llr * doublings
    }

    /// The log-likelihood ratio that speaks for an alert now, if it does.
    fn applies(&self, judged: &Judgement) -> Option<f64> {
        let llr = judged.decision_llr?;
        let applies = judged.verdict == Verdict::Synthetic
            && llr < self.limit(judged.speech_s)
            && judged.speech_s >= self.after_speech_s;
        applies.then_some(llr)
    }
}

/// What counts for an alert of one judgement of a track; `score` events have it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Judgement {
    /// The verdict so far.
    pub verdict: Verdict,
    /// The log-likelihood ratio that it rests on.
    pub decision_llr: Option<f64>,
    /// Seconds of speech so far.
    pub speech_s: f64,
}

impl From<&ChannelReport> for Judgement {
    fn from(report: &ChannelReport) -> Self {
        Self {
            verdict: report.verdict,
            decision_llr: report.decision_llr,
            speech_s: report.speech_s,
        }
    }
}

/// The alert of one track.
#[derive(Debug, Default)]
pub struct Alarm {
    in_a_row: u32,
    raised: bool,
}

impl Alarm {
    /// Looks at the judgement of one second; gives the log-likelihood ratio of an alert, once.
    pub fn look(&mut self, rule: &AlertRule, judged: &Judgement) -> Option<f64> {
        let llr = rule.applies(judged);
        self.in_a_row = if llr.is_some() { self.in_a_row + 1 } else { 0 };
        if self.raised || self.in_a_row < rule.seconds_in_a_row.max(1) {
            return None;
        }
        self.raised = llr.is_some();
        llr
    }

    /// Whether there was an alert.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.raised
    }
}
