//! Names of the runtimes, in settings, reports and errors.

use std::fmt;

use crate::Error;

/// The runtime that is compiled in.
pub(super) const TRACT: &str = "tract";
/// The runtime that is loaded from a library.
pub(super) const ONNX_RUNTIME: &str = "onnxruntime";

/// A runtime's own words as an error.
pub(super) fn failed(runtime: &'static str, error: &dyn fmt::Display) -> Error {
    Error::Runtime {
        runtime,
        reason: error.to_string(),
    }
}
