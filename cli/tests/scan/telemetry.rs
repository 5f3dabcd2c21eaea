//! ONNX Runtime is loaded only with its telemetry off: the command starts itself again for it.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::onnxruntime;
use crate::harness::{bare, folder, run};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
const SKIPPED: &str = "skipped: no ONNX Runtime (set ORT_DYLIB_PATH, or pip install onnxruntime)";

/// A scan of standard input with ONNX Runtime from `library`, and telemetry as nobody touched it.
fn scan(library: &Path) -> Command {
    let mut command = bare();
    command
        .args(["scan", "-f", "jsonl", "--model", TINY, "-"])
        .env("ORT_DYLIB_PATH", library);
    command
}

#[test]
fn standard_input_is_the_one_of_the_new_process() {
    let Some(library) = onnxruntime() else {
        println!("{SKIPPED}");
        return;
    };
    let folder = folder();
    let recording = || File::open(folder.path().join("machine.wav")).unwrap();
    for telemetry in [None, Some("0"), Some("1")] {
        let mut command = scan(&library);
        command.stdin(Stdio::from(recording()));
        if let Some(value) = telemetry {
            command.env("ORT_DISABLE_TELEMETRY", value);
        }
        let ran = run(&mut command);
        assert_eq!(ran.code, 1, "{telemetry:?}: {}", ran.stderr);
        assert_eq!(ran.lines()[0]["data"]["runtime"], "onnxruntime");
    }
    let asked = bare()
        .args([
            "--runtime",
            "onnxruntime",
            "--model",
            TINY,
            "-f",
            "jsonl",
            "-",
        ])
        .env("ORT_DYLIB_PATH", &library)
        .stdin(Stdio::from(recording()))
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
}

#[test]
fn every_verb_that_runs_a_model_starts_again() {
    let Some(library) = onnxruntime() else {
        println!("{SKIPPED}");
        return;
    };
    let with = |line: &[&str]| run(bare().args(line).env("ORT_DYLIB_PATH", &library));
    let model = with(&["model", TINY]);
    assert_eq!(model.code, 0, "{}", model.stderr);

    let folder = folder();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let list = "file,label\nhuman.wav,bona_fide\nmachine.wav,synthetic\n";
    std::fs::write(at("list.csv"), list).unwrap();
    let evaluated = with(&["evaluate", "--model", TINY, &at("list.csv")]);
    assert_eq!(evaluated.code, 0, "{}", evaluated.stderr);

    let case = at("case.json");
    let (human, evidence) = (at("human.wav"), ["--evidence", &case]);
    let scanned = with(&[&["--model", TINY, &human][..], &evidence].concat());
    assert_eq!(scanned.code, 0, "{}", scanned.stderr);
    let verified = with(&["verify", &case, "--model", TINY, "--recordings", &human]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn it_starts_once_and_says_what_the_library_is() {
    let folder = folder();
    let library = folder.path().join("libonnxruntime.so");
    std::fs::write(&library, "no library").unwrap();
    for telemetry in [None, Some("0"), Some("1")] {
        let mut command = scan(&library);
        command.stdin(Stdio::null());
        if let Some(value) = telemetry {
            command.env("ORT_DISABLE_TELEMETRY", value);
        }
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        // With telemetry on, the library would not have been looked at.
        assert!(
            !ran.stderr.contains("telemetry may be on"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("libonnxruntime.so"), "{}", ran.stderr);
    }
}

/// What a scan of standard input was started with, once it reads there.
#[cfg(target_os = "linux")]
fn environment_of(scan: &mut Command) -> String {
    use std::io::Write;

    let folder = folder();
    let recording = std::fs::read(folder.path().join("machine.wav")).unwrap();
    let mut child = scan
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // More than a pipe holds, so that this ends when the scan has begun to read; less than the
    // recording, so that the scan waits for the rest.
    let most = &recording[..recording.len() - 1_000];
    assert!(most.len() > 100_000);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(most).unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    String::from_utf8(environment).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn only_onnx_runtime_needs_a_second_start() {
    let library = onnxruntime();
    let place = library.as_deref().unwrap_or(Path::new("/nowhere"));
    let tract = environment_of(scan(place).args(["--runtime", "tract"]));
    assert!(!tract.contains("ORT_DISABLE_TELEMETRY"), "{tract}");
    if library.is_some() {
        let loaded = environment_of(&mut scan(place));
        assert!(loaded.contains("ORT_DISABLE_TELEMETRY=1"), "{loaded}");
    } else {
        println!("{SKIPPED}");
    }
}
