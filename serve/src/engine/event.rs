//! What a call tells while it lasts. `event.schema.json` has the form, field by field.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use voxhumana::ChannelReport;
use voxhumana::verdict::{Reason, Stretch, Verdict};

use super::order::Faults;

/// Version of the form: later versions may add events and fields, never rename these.
pub const EVENT_SCHEMA_VERSION: u32 = 1;

/// [JSON Schema](https://json-schema.org), draft 2020-12, of one event.
pub const EVENT_SCHEMA: &str = include_str!("event.schema.json");

/// One event of a call.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// The event, under `type` and `data`.
    #[serde(flatten)]
    pub body: Body,
    /// Version of the form.
    pub schema_version: u32,
    /// The call.
    #[serde(serialize_with = "text")]
    pub call_id: Arc<str>,
    /// Its name in the telephone system, where it has told one.
    #[serde(
        serialize_with = "text_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub peer_id: Option<Arc<str>>,
    /// 1 for the first event of the call, and so on.
    pub sequence: u64,
    /// When it was found, UTC.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
}

/// The kinds of events.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Body {
    /// The call is on the line.
    Started {
        /// The way in: `twilio`, `telnyx`, `audiosocket`, …
        protocol: &'static str,
        /// The number that calls; only with `--log-numbers`.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The number that is called; only with `--log-numbers`.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Somebody begins to speak, after a pause or for the first time.
    Speech {
        /// The track.
        track: String,
        /// Where, seconds from the start of the track.
        start_s: f64,
    },
    /// The scores so far, after each second of a track.
    Score {
        /// The track.
        track: String,
        /// Seconds of the track so far.
        at_s: f64,
        /// Seconds of speech so far.
        speech_s: f64,
        /// The verdict so far.
        verdict: Verdict,
        /// Log-likelihood ratio of the whole track so far.
        llr: Option<f64>,
        /// The one that the verdict rests on.
        decision_llr: Option<f64>,
        /// The stretch that speaks most for synthesis.
        worst_stretch: Option<Stretch>,
    },
    /// The first verdict, a change of it, and the last.
    Verdict {
        /// The track.
        track: String,
        /// Seconds of the track so far.
        at_s: f64,
        /// The verdict.
        verdict: Verdict,
        /// Why it is inconclusive.
        reason: Option<Reason>,
        /// Log-likelihood ratio of the whole track so far.
        llr: Option<f64>,
        /// Probability of synthesis at the operating point.
        synthetic_probability: Option<f64>,
        /// Seconds of speech so far.
        speech_s: f64,
        /// Whether the track has ended: then this is the verdict of an offline scan.
        last: bool,
    },
    /// One side says nothing while the other speaks.
    Quiet {
        /// The track that says nothing.
        track: String,
        /// Since when, seconds from the start of the track.
        since_s: f64,
        /// Seconds of speech on the other tracks meanwhile.
        others_speech_s: f64,
    },
    /// The track is most likely synthetic. Once a track at most, and never withdrawn.
    Alert {
        /// The track.
        track: String,
        /// Seconds of the track so far.
        at_s: f64,
        /// Seconds of speech so far.
        speech_s: f64,
        /// The log-likelihood ratio that fell below the limit.
        decision_llr: f64,
        /// The limit.
        threshold_llr: f64,
        /// The stretch that speaks most for synthesis.
        worst_stretch: Option<Stretch>,
    },
    /// The call is over; the last event.
    Ended {
        /// Why.
        reason: EndReason,
        /// The same in words, where there is more to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Seconds of its longest track.
        duration_s: f64,
        /// Its tracks, in the form of a result's `channels`.
        channels: Vec<ChannelReport>,
        /// Faults of the line, a track each.
        faults: Vec<Faults>,
    },
}

impl Body {
    /// Its name, as in `type`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Speech { .. } => "speech",
            Self::Score { .. } => "score",
            Self::Verdict { .. } => "verdict",
            Self::Quiet { .. } => "quiet",
            Self::Alert { .. } => "alert",
            Self::Ended { .. } => "ended",
        }
    }

    /// Whether it is one of many of its kind, which may be lost where there is no room for it.
    pub fn is_periodic(&self) -> bool {
        matches!(self, Self::Score { .. })
    }
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndReason {
    /// The telephone system said so.
    HangUp,
    /// The connection was closed without a word.
    Disconnected,
    /// No frame came for longer than `--max-idle`.
    Idle,
    /// It lasted longer than `--max-call`.
    TooLong,
    /// A frame or message that cannot be read, or that was not declared.
    BadFrame,
    /// A frame of more than `--max-frame-bytes`.
    FrameTooLarge,
    /// More tracks than `--max-tracks`.
    TooManyTracks,
    /// A codec or rate that changes, or is none that is decoded.
    Codec,
    /// The server stops.
    Shutdown,
    /// A fault of this program.
    Internal,
}

impl EndReason {
    /// Its name in events and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HangUp => "hang_up",
            Self::Disconnected => "disconnected",
            Self::Idle => "idle",
            Self::TooLong => "too_long",
            Self::BadFrame => "bad_frame",
            Self::FrameTooLarge => "frame_too_large",
            Self::TooManyTracks => "too_many_tracks",
            Self::Codec => "codec",
            Self::Shutdown => "shutdown",
            Self::Internal => "internal",
        }
    }
}

fn text<S: Serializer>(text: &Arc<str>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(text)
}

fn text_if_any<S: Serializer>(text: &Option<Arc<str>>, out: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(out)
}

pub(super) fn rfc3339<S: Serializer>(time: &SystemTime, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&humantime::format_rfc3339_millis(*time))
}
