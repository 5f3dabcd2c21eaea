//! Whose voice each window of a channel is, where a recording has one channel for all.

use ndarray::Array2;

use crate::Result;
use crate::features::VoiceTraits;
use crate::model::{ModelMetadata, VoiceRule};
use crate::verdict::{WindowScore, spans_of_voices, tell_apart};

/// Listens to the windows of the only channel of a recording.
pub(super) struct Voices {
    rule: VoiceRule,
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
        Ok(Some(Self {
            rule: rule.clone(),
            traits,
            heard: Vec::new(),
        }))
    }

    /// Takes the samples of the next window that is scored.
    pub(super) fn listen(&mut self, window: &[f32]) -> Result<()> {
        self.heard.extend(self.traits.extract(window)?);
        Ok(())
    }

    /// Where each of two voices speaks, or nothing if it is one.
    pub(super) fn spans(&self, speech: &[[f64; 2]], windows: &[WindowScore]) -> Vec<Vec<[f64; 2]>> {
        let shape = (windows.len(), self.rule.axes.len());
        let Ok(traits) = Array2::from_shape_vec(shape, self.heard.clone()) else {
            return Vec::new();
        };
        let Some(second) = tell_apart(traits.view(), &self.rule) else {
            return Vec::new();
        };
        let spans = spans_of_voices(speech, windows, &second);
        let speech_s = |spans: &[[f64; 2]]| spans.iter().map(|[a, b]| b - a).sum::<f64>();
        if spans
            .iter()
            .any(|spans| speech_s(spans) < self.rule.least_s)
        {
            return Vec::new();
        }
        spans.to_vec()
    }
}
