//! From features to what the network says about each window.

use std::borrow::Cow;

use ndarray::{ArrayView3, Axis, Slice};

use super::check::refuse;
use super::graph::{Graph, Input, Output};
use super::names::failed;
use super::{Model, onnx};
use crate::{Error, Result};

/// The network's outputs for one window.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WindowOutput {
    /// Uncalibrated score, higher = more bona fide.
    pub score: f32,
    /// Logit that the window holds one voice speaking, as in training; higher = more so. `None` if
    /// the model has no such output, or its metadata no
    /// [`domain_threshold`](crate::model::ModelMetadata::domain_threshold).
    pub domain: Option<f32>,
    /// The pooled vector before the last layer, of [`Model::embedding_size`] values; only of
    /// [`Model::score_and_embed`].
    pub embedding: Option<Vec<f32>>,
}

/// One run of the graph.
#[derive(Clone, Copy)]
struct Run {
    /// Windows that go in.
    batch: usize,
    /// Those of them that are no filling, the first ones.
    real: usize,
    /// Whether the embeddings are wanted.
    embed: bool,
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
        self.outputs(features, false)
    }

    /// As [`Model::score`], with the [embedding](WindowOutput::embedding) of each window.
    ///
    /// # Errors
    ///
    /// As [`Model::score`]; [`Error::ModelMetadata`] if the network has no output `embedding`.
    pub fn score_and_embed(&self, features: &[ArrayView3<'_, f32>]) -> Result<Vec<WindowOutput>> {
        self.must_embed()?;
        self.outputs(features, true)
    }

    /// Refuses a model without embeddings.
    pub(crate) fn must_embed(&self) -> Result<()> {
        self.embedding_size.map(|_| ()).ok_or_else(|| {
            let name = onnx::EMBEDDING;
            refuse(
                "graph.output",
                format!("none is named `{name}`: this model has no embeddings"),
            )
        })
    }

    /// What the network says of each window; with its embedding if `embed`.
    pub(super) fn outputs(
        &self,
        features: &[ArrayView3<'_, f32>],
        embed: bool,
    ) -> Result<Vec<WindowOutput>> {
        let windows = features.first().map_or(0, |view| view.dim().0);
        self.check_shapes(features, windows)?;
        let mut results = Vec::with_capacity(windows);
        let features: Vec<_> = features
            .iter()
            .map(|view| view.as_standard_layout())
            .collect();
        let batch = self.batch.unwrap_or(windows).max(1);
        self.sessions.with(|graph| {
            for start in (0..windows).step_by(batch) {
                let real = batch.min(windows - start);
                let chunk = Slice::from(start..start + real);
                let inputs = features
                    .iter()
                    .map(|view| input(view.slice_axis(Axis(0), chunk), batch))
                    .collect::<Vec<_>>();
                let run = Run { batch, real, embed };
                self.run(graph, &inputs, run, &mut results)?;
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

    fn run(
        &self,
        graph: &mut dyn Graph,
        inputs: &[Input<'_>],
        run: Run,
        results: &mut Vec<WindowOutput>,
    ) -> Result<()> {
        let wanted = [
            (true, onnx::SCORE),
            (self.metadata.domain_threshold.is_some(), onnx::DOMAIN),
            (run.embed, onnx::EMBEDDING),
        ];
        let wanted = wanted.into_iter().filter(|(is_wanted, _)| *is_wanted);
        let wanted: Vec<_> = wanted.map(|(_, name)| name).collect();
        let outputs = graph.run(inputs, &wanted)?;
        let values = |name| match wanted.iter().zip(&outputs).find(|(n, _)| **n == name) {
            Some((_, output)) => self.values(output.as_ref(), name, run),
            None => Ok([].chunks(1)),
        };
        let mut scores = values(onnx::SCORE)?;
        let mut domains = values(onnx::DOMAIN)?;
        let mut embeddings = values(onnx::EMBEDDING)?;
        results.extend((0..run.real).filter_map(|_| {
            Some(WindowOutput {
                score: *scores.next()?.first()?,
                domain: domains.next().and_then(|domain| domain.first().copied()),
                embedding: embeddings.next().map(<[f32]>::to_vec),
            })
        }));
        Ok(())
    }

    /// The values of an output for each window of the batch: all finite, as many as the output has.
    fn values<'a>(
        &self,
        output: Option<&'a Output>,
        name: &str,
        run: Run,
    ) -> Result<std::slice::Chunks<'a, f32>> {
        let wrong = |problem: String| failed(self.runtime(), &format!("output `{name}` {problem}"));
        let output = output.ok_or_else(|| wrong("is missing".to_owned()))?;
        let (shape, values) = (&output.shape, &output.values);
        let batch = run.batch;
        // Of each window: one number of `score` and `domain`, a vector of `embedding`.
        let each = values.len() / batch;
        let fits = if name == onnx::EMBEDDING {
            each > 0 && self.embedding_size.is_none_or(|size| size == each)
        } else {
            each == 1
        };
        if !fits || values.len() != each * batch {
            return Err(wrong(format!("has shape {shape:?} for {batch} windows")));
        }
        let values = &values[..each * run.real];
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(wrong(format!("is {bad} for a window")));
        }
        Ok(values.chunks(each))
    }
}

/// The features of one batch, the last one filled up with zeros.
fn input(chunk: ArrayView3<'_, f32>, batch: usize) -> Input<'_> {
    let (real, frames, bins) = chunk.dim();
    let values = match chunk.to_slice() {
        Some(values) if real == batch => Cow::Borrowed(values),
        _ => {
            let mut all: Vec<f32> = chunk.iter().copied().collect();
            all.resize(batch * frames * bins, 0.0);
            Cow::Owned(all)
        }
    };
    Input {
        shape: [batch, frames, bins],
        values,
    }
}
