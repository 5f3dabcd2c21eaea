//! From features to what the network says about each window.

use ndarray::{ArrayView3, Axis};
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;

use super::runtime::failed;
use super::{Model, onnx};
use crate::{Error, Result};

/// What the network says about one window.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WindowOutput {
    /// Uncalibrated score, higher = more bona fide.
    pub score: f32,
    /// Logit that the window holds one voice speaking, as in training; higher = more so. `None` if the model
    /// has no such output, or its metadata no [`domain_threshold`](crate::ModelMetadata::domain_threshold).
    pub domain: Option<f32>,
}

impl Model {
    /// Scores windows: features of shape `(windows, frames, bins)` to one result each.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if frames or bins are not those of [`Model::input_shape`]; [`Error::Runtime`] if
    /// the graph fails or an output is something else than one finite number per window.
    pub fn score(&self, features: ArrayView3<'_, f32>) -> Result<Vec<WindowOutput>> {
        let (windows, frames, bins) = features.dim();
        if (frames, bins) != (self.frames, self.bins) {
            return Err(Error::InvalidArgument {
                name: "shape of features",
                value: format!("({windows}, {frames}, {bins})"),
                accepted: format!("(windows, {}, {})", self.frames, self.bins),
            });
        }
        let mut results = Vec::with_capacity(windows);
        if windows == 0 {
            return Ok(results);
        }
        let features = features.as_standard_layout();
        let batch = self.batch.unwrap_or(windows);
        self.sessions.with(|session| {
            for chunk in features.axis_chunks_iter(Axis(0), batch) {
                let real = chunk.dim().0;
                let padded;
                let data = match chunk.as_slice() {
                    Some(data) if real == batch => data,
                    // The last chunk of a model with a fixed batch: filled up with zeros.
                    _ => {
                        let mut all: Vec<f32> = chunk.iter().copied().collect();
                        all.resize(batch * frames * bins, 0.0);
                        padded = all;
                        &padded
                    }
                };
                self.run(session, data, batch, real, &mut results)?;
            }
            Ok(())
        })?;
        Ok(results)
    }

    fn run(
        &self,
        session: &mut Session,
        data: &[f32],
        batch: usize,
        real: usize,
        results: &mut Vec<WindowOutput>,
    ) -> Result<()> {
        let refused = |e: ort::Error| failed(self.runtime(), &e);
        let input =
            TensorRef::from_array_view(([batch, self.frames, self.bins], data)).map_err(refused)?;
        let outputs = session
            .run(ort::inputs![onnx::INPUT => input])
            .map_err(refused)?;
        let scores = &self.values(&outputs, onnx::SCORE, batch)?[..real];
        let domains = match self.metadata.domain_threshold {
            Some(_) => Some(&self.values(&outputs, onnx::DOMAIN, batch)?[..real]),
            None => None,
        };
        for (i, &score) in scores.iter().enumerate() {
            let domain = domains.map(|domains| domains[i]);
            for (name, value) in [(onnx::SCORE, Some(score)), (onnx::DOMAIN, domain)] {
                if let Some(bad) = value.filter(|v| !v.is_finite()) {
                    let problem = format!("output `{name}` is {bad} for a window");
                    return Err(failed(self.runtime(), &problem));
                }
            }
            results.push(WindowOutput { score, domain });
        }
        Ok(())
    }

    /// The values of an output: one per window of the batch.
    fn values<'a>(
        &self,
        outputs: &'a SessionOutputs<'_>,
        name: &str,
        batch: usize,
    ) -> Result<&'a [f32]> {
        let wrong = |problem: String| failed(self.runtime(), &format!("output `{name}` {problem}"));
        let output = outputs
            .get(name)
            .ok_or_else(|| wrong("is missing".to_owned()))?;
        let (shape, values) = output
            .try_extract_tensor::<f32>()
            .map_err(|e| wrong(format!("is unusable: {e}")))?;
        if values.len() != batch {
            return Err(wrong(format!("has shape {shape:?} for {batch} windows")));
        }
        Ok(values)
    }
}
