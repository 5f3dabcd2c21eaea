//! What goes wrong is said, with the file, the reason and what to do; the rest goes on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{REPOSITORY, bare, folder, run, scan, write_junk};

#[test]
fn a_file_that_is_no_model_is_named_once_with_what_to_do() {
    let ran = run(bare()
        .current_dir(REPOSITORY)
        .args(["--model", "README.md", "call.wav"]));
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr.matches("not an ONNX file").count(),
        1,
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("README.md: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("or leave it out"), "{}", ran.stderr);
}

#[test]
fn a_bad_file_is_reported_and_the_rest_goes_on() {
    let folder = folder();
    std::fs::write(folder.path().join("empty.wav"), "").unwrap();
    write_junk(&folder.path().join("junk.wav"));
    let ran = run(scan().args(["-f", "jsonl"]).arg(folder.path()));
    assert_eq!(ran.code, 2);
    let lines = ran.lines();
    let failed: Vec<_> = lines
        .iter()
        .filter(|l| l["data"]["status"] == "error")
        .collect();
    assert_eq!(failed.len(), 2);
    for line in failed {
        let path = line["data"]["path"].as_str().unwrap();
        assert!(line["data"]["error"].as_str().unwrap().contains(path));
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
    }
    let summary = &lines.last().unwrap()["data"];
    assert_eq!(summary["errors"], 2);
    assert_eq!(summary["recordings"], 5);
    assert!(ran.stderr.contains("2 failed"), "{}", ran.stderr);

    let table = run(scan().arg(folder.path()));
    assert!(table.stdout.contains("ERROR"), "{}", table.stdout);
    assert!(table.stdout.contains("empty.wav: ") && table.stdout.contains("the file is empty"));
}

#[test]
fn each_error_says_what_to_do() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let missing = run(scan().arg(at("none.wav")));
    assert!(missing.stdout.contains("none.wav") && missing.stdout.contains("check its name"));

    let names = run(scan()
        .args(["--channels", "a,b,c"])
        .arg(at("calls/call.wav")));
    assert_eq!(names.code, 2);
    assert!(
        names
            .stdout
            .contains("--channels one name for each channel"),
        "{}",
        names.stdout
    );

    let amr = at("old.amr");
    std::fs::write(&amr, b"#!AMR\n\x3c\x08\x55\xff").unwrap();
    let codec = run(scan().arg(&amr));
    assert!(codec.stdout.contains("ffmpeg"), "{}", codec.stdout);

    let nothing = tempfile::tempdir().unwrap();
    let empty = run(scan().arg(nothing.path()));
    assert_eq!(empty.code, 2);
    assert!(
        empty.stderr.contains("no recordings in this folder"),
        "{}",
        empty.stderr
    );

    let model = run(scan()
        .arg(at("human.wav"))
        .args(["--model", "/nowhere.onnx"]));
    assert_eq!(model.code, 2);
    let output = run(scan().arg(at("human.wav")).args(["-o", "/nowhere/out.txt"]));
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("/nowhere/out.txt"),
        "{}",
        output.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_ends() {
    let folder = folder();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("calls/up")).unwrap();
    let ran = run(scan().args(["-f", "jsonl"]).arg(folder.path()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 4);
}

#[cfg(unix)]
#[test]
fn what_must_not_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let (file, sub) = (
        folder.path().join("machine.wav"),
        folder.path().join("calls"),
    );
    let set = |mode| {
        for path in [&file, &sub] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set(0o000);
    if std::fs::File::open(&file).is_ok() {
        set(0o755);
        println!("skipped: this user may read everything");
        return;
    }
    let ran = run(scan().args(["-f", "jsonl"]).arg(folder.path()));
    set(0o755);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.lines().last().unwrap()["data"]["errors"], 2);
    assert!(ran.stderr.contains("permission to read"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_leaves_is_no_panic() {
    let folder = folder();
    let human = std::fs::read(folder.path().join("human.wav")).unwrap();
    for i in 0..20 {
        std::fs::write(folder.path().join(format!("copy-{i}.wav")), &human).unwrap();
    }
    let mut child = scan()
        .args(["-f", "jsonl"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    assert!(first.ends_with("}\n"), "{first}");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "", "nothing to say");
    assert!(
        // Something was flagged, or nobody knows what the rest holds.
        matches!(output.status.code(), Some(1 | 2)),
        "{:?}",
        output.status
    );
}

/// Nothing is known of the recording then: it is tried again, and read once ffmpeg is there.
#[test]
#[cfg(unix)]
fn without_ffmpeg_a_recording_is_left_to_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("old.amr"), b"#!AMR\n\x3c\x08\x55\xff").unwrap();
    std::fs::create_dir(at("bin")).unwrap();
    for with_shell in [false, true] {
        if with_shell {
            std::os::unix::fs::symlink("/bin/sh", at("bin/sh")).unwrap();
        }
        let ran = run(scan()
            .current_dir(folder.path())
            .env("PATH", at("bin"))
            .args(["--ffmpeg", "-f", "jsonl", "old.amr"]));
        assert_eq!(ran.code, 2);
        let result = &ran.lines()[0]["data"];
        let error = result["error"].as_str().unwrap();
        assert!(error.contains("ffmpeg cannot be started"), "{error}");
        assert!(error.contains("install it"), "{error}");
        assert!(result["scan_key"].is_null(), "{result}");
    }
}
