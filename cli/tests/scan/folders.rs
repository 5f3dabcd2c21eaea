//! Which files of folders are scanned, and that the others are counted.

use std::fs;

use crate::common::write_wav;
use crate::common::{RATE, voice};
use crate::harness::{run, scan};

#[test]
fn what_is_passed_over_is_counted_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("call.wav"), RATE, &[&voice(3.0, 1)]);
    for name in ["a.xyz", "b.XYZ", "notes.txt", "README", ".hidden.xyz"] {
        fs::write(folder.path().join(name), "not a recording").unwrap();
    }
    let table = run(scan().arg(folder.path()));
    assert_eq!(table.code, 0);
    let words = "1 without an extension, 1 txt, 2 xyz";
    assert!(table.stderr.contains(words), "{}", table.stderr);
    let lines = run(scan().args(["-f", "jsonl"]).arg(folder.path())).lines();
    let passed = &lines.last().unwrap()["data"]["passed_over"];
    assert_eq!(passed, &serde_json::json!({"": 1, "txt": 1, "xyz": 2}));
    let csv = run(scan().args(["-f", "csv", "-q"]).arg(folder.path())).stdout;
    assert!(csv.contains("*.xyz,left_out,"), "{csv}");
    let rttm = run(scan().args(["-f", "rttm"]).arg(folder.path())).stdout;
    assert!(rttm.contains(";; left out: 2 *.xyz"), "{rttm}");

    let all = run(scan()
        .args(["-f", "jsonl", "--all-files"])
        .arg(folder.path()));
    assert_eq!(all.code, 2);
    assert_eq!(all.lines().len(), 5 + 1);
    assert!(
        all.lines().last().unwrap()["data"]
            .get("passed_over")
            .is_none()
    );
}

#[test]
fn an_empty_or_missing_folder_does_not_stop_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["empty", "full", "other"] {
        fs::create_dir(at(name)).unwrap();
    }
    fs::write(at("other/notes.txt"), "text").unwrap();
    write_wav(&at("full/call.wav"), RATE, &[&voice(3.0, 1)]);
    for order in [["empty", "full"], ["full", "empty"], ["other", "full"]] {
        let ran = run(scan().args(["-f", "jsonl"]).args(order.map(at)));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.lines().len(), 2);
        assert!(
            ran.stderr.contains("no recordings in this folder"),
            "{}",
            ran.stderr
        );
    }
    let missing = run(scan().args(["-f", "jsonl"]).args([at("none"), at("full")]));
    assert_eq!((missing.code, missing.lines().len()), (2, 3));
    let nothing = run(scan().args([at("empty"), at("other")]));
    assert_eq!(nothing.code, 2);
    assert!(
        nothing.stderr.contains("1 txt left out"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn tracks_and_guesses_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.bin");
    let samples = voice(4.0, 3);
    let bytes: Vec<u8> = samples
        .iter()
        .step_by(2)
        .flat_map(|x| ((x * 20_000.0) as i16).to_le_bytes())
        .collect();
    fs::write(&path, bytes).unwrap();
    let refused = run(scan().arg(&path));
    assert_eq!(refused.code, 2);
    assert!(refused.stdout.contains("--raw-codec"), "{}", refused.stdout);
    let wrong = run(scan().args(["--raw-codec", "none"]).arg(&path));
    assert!(wrong.stderr.contains("vox, auto"), "{}", wrong.stderr);
    let wav = folder.path().join("call.wav");
    write_wav(&wav, RATE, &[&samples]);
    let track = run(scan().args(["--track", "2"]).arg(&wav));
    assert_eq!(track.code, 2);
    assert!(track.stdout.contains("track is 2"), "{}", track.stdout);
    assert!(run(scan().args(["--track", "1"]).arg(&wav)).code < 2);
}
