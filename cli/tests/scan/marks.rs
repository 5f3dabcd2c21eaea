//! RTTM and label tracks: the facts of the JSON, in the right places.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use voxhumana::report::{Recording, audacity_labels};

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{Ran, folder, run, scan, write_junk};

/// The usual folder, and one recording too short for a verdict, one too short for a score, one that
/// is none.
fn all_kinds() -> TempDir {
    let folder = folder();
    write_wav(
        &folder.path().join("short one.wav"),
        RATE,
        &[&voice(0.8, 3)],
    );
    write_wav(&folder.path().join("still.wav"), RATE, &[&[0.0; 16_000]]);
    write_junk(&folder.path().join("junk.wav"));
    folder
}

fn scanned(folder: &Path, line: &[&str]) -> Ran {
    run(scan()
        .current_dir(folder)
        .args(["-j", "1", "-c", "agent,the caller"])
        .args(line))
}

fn recordings(folder: &Path) -> Vec<Recording> {
    let lines = scanned(folder, &["-f", "jsonl", "."]).lines();
    let of = |line: &Value| serde_json::from_value(line["data"].clone()).unwrap();
    let is_recording = |line: &&Value| line["type"] == "recording";
    lines.iter().filter(is_recording).map(of).collect()
}

/// The word by which the JSON names it.
fn json_word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

fn number(text: &str) -> Option<f64> {
    (text != "<NA>").then(|| text.parse().unwrap())
}

fn close(found: Option<f64>, expected: Option<f64>, tolerance: f64) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= tolerance,
        (found, expected) => found == expected,
    }
}

#[test]
fn rttm_says_what_the_json_says() {
    let folder = all_kinds();
    let ran = scanned(folder.path(), &["-f", "rttm", "."]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("junk.wav"), "{}", ran.stderr);
    let mut lines = ran.stdout.lines().map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!(fields.len(), 10, "{line}");
        fields
    });
    let (mut channels, mut marks, mut reasons) = (0, 0, BTreeSet::new());
    for recording in recordings(folder.path()) {
        let Some(report) = recording.report() else {
            continue;
        };
        let file = recording.path.replace(' ', "%20");
        for channel in &report.channels {
            let mut name = channel.name.replace(' ', "%20");
            name += &format!(":{}", json_word(channel.verdict));
            if let Some(reason) = channel.reason {
                name += &format!(":{}", json_word(reason));
                reasons.insert(reason);
            }
            let index = (channel.index + 1).to_string();
            let mut next = |kind: &str, span: Option<[f64; 2]>, llr: Option<f64>| {
                let fields = lines.next().unwrap();
                assert_eq!(
                    [fields[0], fields[1], fields[2], fields[7]],
                    [kind, &file, &index, &name]
                );
                let (start, duration) = (number(fields[3]), number(fields[4]));
                assert!(close(start, span.map(|s| s[0]), 0.0006), "{fields:?}");
                let expected = span.map(|s| s[1] - s[0]);
                assert!(close(duration, expected, 0.0011), "{fields:?}");
                assert!(close(number(fields[8]), llr, 0.00006), "{fields:?}");
            };
            next("SPKR-INFO", None, channel.llr);
            channels += 1;
            for segment in &channel.segments {
                next(
                    "SPEAKER",
                    Some([segment.start_s, segment.end_s]),
                    Some(segment.llr),
                );
                marks += 1;
            }
            if channel.segments.is_empty() {
                for span in &channel.speech_spans {
                    next("SPEAKER", Some(*span), None);
                }
            }
        }
    }
    assert_eq!(lines.next(), None);
    assert_eq!((channels, reasons.len()), (6, 2), "{reasons:?}");
    assert!(marks > 10, "{marks}");
}

#[test]
fn a_label_track_for_each_recording_beside_any_format() {
    let folder = all_kinds();
    let inside = folder.path().join("calls");
    fs::copy(folder.path().join("human.wav"), inside.join("human.wav")).unwrap();
    fs::copy(
        folder.path().join("human.wav"),
        folder.path().join("human.mp3.wav"),
    )
    .unwrap();
    let ran = scanned(
        folder.path(),
        &["-f", "csv", "--labels", "marks/today", "."],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.starts_with("path,"), "{}", ran.stdout);
    let marks = folder.path().join("marks/today");
    let mut tracks = 0;
    for recording in recordings(folder.path()) {
        let track = marks.join(format!("{}.labels.txt", recording.path));
        match recording.report() {
            Some(report) => {
                let text = fs::read_to_string(&track).unwrap();
                assert_eq!(text, audacity_labels(report));
                assert_eq!(
                    text.lines().filter(|l| l.contains(": ")).count(),
                    report.channels.len()
                        + report
                            .channels
                            .iter()
                            .filter(|c| c.worst_stretch.is_some())
                            .count()
                );
                tracks += 1;
            }
            None => assert!(!track.exists()),
        }
    }
    assert_eq!(tracks, 7);
}

#[test]
fn tracks_of_equal_names_and_of_standard_input_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, samples) in [("a", voice(3.0, 1)), ("b", marked(3.0, 2))] {
        fs::create_dir(at(name)).unwrap();
        write_wav(&at(name).join("call.wav"), RATE, &[&samples]);
    }
    let found = |marks: &str| -> Vec<String> {
        let walk = walkdir::WalkDir::new(at(marks)).sort_by_file_name();
        let files = walk.into_iter().map(Result::unwrap);
        files
            .filter(|e| e.file_type().is_file())
            .map(|e| {
                e.path()
                    .strip_prefix(at(marks))
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect()
    };
    let run_with = |marks: &str, inputs: &[&str]| {
        let ran = run(scan()
            .current_dir(at("b"))
            .args(["-q", "--labels", &format!("../{marks}")])
            .args(inputs)
            .stdin(Stdio::from(fs::File::open(at("a/call.wav")).unwrap())));
        assert!(ran.code < 2, "{}{}", ran.stdout, ran.stderr);
    };
    run_with("m1", &["../a/call.wav", "../b/call.wav"]);
    assert_eq!(
        found("m1"),
        ["a/call.wav.labels.txt", "b/call.wav.labels.txt"]
    );
    run_with("m2", &["../a/call.wav"]);
    assert_eq!(found("m2"), ["call.wav.labels.txt"]);
    // Never beside the folder, and never one over the other.
    run_with("m3", &["-", "call.wav", "../a"]);
    assert_eq!(
        found("m3"),
        [
            "%2E%2E/a/call.wav.labels.txt",
            "call.wav.labels.txt",
            "stdin.labels.txt"
        ]
    );
    let absolute = at("a").display().to_string();
    run_with("m4", &[&absolute]);
    assert_eq!(found("m4"), ["call.wav.labels.txt"]);
}

#[test]
fn resume_completes_the_tracks() {
    let folder = folder();
    let line = |more: &[&str]| {
        let line = ["-q", "-f", "jsonl", "-o", "out.jsonl", "--resume", "."];
        let ran = run(scan().current_dir(folder.path()).args(line).args(more));
        assert!(ran.code < 2, "{}", ran.stderr);
    };
    line(&[]);
    line(&["--labels", "marks"]);
    for name in ["human.wav", "machine.wav", "calls/call.wav"] {
        let track = folder.path().join(format!("marks/{name}.labels.txt"));
        assert!(track.exists(), "{name}");
    }
}

#[test]
fn tracks_that_cannot_be_written_are_errors() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "").unwrap();
    let begin = scanned(folder.path(), &["--labels", "taken/marks", "human.wav"]);
    assert_eq!((begin.code, begin.stdout.as_str()), (2, ""));
    assert!(
        begin.stderr.contains("--labels taken/marks: "),
        "{}",
        begin.stderr
    );

    fs::create_dir_all(folder.path().join("marks/human.wav.labels.txt")).unwrap();
    let one = scanned(folder.path(), &["-f", "jsonl", "--labels", "marks", "."]);
    assert_eq!(one.code, 2);
    let lines = one.lines();
    assert_eq!(lines.last().unwrap()["data"]["errors"], 1);
    assert!(
        one.stderr
            .contains("its labels, marks/human.wav.labels.txt, cannot be written")
    );
}
