//! Decoding, resampling and speech detection.

use ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use voxhumana::AudioReader;
use voxhumana::audio::Resampler;
use voxhumana::features::InputMeter;
use voxhumana::speech::SpeechDetector;

use crate::errors::without_gil;
use crate::source::{Raised, Raw, Source, decode_options};

/// The content of a recording.
struct Decoded {
    planes: Vec<Vec<f32>>,
    rate: u32,
    container: String,
    codec: String,
    truncated: bool,
    bandwidth_hz: u32,
    clipped_share: f64,
}

/// Samples (channels, n), and `(sample rate, container, codec, truncated, bandwidth in Hz, clipped
/// share)`.
type PyDecoded<'py> = (
    Bound<'py, PyArray2<f32>>,
    (u32, String, String, bool, u32, f64),
);

#[pyfunction]
#[pyo3(signature = (source, hint, raw, tracks, sample_rate_hz))]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    source: Source,
    hint: Option<String>,
    raw: Option<Raw>,
    tracks: Vec<String>,
    sample_rate_hz: Option<u32>,
) -> PyResult<PyDecoded<'py>> {
    let options = decode_options(py, raw, tracks)?;
    let raised = Raised::default();
    let opened = source.open(py, &raised);
    let decoded = without_gil(py, || {
        read(opened.audio(hint.as_deref(), &options)?, sample_rate_hz)
    });
    let d = raised.or(decoded)?;
    let samples = stack(d.planes).into_pyarray(py);
    Ok((
        samples,
        (
            d.rate,
            d.container,
            d.codec,
            d.truncated,
            d.bandwidth_hz,
            d.clipped_share,
        ),
    ))
}

fn read(mut audio: AudioReader, to_hz: Option<u32>) -> Result<Decoded, voxhumana::Error> {
    let (from_hz, channels) = (audio.sample_rate_hz(), audio.channels());
    let rate = to_hz.unwrap_or(from_hz);
    let mut resamplers = Vec::with_capacity(channels);
    let mut meters = Vec::with_capacity(channels);
    for _ in 0..channels {
        resamplers.push(Resampler::new(from_hz, rate)?);
        meters.push(InputMeter::new(from_hz));
    }
    let mut planes = vec![Vec::new(); channels];
    let mut block = Vec::new();
    while audio.next_block(&mut block)? {
        for (i, plane) in block.iter().enumerate() {
            meters[i].push(plane);
            resamplers[i].push(plane, &mut planes[i]);
        }
    }
    for (resampler, plane) in resamplers.iter_mut().zip(&mut planes) {
        resampler.finish(plane);
    }
    Ok(Decoded {
        planes,
        rate,
        container: audio.container().to_owned(),
        codec: audio.codec().to_owned(),
        truncated: audio.truncated(),
        bandwidth_hz: meters
            .iter()
            .map(InputMeter::bandwidth_hz)
            .max()
            .unwrap_or(0),
        clipped_share: meters
            .iter()
            .map(InputMeter::clipped_share)
            .fold(0.0, f64::max),
    })
}

#[pyfunction]
pub(crate) fn resample<'py>(
    py: Python<'py>,
    samples: PyReadonlyArray2<'py, f32>,
    from_hz: u32,
    to_hz: u32,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let samples = samples.as_array().to_owned();
    let planes = without_gil(py, || {
        let mut resampler = Resampler::new(from_hz, to_hz)?;
        Ok(samples
            .outer_iter()
            .map(|plane| {
                let mut out = Vec::new();
                resampler.push(&plane.to_vec(), &mut out);
                resampler.finish(&mut out);
                out
            })
            .collect())
    })?;
    Ok(stack(planes).into_pyarray(py))
}

/// File name extensions of recordings, without the dot.
#[pyfunction]
pub(crate) fn extensions() -> Vec<&'static str> {
    voxhumana::audio::extensions().collect()
}

/// Per 10 ms of 16 kHz samples: whether it is speech, and its energy in dB re full scale.
type PyDecisions<'py> = (Bound<'py, PyArray1<bool>>, Bound<'py, PyArray1<f32>>);

#[pyfunction]
pub(crate) fn find_speech<'py>(
    py: Python<'py>,
    samples: PyReadonlyArray1<'py, f32>,
) -> PyResult<PyDecisions<'py>> {
    let samples = samples.as_array().to_vec();
    let frames = without_gil(py, || {
        let mut detector = SpeechDetector::new(16_000)?;
        let mut frames = Vec::new();
        detector.push(&samples, &mut frames);
        detector.finish(&mut frames);
        Ok(frames)
    })?;
    let speech: Vec<bool> = frames.iter().map(|f| f.is_speech).collect();
    let energy_db: Vec<f32> = frames.iter().map(|f| f.energy_db).collect();
    Ok((speech.into_pyarray(py), energy_db.into_pyarray(py)))
}

/// Planes of equal length as a matrix (channels, n).
fn stack(planes: Vec<Vec<f32>>) -> Array2<f32> {
    let n = planes.first().map_or(0, Vec::len);
    Array2::from_shape_fn((planes.len(), n), |(c, i)| {
        planes[c].get(i).copied().unwrap_or(0.0)
    })
}
