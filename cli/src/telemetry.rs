//! ONNX Runtime only with its telemetry off.
//!
//! ONNX Runtime looks for the variable that turns it off in the environment of the process, which
//! a program cannot change safely while it runs. So the command starts itself again with it.

use std::env;
use std::io;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use voxhumana::Runtime;

/// Starts this command line again with telemetry off, if `runtime` loads ONNX Runtime and it is on.
///
/// Returns `None` if there is no need, else how the new process ended. It finds the variable set,
/// so that it starts no other. Standard input is not touched before, and is the new one's.
pub fn start_again_without(runtime: Runtime) -> Result<Option<ExitCode>> {
    let (name, value) = Runtime::TELEMETRY_OFF;
    let is_off = env::var_os(name).is_some_and(|v| v == value);
    if is_off || !runtime.loads_onnxruntime() {
        return Ok(None);
    }
    let started = env::current_exe().and_then(|program| {
        let mut again = Command::new(program);
        again.args(env::args_os().skip(1)).env(name, value);
        replace_by(again)
    });
    started.map(Some).with_context(|| {
        format!(
            "{name} is not {value}, and the command cannot start itself again with it; \
             set {name}={value} yourself"
        )
    })
}

/// The same process goes on as `again`: a shell sees one process, which signals reach as before.
#[cfg(unix)]
fn replace_by(mut again: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    if let Some(name) = env::args_os().next() {
        again.arg0(name);
    }
    // Comes back only where it failed.
    Err(again.exec())
}

#[cfg(not(unix))]
fn replace_by(mut again: Command) -> io::Result<ExitCode> {
    let code = again.status()?.code();
    // A process that was ended from outside has no code of its own.
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2),
    ))
}
