//! `voxhumana evaluate` on lists and scores whose figures are known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The command, which cargo builds before it runs this test.
fn evaluate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxhumana"));
    command.arg("evaluate");
    command
        .env_remove("ORT_DYLIB_PATH")
        .args(["--resamples", "50"]);
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn json(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("out.json")).unwrap()).unwrap()
}

#[test]
fn a_list_with_scores_gives_the_known_figures_per_group() {
    let dir = tempfile::tempdir().unwrap();
    // One of four humans lies below one of four spoofs: 25 % at the crossing. Generator b is told
    // apart, a is not.
    let list = write(
        dir.path(),
        "list.csv",
        "file,label,score,generator\n\
         h1.wav,bonafide,2,\nh2.wav,bonafide,1.5,\nh3.wav,bonafide,-0.5,\nh4.wav,bonafide,3,\n\
         s1.wav,spoof,-2,b\ns2.wav,spoof,-1,b\ns3.wav,spoof,0,a\ns4.wav,spoof,-3,b\n",
    );
    let (code, stdout, stderr) = run(evaluate()
        .arg(&list)
        .arg("--json")
        .arg(dir.path().join("out.json"))
        .arg("--write-scores")
        .arg(dir.path().join("scores.tsv"))
        .arg("--picture")
        .arg(dir.path().join("det.svg")));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("by generator"), "{stdout}");
    let report = json(dir.path());
    assert_eq!(report["all"]["eer"], 0.25);
    assert_eq!(report["groups"]["generator"]["b"]["eer"], 0.0);
    assert_eq!(report["groups"]["generator"]["b"]["borrowed"], "bonafide");
    // One spoof above one of four humans: no miss and 25 % false alarms where the curves are
    // nearest.
    assert_eq!(report["groups"]["generator"]["a"]["eer"], 0.125);
    let calibrated = &report["all"]["calibration"];
    assert!(calibrated["scale"].as_f64().unwrap() > 0.0);
    assert!(calibrated["cllr_bits"].as_f64().unwrap() < 1.0);
    assert!(
        stdout.contains("\ncalibrated on these very scores (llr = "),
        "{stdout}"
    );
    let scores = fs::read_to_string(dir.path().join("scores.tsv")).unwrap();
    assert!(
        scores.starts_with("filename\tcm-score\nh1\t2\n"),
        "{scores}"
    );
    let svg = fs::read_to_string(dir.path().join("det.svg")).unwrap();
    assert!(svg.contains("DET, EER 25.0 %"));

    // What was written is read again as a score file and gives the same.
    let (code, _, stderr) = run(evaluate()
        .arg(&list)
        .arg("--scores")
        .arg(dir.path().join("scores.tsv"))
        .arg("--json")
        .arg(dir.path().join("out.json")));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(json(dir.path())["all"]["eer"], 0.25);
}

/// Names that differ in their extension alone are two recordings.
#[test]
fn scores_written_and_read_again_are_of_the_same_recordings() {
    let dir = tempfile::tempdir().unwrap();
    let list = write(
        dir.path(),
        "list.csv",
        "file,label,score\na.opus,bonafide,2\na.ogg,spoof,-2\nb.ogg,spoof,-3\nc.ogg,bonafide,4\n",
    );
    let at = dir.path().join("scores.tsv");
    let (code, _, stderr) = run(evaluate().arg(&list).arg("--write-scores").arg(&at));
    assert_eq!(code, 0, "{stderr}");
    let written = fs::read_to_string(&at).unwrap();
    assert_eq!(
        written,
        "filename\tcm-score\na.opus\t2\na.ogg\t-2\nb\t-3\nc\t4\n"
    );
    let again = || {
        run(evaluate()
            .arg(&list)
            .arg("--scores")
            .arg(&at)
            .arg("--json")
            .arg(dir.path().join("out.json")))
    };
    let (code, _, stderr) = again();
    assert_eq!(code, 0, "{stderr}");
    let report = json(dir.path());
    assert_eq!((&report["all"]["eer"], stderr.as_str()), (&0.0.into(), ""));
    // One that may be either's is nobody's, and one with two scores has none.
    fs::write(&at, "a\t2\nb\t-3\nc\t4\n").unwrap();
    assert!(again().2.contains("a.opus: no score"));
    fs::write(&at, "b\t-3\nb\t4\nc\t4\n").unwrap();
    let (code, _, stderr) = again();
    assert_eq!(code, 2);
    assert!(stderr.contains("line 2: b has another score"), "{stderr}");
}

#[test]
fn protocols_of_asvspoof_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let scores = write(dir.path(), "scores.txt", "F1 1.0\nF2 -1.0\n");
    let protocols = [
        "S F1 - - bonafide\nS F2 - A07 spoof\n",
        "S F1 alaw ita_tx bonafide bonafide notrim eval\nS F2 alaw ita_tx A07 spoof notrim eval\n",
        "S F1 F C01 2 - - - bonafide -\nS F2 F C01 2 - AC1 A17 spoof -\n",
        "S F1 nocodec asvspoof - bonafide notrim eval - - - - -\n\
         S F2 nocodec asvspoof A09 spoof notrim eval neural - - - -\n",
    ];
    for protocol in protocols {
        let list = write(dir.path(), "protocol.txt", protocol);
        let (code, _, stderr) = run(evaluate()
            .arg(&list)
            .arg("--scores")
            .arg(&scores)
            .arg("--json")
            .arg(dir.path().join("out.json")));
        assert_eq!(code, 0, "{stderr}");
        let report = json(dir.path());
        assert_eq!(report["all"]["eer"], 0.0, "{protocol}");
        assert!(report["groups"]["attack"].is_object(), "{protocol}");
    }
}

#[test]
fn recordings_are_scanned_and_what_fails_is_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    common::write_wav(
        &dir.path().join("h.wav"),
        common::RATE,
        &[&common::voice(6.0, 1)],
    );
    common::write_wav(
        &dir.path().join("s.wav"),
        common::RATE,
        &[&common::marked(6.0, 2)],
    );
    let list = write(
        dir.path(),
        "list.csv",
        "file,label\nh.wav,bonafide\ns.wav,spoof\ngone.wav,spoof\n",
    );
    let (code, stdout, stderr) = run(evaluate()
        .arg(&list)
        .args(["--seconds", "5", "--runtime", "tract", "--model"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/tiny.onnx"
        ))
        .arg("--json")
        .arg(dir.path().join("out.json")));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("gone.wav"), "{stderr}");
    assert!(stderr.contains("1 recording has no score"), "{stderr}");
    assert!(stdout.contains("operating point"), "{stdout}");
    let report = json(dir.path());
    assert_eq!(report["all"]["spoof"], 1);
    assert_eq!(report["all"]["eer"], 0.0);
}

#[test]
fn any_column_can_be_reported_by_and_names_may_hold_spaces() {
    let dir = tempfile::tempdir().unwrap();
    // With the byte order mark that spreadsheet programs write.
    let list = write(
        dir.path(),
        "list.csv",
        "\u{feff}file,label,team\n\
         my call.wav,bonafide,x\nour call.wav,spoof,x\nits call.wav,spoof,y\n",
    );
    let scores = write(
        dir.path(),
        "scores.tsv",
        "filename\tcm-score\nmy call\t0.5\nour call\t1.5\nits call\t-1.5\n",
    );
    let with = |by: &str| {
        run(evaluate()
            .arg(&list)
            .arg("--scores")
            .arg(&scores)
            .args(["--by", by, "--json"])
            .arg(dir.path().join("out.json")))
    };
    let (code, stdout, stderr) = with("team");
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("by team"), "{stdout}");
    let report = json(dir.path());
    // The one human below the one spoof: all wrong.
    assert_eq!(report["groups"]["team"]["x"]["eer"], 1.0);
    assert_eq!(report["groups"]["team"]["x"]["borrowed"], Value::Null);
    assert_eq!(report["groups"]["team"]["y"]["eer"], 0.0);
    assert_eq!(report["groups"]["team"]["y"]["borrowed"], "bonafide");

    let (code, _, stderr) = with("squad");
    assert_eq!(code, 2);
    assert!(
        stderr.contains("no column `squad` to report by; it has team"),
        "{stderr}"
    );
}

#[test]
fn bad_lists_say_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    for (text, part) in [
        (
            "name,label\na.wav,spoof\n",
            "columns `file` (or `path`) and `label`",
        ),
        ("file,label\na.wav,fake\n", "label is `fake`"),
        ("file,label,score\na.wav,spoof,high\n", "not a number"),
        (
            "file,label,score\na.wav,spoof,1\n",
            "both classes are needed",
        ),
        (
            "file,label\na.wav,spoof\nb.wav,bonafide\na.wav,bonafide\n",
            "lines 2 and 4 give a.wav two labels",
        ),
        ("one two three\n", "3 columns"),
        ("", "names no recording"),
    ] {
        let list = write(dir.path(), "list.csv", text);
        let (code, _, stderr) = run(evaluate().arg(&list));
        assert_eq!(code, 2, "{text}");
        assert!(stderr.contains(part), "{text}: {stderr}");
    }
}

#[test]
fn scores_that_fall_with_the_label_have_figures_and_no_calibration() {
    let dir = tempfile::tempdir().unwrap();
    let list = write(
        dir.path(),
        "list.csv",
        "file,label,score\nh1.wav,bonafide,-2\nh2.wav,bonafide,-1\n\
         s1.wav,spoof,2\ns2.wav,spoof,1\n",
    );
    let out = dir.path().join("out.json");
    let (code, stdout, stderr) = run(evaluate().arg(&list).arg("--json").arg(&out));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(json(dir.path())["all"]["calibration"], Value::Null);
    assert!(!stdout.contains("calibrated"), "{stdout}");
}
