//! Which seconds and which frequencies of a window its score rests on, by occlusion (Zeiler and
//! Fergus 2014): a part of the features is set to a mean, and the window scored again. That needs
//! no gradients, so it works with any network and on either runtime.

use ndarray::{Array3, ArrayView2};
use serde::{Deserialize, Serialize};

use super::detector::Detector;
use super::keep::{KeptWindow, MAX_EXPLAINED};
use super::scan::Scan;
use super::scorer::Scorer;
use super::stretches::stretches;
use crate::Result;
use crate::features::FrontEnd;
use crate::model::ModelMetadata;
use crate::verdict::Segment;

/// Width of a band, Hz: 16 of them up to the 8 kHz of a model's rate.
const BAND_HZ: f64 = 500.0;

/// What the scores of a channel rest on, by occlusion; see [`Detector::with_explanations`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Edges of the frequency bands, Hz, ascending: one more than there are bands. Empty if no
    /// front end of the model [says of which frequency a bin speaks](FrontEnd::bin_hz).
    pub band_edges_hz: Vec<f64>,
    /// Windows in the order of time, spread evenly over the channel: all of a short one, 16 to 32
    /// of a longer one.
    pub windows: Vec<ExplainedWindow>,
}

/// What the score of one window rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExplainedWindow {
    /// Start of its first sample, seconds from the start of the recording.
    pub start_s: f64,
    /// End of its last sample, seconds from the start of the recording.
    pub end_s: f64,
    /// Log-likelihood ratio of the window as it is.
    pub llr: f64,
    /// What each band adds to `llr`: positive where the band speaks for bona fide. It is `llr` less
    /// that of the window with the band at the mean of all bands over the window, in every front
    /// end that has bands. Parts act together, so that these numbers need not add up to `llr`.
    pub bands: Vec<f64>,
    /// What each stretch of the window adds, in the same way, against the window with every bin at
    /// its own mean there: its `llr` is positive where the stretch speaks for bona fide.
    pub stretches: Vec<Segment>,
}

/// A part of a window's features.
enum Part {
    None,
    /// From one frequency to below another, Hz.
    Band(f64, f64),
    /// From one sample to below another.
    Stretch(usize, usize),
}

impl Detector {
    /// This detector, whose [examinations](crate::Examination) also say what the scores rest on.
    ///
    /// For 16 to 32 windows of each channel, all of a channel of less, some twenty more are scored
    /// (16 bands and stretches of 0.25 s; at most 33), however long the recording is: seconds a
    /// channel. Ordinary scans with it are as ever.
    #[must_use]
    pub fn with_explanations(&self) -> Self {
        let mut detector = self.clone();
        detector.keep.windows = true;
        detector
    }

    /// An explanation of each channel of a finished scan; empty for one that is the same as an
    /// earlier one.
    pub(super) fn explain(&self, scan: &Scan) -> Result<Vec<Explanation>> {
        let edges = band_edges_hz(self.model().metadata());
        let mut explanations = Vec::new();
        for kept in scan.kept_windows() {
            let mut windows = Vec::with_capacity(kept.len().min(MAX_EXPLAINED));
            // Few at a time, so that an interrupt is heard.
            for some in kept.chunks(self.scorer.threads()) {
                self.interrupt.check()?;
                windows.extend(self.scorer.shared(some, |share| {
                    let explained = share.iter().map(|w| explain(&self.scorer, w, &edges));
                    explained.collect()
                })?);
            }
            explanations.push(Explanation {
                band_edges_hz: edges.clone(),
                windows,
            });
        }
        Ok(explanations)
    }
}

/// The bands that hold all bins whose frequency is known.
fn band_edges_hz(metadata: &ModelMetadata) -> Vec<f64> {
    let known = metadata.front_ends.iter().filter_map(FrontEnd::bin_hz);
    let Some(highest) = known.flatten().reduce(f64::max) else {
        return Vec::new();
    };
    let bands = (highest / BAND_HZ).ceil().max(1.0) as usize;
    (0..=bands).map(|i| i as f64 * BAND_HZ).collect()
}

fn explain(scorer: &Scorer, window: &KeptWindow, edges_hz: &[f64]) -> Result<ExplainedWindow> {
    let metadata = scorer.model().metadata();
    // The last band has what lies at its upper edge as well.
    let last = edges_hz.last().copied();
    let upper = |edge: f64| {
        if Some(edge) == last {
            f64::INFINITY
        } else {
            edge
        }
    };
    let bands = edges_hz
        .windows(2)
        .map(|edge| Part::Band(edge[0], upper(edge[1])));
    let stretches = stretches(metadata.window_samples).map(|(from, to)| Part::Stretch(from, to));
    let stretches = stretches.take(window.stretches.len());
    let parts: Vec<Part> = [Part::None]
        .into_iter()
        .chain(bands)
        .chain(stretches)
        .collect();
    let features = scorer.features(&window.samples)?;
    let views = features.iter().zip(&metadata.front_ends);
    let views: Vec<Array3<f32>> = views
        .map(|(features, front_end)| without(features.view(), front_end, &parts, window.speech))
        .collect();
    let views: Vec<_> = views.iter().map(|view| view.view()).collect();
    let outputs = scorer.model().score(&views)?;
    let llrs = outputs
        .iter()
        .map(|output| metadata.calibration.llr(f64::from(output.score)));
    let llrs: Vec<f64> = llrs.collect();
    let llr = llrs.first().copied().unwrap_or_default();
    let mut added = llrs.iter().skip(1).map(|without| llr - without);
    let bands = added
        .by_ref()
        .take(edges_hz.len().saturating_sub(1))
        .collect();
    let stretches = window.stretches.iter().zip(added);
    Ok(ExplainedWindow {
        start_s: window.score.start_s,
        end_s: window.score.end_s,
        llr,
        bands,
        stretches: stretches
            .map(|(&[start_s, end_s], llr)| Segment {
                start_s,
                end_s,
                llr,
            })
            .collect(),
    })
}

/// The features of a window without each of `parts`, `(parts, frames, bins)`; `speech`: samples
/// before it repeats itself.
fn without(
    features: ArrayView2<'_, f32>,
    front_end: &FrontEnd,
    parts: &[Part],
    speech: usize,
) -> Array3<f32> {
    let hz = front_end.bin_hz();
    let frames = features.nrows().max(1) as f64;
    let mean = |bin: usize| {
        let sum: f64 = features.column(bin).iter().map(|&x| f64::from(x)).sum();
        (sum / frames) as f32
    };
    let means: Vec<f32> = (0..features.ncols()).map(mean).collect();
    // A band at its own mean would keep its level, of which a network may make as much. Deltas and
    // the planes of phases have a unit of their own.
    let statics = features.ncols() / front_end.planes() / (1 + usize::from(front_end.delta_order));
    let levels = means.chunks(statics.max(1));
    let levels: Vec<f32> = levels
        .map(|m| m.iter().sum::<f32>() / m.len() as f32)
        .collect();
    // The middle of a frame says where it is.
    let half = if front_end.convention.is_centred() {
        0
    } else {
        front_end.row_samples() / 2
    };
    let middle = |t: usize| t * front_end.frame_shift + half;
    let value = |part: &Part, t: usize, bin: usize| match (part, &hz) {
        (Part::Band(from, to), Some(hz)) if (*from..*to).contains(&hz[bin]) => {
            levels[bin / statics]
        }
        (Part::Stretch(from, to), _) if (*from..*to).contains(&(middle(t) % speech.max(1))) => {
            means[bin]
        }
        _ => features[[t, bin]],
    };
    let shape = (parts.len(), features.nrows(), features.ncols());
    Array3::from_shape_fn(shape, |(part, t, bin)| value(&parts[part], t, bin))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ndarray::{Array2, Axis};

    use super::*;

    #[test]
    fn only_the_part_is_hidden() {
        let front_end = FrontEnd::log_spectrum(16_000);
        let features = Array2::from_shape_fn((98, 257), |(t, bin)| (t * 257 + bin) as f32);
        let parts = [
            Part::None,
            Part::Band(500.0, 1000.0),
            Part::Stretch(4000, 8000),
        ];
        let made = without(features.view(), &front_end, &parts, 16_000);
        assert_eq!(made.index_axis(Axis(0), 0), features);
        for ((part, t, bin), &value) in made.indexed_iter() {
            let mean = (97 * 257) as f32 / 2.0;
            let expected = match part {
                1 if (16..32).contains(&bin) => mean + 128.0,
                2 if (4000..8000).contains(&(t * 160 + 200)) => mean + bin as f32,
                _ => features[[t, bin]],
            };
            assert!((value - expected).abs() < 0.1, "{part} {t} {bin}");
        }
        // A window that repeats a quarter of a second hides it wherever it comes again.
        let made = without(features.view(), &front_end, &[Part::Stretch(0, 4000)], 4000);
        let all = made.index_axis(Axis(0), 0);
        assert!(
            all.outer_iter()
                .all(|row| (row[0] - all[[0, 0]]).abs() < 0.01)
        );
    }

    #[test]
    fn bands_end_where_the_spectrum_does() {
        let onnx = include_bytes!("../../tests/fixtures/tiny.onnx").to_vec();
        let model = crate::model::Model::from_bytes(onnx, crate::model::Runtime::Tract).unwrap();
        let mut metadata = model.metadata().clone();
        metadata.front_ends = vec![FrontEnd::log_spectrum(16_000)];
        let edges = band_edges_hz(&metadata);
        assert_eq!((edges.len(), edges.last()), (17, Some(&8_000.0)));
    }
}
