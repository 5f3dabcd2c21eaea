//! Folders of many calls: globs, going on after a kill, files that change.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{Ran, folder, json_lines, run, scan, write_junk};

/// Sixty recordings, some alike, one that is none.
fn many() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..60_u64 {
        let path = folder.path().join(format!("{i:02}.wav"));
        let samples = if i % 7 == 0 {
            marked(3.0, i / 2)
        } else {
            voice(3.0, i / 2)
        };
        write_wav(&path, RATE, &[&samples]);
    }
    write_junk(&folder.path().join("junk.wav"));
    folder
}

fn resume(folder: &Path, output: &Path) -> std::process::Command {
    let mut command = scan();
    command
        .args(["-f", "jsonl", "-j", "2", "--resume", "-o"])
        .arg(output)
        .arg(folder);
    command
}

/// The `data` of each recording, by path; none twice.
fn by_path(lines: &[Value]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for line in lines.iter().filter(|l| l["type"] == "recording") {
        let path = line["data"]["path"].as_str().unwrap().to_owned();
        let again = found.insert(path.clone(), line["data"].clone());
        assert!(again.is_none(), "{path} is there twice");
    }
    found
}

fn bytes_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

fn read(path: &Path) -> Vec<Value> {
    json_lines(&fs::read_to_string(path).unwrap())
}

#[test]
fn a_killed_scan_goes_on_without_losing_or_repeating_a_line() {
    let folder = many();
    let output = folder.path().join("results.jsonl");
    let expected = run(scan().args(["-f", "jsonl"]).arg(folder.path())).lines();
    assert_eq!(by_path(&expected).len(), 61);

    let mut random = fastrand::Rng::with_seed(5);
    let (mut kills, mut stopped_inside) = (0, 0);
    for _ in 0..8 {
        let mut child = resume(folder.path(), &output)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A little further than the last time, at a moment of its own within what happens there.
        let enough = bytes_of(&output) + random.u64(1..6_000);
        while bytes_of(&output) < enough && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(random.u64(50..1_000)));
        }
        // SIGKILL on Unix.
        child.kill().unwrap();
        kills += usize::from(child.wait().unwrap().code().is_none());
        let so_far = fs::read_to_string(&output).unwrap_or_default();
        let whole = so_far.lines().filter(|l| l.ends_with("}}")).count();
        stopped_inside += usize::from((1..60).contains(&whole));
    }
    println!("{kills} kills, {stopped_inside} of them in the middle of the work");
    let last = run(&mut resume(folder.path(), &output));
    assert_eq!(last.code, 2, "{}", last.stderr);
    let lines = read(&output);
    assert_eq!(by_path(&lines), by_path(&expected));
    let summary = &lines.last().unwrap()["data"];
    for count in [
        "recordings",
        "synthetic",
        "bona_fide",
        "errors",
        "inconclusive",
    ] {
        assert_eq!(
            summary[count],
            expected.last().unwrap()["data"][count],
            "{count}"
        );
    }
    assert!(stopped_inside > 0, "no kill came in the middle");
}

#[test]
fn half_a_line_is_written_again() {
    let folder = folder();
    let output = folder.path().join("results.jsonl");
    let first = run(&mut resume(folder.path(), &output));
    assert_eq!(first.code, 1, "{}", first.stderr);
    let text = fs::read_to_string(&output).unwrap();
    let expected = by_path(&json_lines(&text));
    for cut in [1, 100, text.len() / 2, text.len() - 400, text.len() - 1] {
        fs::write(&output, &text[..cut]).unwrap();
        assert_eq!(run(&mut resume(folder.path(), &output)).code, 1);
        let lines = read(&output);
        assert_eq!(by_path(&lines), expected);
        assert_eq!(lines.len(), 4, "one summary");
    }
}

#[test]
fn what_decides_about_a_result_decides_about_skipping_it() {
    let folder = folder();
    let output = folder.path().join("results.jsonl");
    let resumed = |ran: &Ran| {
        assert!(ran.code < 2, "{}", ran.stderr);
        read(&output).last().unwrap()["data"]["resumed"]
            .as_u64()
            .unwrap()
    };
    let lines = || read(&output).len() - 1;
    let again = || run(&mut resume(folder.path(), &output));
    assert_eq!((resumed(&again()), lines()), (0, 3));
    assert_eq!((resumed(&again()), lines()), (3, 3));
    // The same recording under another name is done; a copy of it is not.
    fs::rename(
        folder.path().join("human.wav"),
        folder.path().join("renamed.wav"),
    )
    .unwrap();
    assert_eq!((resumed(&again()), lines()), (3, 3));
    let names = || -> Vec<String> {
        let all = by_path(&read(&output)).into_keys();
        all.map(|path| path.rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    assert!(names().contains(&"renamed.wav".into()), "{:?}", names());
    assert!(!names().contains(&"human.wav".into()), "{:?}", names());
    fs::copy(
        folder.path().join("renamed.wav"),
        folder.path().join("copy.wav"),
    )
    .unwrap();
    assert_eq!((resumed(&again()), lines()), (3, 4));
    // Other bytes, other settings.
    write_wav(&folder.path().join("copy.wav"), RATE, &[&voice(4.0, 9)]);
    assert_eq!((resumed(&again()), lines()), (3, 4));
    // What is gone keeps its result under its own name.
    fs::remove_file(folder.path().join("copy.wav")).unwrap();
    assert_eq!((resumed(&again()), lines()), (4, 4));
    assert!(names().contains(&"copy.wav".into()), "{:?}", names());
    let strict = run(resume(folder.path(), &output).args(["-t", "high-recall"]));
    // One answer for each recording: the old ones made way, but for that of the one that is gone.
    assert_eq!((resumed(&strict), lines()), (1, 4));
}

#[test]
fn a_recording_is_one_by_whatever_name() {
    let folder = folder();
    let at = folder.path().to_str().unwrap();
    let (parent, name) = at.rsplit_once('/').unwrap();
    let inside = |names: &[&str]| {
        let output = folder.path().join("results.jsonl");
        let mut command = scan();
        command.args(["-f", "jsonl", "--resume", "-o"]).arg(&output);
        let ran = run(command.args(names).current_dir(parent));
        assert!(ran.code < 2, "{}", ran.stderr);
        let lines = read(&output);
        let resumed = lines.last().unwrap()["data"]["resumed"].as_u64();
        (
            resumed.unwrap(),
            by_path(&lines).into_keys().next().unwrap(),
        )
    };
    let dotted = format!("./{name}");
    let (resumed, first) = inside(&[name, &dotted, at]);
    assert_eq!(resumed, 0);
    assert!(first.starts_with(name), "{first}");
    // Named in another way, each keeps its result, under the name of now.
    let (resumed, first) = inside(&[at]);
    assert_eq!(resumed, 3);
    assert!(first.starts_with(at), "{first}");
}

#[test]
fn what_could_not_be_read_is_tried_again() {
    let folder = folder();
    let output = folder.path().join("results.jsonl");
    let (here, away) = (
        folder.path().join("human.wav"),
        folder.path().join("human.away"),
    );
    let name = |c: &mut std::process::Command| run(c.arg(&here));
    fs::rename(&here, &away).unwrap();
    assert_eq!(name(&mut resume(folder.path(), &output)).code, 2);
    assert_eq!(by_path(&read(&output)).len(), 3);
    fs::rename(&away, &here).unwrap();
    assert_eq!(name(&mut resume(folder.path(), &output)).code, 1);
    let lines = read(&output);
    assert_eq!(by_path(&lines).len(), 3);
    assert!(lines.iter().all(|l| l["data"]["status"] != "error"));
}

#[test]
fn resume_needs_a_file_of_lines() {
    let folder = folder();
    let output = folder.path().join("notes.txt");
    fs::write(&output, "not a result\n").unwrap();
    let foreign = run(&mut resume(folder.path(), &output));
    assert_eq!(foreign.code, 2);
    assert!(foreign.stderr.contains("line 1"), "{}", foreign.stderr);
    assert_eq!(fs::read_to_string(&output).unwrap(), "not a result\n");
    let csv = run(scan()
        .args(["-f", "csv", "--resume", "-o", "x.csv"])
        .arg(folder.path()));
    assert_eq!(csv.code, 2);
    assert!(csv.stderr.contains("--format jsonl"), "{}", csv.stderr);
}

#[test]
fn globs_choose_what_to_scan() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::copy(at("human.wav"), at("human.rec")).unwrap();
    fs::copy(at("human.wav"), at("calls/human.wav")).unwrap();
    let scanned = |options: &[&str]| -> Vec<String> {
        let ran = run(scan()
            .args(["-f", "jsonl"])
            .args(options)
            .arg(folder.path()));
        let below = format!("{}/", folder.path().display());
        let found = by_path(&ran.lines());
        found.into_keys().map(|p| p.replace(&below, "")).collect()
    };
    assert_eq!(scanned(&["--include", "*.rec"]), ["human.rec"]);
    assert_eq!(
        scanned(&["--include", "human.*"]),
        ["calls/human.wav", "human.rec", "human.wav"]
    );
    assert_eq!(
        scanned(&["--include", "calls/*.wav"]),
        ["calls/call.wav", "calls/human.wav"]
    );
    assert_eq!(
        scanned(&["--exclude", "calls"]),
        ["human.wav", "machine.wav"]
    );
    assert_eq!(
        scanned(&["--exclude", "calls/"]),
        ["human.wav", "machine.wav"]
    );
    assert_eq!(
        scanned(&["--exclude", "*man*", "--exclude", "machine.wav"]),
        ["calls/call.wav"]
    );
    assert_eq!(scanned(&["--include", "**/call.wav"]), ["calls/call.wav"]);
    let wrong = run(scan().args(["--include", "a[b"]).arg(folder.path()));
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("--include a[b"), "{}", wrong.stderr);
}

#[test]
fn a_file_that_grows_is_not_judged_by_half() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.wav");
    write_wav(&path, RATE, &[&voice(20.0, 1)]);
    let done = AtomicBool::new(false);
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::File::options().append(true).open(&path).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(&[0; 64]).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let ran = run(scan().args(["-f", "jsonl"]).arg(&path));
        done.store(true, Ordering::Relaxed);
        ran
    });
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("changed while it was read"),
        "{}",
        ran.stderr
    );
    assert!(ran.lines()[0]["data"].get("scan_key").is_none());
    assert_eq!(run(scan().arg(&path)).code, 0, "now that it is still");
}

#[test]
fn a_file_that_vanishes_is_an_error_of_its_own() {
    let folder = many();
    let mut child = scan()
        .args(["-f", "jsonl", "-j", "1", "--exclude", "junk.wav"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    fs::remove_file(folder.path().join("59.wav")).unwrap();
    std::io::Read::read_to_string(&mut stdout, &mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let lines = json_lines(&text);
    assert_eq!(lines.len(), 61);
    assert_eq!(lines[60]["data"]["errors"], 1);
    let error = lines[59]["data"]["error"].as_str().unwrap();
    assert!(
        error.contains("59.wav") && error.contains("moved meanwhile"),
        "{error}"
    );
}

#[test]
fn two_scans_do_not_write_into_one_file() {
    let folder = many();
    let output = folder.path().join("results.jsonl");
    let mut first = resume(folder.path(), &output)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while bytes_of(&output) == 0 {
        assert_eq!(first.try_wait().unwrap(), None, "ended before it wrote");
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = run(scan()
        .args(["-f", "jsonl", "-o"])
        .arg(&output)
        .arg(folder.path()));
    let _ = first.kill();
    first.wait().unwrap();
    assert_eq!(second.code, 2);
    assert!(
        second.stderr.contains("another scan is writing to it"),
        "{}",
        second.stderr
    );
}
