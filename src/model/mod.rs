//! The ONNX classifier: files and metadata, the libraries that run it, the bundled model.

mod check;
mod dylib;
mod fixed_batch;
mod graph;
mod metadata;
mod names;
mod onnx;
mod rules;
mod runtime;
mod score;
mod sessions;
#[cfg(feature = "tract")]
mod tract;
mod voice_rule;

use std::fmt;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use metadata::{
    Calibration, ChannelCalibration, DEFAULT_OPERATING_POINT, FORMAT_VERSION, MAX_FRONT_ENDS,
    MAX_WINDOW_S, MODEL_SAMPLE_RATE_HZ, ModelMetadata, OperatingPoint,
};
pub use rules::{DecisionRules, Level, MAX_STRETCH_SCALES, PartRule, StretchRule};
pub use runtime::Runtime;
pub use score::WindowOutput;
pub use voice_rule::VoiceRule;

use crate::features::FeatureExtractor;
use crate::{Error, Result};
use names::TRACT;
use sessions::Sessions;

/// Largest model file that is read, bytes. A light countermeasure has a few megabytes.
pub const MAX_MODEL_BYTES: u64 = 256 << 20;

static BUNDLED: &[u8] = include_bytes!("../../models/voxhumana.onnx");

/// A classifier: an ONNX graph that carries voxhumana's metadata.
///
/// The graph takes `features`, f32 `(batch, frames, bins)`, or several views of a window (see
/// [`ModelMetadata::front_ends`]), and returns `score`, f32 `(batch,)`, and perhaps
/// `domain`, of the same shape, and `embedding`, `(batch, n)` (see [`WindowOutput`]); other outputs
/// are ignored. Everything that must agree between training and scoring travels in the file (see
/// [`ModelMetadata`]) and is checked when it is loaded. Only load files you trust as far as you
/// trust a program: their graphs are run as they are.
///
/// Loading is the slow part. Scoring takes `&self` and runs on as many threads as call it.
pub struct Model {
    metadata: ModelMetadata,
    sha256: String,
    /// Frames and bins of each input.
    shapes: Vec<(usize, usize)>,
    /// Windows that go through the graph at once, where the file fixes it or the runtime prefers
    /// it.
    batch: Option<usize>,
    /// Values of an embedding, where the network has that output.
    embedding_size: Option<usize>,
    runtime: &'static str,
    sessions: Sessions,
}

impl Model {
    /// The model inside this crate.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if the runtime is not there.
    pub fn bundled(runtime: Runtime) -> Result<Self> {
        Self::from_bytes(BUNDLED.to_vec(), runtime)
    }

    /// The ONNX file of the bundled model, for those who start a model of their own from it.
    #[must_use]
    pub fn bundled_file() -> &'static [u8] {
        BUNDLED
    }

    /// Loads a model from an ONNX file of at most [`MAX_MODEL_BYTES`].
    ///
    /// # Errors
    ///
    /// As [`Model::from_bytes`], with the file's name, and [`Error::Io`].
    pub fn from_file(path: impl AsRef<Path>, runtime: Runtime) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(io)?;
        let mut bytes = Vec::new();
        file.take(MAX_MODEL_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        Self::from_bytes(bytes, runtime).map_err(|source| Error::InFile {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Loads a model from the bytes of an ONNX file.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] above [`MAX_MODEL_BYTES`]; [`Error::ModelMetadata`] if the metadata
    /// or the graph's input and outputs do not fit, naming the field; [`Error::Runtime`] if the
    /// runtime is not there or refuses the graph.
    pub fn from_bytes(bytes: Vec<u8>, runtime: Runtime) -> Result<Self> {
        if bytes.len() as u64 > MAX_MODEL_BYTES {
            return Err(Error::LimitExceeded {
                what: "the size of the model in bytes",
                value: bytes.len() as u64,
                limit: MAX_MODEL_BYTES,
            });
        }
        let facts = onnx::inspect(&bytes)?;
        let mut shapes = Vec::with_capacity(facts.metadata.front_ends.len());
        for (i, front_end) in facts.metadata.front_ends.iter().enumerate() {
            let extractor = FeatureExtractor::new(front_end.clone()).map_err(|source| {
                Error::ModelMetadata {
                    field: format!("front_ends[{i}]"),
                    problem: source.to_string(),
                }
            })?;
            shapes.push((
                extractor.frames(facts.metadata.window_samples),
                extractor.bins(),
            ));
        }
        facts.check_shapes(&shapes)?;

        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        let active = runtime.activate()?;
        let mut batch = facts.fixed_batch;
        let mut graph = bytes;
        if active.name == TRACT
            && batch.is_none()
            && let Some(fixed) = fixed_batch::with_batch_of_one(&graph)
        {
            graph = fixed;
            batch = Some(1);
        }
        let mut model = Self {
            metadata: facts.metadata,
            sha256,
            batch,
            embedding_size: None,
            runtime: active.name,
            sessions: Sessions::new(graph, shapes.len(), active)?,
            shapes,
        };
        model.embedding_size = model.try_out(facts.embeds)?;
        Ok(model)
    }

    /// One window of zeros: what a runtime refuses only when it runs is refused here already. Tells
    /// the size of an embedding, which the file need not say.
    fn try_out(&self, embed: bool) -> Result<Option<usize>> {
        let batch = self.batch.unwrap_or(1);
        let zeros = |&(frames, bins)| ndarray::Array3::zeros((batch, frames, bins));
        let zeros: Vec<_> = self.shapes.iter().map(zeros).collect();
        let views: Vec<_> = zeros.iter().map(|view| view.view()).collect();
        let outputs = self.outputs(&views, embed)?;
        let embedding = outputs.first().and_then(|window| window.embedding.as_ref());
        Ok(embedding.map(Vec::len))
    }

    /// The metadata in the model's file.
    #[must_use]
    pub fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    /// SHA-256 of the ONNX file, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The library that runs the graph: `tract` or `onnxruntime`.
    #[must_use]
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// Values of the [embedding](WindowOutput::embedding) of a window; `None` if the network has no
    /// output `embedding`.
    #[must_use]
    pub fn embedding_size(&self) -> Option<usize> {
        self.embedding_size
    }

    /// Frames and bins that each front end makes of one window, in the order of
    /// [`ModelMetadata::front_ends`].
    #[must_use]
    pub fn input_shapes(&self) -> &[(usize, usize)] {
        &self.shapes
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("name", &self.metadata.name)
            .field("version", &self.metadata.version)
            .field("sha256", &self.sha256)
            .field("runtime", &self.runtime())
            .finish_non_exhaustive()
    }
}
