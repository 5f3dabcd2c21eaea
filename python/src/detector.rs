//! Recordings to reports, which cross to Python as JSON: the same text that the CLI prints, hence
//! the same numbers.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde::Serialize;
use voxhumana::{AudioReader, Error, Model, RecordingReport, Runtime};

use crate::errors::{invalid, to_exception, without_gil};
use crate::interrupt::{Cancel, asked, while_listening};
use crate::source::{Opened, Raised, Raw, Source, decode_options};

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

fn json(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| invalid(py, e.to_string()))
}

impl Detector {
    fn audio(&self, opened: Opened, hint: Option<String>) -> Result<AudioReader, Error> {
        opened.audio(hint.as_deref(), &self.inner.settings().decode)
    }
}

#[pymethods]
impl Detector {
    #[new]
    #[pyo3(signature = (
        model, runtime, operating_point, threshold_llr, prior, channels, mix, raw, threads
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
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let runtime: Runtime = runtime.parse().map_err(|e| to_exception(py, &e))?;
        let mut builder = voxhumana::Detector::builder()
            .runtime(runtime)
            .channel_names(channels)
            .mix(mix)
            .interrupt(asked)
            .decode_options(decode_options(py, raw)?);
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
    #[pyo3(signature = (source, hint))]
    fn examine(&self, py: Python<'_>, source: Source, hint: Option<String>) -> PyResult<String> {
        let raised = Raised::default();
        let opened = source.open(py, &raised);
        let examination = while_listening(py, None, || match opened {
            Opened::Path(path) => self.inner.examine_file(path),
            opened => self.inner.examine_audio(self.audio(opened, hint)?),
        });
        json(py, &raised.or(examination)?)
    }

    /// Examines samples, shape (channels, n).
    fn examine_samples(
        &self,
        py: Python<'_>,
        samples: PyReadonlyArray2<'_, f32>,
        sample_rate_hz: u32,
    ) -> PyResult<String> {
        let planes = copied(&samples);
        let examination = while_listening(py, None, || {
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            self.inner.examine_channels(&planes, sample_rate_hz)
        })?;
        json(py, &examination)
    }

    fn stream(&self, py: Python<'_>, sample_rate_hz: u32) -> PyResult<Stream> {
        let stream = without_gil(py, || self.inner.stream(sample_rate_hz))?;
        Ok(Stream {
            inner: Mutex::new(Some(stream)),
        })
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

/// Copied, because another thread may write into the array once the GIL is released.
fn copied(samples: &PyReadonlyArray2<'_, f32>) -> Vec<Vec<f32>> {
    let channels = samples.as_array();
    channels.outer_iter().map(|c| c.to_vec()).collect()
}

/// A scan that goes on while the samples arrive. `finish` takes the crate's stream out, hence the
/// `Option`.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct Stream {
    inner: Mutex<Option<voxhumana::Stream>>,
}

impl Stream {
    /// The lock is taken without the GIL: a thread that waits for it while holding the GIL would
    /// block the one that holds the lock and wants the GIL.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Option<voxhumana::Stream>) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        without_gil(py, || {
            work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }
}

fn finished() -> Error {
    Error::InvalidArgument {
        name: "stream",
        value: "finished".into(),
        accepted: "a stream that has not been finished".into(),
    }
}

#[pymethods]
impl Stream {
    fn push(&self, py: Python<'_>, samples: PyReadonlyArray1<'_, f32>) -> PyResult<String> {
        let samples = samples.as_array().to_vec();
        let segments = self.with(py, |stream| {
            stream.as_mut().ok_or_else(finished)?.push(&samples)
        })?;
        json(py, &segments)
    }

    fn so_far(&self, py: Python<'_>) -> PyResult<String> {
        let report = self.with(py, |stream| {
            Ok(stream.as_ref().ok_or_else(finished)?.so_far())
        })?;
        json(py, &report)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<String> {
        let report = self.with(py, |stream| stream.take().ok_or_else(finished)?.finish())?;
        json(py, &report)
    }
}

/// Makes the process use the ONNX Runtime library at `path`.
#[pyfunction]
pub(crate) fn load_onnxruntime(py: Python<'_>, path: PathBuf) -> PyResult<()> {
    without_gil(py, || Runtime::load_onnxruntime(&path))
}
