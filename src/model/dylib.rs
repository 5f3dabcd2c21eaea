//! Finding and loading the ONNX Runtime library, only with its telemetry off.

use std::env;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use ort::environment::EnvironmentBuilder;

use super::names::{ONNX_RUNTIME, failed};
use crate::Result;

/// The environment variable with the library's path, as in ort.
const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Official builds of ONNX Runtime 1.29 and later report to Microsoft on Linux and macOS as well,
/// the first time while the environment is being created, before `DisableTelemetryEvents` can be
/// called. This variable, read once at that moment, is the only full opt-out there.
pub(super) const TELEMETRY_OFF: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");

/// Where an installed ONNX Runtime usually lies, in the order of search. The last entry is the bare
/// name, which the system's loader searches for (`LD_LIBRARY_PATH`, `ld.so.conf`, `PATH`).
pub(super) fn usual_places() -> Vec<PathBuf> {
    let name = format!(
        "{}onnxruntime{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    );
    let mut folders = Vec::new();
    if let Some(beside) = env::current_exe().ok().as_deref().and_then(Path::parent) {
        folders.push(beside.to_owned());
        folders.push(beside.join("../lib"));
    }
    if cfg!(target_os = "linux") {
        let multiarch = format!("/usr/lib/{}-linux-gnu", env::consts::ARCH);
        folders.extend(
            [
                "/usr/local/lib",
                "/opt/onnxruntime/lib",
                &multiarch,
                "/usr/lib64",
                "/usr/lib",
            ]
            .map(PathBuf::from),
        );
    } else if cfg!(target_os = "macos") {
        folders.extend(["/opt/homebrew/lib", "/usr/local/lib"].map(PathBuf::from));
    }
    let mut places: Vec<_> = folders
        .into_iter()
        .map(|folder| folder.join(&name))
        .filter(|path| path.is_file())
        .collect();
    places.push(PathBuf::from(name));
    places
}

/// Loads the first candidate that is a usable ONNX Runtime.
pub(super) fn load(candidates: Vec<PathBuf>) -> Result<(PathBuf, EnvironmentBuilder)> {
    check_telemetry_is_off()?;
    let mut reasons = Vec::new();
    for path in candidates {
        // A path that names a folder is opened from there; anything else the loader searches for.
        let is_path = path.components().count() > 1;
        if is_path && !path.is_file() {
            reasons.push(format!("no file {}", path.display()));
            continue;
        }
        // ort asserts where it could return an error (a library that exports the right symbol and
        // returns null from it), and a broken library must not end the process.
        match catch_unwind(|| ort::init_from(&path)) {
            Ok(Ok(builder)) => return Ok((path, builder)),
            Ok(Err(e)) => reasons.push(e.to_string()),
            Err(_) => reasons.push(format!("{} is no ONNX Runtime", path.display())),
        }
    }
    let advice = format!(
        "set {PATH_VARIABLE} to the path of {}onnxruntime{} 1.{} or later{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX,
        ort::MINOR_VERSION,
        if cfg!(feature = "tract") {
            ", or use the runtime tract"
        } else {
            ", or build with the feature `tract`"
        }
    );
    Err(failed(
        ONNX_RUNTIME,
        &format!("{}; {advice}", reasons.join("; ")),
    ))
}

/// The library that [`PATH_VARIABLE`] names.
pub(super) fn asked_for() -> Option<PathBuf> {
    let path = env::var_os(PATH_VARIABLE).filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// Changing the environment while another thread reads it is a race, which is why
/// `std::env::set_var` is unsafe, and this crate cannot know what threads there are. So it asks.
fn check_telemetry_is_off() -> Result<()> {
    let (name, value) = TELEMETRY_OFF;
    match env::var_os(name) {
        Some(v) if v == value => Ok(()),
        found => {
            let found = found.map_or_else(
                || "not set".into(),
                |v| format!("{:?}", v.to_string_lossy()),
            );
            let reason = format!(
                "not loaded, because its telemetry may be on: {name} is {found}; \
                 set {name}={value} before the program starts"
            );
            Err(failed(ONNX_RUNTIME, &reason))
        }
    }
}
