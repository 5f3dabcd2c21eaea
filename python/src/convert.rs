//! What crosses between the crate and Python.

use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use serde::Serialize;

use crate::errors::invalid;

/// A value of the crate as JSON.
pub(crate) fn json(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| invalid(py, e.to_string()))
}

/// Copied, because another thread may write into the array once the GIL is released.
pub(crate) fn copied(samples: &PyReadonlyArray2<'_, f32>) -> Vec<Vec<f32>> {
    let channels = samples.as_array();
    channels.outer_iter().map(|c| c.to_vec()).collect()
}
