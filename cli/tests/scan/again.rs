//! Results rendered again, and gone on with: at another threshold.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{Ran, bare, folder, json_lines, run, scan, write_junk};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");

/// Recordings of all kinds.
fn kinds() -> TempDir {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write_wav(&at("short.wav"), RATE, &[&voice(0.8, 3)]);
    write_wav(&at("still.wav"), RATE, &[&[0.0; 16_000]]);
    let clipped: Vec<f32> = voice(4.0, 5)
        .iter()
        .map(|x| (100.0 * x).clamp(-1.0, 1.0))
        .collect();
    write_wav(&at("clipped.wav"), RATE, &[&clipped]);
    let human = voice(6.0, 4);
    write_wav(&at("dual.wav"), RATE, &[&human, &human]);
    let mixed = [voice(30.0, 7), marked(12.0, 8), voice(30.0, 9)].concat();
    write_wav(&at("mixed.wav"), RATE, &[&mixed]);
    write_junk(&at("junk.wav"));
    folder
}

fn within(folder: &Path, line: &[&str]) -> Ran {
    run(scan().current_dir(folder).args(["-j", "1"]).args(line))
}

fn report(folder: &Path, line: &[&str]) -> Ran {
    run(bare().current_dir(folder).arg("report").args(line).args([
        "--model",
        TINY,
        "--runtime",
        "tract",
    ]))
}

/// The results without what only a scan with `--windows`, or a scan, has.
fn stripped(lines: &[Value]) -> Vec<Value> {
    let mut lines: Vec<Value> = lines.iter().map(|line| line["data"].clone()).collect();
    let summary = lines.last_mut().unwrap().as_object_mut().unwrap();
    summary.remove("elapsed_s");
    summary.remove("times_real_time");
    summary.remove("passed_over");
    for data in &mut lines {
        data.as_object_mut().unwrap().remove("scan_key");
        for channel in data["channels"].as_array_mut().into_iter().flatten() {
            channel.as_object_mut().unwrap().remove("windows");
        }
    }
    lines
}

/// The verdict of each channel.
fn verdicts(lines: &[Value]) -> Vec<Value> {
    let channels = |line: &Value| {
        line["data"]["channels"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let all = lines.iter().flat_map(channels);
    all.map(|channel| channel["verdict"].clone()).collect()
}

#[test]
fn every_threshold_gives_what_a_scan_at_it_gives() {
    let folder = kinds();
    let first = within(
        folder.path(),
        &["-f", "jsonl", "--windows", "-o", "r.jsonl", "."],
    );
    assert_eq!(first.code, 2, "{}", first.stderr);
    let kept = json_lines(&fs::read_to_string(folder.path().join("r.jsonl")).unwrap());
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(kept.iter().all(|line| validator.is_valid(line)));
    let mut flips = 0;
    for threshold in [
        "balanced",
        "low-false-alarm",
        "high-recall",
        "-1000",
        "1000",
        "0.5",
        "-4",
    ] {
        let scanned = within(folder.path(), &["-f", "jsonl", "-t", threshold, "."]);
        for flag in ["--threshold", "--operating-point", "-t"] {
            let again = report(folder.path(), &["r.jsonl", flag, threshold, "-f", "jsonl"]);
            assert_eq!(again.code, scanned.code, "{threshold}: {}", again.stderr);
            assert_eq!(
                stripped(&again.lines()),
                stripped(&scanned.lines()),
                "{threshold}"
            );
            assert!(again.lines().iter().all(|line| validator.is_valid(line)));
        }
        flips += usize::from(verdicts(&scanned.lines()) != verdicts(&kept));
    }
    assert!(flips >= 2, "no threshold changed a verdict: {flips}");
    let scanned = within(folder.path(), &["-f", "jsonl", "--prior", "0.01", "."]);
    let again = report(
        folder.path(),
        &["r.jsonl", "--prior", "0.01", "-f", "jsonl"],
    );
    assert_eq!(stripped(&again.lines()), stripped(&scanned.lines()));
    assert_ne!(stripped(&scanned.lines()), stripped(&kept));
    // As it was, without a word about the threshold; and from one document.
    let same = report(folder.path(), &["r.jsonl", "-f", "jsonl"]);
    assert_eq!(stripped(&same.lines()), stripped(&kept));
    let document = within(
        folder.path(),
        &["-f", "json", "--windows", "-o", "r.json", "."],
    );
    assert_eq!(document.code, 2);
    let from_document = report(folder.path(), &["r.json", "-t", "1000", "-f", "jsonl"]);
    let from_lines = report(folder.path(), &["r.jsonl", "-t", "1000", "-f", "jsonl"]);
    assert_eq!(
        stripped(&from_document.lines()),
        stripped(&from_lines.lines())
    );
}

#[test]
fn pages_rows_and_tracks_are_made_without_a_scan() {
    let folder = folder();
    within(
        folder.path(),
        &["-q", "-f", "jsonl", "--windows", "-o", "r.jsonl", "."],
    );
    let line = [
        "r.jsonl",
        "-t",
        "1000",
        "--html",
        "pages",
        "--csv",
        "calls.csv",
        "--labels",
        "marks",
    ];
    let ran = report(folder.path(), &line);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("./human.wav"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("3 results: 3 synthetic"),
        "{}",
        ran.stderr
    );
    let pages: Vec<String> = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|e| fs::read_to_string(e.unwrap().path()).unwrap())
        .collect();
    assert_eq!(pages.len(), 4);
    // The recordings are still there: so are their pictures.
    assert_eq!(
        pages
            .iter()
            .filter(|p| p.contains("data:image/png"))
            .count(),
        3
    );
    let csv = fs::read_to_string(folder.path().join("calls.csv")).unwrap();
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.contains(",custom,1000"), "{csv}");
    assert!(folder.path().join("marks/human.wav.labels.txt").is_file());

    // Moved or changed, they have none.
    fs::remove_file(folder.path().join("human.wav")).unwrap();
    write_wav(&folder.path().join("machine.wav"), RATE, &[&voice(3.0, 1)]);
    fs::remove_dir_all(folder.path().join("pages")).unwrap();
    let ran = report(
        folder.path(),
        &["r.jsonl", "--html", "pages", "--html-all", "-q"],
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let with_picture = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .filter(|e| {
            let page = fs::read_to_string(e.as_ref().unwrap().path()).unwrap();
            page.contains("data:image/png")
        })
        .count();
    assert_eq!(with_picture, 1);
}

#[test]
fn without_window_scores_it_says_what_to_do() {
    let folder = folder();
    let plain = within(folder.path(), &["-q", "-f", "jsonl", "-o", "r.jsonl", "."]);
    assert_eq!(plain.code, 1);
    let ran = report(
        folder.path(),
        &["r.jsonl", "-t", "1000", "--html", "pages", "-o", "n.txt"],
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("keeps no window scores") && ran.stderr.contains("--windows"),
        "{}",
        ran.stderr
    );
    assert!(!folder.path().join("pages").exists() && !folder.path().join("n.txt").exists());
    // At their own threshold they can be shown.
    let same = report(folder.path(), &["r.jsonl", "-t", "balanced"]);
    assert_eq!(same.code, 1, "{}", same.stderr);
    let table = run(bare()
        .current_dir(folder.path())
        .args(["report", "r.jsonl"]));
    assert_eq!(table.code, 1, "{}", table.stderr);

    for (line, words) in [
        (
            &["-f", "csv", "--windows", "human.wav"][..],
            "--format jsonl or json",
        ),
        (&["--windows", "human.wav"], "--format jsonl or json"),
    ] {
        let ran = within(folder.path(), line);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[test]
fn what_is_no_result_of_this_model_is_refused() {
    let folder = folder();
    within(
        folder.path(),
        &[
            "-q",
            "-f",
            "jsonl",
            "--windows",
            "-o",
            "r.jsonl",
            "human.wav",
        ],
    );
    let other = run(bare().current_dir(folder.path()).args([
        "report",
        "r.jsonl",
        "-t",
        "0",
        "--runtime",
        "tract",
    ]));
    assert_eq!(other.code, 2);
    assert!(
        other.stderr.contains("give --model that ONNX file"),
        "{}",
        other.stderr
    );
    fs::write(folder.path().join("notes.txt"), "no result\n").unwrap();
    for (file, words) in [
        ("notes.txt", "line 1 is no result"),
        ("human.wav", "line 1 is no result"),
        ("none.jsonl", "cannot be read"),
    ] {
        let ran = report(folder.path(), &[file]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    let unknown = report(folder.path(), &["r.jsonl", "-t", "strict"]);
    assert!(
        unknown.stderr.contains("balanced, high-recall"),
        "{}",
        unknown.stderr
    );
    // It writes over neither its input nor a recording.
    for target in ["r.jsonl", "machine.wav"] {
        let before = fs::read(folder.path().join(target)).unwrap();
        for flag in ["-o", "--csv"] {
            let ran = report(folder.path(), &["r.jsonl", flag, target]);
            assert_eq!(ran.code, 2, "{}", ran.stderr);
        }
        assert_eq!(fs::read(folder.path().join(target)).unwrap(), before);
    }
    // Of a killed scan, the part of a line is left out.
    let text = fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    fs::write(folder.path().join("cut.jsonl"), &text[..text.len() - 30]).unwrap();
    let cut = report(folder.path(), &["cut.jsonl", "-f", "jsonl"]);
    assert_eq!((cut.code, cut.lines().len()), (0, 2), "{}", cut.stderr);
    assert!(cut.stderr.contains("line 2 is cut off"), "{}", cut.stderr);
}

#[test]
fn the_last_result_of_a_recording_counts() {
    let folder = folder();
    within(
        folder.path(),
        &[
            "-q",
            "-f",
            "jsonl",
            "-o",
            "a.jsonl",
            "-t",
            "1000",
            "human.wav",
        ],
    );
    within(
        folder.path(),
        &["-q", "-f", "jsonl", "-o", "b.jsonl", "human.wav"],
    );
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    fs::write(
        folder.path().join("both.jsonl"),
        read("a.jsonl") + &read("b.jsonl"),
    )
    .unwrap();
    let ran = report(folder.path(), &["both.jsonl", "-f", "jsonl"]);
    assert_eq!((ran.code, ran.lines().len()), (0, 2));
    assert!(
        ran.stderr.contains("Left out: 1 result, "),
        "{}",
        ran.stderr
    );
}

#[test]
fn resume_at_another_threshold_keeps_one_result_of_each() {
    let folder = folder();
    let output = folder.path().join("r.jsonl");
    let resume = |line: &[&str]| {
        let all = [&["-f", "jsonl", "--resume", "-o", "r.jsonl"], line].concat();
        let ran = within(folder.path(), &all);
        assert!(ran.code < 2, "{}", ran.stderr);
        (ran, json_lines(&fs::read_to_string(&output).unwrap()))
    };
    let points = |lines: &[Value]| -> Vec<String> {
        let of = |l: &Value| format!("{} {}", l["data"]["path"], l["data"]["operating_point"]);
        let mut all: Vec<String> = lines[..lines.len() - 1].iter().map(of).collect();
        all.sort();
        all
    };
    let (_, first) = resume(&["."]);
    assert_eq!(first.len(), 4);
    // Also where the recordings are named in another way.
    let here = folder.path().to_str().unwrap();
    for (line, point) in [
        (&["-t", "high-recall", "."][..], "high-recall"),
        (&["-t", "0.25", here], "custom"),
        (&["-t", "0.5", "."], "custom"),
    ] {
        let (ran, lines) = resume(line);
        let found = points(&lines);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found.iter().all(|f| f.ends_with(&format!("\"{point}\""))),
            "{found:?}"
        );
        assert_eq!(lines[3]["data"]["resumed"], 0);
        assert_eq!(lines[3]["data"]["recordings"], 3);
        assert!(
            ran.stderr
                .contains("threshold, model or setting: 3 results"),
            "{}",
            ran.stderr
        );
    }
    let (_, same) = resume(&["-t", "0.5", "."]);
    assert_eq!(same[3]["data"]["resumed"], 3);
    // Scores of windows are wanted now, and then they are there.
    let (_, scored) = resume(&["-t", "0.5", "--windows", "."]);
    assert_eq!(
        (scored.len(), &scored[3]["data"]["resumed"]),
        (4, &0.into())
    );
    assert!(scored[0]["data"]["channels"][0]["windows"].is_array());
    let (_, kept) = resume(&["-t", "0.5", "."]);
    assert_eq!(kept[3]["data"]["resumed"], 3);
    // Of recordings that this run was not given, nothing is lost, and it is said.
    let (ran, part) = resume(&["-t", "balanced", "calls"]);
    assert_eq!(part.len(), 4, "{part:?}");
    assert!(
        ran.stderr.contains("not given: 2 results"),
        "{}",
        ran.stderr
    );
}

#[test]
fn resume_after_a_recording_has_changed_keeps_one_result_of_it() {
    let folder = folder();
    let output = folder.path().join("r.jsonl");
    let resume = || {
        let ran = within(
            folder.path(),
            &["-f", "jsonl", "--resume", "-o", "r.jsonl", "."],
        );
        assert!(ran.code < 2, "{}", ran.stderr);
        json_lines(&fs::read_to_string(&output).unwrap())
    };
    let first = resume();
    let path = first[0]["data"]["path"].as_str().unwrap().to_owned();
    let file = folder.path().join(&path);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() - 1_000;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let of_it = |lines: &[Value]| -> Vec<Value> {
        let its = lines.iter().filter(|l| l["data"]["path"] == path.as_str());
        its.map(|l| l["data"]["sha256"].clone()).collect()
    };
    for resumed in [2, 3] {
        let lines = resume();
        assert_eq!(lines.len(), first.len(), "{lines:?}");
        let sum = &lines[lines.len() - 1]["data"];
        assert_eq!(
            (&sum["recordings"], &sum["resumed"]),
            (&3.into(), &resumed.into())
        );
        assert_eq!(of_it(&lines).len(), 1);
        assert_ne!(of_it(&lines), of_it(&first));
    }
}
