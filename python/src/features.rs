//! Waveforms to spectral matrices.

use ndarray::{Array3, Axis};
use numpy::{IntoPyArray, PyArray2, PyArray3, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use voxhumana::Error;
use voxhumana::features::{FrontEnd, PitchMeter};

use crate::errors::{invalid, to_exception, without_gil};

/// Turns waveforms into the spectral matrices of one front end.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct FeatureExtractor {
    /// Cloned for each call: the clone shares the FFT plan and owns its scratch, so threads never
    /// wait for each other.
    inner: voxhumana::features::FeatureExtractor,
}

#[pymethods]
impl FeatureExtractor {
    #[new]
    fn new(py: Python<'_>, front_end_json: &str) -> PyResult<Self> {
        let front_end: FrontEnd = serde_json::from_str(front_end_json)
            .map_err(|e| invalid(py, format!("front end: {e}")))?;
        let inner = voxhumana::features::FeatureExtractor::new(front_end)
            .map_err(|e| to_exception(py, &e))?;
        Ok(Self { inner })
    }

    #[getter]
    fn bins(&self) -> usize {
        self.inner.bins()
    }

    fn frames(&self, n_samples: usize) -> usize {
        self.inner.frames(n_samples)
    }

    fn extract<'py>(
        &self,
        py: Python<'py>,
        samples: PyReadonlyArray1<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let samples = samples.as_array().to_vec();
        let mut extractor = self.inner.clone();
        let features = without_gil(py, || extractor.extract(&samples))?;
        Ok(features.into_pyarray(py))
    }

    fn extract_batch<'py>(
        &self,
        py: Python<'py>,
        samples: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray3<f32>>> {
        let samples = samples.as_array().as_standard_layout().into_owned();
        let mut extractor = self.inner.clone();
        let features = without_gil(py, || {
            let (n, length) = samples.dim();
            let mut out = Array3::zeros((n, extractor.frames(length), extractor.bins()));
            for (row, target) in samples.outer_iter().zip(out.axis_iter_mut(Axis(0))) {
                extractor.extract_into(row.as_slice().unwrap_or_default(), target)?;
            }
            Ok(out)
        })?;
        Ok(features.into_pyarray(py))
    }
}

/// A preset front end as JSON.
#[pyfunction]
pub(crate) fn preset(py: Python<'_>, name: &str, sample_rate_hz: u32) -> PyResult<String> {
    let front_end = match name {
        "log_linear" => FrontEnd::log_linear(sample_rate_hz),
        "log_mel" => FrontEnd::log_mel(sample_rate_hz),
        "lfcc" => FrontEnd::lfcc(sample_rate_hz),
        "mfcc" => FrontEnd::mfcc(sample_rate_hz),
        "log_spectrum" => FrontEnd::log_spectrum(sample_rate_hz),
        "phase" => FrontEnd::phase(sample_rate_hz),
        "librosa" => FrontEnd::librosa(sample_rate_hz),
        "torchaudio" => FrontEnd::torchaudio(sample_rate_hz),
        "kaldi" => FrontEnd::kaldi(sample_rate_hz),
        other => {
            let error = Error::InvalidArgument {
                name: "front end",
                value: other.to_owned(),
                accepted: "log_linear, log_mel, lfcc, mfcc, log_spectrum, phase, librosa, \
                           kaldi, torchaudio"
                    .to_owned(),
            };
            return Err(to_exception(py, &error));
        }
    };
    front_end.validate().map_err(|e| to_exception(py, &e))?;
    serde_json::to_string(&front_end).map_err(|e| invalid(py, e.to_string()))
}

/// Median pitch of 16 kHz samples, Hz, if there is one.
#[pyfunction]
pub(crate) fn median_pitch(
    py: Python<'_>,
    samples: PyReadonlyArray1<'_, f32>,
) -> PyResult<Option<f32>> {
    let samples = samples.as_array().to_vec();
    without_gil(py, || Ok(PitchMeter::new(16_000)?.median_hz(&samples)))
}
