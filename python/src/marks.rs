//! The declarations of files, which cross to Python as JSON.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::errors::{invalid, without_gil};

/// The declaration of the file at a path.
#[pyfunction]
pub(crate) fn read_marks(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let declared = without_gil(py, || voxhumana::marks::read(path))?;
    serde_json::to_string(&declared).map_err(|e| invalid(py, e.to_string()))
}
