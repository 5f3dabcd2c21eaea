//! Recordings to reports, which cross to Python as JSON: the same text that the CLI prints, hence
//! the same numbers.

use std::path::PathBuf;

use ndarray::Array2;
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use voxhumana::{AudioReader, Error, Examination, Model, RecordingReport, Runtime};

use crate::convert::{copied, json};
use crate::errors::{to_exception, without_gil};
use crate::interrupt::{Cancel, asked, while_listening};
use crate::source::{Opened, Raised, Raw, Source, decode_options};
use crate::stream::{CallStream, Stream};

/// A model: the content of an ONNX file, or its path.
#[derive(FromPyObject)]
enum ModelSource {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct Detector {
    pub(crate) inner: voxhumana::Detector,
}

impl Detector {
    fn audio(&self, opened: Opened, hint: Option<String>) -> Result<AudioReader, Error> {
        opened.audio(hint.as_deref(), &self.inner.settings().decode)
    }

    /// The detector whose examinations hold what is asked for.
    fn asked(&self, embed: bool, explain: bool) -> Result<voxhumana::Detector, Error> {
        let detector = if embed {
            self.inner.with_embeddings()?
        } else {
            self.inner.clone()
        };
        Ok(if explain {
            detector.with_explanations()
        } else {
            detector
        })
    }
}

/// An examination as JSON, and the embeddings, shape (windows, n) for each channel.
type PyExamination<'py> = (String, Option<Vec<Bound<'py, PyArray2<f32>>>>);

fn examined<'py>(py: Python<'py>, mut examination: Examination) -> PyResult<PyExamination<'py>> {
    let embeddings = examination.embeddings.take();
    let arrays = |all: Vec<Array2<f32>>| all.into_iter().map(|one| one.into_pyarray(py)).collect();
    Ok((json(py, &examination)?, embeddings.map(arrays)))
}

#[pymethods]
impl Detector {
    #[new]
    #[pyo3(signature = (
        model, runtime, operating_point, threshold_llr, prior, channels, mix, raw, tracks, threads
    ))]
    #[allow(
        clippy::too_many_arguments,
        reason = "the Python side gives each by name"
    )]
    fn new(
        py: Python<'_>,
        model: Option<ModelSource>,
        runtime: &str,
        operating_point: Option<String>,
        threshold_llr: Option<f64>,
        prior: Option<f64>,
        channels: Vec<String>,
        mix: bool,
        raw: Option<Raw>,
        tracks: Vec<String>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let runtime: Runtime = runtime.parse().map_err(|e| to_exception(py, &e))?;
        let mut builder = voxhumana::Detector::builder()
            .runtime(runtime)
            .channel_names(channels)
            .mix(mix)
            .interrupt(asked)
            .decode_options(decode_options(py, raw, tracks)?);
        if let Some(name) = operating_point {
            builder = builder.operating_point(name);
        }
        if let Some(llr) = threshold_llr {
            builder = builder.threshold_llr(llr);
        }
        if let Some(prior) = prior {
            builder = builder.spoof_prior(prior);
        }
        if let Some(threads) = threads {
            builder = builder.threads(threads);
        }
        let inner = without_gil(py, || {
            match model {
                Some(ModelSource::Path(path)) => builder.model(Model::from_file(path, runtime)?),
                Some(ModelSource::Bytes(bytes)) => {
                    builder.model(Model::from_bytes(bytes.to_vec(), runtime)?)
                }
                None => builder,
            }
            .build()
        })?;
        Ok(Self { inner })
    }

    /// Scans a path, bytes or a file-like object.
    #[pyo3(signature = (source, hint, cancel = None))]
    fn scan(
        &self,
        py: Python<'_>,
        source: Source,
        hint: Option<String>,
        cancel: Option<&Cancel>,
    ) -> PyResult<String> {
        let raised = Raised::default();
        let opened = source.open(py, &raised);
        let report = while_listening(py, cancel, || match opened {
            Opened::Path(path) => self.inner.scan_file(path),
            opened => self.inner.scan_audio(self.audio(opened, hint)?),
        });
        json(py, &raised.or(report)?)
    }

    /// Scans samples, shape (channels, n).
    fn scan_samples(
        &self,
        py: Python<'_>,
        samples: PyReadonlyArray2<'_, f32>,
        sample_rate_hz: u32,
    ) -> PyResult<String> {
        let planes = copied(&samples);
        let report: RecordingReport = while_listening(py, None, || {
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            self.inner.scan_channels(&planes, sample_rate_hz)
        })?;
        json(py, &report)
    }

    /// Examines a path, bytes or a file-like object.
    #[pyo3(signature = (source, hint, embed, explain))]
    fn examine<'py>(
        &self,
        py: Python<'py>,
        source: Source,
        hint: Option<String>,
        embed: bool,
        explain: bool,
    ) -> PyResult<PyExamination<'py>> {
        let raised = Raised::default();
        let opened = source.open(py, &raised);
        let examination = while_listening(py, None, || {
            let detector = self.asked(embed, explain)?;
            match opened {
                Opened::Path(path) => detector.examine_file(path),
                opened => detector.examine_audio(self.audio(opened, hint)?),
            }
        });
        examined(py, raised.or(examination)?)
    }

    /// Examines samples, shape (channels, n).
    fn examine_samples<'py>(
        &self,
        py: Python<'py>,
        samples: PyReadonlyArray2<'_, f32>,
        sample_rate_hz: u32,
        embed: bool,
        explain: bool,
    ) -> PyResult<PyExamination<'py>> {
        let planes = copied(&samples);
        let examination = while_listening(py, None, || {
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            let detector = self.asked(embed, explain)?;
            detector.examine_channels(&planes, sample_rate_hz)
        })?;
        examined(py, examination)
    }

    fn stream(&self, py: Python<'_>, sample_rate_hz: u32) -> PyResult<Stream> {
        let stream = without_gil(py, || self.inner.stream(sample_rate_hz))?;
        Ok(Stream::new(stream))
    }

    fn call_stream(
        &self,
        py: Python<'_>,
        sample_rate_hz: u32,
        channels: usize,
    ) -> PyResult<CallStream> {
        let stream = without_gil(py, || self.inner.call_stream(sample_rate_hz, channels))?;
        Ok(CallStream::new(stream))
    }

    #[getter]
    fn metadata(&self, py: Python<'_>) -> PyResult<String> {
        json(py, self.inner.model().metadata())
    }

    #[getter]
    fn sha256(&self) -> &str {
        self.inner.model().sha256()
    }

    #[getter]
    fn runtime(&self) -> &str {
        self.inner.model().runtime()
    }

    /// Name of the operating point, and its values as JSON.
    #[getter]
    fn operating_point(&self, py: Python<'_>) -> PyResult<(String, String)> {
        let (name, point) = self.inner.operating_point();
        Ok((name.to_owned(), json(py, point)?))
    }
}

/// The ONNX file of the bundled model.
#[pyfunction]
pub(crate) fn bundled_model(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, Model::bundled_file())
}

/// Makes the process use the ONNX Runtime library at `path`.
#[pyfunction]
pub(crate) fn load_onnxruntime(py: Python<'_>, path: PathBuf) -> PyResult<()> {
    without_gil(py, || Runtime::load_onnxruntime(&path))
}
