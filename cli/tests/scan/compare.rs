//! Two scans side by side.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Ran, bare, folder, run, scan};

fn of(folder: &Path, line: &[&str]) -> Ran {
    run(bare().current_dir(folder).env("NO_COLOR", "1").args(line))
}

/// `old.jsonl` at the usual threshold; `new.jsonl` flags everything, and the call was moved.
fn scanned() -> tempfile::TempDir {
    let folder = folder();
    fs::write(
        folder.path().join("m.csv"),
        "path,queue\ncall.wav,sales\nhuman.wav,support\nmachine.wav,sales\n",
    )
    .unwrap();
    let scan = |line: &[&str]| {
        let ran = run(scan()
            .current_dir(folder.path())
            .args(["-q", "-f", "jsonl", "--metadata", "m.csv"])
            .args(line));
        assert!(ran.code < 2, "{}", ran.stderr);
    };
    scan(&["-o", "old.jsonl", "."]);
    fs::create_dir(folder.path().join("moved")).unwrap();
    let (from, to) = ("calls/call.wav", "moved/call.wav");
    fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
    scan(&["-o", "new.jsonl", "-t", "1000", "."]);
    folder
}

#[test]
fn flips_and_moves_are_counted_by_group() {
    let folder = scanned();
    let ran = of(
        folder.path(),
        &["compare", "old.jsonl", "new.jsonl", "-f", "json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(document["type"], "comparison");
    let data = &document["data"];
    assert_eq!(
        (&data["compared"], &data["all"]["flips"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        data["all"]["verdicts"],
        json!([
            {"old": "bona_fide", "new": "synthetic", "recordings": 1},
            {"old": "synthetic", "new": "synthetic", "recordings": 2},
        ])
    );
    let flip = &data["flips"][0];
    assert_eq!(
        (&flip["path"], &flip["label"]),
        (&json!("./human.wav"), &Value::Null)
    );
    assert_eq!(flip["old"]["llr"], flip["new"]["llr"]);
    // The same model: no score moved.
    assert_eq!(data["all"]["llr_moves"]["largest"], 0.0);
    assert_eq!(data["all"]["llr_moves"]["recordings"], 3);
    assert_eq!(data["groups"]["queue"]["support"]["flips"], 1);
    assert_eq!(data["groups"]["queue"]["sales"]["recordings"], 2);
    assert_eq!(data["groups"]["folder"]["./moved"]["recordings"], 1);
    assert_eq!(data["all"]["rates"], Value::Null);

    let text = of(folder.path(), &["compare", "old.jsonl", "new.jsonl"]).stdout;
    for words in [
        "old  old.jsonl: 3 recordings, tiny",
        "1 of 3 verdicts flip",
        "bona fide -> synthetic",
        "by queue",
        "./human.wav: bona fide (",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let by = of(
        folder.path(),
        &["compare", "old.jsonl", "new.jsonl", "--by", "folder"],
    )
    .stdout;
    assert!(by.contains("by folder") && !by.contains("by queue"), "{by}");
    let unknown = of(
        folder.path(),
        &["compare", "old.jsonl", "new.jsonl", "--by", "shift"],
    );
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("there are folder, queue"),
        "{}",
        unknown.stderr
    );
    let joined = of(
        folder.path(),
        &[
            "compare",
            "old.jsonl",
            "new.jsonl",
            "--metadata",
            "m.csv",
            "--by",
            "queue",
        ],
    );
    assert!(joined.stdout.contains("support"), "{}", joined.stdout);
}

#[test]
fn what_turned_out_true_stands_beside_both() {
    let folder = scanned();
    fs::write(
        folder.path().join("truth.csv"),
        "path,label,note\nhuman.wav,bonafide,called back\nmachine.wav,synthetic,\n\
         moved/call.wav,spoof,\ngone.wav,spoof,\nopen.wav,,\n",
    )
    .unwrap();
    let line = ["compare", "old.jsonl", "new.jsonl", "--labels", "truth.csv"];
    let ran = of(folder.path(), &[&line[..], &["-f", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let data = &document["data"];
    let rates = &data["all"]["rates"];
    assert_eq!(
        (&rates["bona_fide"], &rates["spoof"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(rates["old"]["false_alarm_rate"], 0.0);
    assert_eq!(rates["new"]["false_alarm_rate"], 1.0);
    assert_eq!(
        (&rates["old"]["miss_rate"], &rates["old"]["eer"]),
        (&json!(0.0), &json!(0.0))
    );
    assert_eq!(data["labels"]["rows"], 4);
    assert_eq!(data["labels"]["labelled"], 3);
    assert_eq!(
        data["labels"]["rows_without_recording"]["names"],
        json!(["gone.wav"])
    );
    assert_eq!(data["flips"][0]["label"], "bonafide");
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    assert!(
        jsonschema::draft202012::new(&schema)
            .unwrap()
            .is_valid(&document)
    );
    let text = of(folder.path(), &line).stdout;
    for words in [
        "false alarms, of 1 bona fide",
        "100.0 %",
        "true: bonafide",
        "gone.wav",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }

    // The same list is read by evaluate, from a scan that was made or by scanning.
    let evaluate = |line: &[&str]| {
        let all = [
            &[
                "evaluate",
                "truth.csv",
                "--resamples",
                "10",
                "--json",
                "f.json",
            ],
            line,
        ];
        let ran = of(folder.path(), &all.concat());
        let text = fs::read_to_string(folder.path().join("f.json")).unwrap_or_default();
        (
            ran,
            serde_json::from_str::<Value>(&text).unwrap_or_default(),
        )
    };
    let (ran, figures) = evaluate(&["--results", "new.jsonl"]);
    assert_eq!(ran.code, 2, "gone.wav has no result: {}", ran.stderr);
    assert!(ran.stderr.contains("gone.wav: no score"), "{}", ran.stderr);
    assert_eq!(figures["all"]["eer"], 0.0);
    assert_eq!(figures["all"]["spoof"], 2);
    assert_eq!(
        figures["all"]["operating_points"]["custom"]["false_alarm_rate"],
        1.0
    );
    let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
    let (ran, scanned) = evaluate(&["--model", tiny, "--runtime", "tract"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(scanned["all"]["bona_fide"], 1);
    assert_eq!(scanned["all"]["eer"], figures["all"]["eer"]);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = scanned();
    let at = |name: &str| folder.path().join(name);
    let lines = fs::read_to_string(at("old.jsonl")).unwrap();
    let summary = lines.lines().last().unwrap();
    fs::write(at("none.jsonl"), format!("{summary}\n")).unwrap();
    fs::write(at("bad.csv"), "path,label\nhuman.wav,maybe\n").unwrap();
    fs::write(at("unlabelled.csv"), "path,verdict\nhuman.wav,x\n").unwrap();
    for (line, words) in [
        (&["old.jsonl", "none.jsonl"][..], "no recording is in both"),
        (&["old.jsonl", "m.csv"], "line 1 is no result"),
        (&["old.jsonl", "new.jsonl", "--labels", "bad.csv"], "line 2"),
        (
            &["old.jsonl", "new.jsonl", "--labels", "unlabelled.csv"],
            "no column `label`",
        ),
        (
            &["old.jsonl", "new.jsonl", "-o", "new.jsonl"],
            "is read by this command",
        ),
        (
            &["old.jsonl", "new.jsonl", "-o", "human.wav"],
            "is a recording",
        ),
    ] {
        let ran = of(folder.path(), &[&["compare"], line].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{line:?}");
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    let written = of(
        folder.path(),
        &["compare", "old.jsonl", "new.jsonl", "-o", "c.txt"],
    );
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    assert!(
        fs::read_to_string(at("c.txt"))
            .unwrap()
            .contains("verdicts flip")
    );
    // One result is in one file alone.
    let shorter: Vec<&str> = lines.lines().skip(1).collect();
    fs::write(at("shorter.jsonl"), shorter.join("\n")).unwrap();
    let ran = of(folder.path(), &["compare", "old.jsonl", "shorter.jsonl"]);
    assert!(ran.stdout.contains("1 only in old: "), "{}", ran.stdout);
}
