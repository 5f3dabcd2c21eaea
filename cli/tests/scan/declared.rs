//! The word of the file itself beside the verdict: in every form of a scan, and alone.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{REPOSITORY, Ran, bare, folder, run, scan};

/// A label of GB 45438-2025 behind the audio.
fn label(path: &Path) {
    let label = br#"{"Label":"1","ContentProducer":"001191330106MA2CFXXXXX00001"}"#;
    let mut file = fs::read(path).unwrap();
    file.extend(b"AIGC");
    file.extend(u32::try_from(label.len()).unwrap().to_le_bytes());
    file.extend(label);
    file.resize(file.len().next_multiple_of(2), 0);
    let size = u32::try_from(file.len() - 8).unwrap().to_le_bytes();
    file[4..8].copy_from_slice(&size);
    fs::write(path, file).unwrap();
}

fn scanned(folder: &Path, line: &[&str]) -> Ran {
    run(scan().current_dir(folder).args(line))
}

/// The recordings of JSON Lines without what names the file's bytes.
fn recordings(ran: &Ran) -> Vec<Value> {
    let of = |line: Value| {
        let mut data = line["data"].clone();
        let members = data.as_object_mut().unwrap();
        for name in ["sha256", "scan_key", "declared"] {
            members.remove(name);
        }
        data
    };
    let lines = ran.lines().into_iter();
    let mut recordings: Vec<Value> = lines
        .filter(|line| line["type"] == "recording")
        .map(of)
        .collect();
    // Several at once are written as they finish.
    recordings.sort_by_key(|data| data["path"].to_string());
    recordings
}

fn made(name: &str) -> PathBuf {
    Path::new(REPOSITORY).join("tests/marks/files").join(name)
}

#[test]
fn a_mark_stands_beside_the_scores_and_changes_none() {
    let folder = folder();
    let line = ["-f", "jsonl", "human.wav", "machine.wav"];
    let before = scanned(folder.path(), &line);
    for name in ["human.wav", "machine.wav"] {
        label(&folder.path().join(name));
    }
    let after = scanned(folder.path(), &line);
    assert_eq!(recordings(&before), recordings(&after));
    assert_eq!((before.code, after.code), (1, 1));
    for (ran, state) in [(&before, "none"), (&after, "synthetic")] {
        let lines = ran.lines();
        assert_eq!(lines[0]["data"]["declared"]["state"], state);
    }
    let declared = &after.lines()[0]["data"]["declared"];
    assert_eq!(declared["marks"][0]["scheme"], "aigc");
    assert_eq!(declared["marks"][0]["integrity"], "unprotected");
    assert_eq!(
        after.lines()[2]["data"]["declared"],
        serde_json::json!({"synthetic": 2})
    );
}

#[test]
fn a_word_of_capture_clears_nobody() {
    let folder = folder();
    let machine = fs::read(folder.path().join("machine.wav")).unwrap();
    let word = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture";
    let packet = format!(
        "<x xmlns:i=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"><i:DigitalSourceType>{word}\
         </i:DigitalSourceType></x>"
    );
    let size = u32::try_from(packet.len()).unwrap().to_le_bytes();
    let file = [
        &machine[..],
        b"_PMX",
        &size,
        packet.as_bytes(),
        &[0][..packet.len() % 2],
    ]
    .concat();
    fs::write(folder.path().join("machine.wav"), file).unwrap();
    let ran = scanned(folder.path(), &["-f", "jsonl", "machine.wav"]);
    let data = &ran.lines()[0]["data"];
    assert_eq!(data["declared"]["state"], "captured");
    assert_eq!((ran.code, &data["verdict"]), (1, &Value::from("synthetic")));
}

#[test]
fn the_exit_code_asks_for_it() {
    let folder = folder();
    label(&folder.path().join("human.wav"));
    let code = |line: &[&str]| scanned(folder.path(), line).code;
    assert_eq!(code(&["human.wav"]), 0);
    assert_eq!(code(&["--fail-on", "declared-synthetic", "human.wav"]), 1);
    assert_eq!(code(&["--fail-on", "declared-synthetic", "machine.wav"]), 0);
}

#[test]
fn tables_and_pages_say_it() {
    let folder = folder();
    label(&folder.path().join("human.wav"));
    let at = folder.path();
    let table = scanned(at, &["--html", "pages", "--html-all", "human.wav"]);
    let said = "the file says it is AI-made: AIGC, Label 1, not protected";
    assert!(table.stdout.contains(said), "{}", table.stdout);
    let counted = "Declared by the files themselves: 1 synthetic";
    assert!(table.stderr.contains(counted), "{}", table.stderr);
    let pages = fs::read_dir(at.join("pages")).unwrap();
    let page = pages
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().is_some_and(|name| name != "index.html"));
    let page = fs::read_to_string(page.unwrap()).unwrap();
    let sentence =
        "The file says it is AI-made (AIGC, Label 1, not protected); it sounds bona fide.";
    assert!(page.contains(sentence), "{page}");

    let csv = scanned(at, &["-f", "csv", "human.wav"]).stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let names = rows.headers().unwrap().clone();
    let row = rows.records().next().unwrap().unwrap();
    let of = |name: &str| &row[names.iter().position(|known| known == name).unwrap()];
    assert_eq!((of("declared"), of("declared_by")), ("synthetic", "aigc"));
}

#[test]
fn evidence_has_it_and_a_check_compares_it() {
    let folder = folder();
    label(&folder.path().join("human.wav"));
    let at = folder.path();
    let ran = scanned(at, &["--evidence", "case.json", "human.wav"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let record: Value = serde_json::from_slice(&fs::read(at.join("case.json")).unwrap()).unwrap();
    let declared = &record["data"]["recordings"][0]["declared"];
    assert_eq!(declared["state"], "synthetic");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
    let line = [
        "verify",
        "case.json",
        "--recordings",
        "human.wav",
        "--model",
        model,
    ];
    let checked = run(bare()
        .current_dir(at)
        .args(line)
        .args(["--runtime", "tract"]));
    assert!(
        checked.stdout.contains("synthetic, as recorded"),
        "{}{}",
        checked.stdout,
        checked.stderr
    );
}

#[test]
fn marks_alone_need_no_scan() {
    let (plain, mute) = (made("wav_aigc_plain.wav"), made("mp3_encoder_only.mp3"));
    let table = run(bare().arg("marks").args([&plain, &mute]));
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    for said in [
        "the file says it is AI-made",
        "AIGC, Label 1, not protected",
        "declares nothing",
    ] {
        assert!(table.stdout.contains(said), "{}", table.stdout);
    }

    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let missing = Path::new("not there.wav").to_owned();
    let cut = made("wav_audio_size_lies.wav");
    let signed = made("pcm_c2pa_plain.wav");
    let line = ["marks", "-f", "jsonl"];
    let ran = run(bare().args(line).args([&plain, &signed, &cut, &missing]));
    assert_eq!(ran.code, 2);
    let lines = ran.lines();
    for line in &lines {
        let problems: Vec<_> = schema.iter_errors(line).map(|e| e.to_string()).collect();
        assert!(problems.is_empty(), "{line}: {problems:?}");
    }
    let states: Vec<_> = lines
        .iter()
        .map(|line| &line["data"]["declared"]["state"])
        .collect();
    assert_eq!(
        states,
        ["synthetic", "synthetic", "unreadable", ""]
            .map(|s| match s {
                "" => Value::Null,
                state => state.into(),
            })
            .iter()
            .collect::<Vec<_>>()
    );
    assert!(
        lines[3]["data"]["error"]
            .as_str()
            .unwrap()
            .contains("not there.wav")
    );
}
