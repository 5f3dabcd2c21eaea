//! Runs the command and makes recordings for it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{RATE, marked, voice, write_wav};

/// Where the repository is: the sample call, the tiny models, the browser's script.
pub const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The command, which cargo builds before it runs this test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_voxhumana");

/// The command without a model.
pub fn bare() -> Command {
    let mut command = Command::new(PROGRAM);
    for variable in [
        "NO_COLOR",
        "ORT_DISABLE_TELEMETRY",
        "ORT_DYLIB_PATH",
        "VOXHUMANA_CONFIG",
    ] {
        command.env_remove(variable);
    }
    command
}

/// The command with the tiny model, which takes a loud band at 7 kHz for synthesis.
pub fn scan() -> Command {
    let mut command = bare();
    command
        .arg("--model")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/tiny.onnx"
        ))
        .args(["--runtime", "tract"]);
    command
}

/// What a run left behind.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The lines of JSON Lines.
    pub fn lines(&self) -> Vec<Value> {
        json_lines(&self.stdout)
    }
}

pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub fn run(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("killed by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with `human.wav`, `machine.wav` and `calls/call.wav`, whose left side is human and
/// whose right side is a machine.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (human, machine) = (voice(6.0, 1), marked(6.0, 2));
    let at = |name: &str| folder.path().join(name);
    write_wav(&at("human.wav"), RATE, &[&human]);
    write_wav(&at("machine.wav"), RATE, &[&machine]);
    std::fs::create_dir(at("calls")).unwrap();
    write_wav(&at("calls/call.wav"), RATE, &[&human, &machine]);
    folder
}

/// A recording that is none.
pub fn write_junk(path: &Path) {
    std::fs::write(path, "this is no audio at all\n".repeat(20)).unwrap();
}
