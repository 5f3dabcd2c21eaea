//! Files may be called anything: no name breaks a line, and none is too long.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{RATE, marked, write_wav};
use crate::harness::{Ran, bare, folder, run, scan, write_junk};

/// Moves the cursor up, clears the line, forges another, and turns the end around.
const EVIL: &str = "x\x1b[1A\x1b[2K\nok  all is well\u{202e}.wav";
const SHOWN: &str = "x\\u{1b}[1A\\u{1b}[2K\\nok  all is well\\u{202e}.wav";

/// A machine's voice under that name.
fn evil() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join(EVIL), RATE, &[&marked(6.0, 2)]);
    folder
}

fn within(folder: &Path, line: &[&str]) -> Ran {
    run(scan()
        .current_dir(folder)
        .env("CLICOLOR_FORCE", "1")
        .args(line))
}

/// No line begins as the name forges it, and nothing of it acts.
fn is_harmless(text: &str) {
    for part in ["\nok  all", "\nok  ta", "\x1b[1A", "\x1b[2K", "\u{202e}"] {
        assert!(!text.contains(part), "{part:?} in {text:?}");
    }
}

#[test]
fn tables_and_errors_show_names_and_do_not_act_on_them() {
    let folder = evil();
    let table = within(folder.path(), &["-v", "--", EVIL]);
    assert_eq!(table.code, 1);
    assert!(table.stdout.contains(SHOWN), "{}", table.stdout);
    write_junk(&folder.path().join(format!("junk{EVIL}")));
    let all = within(folder.path(), &["."]);
    assert_eq!(all.code, 2);
    assert!(
        all.stdout.contains(&format!("junk{SHOWN}")),
        "{}",
        all.stdout
    );
    let rows = within(folder.path(), &["-f", "csv", "."]);
    assert!(
        rows.stderr.contains(&format!("error: ./junk{SHOWN}: ")),
        "{}",
        rows.stderr
    );
    let missing = within(folder.path(), &[&format!("no{EVIL}")]);
    let model =
        run(bare()
            .current_dir(folder.path())
            .args(["--model", &format!("no{EVIL}"), EVIL]));
    let config = within(folder.path(), &["--config", &format!("no{EVIL}"), EVIL]);
    let outputs = within(folder.path(), &["-o", EVIL, EVIL]);
    let raw = within(folder.path(), &["--raw-codec", "slin", EVIL]);
    let flag = within(folder.path(), &[&format!("--no{EVIL}")]);
    let value = within(folder.path(), &[&format!("--format={EVIL}"), EVIL]);
    let marks = run(bare()
        .current_dir(folder.path())
        .args(["marks", EVIL, "no\n\x1b[1Ane"]));
    for ran in [
        table, all, missing, model, config, outputs, raw, flag, value, marks,
    ] {
        is_harmless(&ran.stdout);
        is_harmless(&ran.stderr);
        assert!(
            ran.stderr.contains("\\n") || ran.stdout.contains("\\n"),
            "{}",
            ran.stderr
        );
    }
    is_harmless(&rows.stderr);
}

#[test]
fn names_in_json_are_as_they_are() {
    let folder = evil();
    let ran = within(folder.path(), &["-f", "jsonl", EVIL]);
    assert_eq!(ran.lines()[0]["data"]["path"], EVIL);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    let failed = within(folder.path(), &["-f", "jsonl", &format!("no{EVIL}")]);
    assert_eq!(failed.lines()[0]["data"]["path"], format!("no{EVIL}"));
    let marks = run(bare()
        .current_dir(folder.path())
        .args(["marks", "-f", "jsonl", EVIL]));
    assert_eq!(marks.lines()[0]["data"]["path"], EVIL);
}

#[test]
fn pages_and_tracks_and_checks_show_names_too() {
    let folder = evil();
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name).to_str().unwrap().to_owned();
    let (pages, marks, case) = (at("pages"), at("marks"), at("case.json"));
    let channel = "a\tb\n\u{202e}c";
    let ran = within(
        folder.path(),
        &[
            "--html",
            &pages,
            "--labels",
            &marks,
            "--evidence",
            &case,
            "-c",
            channel,
            ".",
        ],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let mut read = 0;
    for page in fs::read_dir(&pages).unwrap() {
        let page = fs::read_to_string(page.unwrap().path()).unwrap();
        is_harmless(&page);
        assert!(page.contains(SHOWN), "{page}");
        read += 1;
    }
    assert_eq!(read, 2);
    let track = fs::read_to_string(Path::new(&marks).join(format!("{EVIL}.labels.txt"))).unwrap();
    assert!(
        track.lines().all(|line| line.split('\t').count() == 3),
        "{track}"
    );
    is_harmless(&track);

    let record: Value = serde_json::from_slice(&fs::read(&case).unwrap()).unwrap();
    assert_eq!(record["data"]["recordings"][0]["file"]["name"], EVIL);
    let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
    let verified = run(bare()
        .args([
            "verify",
            &case,
            "--model",
            tiny,
            "--runtime",
            "tract",
            "--recordings",
        ])
        .arg(folder.path()));
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    is_harmless(&verified.stdout);
    assert!(verified.stdout.contains(SHOWN), "{}", verified.stdout);
    let json = run(bare().args(["verify", "--json", &case]));
    assert!(
        json.stdout
            .lines()
            .all(|l| serde_json::from_str::<Value>(l).is_ok())
    );
    // A record that somebody forged: its words stay words.
    let forged = fs::read_to_string(&case)
        .unwrap()
        .replacen("\"data\"", "\"da\\nok  ta\"", 1);
    fs::write(at("forged.json"), forged).unwrap();
    let ran = run(bare().args(["verify", &at("forged.json")]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    is_harmless(&ran.stdout);
}

#[test]
fn long_names_get_their_files_and_stay_apart() {
    let folder = folder();
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name).to_str().unwrap().to_owned();
    let human = fs::read(folder.path().join("human.wav")).unwrap();
    // Cut at the same place, these would be one; the last are cut inside a letter.
    let names = [
        format!("{}a.wav", "n".repeat(246)),
        format!("{}b.wav", "n".repeat(246)),
        format!("{}.wav", "\u{7535}".repeat(82)),
        format!("x{}.wav", "\u{7535}".repeat(82)),
    ];
    for name in &names {
        assert!((250..=255).contains(&name.len()), "{}", name.len());
        fs::write(folder.path().join(name), &human).unwrap();
    }
    let (pages, marks, case) = (at("pages"), at("marks"), at("case.json"));
    let long_output = at(&format!("{}.jsonl", "r".repeat(249)));
    let line = [
        "-q",
        "--html",
        &pages,
        "--html-all",
        "--labels",
        &marks,
        "-f",
        "jsonl",
        "-o",
    ];
    let with = |more: &[&str]| within(folder.path(), &[&line[..], &[&long_output], more].concat());
    let ran = with(&["--evidence", &case, "."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let resumed = with(&["--resume", "."]);
    assert_eq!((resumed.code, resumed.stderr.as_str()), (1, ""));
    let listed = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let tracks = listed(&marks);
    // Four of them, two with ordinary names, and the folder `calls`.
    assert_eq!(tracks.len(), 7, "{tracks:?}");
    assert!(
        tracks
            .iter()
            .all(|n| n.ends_with(".labels.txt") || n == "calls")
    );
    assert!(tracks.contains("human.wav.labels.txt"));
    assert_eq!(listed(&pages).len(), 8);
    let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
    let verified = run(bare()
        .args([
            "verify",
            &case,
            "--model",
            tiny,
            "--runtime",
            "tract",
            "--recordings",
        ])
        .arg(folder.path()));
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn names_that_are_no_text_get_a_track_each() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    for (i, name) in [b"\xe9.wav", b"\xe8.wav"].into_iter().enumerate() {
        let samples = marked(3.0, i as u64);
        write_wav(
            &folder.path().join(OsStr::from_bytes(name)),
            RATE,
            &[&samples],
        );
    }
    let ran = within(folder.path(), &["-q", "--labels", "marks", "."]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(
        fs::read_dir(folder.path().join("marks")).unwrap().count(),
        2
    );
}

/// In results, what is not UTF-8 stands as U+FFFD: their names are one there. macOS has none.
#[test]
#[cfg(target_os = "linux")]
fn recordings_whose_names_are_not_utf8_are_kept_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    for (name, seed) in [(&b"caf\xe8.wav"[..], 1), (b"caf\xe9.wav", 2)] {
        let name = OsStr::from_bytes(name);
        write_wav(&folder.path().join(name), RATE, &[&marked(6.0, seed)]);
    }
    let line = ["-f", "jsonl", "-o", "r.jsonl", "--windows", "--resume", "."];
    let results = || {
        let text = fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
        let lines = text.lines().map(|l| serde_json::from_str(l).unwrap());
        let kept = lines.filter(|l: &Value| l["type"] == "recording");
        let digests: BTreeSet<String> = kept.map(|l| l["data"]["sha256"].to_string()).collect();
        digests
    };
    within(folder.path(), &line);
    let first = results();
    assert_eq!(first.len(), 2);
    within(folder.path(), &line);
    assert_eq!(results(), first);
    let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
    let report = run(bare()
        .current_dir(folder.path())
        .args(["report", "r.jsonl", "-f", "jsonl", "--model", tiny]));
    let recordings = report.stdout.matches("\"recording\"").count();
    assert_eq!(recordings, 2, "{}", report.stdout);
}
