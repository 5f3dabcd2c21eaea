//! The answer about one channel, and what it rests on. Names are those of the machine-readable
//! result.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::window::Segment;

/// The answer for one channel, or for a recording as the worst of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks for synthesis at this operating point. Not a proof of identity.
    BonaFide,
    /// The evidence does not carry a verdict; the reason says why.
    Inconclusive,
    /// Synthetic, cloned or converted speech.
    Synthetic,
}

/// Why a channel is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No speech was found.
    NoSpeech,
    /// Some speech, less than the model needs.
    TooLittleSpeech,
    /// What speech there is is that of another channel which leaks into this one, and too little is
    /// left.
    Crosstalk,
    /// Too many samples sit at full scale.
    Clipped,
    /// The recording carries less than the band the model was made for.
    NarrowBand,
    /// Most of the sound is no single voice speaking (music, noise, several voices at once), or its
    /// score is like none the model was calibrated on.
    OutOfDomain,
}

/// Which log-likelihood ratio a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// That of the whole channel.
    Channel,
    /// That of its worst stretch: the whole channel alone would not have been synthetic.
    Stretch,
    /// That of the worse of two voices in one channel.
    Voice,
}

/// Windows in a row and the log-likelihood ratio of their mean score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stretch {
    /// Start, seconds from the start of the recording.
    pub start_s: f64,
    /// End, seconds from the start of the recording.
    pub end_s: f64,
    /// Natural-log likelihood ratio of the stretch by itself, bona fide over spoof.
    pub llr: f64,
    /// Below this the stretch makes its channel synthetic: the operating point's threshold for
    /// stretches, less the [allowance](crate::model::StretchRule::allowance) for long speech.
    pub threshold_llr: f64,
}

/// One of two voices that take turns in a channel, judged as a channel of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Voice {
    /// `voice 1` speaks first.
    pub name: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Why that is inconclusive.
    pub reason: Option<Reason>,
    /// Calibrated natural-log likelihood ratio, bona fide over spoof.
    pub llr: Option<f64>,
    /// Posterior probability of spoof, 0 to 1.
    pub synthetic_probability: Option<f64>,
    /// Seconds that it speaks.
    pub speech_s: f64,
    /// Where it speaks: start and end, seconds from the start of the recording, ascending, apart.
    pub speech_spans: Vec<[f64; 2]>,
}

/// A channel's verdict and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is inconclusive.
    pub reason: Option<Reason>,
    /// Calibrated natural-log likelihood ratio of the whole channel, bona fide over spoof; `None`
    /// if no window could be scored.
    pub llr: Option<f64>,
    /// Which log-likelihood ratio the verdict rests on; `None` where `llr` is.
    pub decided_by: Option<DecidedBy>,
    /// That log-likelihood ratio: `llr`, or the stretch's with the allowance for long speech added.
    pub decision_llr: Option<f64>,
    /// Posterior probability of spoof, 0 to 1, that follows from `decision_llr` and the operating
    /// point's prior.
    pub synthetic_probability: Option<f64>,
    /// A channel whose `llr` is below this is synthetic.
    pub threshold_llr: f64,
    /// Seconds of speech that count: in domain, or all of it where the reason is
    /// [`Reason::OutOfDomain`].
    pub counted_speech_s: f64,
    /// Share of the windows, 0 to 1, that are out of domain; `None` without a window or without
    /// this check.
    pub out_of_domain_share: Option<f64>,
    /// The windows in a row that speak most for synthesis, if there were enough.
    pub worst_stretch: Option<Stretch>,
    /// Whether a part of the channel, and not the whole of it, is another, synthetic voice: a span,
    /// or, in the only channel of a recording, the turns of one side of a call. It is said beside
    /// the verdict, and moves neither that nor the probability; never where there is no verdict.
    #[serde(default)]
    pub partly_synthetic: bool,
    /// Natural-log likelihood ratio, no part synthetic over a part synthetic: `partly_synthetic` is
    /// where it lies under the operating point's
    /// [threshold](crate::model::OperatingPoint::part_threshold_llr). `None` of too few windows, or
    /// where the model looks for no parts.
    #[serde(default)]
    pub part_llr: Option<f64>,
    /// Those parts, in the order of time, each with the log-likelihood ratio of its mean score.
    #[serde(default)]
    pub synthetic_spans: Vec<Segment>,
    /// The voices, where two take turns in the only channel of a recording: the verdict is that of
    /// the worse. Empty for one voice.
    #[serde(default)]
    pub voices: Vec<Voice>,
}

impl Verdict {
    /// The name in results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BonaFide => "bona_fide",
            Self::Inconclusive => "inconclusive",
            Self::Synthetic => "synthetic",
        }
    }
}

impl Reason {
    /// All of them, each once.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::NoSpeech,
        Self::TooLittleSpeech,
        Self::Crosstalk,
        Self::Clipped,
        Self::NarrowBand,
        Self::OutOfDomain,
    ];

    /// The name in results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSpeech => "no_speech",
            Self::TooLittleSpeech => "too_little_speech",
            Self::Crosstalk => "crosstalk",
            Self::Clipped => "clipped",
            Self::NarrowBand => "narrow_band",
            Self::OutOfDomain => "out_of_domain",
        }
    }
}

impl DecidedBy {
    /// The name in results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Stretch => "stretch",
            Self::Voice => "voice",
        }
    }
}

impl fmt::Display for Verdict {
    /// In words, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BonaFide => "bona fide",
            Self::Inconclusive => "inconclusive",
            Self::Synthetic => "synthetic",
        })
    }
}

impl fmt::Display for Reason {
    /// In words, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoSpeech => "no speech",
            Self::TooLittleSpeech => "too little speech",
            Self::Crosstalk => "crosstalk of another channel",
            Self::Clipped => "clipped",
            Self::NarrowBand => "band too narrow",
            Self::OutOfDomain => "unlike the speech the model was made for",
        })
    }
}
