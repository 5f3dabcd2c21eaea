//! Evidence as an investigator makes it and another party checks it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ran, bare, folder, run, scan, write_junk};

/// A case: the calls in `folder`, and beside them keys and the signed record of a scan.
struct Case {
    calls: TempDir,
    desk: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self {
            calls: folder(),
            desk: tempfile::tempdir().unwrap(),
        };
        write_junk(&case.calls.path().join("junk.wav"));
        let keygen = run(case.bare().args(["keygen", "mine.pem"]));
        assert_eq!(keygen.code, 0, "{}", keygen.stderr);
        assert!(keygen.stdout.contains("SHA256:"), "{}", keygen.stdout);
        let ran = case.scan(&["--evidence-key", "mine.pem"]);
        assert_eq!(ran.code, 2, "junk.wav is no recording: {}", ran.stderr);
        assert!(ran.stderr.contains("Evidence: case.json, signed"));
        case
    }

    /// The command on the investigator's desk.
    fn bare(&self) -> Command {
        let mut command = bare();
        command.current_dir(self.desk.path());
        command
    }

    fn scan(&self, arguments: &[&str]) -> Ran {
        run(scan()
            .current_dir(self.desk.path())
            .args(["--evidence", "case.json"])
            .args(arguments)
            .arg(self.calls.path()))
    }

    fn verify(&self, arguments: &[&str]) -> Ran {
        run(self
            .bare()
            .args(["verify", "case.json"])
            .args(arguments)
            .env("NO_COLOR", "1"))
    }

    /// Checks everything there is.
    fn verify_all(&self) -> Ran {
        let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
        let calls = self.calls.path().to_str().unwrap();
        let key = ["--public-key", "mine.pub.pem", "--runtime", "tract"];
        self.verify(&[&key[..], &["--model", tiny, "--recordings", calls]].concat())
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.at("case.json")).unwrap()).unwrap()
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.desk.path().join(name)
    }
}

#[test]
fn a_record_holds_what_was_scanned_and_nothing_of_the_machine() {
    let case = Case::new();
    let record = case.record();
    let recordings = record["data"]["recordings"].as_array().unwrap();
    let names: Vec<&str> = recordings
        .iter()
        .filter_map(|r| r["file"]["name"].as_str())
        .collect();
    // In the order of the folder, whatever was finished first.
    let expected = ["calls/call.wav", "human.wav", "junk.wav", "machine.wav"];
    assert_eq!(names, expected);
    assert_eq!(recordings[2]["result"]["status"], "error");
    assert_eq!(recordings[2]["file"]["bytes"], 480);
    assert!(recordings[2]["file"]["sha256"].is_string());
    let windows = recordings[0]["windows"].as_array().unwrap();
    assert!(windows.iter().all(|w| !w.as_array().unwrap().is_empty()));
    let text = record.to_string();
    for place in [case.calls.path(), case.desk.path(), Path::new("/home")] {
        assert!(
            !text.contains(place.to_str().unwrap()),
            "{}",
            place.display()
        );
    }
}

#[test]
fn what_matches_is_said_and_what_was_not_asked_for() {
    let case = Case::new();
    let alone = case.verify(&[]);
    assert_eq!(alone.code, 0, "{}{}", alone.stdout, alone.stderr);
    assert!(alone.stdout.contains("must be known from elsewhere"));
    assert!(alone.stdout.contains("not checked  /data/recordings"));
    let all = case.verify_all();
    assert_eq!(all.code, 0, "{}{}", all.stdout, all.stderr);
    assert!(all.stdout.contains("made with the key given"));
    assert!(
        all.stdout
            .contains("/data/recordings/0/windows/1  calls/call.wav: ")
    );
    assert!(!all.stdout.contains("not checked"), "{}", all.stdout);
    let json = case.verify(&["--json"]);
    let lines: Vec<Value> = json.lines();
    assert!(
        lines
            .iter()
            .any(|l| l["part"] == "/signature" && l["status"] == "ok")
    );
    // The bundled model did not make these scores: it says so, and compares the bytes.
    let calls = case.calls.path().to_str().unwrap();
    let other = case.verify(&["--recordings", calls]);
    assert_eq!(other.code, 2, "{}", other.stdout);
    assert!(other.stdout.contains("not checked  /data/model"));
    assert!(other.stdout.contains("human.wav: the same bytes"));
}

#[test]
fn a_changed_byte_is_named() {
    let case = Case::new();
    // Of a recording; found under another name, another is still the same.
    let human = case.calls.path().join("human.wav");
    let mut bytes = fs::read(&human).unwrap();
    bytes[1_000] ^= 1;
    fs::write(&human, bytes).unwrap();
    let machine = case.calls.path().join("machine.wav");
    fs::rename(&machine, case.calls.path().join("moved.wav")).unwrap();
    let ran = case.verify_all();
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let failed: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|l| l.starts_with("FAILED"))
        .collect();
    assert_eq!(failed.len(), 1, "{}", ran.stdout);
    assert!(failed[0].contains("/data/recordings/1/file  human.wav: other bytes"));
    assert!(ran.stdout.contains("machine.wav: the same bytes"));

    // A recording that is not there.
    fs::remove_file(&human).unwrap();
    let ran = case.verify_all();
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("human.wav: not among the recordings given")
    );

    // Of the record.
    let text = fs::read_to_string(case.at("case.json")).unwrap();
    let forged = text.replacen("\"verdict\":\"synthetic\"", "\"verdict\":\"bona_fide\"", 1);
    assert_ne!(forged, text);
    fs::write(case.at("case.json"), forged).unwrap();
    let ran = case.verify(&["-k", "mine.pub.pem"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .contains("FAILED       /data/recordings/0/result")
    );
    assert!(ran.stderr.contains("DOES NOT MATCH"), "{}", ran.stderr);
}

#[test]
fn keys_are_kept_and_checked() {
    let case = Case::new();
    let key = fs::read(case.at("mine.pem")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(case.at("mine.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mode = fs::metadata(case.at("case.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_ne!(mode & 0o077, 0, "a record is for others to read");
    }
    let again = run(case.bare().args(["keygen", "mine.pem"]));
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("never overwritten"),
        "{}",
        again.stderr
    );
    assert_eq!(fs::read(case.at("mine.pem")).unwrap(), key);

    assert_eq!(run(case.bare().args(["keygen", "other.pem"])).code, 0);
    let other = case.verify(&["-k", "other.pub.pem"]);
    assert_eq!(other.code, 1, "{}", other.stdout);
    assert!(other.stdout.contains("not made with the key given"));
    let private = case.verify(&["-k", "mine.pem"]);
    assert_eq!(private.code, 2);
    assert!(private.stderr.contains("mine.pem: "), "{}", private.stderr);
    assert!(
        private.stderr.contains("never hand it out"),
        "{}",
        private.stderr
    );
    let none = case.verify(&["-k", "none.pem"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("none.pem"), "{}", none.stderr);
    fs::write(case.at("text.txt"), "no record").unwrap();
    let text = run(case.bare().args(["verify", "text.txt"]));
    assert_eq!(text.code, 2);
    assert!(text.stderr.contains("text.txt: "), "{}", text.stderr);
    assert!(text.stderr.contains("not JSON"), "{}", text.stderr);
}

#[test]
fn evidence_is_never_overwritten_nor_half_written() {
    let case = Case::new();
    let before = fs::read(case.at("case.json")).unwrap();
    let again = case.scan(&[]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("never overwritten"),
        "{}",
        again.stderr
    );
    assert_eq!(fs::read(case.at("case.json")).unwrap(), before);
    let files = fs::read_dir(case.desk.path()).unwrap();
    assert_eq!(files.count(), 3, "nothing temporary is left");

    fs::remove_file(case.at("case.json")).unwrap();
    let unsigned = case.scan(&[]);
    assert!(
        unsigned.stderr.contains("not signed"),
        "{}",
        unsigned.stderr
    );
    let ran = case.verify(&[]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("not checked  /signature"));
    assert_eq!(case.verify(&["-k", "mine.pub.pem"]).code, 1);

    let resumed = case.scan(&["--resume", "-f", "jsonl", "-o", "out.jsonl"]);
    assert_eq!(resumed.code, 2);
    assert!(resumed.stderr.contains("--resume"), "{}", resumed.stderr);
    let piped = run(scan().args(["--evidence", "new.json", "-"]));
    assert_eq!(piped.code, 2);
    assert!(piped.stderr.contains("standard input"), "{}", piped.stderr);
    let nowhere = run(scan()
        .args(["--evidence", "no/such/folder/case.json"])
        .arg(case.calls.path()));
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.stderr.contains("no/such/folder/case.json"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn a_record_is_valid_by_the_schema() {
    let schema: Value = serde_json::from_str(voxhumana::report::evidence::EVIDENCE_SCHEMA).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let case = Case::new();
    let record = case.record();
    let errors: Vec<String> = validator
        .iter_errors(&record)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for (pointer, wrong) in [
        ("/type", "record".into()),
        ("/seal", "00".into()),
        ("/data/created", "yesterday".into()),
        ("/data/settings/mix", Value::Null),
        ("/data/model/metadata/calibration/scale", (-1).into()),
        ("/data/recordings/0/file/sha256", "no digest".into()),
        ("/data/recordings/0/input/frames", (-1).into()),
        ("/data/recordings/0/windows/0/0/score", "high".into()),
        ("/data/recordings/0/result/status", "failed".into()),
        ("/signature/value", "AAAA".into()),
    ] {
        let mut changed = record.clone();
        let place = changed.pointer_mut(pointer).expect(pointer);
        assert_ne!(std::mem::replace(place, wrong), Value::Null, "{pointer}");
        assert!(!validator.is_valid(&changed), "{pointer}");
    }
}
