//! Whose voice each window of a channel is, where a recording has one channel for all.

use crate::Result;
use crate::features::VoiceTraits;
use crate::model::ModelMetadata;
use crate::verdict::{WindowScore, spans_of_voices};

/// Listens to the windows of the only channel of a recording.
pub(super) struct Voices {
    traits: VoiceTraits,
    /// What was heard in each window that was scored, one after another.
    heard: Vec<f64>,
}

impl Voices {
    /// `None` if the model knows no voices.
    pub(super) fn new(metadata: &ModelMetadata) -> Result<Option<Self>> {
        let (Some(rule), Some(first)) = (&metadata.voices, metadata.front_ends.first()) else {
            return Ok(None);
        };
        let traits = VoiceTraits::new(
            rule.front_end(first),
            rule.mean_cepstra,
            rule.spread_cepstra,
            rule.pitch,
            &rule.axes,
        )?;
        let heard = Vec::new();
        Ok(Some(Self { traits, heard }))
    }

    /// What describes the voice in a window.
    pub(super) fn hear(&mut self, window: &[f32]) -> Result<Vec<f64>> {
        self.traits.hear(window)
    }

    /// Takes what was heard in the next window that is scored.
    pub(super) fn push(&mut self, heard: Vec<f64>) {
        self.heard.extend(heard);
    }

    /// Where each of two voices speaks, or nothing if it is one.
    pub(super) fn spans(
        &self,
        speech: &[[f64; 2]],
        windows: &[WindowScore],
        metadata: &ModelMetadata,
    ) -> Vec<Vec<[f64; 2]>> {
        let traits = self.traits.together(&self.heard);
        spans_of_voices(traits.view(), speech, windows, metadata)
    }
}
