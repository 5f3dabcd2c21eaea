//! The sums over many recordings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metadata::MetadataJoin;
use super::record::Recording;
use crate::marks::DeclaredState;
use crate::verdict::{Reason, Verdict};

/// Counts over the recordings of a scan; the field names are those of the machine-readable result.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// All recordings, also those that failed.
    pub recordings: u64,
    /// Recordings with the verdict bona fide.
    #[serde(default)]
    pub bona_fide: u64,
    /// Recordings with the verdict synthetic.
    pub synthetic: u64,
    /// Recordings with another verdict of which a channel is partly synthetic.
    #[serde(default)]
    pub partly_synthetic: u64,
    /// Recordings with the verdict inconclusive.
    pub inconclusive: u64,
    /// Recordings that could not be scanned.
    pub errors: u64,
    /// Channels, of all recordings, that are inconclusive, by reason.
    #[serde(default)]
    pub inconclusive_channels: BTreeMap<Reason, u64>,
    /// Recordings whose file declares something about how it was made, by its state. Counted beside
    /// the verdicts, also of recordings that failed.
    #[serde(default)]
    pub declared: BTreeMap<DeclaredState, u64>,
    /// Seconds of audio.
    pub audio_s: f64,
    /// Seconds of speech, over all channels.
    #[serde(default)]
    pub speech_s: f64,
    /// Seconds the scan took.
    pub elapsed_s: f64,
    /// Seconds of audio scanned per second, without what an earlier run had done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times_real_time: Option<f64>,
    /// Files of the folders scanned that were passed over, by extension: without the dot, in lower
    /// case, empty for none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passed_over: BTreeMap<String, u64>,
    /// Recordings among these that an earlier, interrupted run had done.
    #[serde(default)]
    pub resumed: u64,
    /// How a table of metadata and the recordings fit, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataJoin>,
    /// Whether the scan was stopped before it had done all; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

impl Summary {
    /// Counts one recording.
    pub fn add(&mut self, recording: &Recording) {
        self.recordings += 1;
        let state = recording.declared.as_ref().map(|declared| declared.state);
        if let Some(state) = state.filter(|&state| state != DeclaredState::None) {
            *self.declared.entry(state).or_default() += 1;
        }
        let Some(report) = recording.report() else {
            self.errors += 1;
            return;
        };
        match report.verdict() {
            Verdict::BonaFide => self.bona_fide += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Synthetic => self.synthetic += 1,
        }
        if report.partly_synthetic() && report.verdict() != Verdict::Synthetic {
            self.partly_synthetic += 1;
        }
        self.audio_s += report.duration_s;
        for channel in &report.channels {
            self.speech_s += channel.speech_s;
            if let Some(reason) = channel.reason {
                *self.inconclusive_channels.entry(reason).or_default() += 1;
            }
        }
    }
}
