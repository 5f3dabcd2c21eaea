//! What the desk knows of a call, joined to its results.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Ran, bare, folder, json_lines, run, scan};

fn within(folder: &Path, line: &[&str]) -> Ran {
    run(scan().current_dir(folder).args(["-j", "1"]).args(line))
}

fn metadata_of<'a>(lines: &'a [Value], path: &str) -> &'a Value {
    let line = lines.iter().find(|l| l["data"]["path"] == path);
    &line.unwrap_or_else(|| panic!("{path}"))["data"]["metadata"]
}

#[test]
fn columns_are_joined_by_path_or_name_into_every_form() {
    let folder = folder();
    fs::write(
        folder.path().join("calls.csv"),
        "path,queue,agent,duration_s\n\
         call.wav,\"sales, new\",\"<b>7</b>\",61\n\
         ./human.wav,support,8,\n\
         gone.wav,support,9,3\n",
    )
    .unwrap();
    let base = ["--metadata", "calls.csv"];
    let with = |line: &[&str]| within(folder.path(), &[&base[..], line].concat());
    let ran = with(&["-f", "jsonl", "."]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let lines = ran.lines();
    assert_eq!(
        metadata_of(&lines, "./calls/call.wav"),
        &json!({"queue": "sales, new", "agent": "<b>7</b>", "duration_s": "61"})
    );
    assert_eq!(metadata_of(&lines, "./human.wav")["queue"], "support");
    assert_eq!(metadata_of(&lines, "./machine.wav"), &Value::Null);
    let join = &lines.last().unwrap()["data"]["metadata"];
    assert_eq!((&join["rows"], &join["joined"]), (&json!(3), &json!(2)));
    assert_eq!(
        join["rows_without_recording"],
        json!({"count": 1, "names": ["gone.wav"]})
    );
    assert_eq!(
        join["recordings_without_row"]["names"],
        json!(["./machine.wav"])
    );
    for words in [
        "2 of 3 rows",
        "1 row without a recording: gone.wav",
        "./machine.wav",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(lines.iter().all(|line| validator.is_valid(line)));

    let csv = with(&["-f", "csv", "."]).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let end: Vec<&str> = header.iter().skip(header.len() - 3).collect();
    assert_eq!(end, ["queue", "agent", "metadata_duration_s"]);
    let rows = reader.records().map(Result::unwrap);
    // The table of metadata itself is left out of the folder, with a row that says so.
    let (rows, left_out): (Vec<_>, Vec<_>) = rows.partition(|row| &row[1] != "left_out");
    assert_eq!((rows.len(), left_out.len()), (4, 1));
    assert_eq!(&rows[0][header.len() - 3], "sales, new");
    assert_eq!(&rows[3][header.len() - 3], "");

    let ran = with(&["-q", "--html", "pages", "--evidence", "case.json", "."]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let pages = fs::read_dir(folder.path().join("pages")).unwrap();
    let pages = pages.map(|e| fs::read_to_string(e.unwrap().path()).unwrap());
    let about: Vec<String> = pages.filter(|page| page.contains("sales, new")).collect();
    assert_eq!(about.len(), 2, "the call's own page and the index");
    assert!(about.iter().all(|page| !page.contains("<b>7</b>")));
    let text = fs::read_to_string(folder.path().join("case.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let recordings = record["data"]["recordings"].as_array().unwrap();
    let call = recordings
        .iter()
        .find(|r| r["file"]["name"] == "calls/call.wav");
    assert_eq!(call.unwrap()["metadata"]["queue"], "sales, new");
    let schema: Value = serde_json::from_str(voxhumana::report::evidence::EVIDENCE_SCHEMA).unwrap();
    assert!(
        jsonschema::draft202012::new(&schema)
            .unwrap()
            .is_valid(&record)
    );
    let verify = || {
        run(bare()
            .current_dir(folder.path())
            .args(["verify", "case.json"]))
    };
    assert_eq!(verify().code, 0);
    fs::write(
        folder.path().join("case.json"),
        text.replace("sales, new", "sales, old"),
    )
    .unwrap();
    let changed = verify();
    assert_eq!(changed.code, 1);
    assert!(changed.stdout.contains("/metadata"), "{}", changed.stdout);
}

#[test]
fn results_that_are_there_are_joined_as_well() {
    let folder = folder();
    within(folder.path(), &["-q", "-f", "jsonl", "-o", "r.jsonl", "."]);
    fs::write(
        folder.path().join("m.csv"),
        "file;queue\r\nhuman.wav;sales\r\n",
    )
    .unwrap();
    let ran = run(bare().current_dir(folder.path()).args([
        "report",
        "r.jsonl",
        "-f",
        "jsonl",
        "--metadata",
        "m.csv",
    ]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let lines = ran.lines();
    assert_eq!(metadata_of(&lines, "./human.wav")["queue"], "sales");
    assert_eq!(
        lines[3]["data"]["metadata"]["recordings_without_row"]["count"],
        2
    );
    // Rendered again, the columns stay.
    fs::write(folder.path().join("joined.jsonl"), &ran.stdout).unwrap();
    let csv = run(bare()
        .current_dir(folder.path())
        .args(["report", "joined.jsonl", "-f", "csv"]));
    assert!(
        csv.stdout.lines().next().unwrap().ends_with(",queue"),
        "{}",
        csv.stdout
    );
    assert!(csv.stdout.contains(",sales\n"), "{}", csv.stdout);
    // Also where a scan goes on.
    let resumed = within(
        folder.path(),
        &[
            "-f",
            "jsonl",
            "--resume",
            "-o",
            "r.jsonl",
            "--metadata",
            "m.csv",
            ".",
        ],
    );
    assert_eq!(resumed.code, 1, "{}", resumed.stderr);
    let lines = json_lines(&fs::read_to_string(folder.path().join("r.jsonl")).unwrap());
    assert_eq!(lines[3]["data"]["resumed"], 3);
    assert_eq!(metadata_of(&lines, "./human.wav")["queue"], "sales");
}

#[test]
fn a_table_that_cannot_be_joined_is_refused_before_the_scan() {
    let folder = folder();
    for (text, words) in [
        ("id,queue\n1,sales\n", "call it `path` or `file`"),
        ("path,queue\nhuman.wav,a\nhuman.wav,b\n", "lines 2 and 3"),
        ("path,queue\n,a\n", "line 2 names no recording"),
    ] {
        fs::write(folder.path().join("m.csv"), text).unwrap();
        let ran = within(
            folder.path(),
            &["--metadata", "m.csv", "human.wav", "-o", "out.txt"],
        );
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert!(!folder.path().join("out.txt").exists());
    }
    fs::write(
        folder.path().join("m.csv"),
        b"path,queue\nhuman.wav,K\xf6ln\n",
    )
    .unwrap();
    let ran = within(folder.path(), &["--metadata", "m.csv", "human.wav"]);
    assert!(ran.stderr.contains("CSV UTF-8"), "{}", ran.stderr);
    // A doubtful row joins nothing, and is named.
    fs::copy(
        folder.path().join("human.wav"),
        folder.path().join("calls/human.wav"),
    )
    .unwrap();
    fs::write(folder.path().join("m.csv"), "path,queue\nhuman.wav,a\n").unwrap();
    let ran = within(folder.path(), &["-f", "jsonl", "--metadata", "m.csv", "."]);
    let lines = ran.lines();
    assert_eq!(metadata_of(&lines, "./human.wav"), &Value::Null);
    assert!(
        ran.stderr
            .contains("1 row for several recordings: human.wav"),
        "{}",
        ran.stderr
    );
}
