//! The command `voxhumana`, run by Python.

use std::ffi::OsString;
use std::process::ExitCode;

use pyo3::prelude::*;

/// Runs a command line, the name of the program first; returns the exit status.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, line: Vec<OsString>) -> u8 {
    let ended = py.detach(|| voxhumana_cli::main_of(line));
    // The standard library gives the number out to the system alone.
    let mut codes = 0..=u8::MAX;
    codes
        .find(|&code| ExitCode::from(code) == ended)
        .unwrap_or(u8::MAX)
}
