//! Python bindings of bonafide.
use pyo3::prelude::*;

/// The compiled part of the package `bonafide`.
#[pymodule]
mod _bonafide {}
