//! The first five minutes.

use std::fs::File;
use std::process::Stdio;

use crate::harness::{REPOSITORY, bare, folder, run, scan};

#[test]
fn the_readme_command_gives_a_verdict() {
    let ran = run(bare()
        .current_dir(REPOSITORY)
        .arg("examples/data/sample-call.wav"));
    assert!(matches!(ran.code, 0 | 1), "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with("examples/data/sample-call.wav  0:29")
    );
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    assert!(ran.stderr.contains("1 recording: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("times real time"), "{}", ran.stderr);
}

#[test]
fn help_teaches() {
    let help = run(bare().args(["scan", "--help"]));
    assert_eq!(help.code, 0);
    for part in [
        "Examples",
        "Exit codes:",
        "--channels agent,caller",
        "scan -",
    ] {
        assert!(help.stdout.contains(part), "{part} is not in --help");
    }
    let short = run(bare().args(["scan", "-h"]));
    assert!(short.stdout.lines().count() < help.stdout.lines().count());
    let nothing = run(bare().arg("scan"));
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("--help"), "{}", nothing.stderr);
}

#[test]
fn exit_codes_say_what_was_found() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(run(scan().arg(at("human.wav"))).code, 0);
    assert_eq!(run(scan().arg(at("machine.wav"))).code, 1);
    assert_eq!(run(scan().arg(at("human.wav")).arg(at("none.wav"))).code, 2);
    assert_eq!(run(scan().arg("--no-such-flag")).code, 2);
}

#[test]
fn a_table_names_each_channel() {
    let folder = folder();
    let ran = run(scan()
        .args(["--channels", "agent,caller"])
        .arg(folder.path().join("calls/call.wav")));
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].contains("2 channels"), "{}", ran.stdout);
    assert!(
        lines[1].trim().starts_with("agent   bona fide"),
        "{}",
        ran.stdout
    );
    assert!(
        lines[2].trim().starts_with("caller  synthetic"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains('\x1b'), "colours in a pipe");
}

#[test]
fn folders_are_searched() {
    let folder = folder();
    std::fs::write(folder.path().join("notes.txt"), "no recording").unwrap();
    std::fs::write(folder.path().join(".hidden.wav"), "no recording").unwrap();
    let ran = run(scan().args(["-f", "jsonl", "-j", "2"]).arg(folder.path()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let lines = ran.lines();
    let mut paths: Vec<&str> = lines
        .iter()
        .filter_map(|l| l["data"]["path"].as_str())
        .collect();
    paths.sort_unstable();
    let expected = ["calls/call.wav", "human.wav", "machine.wav"].map(|p| folder.path().join(p));
    assert_eq!(paths, expected.each_ref().map(|p| p.to_str().unwrap()));
    let summary = &lines.last().unwrap()["data"];
    assert_eq!(summary["recordings"], 3);
    assert_eq!(summary["synthetic"], 2);
    assert_eq!(summary["bona_fide"], 1);
}

#[test]
fn one_file_named_twice_is_scanned_once() {
    let folder = folder();
    let file = folder.path().join("human.wav");
    let ran = run(scan().args(["-f", "jsonl"]).arg(&file).arg(&file));
    assert_eq!(ran.lines().len(), 2);
}

#[test]
fn standard_input_is_a_recording() {
    let folder = folder();
    let file = folder.path().join("machine.wav");
    let ran = run(scan()
        .args(["-f", "jsonl", "-"])
        .stdin(Stdio::from(File::open(&file).unwrap())));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let by_pipe = ran.lines();
    assert_eq!(by_pipe[0]["data"]["path"], "-");
    let by_name = run(scan().args(["-f", "jsonl"]).arg(&file)).lines();
    assert_eq!(
        by_pipe[0]["data"]["channels"],
        by_name[0]["data"]["channels"]
    );
}

#[test]
fn headerless_samples_need_their_format() {
    let folder = folder();
    let wav = std::fs::read(folder.path().join("machine.wav")).unwrap();
    let raw = folder.path().join("machine.bin");
    std::fs::write(&raw, &wav[44..]).unwrap();
    let ran = run(scan()
        .args(["-f", "jsonl", "--raw-codec", "slin", "--raw-rate", "16000"])
        .arg(&raw));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.lines()[0]["data"]["input"]["container"], "raw");
    let without = run(scan().arg(&raw));
    assert_eq!(without.code, 2);
    let wrong = run(scan().args(["--raw-codec", "opus"]).arg(&raw));
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("mulaw, alaw, g722, slin, gsm"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn thresholds_by_name_and_by_number() {
    let folder = folder();
    let file = folder.path().join("human.wav");
    let with = |threshold: &str| run(scan().args(["-f", "jsonl", "-t", threshold]).arg(&file));
    assert_eq!(
        with("low-false-alarm").lines()[0]["data"]["operating_point"],
        "low-false-alarm"
    );
    let flags_all = with("1000");
    assert_eq!(flags_all.lines()[0]["data"]["operating_point"], "custom");
    assert_eq!(flags_all.code, 1);
    assert_eq!(with("-1000").code, 0);
    let unknown = with("strict");
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .stderr
            .contains("balanced, high-recall, low-false-alarm"),
        "{}",
        unknown.stderr
    );
    assert_eq!(unknown.stdout, "");
}

#[test]
fn mixing_gives_one_channel() {
    let folder = folder();
    let ran = run(scan()
        .args(["-f", "jsonl", "--mix"])
        .arg(folder.path().join("calls/call.wav")));
    let channels = ran.lines()[0]["data"]["channels"].clone();
    assert_eq!(channels.as_array().unwrap().len(), 1);
    assert_eq!(channels[0]["name"], "mix");
}
