//! From features to what the network says about each window.

use std::borrow::Cow;

use ndarray::{ArrayView3, Axis, Slice};
use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{Tensor, TensorRef};

use super::names::failed;
use super::{Model, onnx};
use crate::{Error, Result};

/// The network's outputs for one window.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WindowOutput {
    /// Uncalibrated score, higher = more bona fide.
    pub score: f32,
    /// Logit that the window holds one voice speaking, as in training; higher = more so. `None` if
    /// the model has no such output, or its metadata no
    /// [`domain_threshold`](crate::model::ModelMetadata::domain_threshold).
    pub domain: Option<f32>,
}

impl Model {
    /// Scores windows: their features, one array `(windows, frames, bins)` for each of
    /// [`ModelMetadata::front_ends`](crate::model::ModelMetadata::front_ends), to one result each.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if the arrays are not of [`Model::input_shapes`], or not of
    /// equally many windows; [`Error::Runtime`] if the graph fails or an output is something else
    /// than one finite number per window.
    pub fn score(&self, features: &[ArrayView3<'_, f32>]) -> Result<Vec<WindowOutput>> {
        let windows = features.first().map_or(0, |view| view.dim().0);
        self.check_shapes(features, windows)?;
        let mut results = Vec::with_capacity(windows);
        let features: Vec<_> = features
            .iter()
            .map(|view| view.as_standard_layout())
            .collect();
        let batch = self.batch.unwrap_or(windows).max(1);
        self.sessions.with(|session| {
            for start in (0..windows).step_by(batch) {
                let real = batch.min(windows - start);
                let chunk = Slice::from(start..start + real);
                let inputs = features
                    .iter()
                    .enumerate()
                    .map(|(i, view)| self.input(i, view.slice_axis(Axis(0), chunk), batch))
                    .collect::<Result<Vec<_>>>()?;
                self.run(session, inputs, batch, real, &mut results)?;
            }
            Ok(())
        })?;
        Ok(results)
    }

    /// Refuses features that are not those of this model's front ends for `windows` windows.
    fn check_shapes(&self, features: &[ArrayView3<'_, f32>], windows: usize) -> Result<()> {
        if features.len() != self.shapes.len() {
            return Err(Error::InvalidArgument {
                name: "number of feature arrays",
                value: features.len().to_string(),
                accepted: self.shapes.len().to_string(),
            });
        }
        for (i, (view, (frames, bins))) in features.iter().zip(&self.shapes).enumerate() {
            if view.dim() != (windows, *frames, *bins) {
                // Only the first says how many windows there are.
                let count = if i == 0 {
                    "windows".to_owned()
                } else {
                    windows.to_string()
                };
                return Err(Error::InvalidArgument {
                    name: "shape of features",
                    value: format!("{:?}", view.dim()),
                    accepted: format!("({count}, {frames}, {bins})"),
                });
            }
        }
        Ok(())
    }

    /// Input `i` of a run: its name and the features of one batch, the last one filled up with
    /// zeros.
    fn input<'a>(
        &self,
        i: usize,
        chunk: ArrayView3<'a, f32>,
        batch: usize,
    ) -> Result<(Cow<'static, str>, SessionInputValue<'a>)> {
        let (real, frames, bins) = chunk.dim();
        let refused = |e: ort::Error| failed(self.runtime(), &e);
        let value = match chunk.to_slice() {
            Some(data) if real == batch => {
                TensorRef::from_array_view(([batch, frames, bins], data))
                    .map_err(refused)?
                    .into()
            }
            _ => {
                let mut all: Vec<f32> = chunk.iter().copied().collect();
                all.resize(batch * frames * bins, 0.0);
                Tensor::from_array(([batch, frames, bins], all))
                    .map_err(refused)?
                    .into()
            }
        };
        Ok((onnx::input_name(i).into(), value))
    }

    fn run(
        &self,
        session: &mut Session,
        inputs: Vec<(Cow<'static, str>, SessionInputValue<'_>)>,
        batch: usize,
        real: usize,
        results: &mut Vec<WindowOutput>,
    ) -> Result<()> {
        let refused = |e: ort::Error| failed(self.runtime(), &e);
        let outputs = session.run(inputs).map_err(refused)?;
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
