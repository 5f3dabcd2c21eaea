//! Failures for programs: a message, a code and a remedy. And how a scan ends that nobody waits
//! for.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{bare, folder, json_lines, run, scan, write_junk};

#[test]
fn each_failure_has_a_code_and_a_remedy() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write_junk(&at("junk.wav"));
    fs::write(at("old.amr"), b"#!AMR\n\x3c\x08\x55\xff").unwrap();
    fs::write(at("cut.flac"), b"fLaC\0\0\0\x22").unwrap();
    for (file, flags, code, hint) in [
        ("none.wav", &[][..], "not_found", "check its name"),
        ("junk.wav", &[], "unsupported_format", ""),
        ("old.amr", &[], "unsupported_codec", "ffmpeg"),
        (
            "calls/call.wav",
            &["-c", "a,b,c"],
            "invalid_argument",
            "--channels",
        ),
    ] {
        let ran = run(scan()
            .current_dir(folder.path())
            .args(["-f", "jsonl", file])
            .args(flags));
        assert_eq!(ran.code, 2);
        let data = &ran.lines()[0]["data"];
        assert_eq!(data["error_code"], code, "{data}");
        assert!(data["error"].as_str().unwrap().contains(file), "{data}");
        assert!(
            data["error_hint"].as_str().unwrap().contains(hint),
            "{data}"
        );
    }
    let damaged = run(scan().args(["-f", "jsonl"]).arg(at("cut.flac")));
    let data = &damaged.lines()[0]["data"];
    assert!(data["error_code"].is_string(), "{data}");

    let csv = run(scan().args(["-f", "csv"]).arg(at("none.wav")));
    assert!(
        csv.stdout
            .lines()
            .next()
            .unwrap()
            .contains(",error_code,error_hint,")
    );
    assert!(csv.stdout.contains(",not_found,"), "{}", csv.stdout);

    let marks = run(bare().args(["marks", "-f", "jsonl"]).arg(at("none.wav")));
    let data = &marks.lines()[0]["data"];
    assert_eq!(data["error_code"], "not_found", "{data}");
    assert!(data["error"].is_string() && data["error_hint"].is_string());
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for line in marks.lines().iter().chain(&damaged.lines()) {
        assert!(validator.is_valid(line), "{line}");
    }
}

#[test]
fn a_failing_page_has_its_own_code() {
    let folder = folder();
    let ran = run(scan().current_dir(folder.path()).args([
        "-q",
        "-f",
        "jsonl",
        "--html",
        "pages",
        "machine.wav",
    ]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let pages = fs::read_dir(folder.path().join("pages")).unwrap();
    let page = pages
        .map(|e| e.unwrap().path())
        .find(|p| !p.ends_with("index.html"));
    // Where the page belongs, there is a recording now.
    fs::write(page.unwrap(), [0xff; 4_000]).unwrap();
    let again = run(scan().current_dir(folder.path()).args([
        "-q",
        "-f",
        "jsonl",
        "--html",
        "pages",
        "machine.wav",
    ]));
    assert_eq!(again.lines()[0]["data"]["error_code"], "cannot_write");
}

/// A folder of many recordings, the first one of this kind.
fn many(first: &[f32]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_wav(&folder.path().join("00.wav"), RATE, &[first]);
    write_wav(&folder.path().join("01.wav"), RATE, &[&voice(3.0, 3)]);
    for i in 2..400 {
        fs::copy(
            folder.path().join("01.wav"),
            folder.path().join(format!("{i:03}.wav")),
        )
        .unwrap();
    }
    folder
}

fn begin(folder: &std::path::Path, line: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child = scan()
        .args(["-j", "1"])
        .args(line)
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

#[test]
fn a_reader_that_leaves_hides_nothing_that_was_flagged() {
    for (first, format, code) in [
        (marked(3.0, 2), "jsonl", 1),
        (marked(3.0, 2), "table", 1),
        (marked(3.0, 2), "csv", 1),
        // What was not scanned may be anything.
        (voice(3.0, 2), "jsonl", 2),
    ] {
        let folder = many(&first);
        let (child, mut stdout) = begin(folder.path(), &["-f", format]);
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        drop(stdout);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{format}: {ended:?}");
        assert!(ended.stderr.is_empty(), "{ended:?}");
    }
    // All were scanned, and only the end was not read.
    let folder = folder();
    let (child, stdout) = begin(&folder.path().join("human.wav"), &["-f", "jsonl"]);
    drop(stdout);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_whole_results() {
    let folder = many(&marked(3.0, 2));
    let (child, mut stdout) = begin(folder.path(), &["-f", "jsonl"]);
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    interrupt(&child);
    stdout.read_to_string(&mut text).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    assert!(text.ends_with('\n'), "{text}");
    let lines = json_lines(&text);
    let (summary, recordings) = lines.split_last().unwrap();
    assert!(recordings.len() < 400, "it came too late");
    assert_eq!(summary["data"]["interrupted"], true);
    assert_eq!(summary["data"]["recordings"], recordings.len());
    assert!(
        String::from_utf8(ended.stderr)
            .unwrap()
            .contains("interrupted: ")
    );
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    assert!(
        jsonschema::draft202012::new(&schema)
            .unwrap()
            .is_valid(summary)
    );

    // One document is one, and the index lists what is there.
    let pages = tempfile::tempdir().unwrap();
    let pages = pages.path().join("pages");
    let (child, mut stdout) = begin(
        folder.path(),
        &["-f", "json", "--html", pages.to_str().unwrap()],
    );
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    interrupt(&child);
    stdout.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["data"]["summary"]["interrupted"], true);
    let index = fs::read_to_string(pages.join("index.html")).unwrap();
    assert!(
        index.ends_with("</html>\n") || index.ends_with("</html>"),
        "{index}"
    );

    // And the scan goes on where it was.
    let output = folder.path().join("r.jsonl");
    let output = output.to_str().unwrap();
    let (child, _) = begin(folder.path(), &["-f", "jsonl", "--resume", "-o", output]);
    while fs::metadata(output).map_or(0, |m| m.len()) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    interrupt(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert!(json_lines(&fs::read_to_string(output).unwrap()).len() < 401);
    let (child, _) = begin(folder.path(), &["-f", "jsonl", "--resume", "-o", output]);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(json_lines(&fs::read_to_string(output).unwrap()).len(), 401);
}

#[cfg(unix)]
#[test]
fn ctrl_c_does_not_wait_for_what_is_under_way() {
    let folder = folder();
    // A pipe into which nobody writes: a recording that never ends.
    let pipe = folder.path().join("1.wav");
    match Command::new("mkfifo").arg(&pipe).status() {
        Ok(made) => assert!(made.success()),
        Err(_) => {
            println!("skipped: no mkfifo");
            return;
        }
    }
    let human = folder.path().join("human.wav");
    let (mut child, mut stdout) = begin(&pipe, &["-f", "jsonl", human.to_str().unwrap()]);
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    let start = Instant::now();
    interrupt(&child);
    stdout.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(start.elapsed().as_secs_f64() < 1.0, "{:?}", start.elapsed());
    let lines = json_lines(&text);
    assert_eq!(
        (lines.len(), &lines[1]["data"]["interrupted"]),
        (2, &true.into())
    );
}
