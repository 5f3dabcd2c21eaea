//! Whose voice each window of a channel is, where a recording has one channel for all.

use ndarray::{Array1, ArrayView2};

use crate::Result;
use crate::features::VoiceTraits;
use crate::model::ModelMetadata;
use crate::verdict::{WindowScore, spans_of_voices};

/// Listens to the windows of the only channel of a recording.
pub(super) struct Voices {
    traits: VoiceTraits,
    /// The traits of each window that was scored, one after another.
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
            &rule.axes,
        )?;
        let heard = Vec::new();
        Ok(Some(Self { traits, heard }))
    }

    /// What describes the voice in a window.
    pub(super) fn traits(&mut self, window: &[f32]) -> Result<Array1<f64>> {
        self.traits.extract(window)
    }

    /// Takes the traits of the next window that is scored.
    pub(super) fn push(&mut self, traits: Array1<f64>) {
        self.heard.extend(traits);
    }

    /// Where each of two voices speaks, or nothing if it is one.
    pub(super) fn spans(
        &self,
        speech: &[[f64; 2]],
        windows: &[WindowScore],
        metadata: &ModelMetadata,
    ) -> Vec<Vec<[f64; 2]>> {
        let shape = (windows.len(), self.heard.len() / windows.len().max(1));
        ArrayView2::from_shape(shape, &self.heard).map_or_else(
            |_| Vec::new(),
            |traits| spans_of_voices(traits, speech, windows, metadata),
        )
    }
}
