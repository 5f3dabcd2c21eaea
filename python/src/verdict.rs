//! Decisions from window scores.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use voxhumana::WindowScore;
use voxhumana::model::{ModelMetadata, OperatingPoint};
use voxhumana::verdict::{ChannelScores, decide};

use crate::errors::{invalid, to_exception};

/// The rules of a model's metadata at one operating point.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct Decider {
    metadata: ModelMetadata,
    point: OperatingPoint,
}

#[pymethods]
impl Decider {
    #[new]
    fn new(py: Python<'_>, metadata: &str, operating_point: &str) -> PyResult<Self> {
        let metadata = ModelMetadata::from_json(metadata).map_err(|e| to_exception(py, &e))?;
        let Some(point) = metadata.operating_points.get(operating_point).cloned() else {
            let names: Vec<&str> = metadata.operating_points.keys().map(|n| &**n).collect();
            let names = names.join(", ");
            let message = format!("operating_point is {operating_point}; accepted: {names}");
            return Err(invalid(py, message));
        };
        Ok(Self { metadata, point })
    }

    /// The decision about one channel, as JSON. A domain logit that is NaN is none.
    #[allow(
        clippy::too_many_arguments,
        reason = "the Python side gives each by name"
    )]
    fn decide(
        &self,
        py: Python<'_>,
        start_s: PyReadonlyArray1<'_, f64>,
        end_s: PyReadonlyArray1<'_, f64>,
        score: PyReadonlyArray1<'_, f64>,
        domain: PyReadonlyArray1<'_, f64>,
        speech_s: f64,
        bandwidth_hz: u32,
        clipped_share: f64,
        crosstalk_s: f64,
    ) -> PyResult<String> {
        let columns = [&start_s, &end_s, &score, &domain].map(|column| column.as_array());
        let [starts, ends, scores, domains] = &columns;
        if columns.iter().any(|column| column.len() != scores.len()) {
            let lengths = columns.iter().map(|c| c.len().to_string());
            let lengths = lengths.collect::<Vec<_>>().join(", ");
            return Err(invalid(
                py,
                format!("columns of {lengths} windows; accepted: columns of one length"),
            ));
        }
        let window = |i: usize| WindowScore {
            start_s: starts[i],
            end_s: ends[i],
            score: scores[i],
            domain: Some(domains[i]).filter(|d| !d.is_nan()),
        };
        let windows: Vec<WindowScore> = (0..scores.len()).map(window).collect();
        let channel = ChannelScores {
            speech_s,
            crosstalk_s,
            bandwidth_hz,
            clipped_share,
            windows: &windows,
        };
        let decision = decide(&channel, &self.metadata, &self.point);
        serde_json::to_string(&decision).map_err(|e| invalid(py, e.to_string()))
    }
}
