//! From the crate's errors to the exceptions of `voxhumana._errors`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use pyo3::prelude::*;
use voxhumana::Error;
use voxhumana::report::Failure;

/// Runs `work` without the GIL and turns its error into a Python exception.
///
/// A panic would be a bug in the crate; it becomes an exception too, so that one recording cannot
/// end a job of thousands.
pub(crate) fn without_gil<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(result) => result.map_err(|error| to_exception(py, &error)),
        Err(panic) => {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("unknown");
            Err(exception(
                py,
                "InternalError",
                format!("internal error: {what}"),
                None,
                None,
                (Some("internal".to_owned()), None),
            ))
        }
    }
}

/// The exception for an error of the crate.
pub(crate) fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    let (path, inner) = match error {
        Error::InFile { path, source } => (Some(path.clone()), source.as_ref()),
        Error::Io { path, .. } => (Some(path.clone()), error),
        other => (None, other),
    };
    let errno = match inner {
        Error::Io { source, .. } => source.raw_os_error(),
        _ => None,
    };
    let class = match inner {
        Error::Io { .. } => "ReadError",
        Error::UnsupportedFormat { .. } => "UnsupportedFormatError",
        Error::UnsupportedCodec { .. } => "UnsupportedCodecError",
        Error::Malformed { .. } => "DamagedRecordingError",
        Error::LimitExceeded { .. } => "LimitExceededError",
        Error::InvalidArgument { .. } | Error::NonFiniteSample { .. } => "InvalidArgumentError",
        Error::ModelMetadata { .. } => "ModelError",
        Error::Runtime { .. } => "OnnxRuntimeError",
        _ => "VoxHumanaError",
    };
    let failure = Failure::from(error);
    // The name of the code as it is in results.
    let code = serde_json::to_value(failure.code).ok();
    let code = code.and_then(|code| code.as_str().map(str::to_owned));
    exception(
        py,
        class,
        error.to_string(),
        path,
        errno,
        (code, failure.hint),
    )
}

/// An argument outside its range, found by the bindings themselves.
pub(crate) fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    let code = Some("invalid_argument".to_owned());
    exception(
        py,
        "InvalidArgumentError",
        message.into(),
        None,
        None,
        (code, None),
    )
}

fn exception(
    py: Python<'_>,
    class: &str,
    message: String,
    path: Option<PathBuf>,
    errno: Option<i32>,
    (code, hint): (Option<String>, Option<String>),
) -> PyErr {
    let path = path.map(|p| p.to_string_lossy().into_owned());
    py.import("voxhumana._errors")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((message, path, errno, code, hint)))
        .map_or_else(|error| error, PyErr::from_value)
}
