//! Which library runs the ONNX graph, and the one environment of the process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use super::dylib;
use super::names::{ONNX_RUNTIME, TRACT, failed};
use crate::{Error, Result};

/// Which library runs the ONNX graph.
///
/// The first model that is loaded decides for the whole process, because ONNX Runtime's C interface
/// knows one environment per process; asking for the other one later is an error. Scores of the two
/// agree to 1e-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Runtime {
    /// The library that the process already uses; else ONNX Runtime if `ORT_DYLIB_PATH` is set;
    /// else tract if it is compiled in (feature `tract`, on by default); else as
    /// [`Runtime::OnnxRuntime`]. A library that merely lies in one of the usual places is not
    /// picked up while tract is there: what a scan runs on should not depend on what else is
    /// installed.
    #[default]
    Auto,
    /// tract: pure Rust, compiled in.
    Tract,
    /// Microsoft's ONNX Runtime 1.24 or later, loaded at run time from `ORT_DYLIB_PATH` if set,
    /// else from the usual places: beside the executable and in `lib` beside its folder, the
    /// system's library folders, and wherever the system's loader looks. Refused unless the
    /// environment turns its telemetry off, see [`Runtime::TELEMETRY_OFF`].
    OnnxRuntime,
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Tract => TRACT,
            Self::OnnxRuntime => ONNX_RUNTIME,
        })
    }
}

impl FromStr for Runtime {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        match s {
            "auto" => Ok(Self::Auto),
            TRACT => Ok(Self::Tract),
            ONNX_RUNTIME => Ok(Self::OnnxRuntime),
            _ => Err(Error::InvalidArgument {
                name: "runtime",
                value: s.to_owned(),
                accepted: "auto, tract, onnxruntime".to_owned(),
            }),
        }
    }
}

/// The runtime this process uses.
#[derive(Clone)]
pub(super) struct Active {
    /// [`TRACT`] or [`ONNX_RUNTIME`].
    pub(super) name: &'static str,
    /// Where ONNX Runtime was loaded from.
    dylib: Option<PathBuf>,
    /// ONNX Runtime's one environment of the process.
    pub(super) environment: Option<Environment>,
}

/// Kept for the life of the process: ort allows one environment, ever, and a new one after the old
/// was dropped is refused.
static ACTIVE: Mutex<Option<Active>> = Mutex::new(None);

impl Runtime {
    /// The environment variable, and its value, without which ONNX Runtime is not loaded.
    ///
    /// Official builds of ONNX Runtime 1.29 and later report to Microsoft on Linux and macOS as
    /// well, and this is the only full opt-out. It is read from the environment of the process,
    /// which must not be changed once there are threads: so this crate never sets it. Whoever
    /// starts the program does, or the program as the first thing in `main`.
    pub const TELEMETRY_OFF: (&'static str, &'static str) = dylib::TELEMETRY_OFF;

    /// Whether the first model of the process would load ONNX Runtime, with the environment as it
    /// is. Programs that are to set [`Runtime::TELEMETRY_OFF`] ask this first.
    #[must_use]
    pub fn loads_onnxruntime(self) -> bool {
        match self {
            Self::Auto => cfg!(not(feature = "tract")) || dylib::asked_for().is_some(),
            Self::Tract => false,
            Self::OnnxRuntime => true,
        }
    }

    /// Makes this process use the ONNX Runtime library in the given file.
    ///
    /// Call it before the first model is loaded; calling it again with the same file does nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if [`Runtime::TELEMETRY_OFF`] is not in the environment, if the file is
    /// missing or no ONNX Runtime of at least version 1.24, or if the process already uses another
    /// runtime.
    pub fn load_onnxruntime(path: &Path) -> Result<()> {
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(active) = active.as_ref() {
            return match &active.dylib {
                Some(loaded) if loaded == path => Ok(()),
                _ => Err(taken(ONNX_RUNTIME, active)),
            };
        }
        *active = Some(start_onnxruntime(vec![path.to_owned()])?);
        Ok(())
    }

    /// The runtime to use, started on the first call.
    pub(super) fn activate(self) -> Result<Active> {
        // A panic while starting leaves `None` behind, so a poisoned lock holds nothing broken.
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(active) = active.as_ref() {
            let wanted = match self {
                Self::Auto => active.name,
                Self::Tract => TRACT,
                Self::OnnxRuntime => ONNX_RUNTIME,
            };
            return if wanted == active.name {
                Ok(active.clone())
            } else {
                Err(taken(wanted, active))
            };
        }
        let started = if self.loads_onnxruntime() {
            start_onnxruntime(
                dylib::asked_for().map_or_else(dylib::usual_places, |path| vec![path]),
            )
        } else {
            start_tract()
        }?;
        *active = Some(started.clone());
        Ok(started)
    }
}

fn taken(wanted: &'static str, active: &Active) -> Error {
    let from = active
        .dylib
        .as_ref()
        .map_or_else(String::new, |p| format!(" from {}", p.display()));
    Error::Runtime {
        runtime: wanted,
        reason: format!(
            "this process already uses {}{from}; one process can use one runtime",
            active.name
        ),
    }
}

#[cfg(feature = "tract")]
fn start_tract() -> Result<Active> {
    Ok(Active {
        name: TRACT,
        dylib: None,
        environment: None,
    })
}

#[cfg(not(feature = "tract"))]
fn start_tract() -> Result<Active> {
    Err(no_tract())
}

/// The refusal of what is not compiled in.
#[cfg(not(feature = "tract"))]
pub(super) fn no_tract() -> Error {
    Error::Runtime {
        runtime: TRACT,
        reason: "not in this build; build with the feature `tract`, or use ONNX Runtime".to_owned(),
    }
}

fn start_onnxruntime(candidates: Vec<PathBuf>) -> Result<Active> {
    let (path, builder) = dylib::load(candidates)?;
    let environment = builder
        .with_name("voxhumana")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(ONNX_RUNTIME, &e))?;
    Ok(Active {
        name: ONNX_RUNTIME,
        dylib: Some(path),
        environment: Some(environment),
    })
}
