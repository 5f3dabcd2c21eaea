//! `voxhumana watch`: what arrives is scanned once, whatever happens.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{bare, json_lines, run, write_junk};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");

/// Longer than anything takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A watcher of the folder `calls` in `at`, which is ended with this.
struct Watcher(Child);

impl Watcher {
    fn start(at: &Path, line: &[&str]) -> Self {
        Self(command(at, line).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// As a machine that loses its power.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// As a service is stopped; what it said.
    #[cfg(unix)]
    fn stop(self, signal: &str) -> String {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let mut this = std::mem::ManuallyDrop::new(self);
        let mut said = String::new();
        let mut stderr = this.0.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
        let ended = this.0.wait().unwrap();
        assert_eq!(ended.code(), Some(0), "{said}");
        said
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(at: &Path, line: &[&str]) -> Command {
    let mut command = bare();
    command
        .current_dir(at)
        .args(["watch", "calls", "--model", TINY, "--runtime", "tract"])
        .args(["-o", "r.jsonl", "--status", "status.json", "--every", "0.1"])
        .args(line);
    if !line.contains(&"--settle") {
        command.args(["--settle", "0.4"]);
    }
    command
}

/// An empty folder `calls` in a folder.
fn spool() -> TempDir {
    let at = tempfile::tempdir().unwrap();
    fs::create_dir(at.path().join("calls")).unwrap();
    at
}

fn arrive(at: &Path, name: &str, seed: u64) {
    write_wav(&at.join("calls").join(name), RATE, &[&voice(6.0, seed)]);
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn text(at: &Path) -> String {
    fs::read_to_string(at.join("r.jsonl")).unwrap_or_default()
}

/// Paths of the results, by name.
fn paths(at: &Path) -> Vec<String> {
    let of = |line: &Value| line["data"]["path"].as_str().unwrap().to_owned();
    let mut paths: Vec<String> = json_lines(&text(at)).iter().map(of).collect();
    paths.sort();
    paths
}

fn until_lines(at: &Path, n: usize) {
    let what = format!("{n} lines");
    until(&what, || text(at).matches('\n').count() >= n);
}

/// Until a watcher that looks anew has nothing to do.
fn until_idle(at: &Path) {
    let _ = fs::remove_file(at.join("status.json"));
    until("nothing to do", || {
        let status = fs::read(at.join("status.json")).unwrap_or_default();
        let status: Value = serde_json::from_slice(&status).unwrap_or_default();
        status["waiting"] == 0 && status["growing"] == 0
    });
}

/// Pages, but for the index and what was being written when a watcher was killed.
fn html_files(at: &Path) -> usize {
    let files = fs::read_dir(at.join("pages")).unwrap();
    let names = files.map(|e| e.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(".html") && name != "index.html")
        .count()
}

#[test]
fn what_arrives_is_scanned_once_with_its_page() {
    let at = spool();
    let at = at.path();
    arrive(at, "first.wav", 1);
    let flags = ["--html", "pages", "--windows"];
    let watcher = Watcher::start(at, &flags);
    until_lines(at, 1);
    fs::create_dir(at.join("calls/sub")).unwrap();
    write_wav(&at.join("calls/sub/machine.wav"), RATE, &[&marked(6.0, 2)]);
    write_junk(&at.join("calls/junk.wav"));
    fs::write(at.join("calls/notes.txt"), "none").unwrap();
    until_lines(at, 3);
    until("an index of both", || {
        let index = fs::read_to_string(at.join("pages/index.html")).unwrap_or_default();
        index.contains("machine.wav") && index.contains("junk.wav")
    });
    until_idle(at);
    let status = fs::read_to_string(at.join("status.json")).unwrap();
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        (&status["recordings"], &status["errors"]),
        (&3.into(), &1.into())
    );
    let expected = ["calls/first.wav", "calls/junk.wav", "calls/sub/machine.wav"];
    assert_eq!(paths(at), expected);
    assert_eq!(html_files(at), 1, "of the machine alone");
    // As a scan has them.
    let scanned = run(bare()
        .current_dir(at)
        .args(["scan", "-f", "jsonl", "--windows", "--model", TINY])
        .args(["--runtime", "tract", "calls"]));
    let key = |line: &Value| line["data"]["path"].to_string();
    let mut scanned = scanned.lines();
    scanned.pop();
    let mut watched = json_lines(&text(at));
    scanned.sort_by_key(key);
    watched.sort_by_key(key);
    assert_eq!(watched, scanned);
    // A file that changes is another recording: its last line counts.
    write_wav(&at.join("calls/sub/machine.wav"), RATE, &[&voice(7.0, 2)]);
    until_lines(at, 4);
    until("the page is gone", || html_files(at) == 0);
    #[cfg(unix)]
    {
        let said = watcher.stop("-TERM");
        assert!(
            said.contains("calls/sub/machine.wav: synthetic\n"),
            "{said}"
        );
        assert!(
            said.contains("stopped: 4 recordings since the start, 1 synth"),
            "{said}"
        );
    }
    // Nothing was moved.
    assert!(expected.iter().all(|path| at.join(path).is_file()));
    let again = Watcher::start(at, &flags);
    until_idle(at);
    again.kill();
    assert_eq!(paths(at).len(), 4);
}

#[test]
fn a_file_that_grows_waits() {
    let at = spool();
    let at = at.path();
    arrive(at, "whole.wav", 1);
    let bytes = fs::read(at.join("calls/whole.wav")).unwrap();
    fs::remove_file(at.join("calls/whole.wav")).unwrap();
    let watcher = Watcher::start(at, &["--settle", "5"]);
    let mut file = File::create(at.join("calls/call.wav")).unwrap();
    let start = Instant::now();
    for part in bytes.chunks(bytes.len() / 14) {
        file.write_all(part).unwrap();
        file.flush().unwrap();
        thread::sleep(Duration::from_millis(450));
        assert_eq!(text(at), "", "read in the middle");
    }
    assert!(
        start.elapsed() > Duration::from_secs(5),
        "longer than it must stay as it is"
    );
    // A name that is given at the end is no second file.
    fs::rename(at.join("calls/call.wav"), at.join("calls/final.wav")).unwrap();
    until_lines(at, 1);
    until_idle(at);
    watcher.kill();
    let lines = json_lines(&text(at));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["data"]["path"], "calls/final.wav");
    assert_eq!(lines[0]["data"]["truncated"], false);
    assert_eq!(lines[0]["data"]["duration_s"], 6.0);
}

#[test]
fn kills_repeat_nothing_and_lose_nothing() {
    let at = spool();
    let at = at.path();
    for i in 0..16 {
        arrive(at, &format!("call-{i:02}.wav"), i);
    }
    // Killed again and again, at moments that differ, until all is done.
    let mut kills = 0;
    let start = Instant::now();
    while text(at).matches('\n').count() < 16 {
        assert!(
            start.elapsed() < 3 * PATIENCE,
            "{kills} kills, {}",
            text(at).len()
        );
        let before = text(at).len();
        let watcher = Watcher::start(at, &["--settle", "0.1", "-q", "--jobs", "2"]);
        until("a line more", || text(at).len() > before);
        thread::sleep(Duration::from_millis(kills * 13 % 80));
        watcher.kill();
        kills += 1;
    }
    let last = Watcher::start(at, &["-q"]);
    until_idle(at);
    last.kill();
    let expected: Vec<String> = (0..16).map(|i| format!("calls/call-{i:02}.wav")).collect();
    assert_eq!(paths(at), expected, "after {kills} kills");
    assert!(kills >= 2, "{kills}");
}

#[test]
fn a_kill_between_line_and_state_repeats_nothing() {
    let at = spool();
    let at = at.path();
    write_wav(&at.join("calls/a.wav"), RATE, &[&marked(6.0, 1)]);
    let watcher = Watcher::start(at, &["--html", "pages"]);
    until_lines(at, 1);
    watcher.kill();
    // As if it was killed before the state had it, while it wrote the next line.
    fs::remove_file(at.join("r.jsonl.state")).unwrap();
    let whole = text(at);
    fs::write(at.join("r.jsonl"), whole.clone() + &whole[..100]).unwrap();
    let again = Watcher::start(at, &["--html", "pages"]);
    until("the part is gone", || text(at) == whole);
    arrive(at, "b.wav", 2);
    until_lines(at, 2);
    until_idle(at);
    again.kill();
    assert_eq!(paths(at), ["calls/a.wav", "calls/b.wav"]);
    let index = fs::read_to_string(at.join("pages/index.html")).unwrap();
    assert!(index.contains("a.wav"), "its page is on the index again");
}

#[test]
fn old_pages_go_and_results_stay() {
    let at = spool();
    let at = at.path();
    // Twelve seconds.
    let flags = ["--html", "pages", "--html-all", "--keep-pages", "0.000139"];
    let watcher = Watcher::start(at, &flags);
    arrive(at, "old.wav", 1);
    until_lines(at, 1);
    until("a page", || html_files(at) == 1);
    fs::write(at.join("pages/not-ours.html"), "kept").unwrap();
    until("no page", || html_files(at) == 1);
    until("an index without it", || {
        let index = fs::read_to_string(at.join("pages/index.html")).unwrap_or_default();
        !index.is_empty() && !index.contains("old.wav")
    });
    assert!(at.join("pages/not-ours.html").is_file());
    arrive(at, "new.wav", 2);
    until_lines(at, 2);
    watcher.kill();
    // The time also runs while it does not.
    thread::sleep(Duration::from_secs(13));
    let again = Watcher::start(at, &flags);
    until("no page of a run before", || html_files(at) == 1);
    again.kill();
    assert_eq!(paths(at), ["calls/new.wav", "calls/old.wav"]);
}

#[test]
fn results_may_be_moved_away_meanwhile() {
    let at = spool();
    let at = at.path();
    let watcher = Watcher::start(at, &[]);
    arrive(at, "a.wav", 1);
    until_lines(at, 1);
    fs::rename(at.join("r.jsonl"), at.join("r.jsonl.1")).unwrap();
    arrive(at, "b.wav", 2);
    until_lines(at, 1);
    until_idle(at);
    watcher.kill();
    assert_eq!(paths(at), ["calls/b.wav"]);
    let again = Watcher::start(at, &[]);
    until_idle(at);
    again.kill();
    assert_eq!(
        paths(at),
        ["calls/b.wav"],
        "the moved one is not scanned again"
    );
}

/// A share that is gone looks like one in which nothing arrives.
#[test]
fn the_status_says_that_a_folder_is_gone() {
    let at = spool();
    let at = at.path();
    let unreadable = || {
        let status = fs::read(at.join("status.json")).unwrap_or_default();
        let status: Value = serde_json::from_slice(&status).unwrap_or_default();
        status["unreadable_folders"].as_u64()
    };
    let watcher = Watcher::start(at, &[]);
    until("a folder that is there", || unreadable() == Some(0));
    fs::rename(at.join("calls"), at.join("gone")).unwrap();
    until("one that is gone", || unreadable() == Some(1));
    fs::rename(at.join("gone"), at.join("calls")).unwrap();
    until("one that is back", || unreadable() == Some(0));
    watcher.kill();
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let at = spool();
    let at = at.path();
    arrive(at, "a.wav", 1);
    fs::write(at.join("notes.txt"), "no results").unwrap();
    let refused = |line: &[&str], words: &str| {
        let ran = run(bare().current_dir(at).arg("watch").args(line));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{line:?}");
        assert!(ran.stderr.contains(words), "{line:?}: {}", ran.stderr);
    };
    refused(&["calls"], "--output");
    refused(
        &["calls/a.wav", "-o", "r.jsonl"],
        "no folder that can be watched",
    );
    refused(&["none", "-o", "r.jsonl"], "no folder that can be watched");
    refused(&["calls", "-o", "calls/a.wav"], "is a recording");
    refused(&["calls", "-o", "notes.txt"], "holds no results");
    refused(
        &["calls", "-o", "r.jsonl", "--status", "notes.txt"],
        "no status of this program",
    );
    refused(&["calls", "-o", "-"], "give --state a file");
    refused(
        &["calls", "-o", "r.jsonl", "--state", "notes.txt"],
        "no state of",
    );
    refused(
        &["calls", "-o", "r.jsonl", "--html", "calls"],
        "folder of recordings",
    );
    refused(&["calls", "-o", "r.jsonl", "--keep-pages", "3"], "--html");
    refused(
        &["calls", "-o", "r.jsonl", "--settle", "0"],
        "a number of seconds",
    );
    assert_eq!(
        fs::read_to_string(at.join("notes.txt")).unwrap(),
        "no results"
    );
    let watcher = Watcher::start(at, &[]);
    until_lines(at, 1);
    let second = run(&mut command(at, &[]));
    assert_eq!(second.code, 2);
    assert!(
        second.stderr.contains("another voxhumana watch"),
        "{}",
        second.stderr
    );
    drop(watcher);
}

#[test]
fn flags_come_from_a_file() {
    let at = spool();
    let at = at.path();
    fs::write(at.join("w.toml"), "threshold = 1000\nhtml = \"pages\"\n").unwrap();
    arrive(at, "a.wav", 1);
    let watcher = Watcher::start(at, &["--config", "w.toml"]);
    until_lines(at, 1);
    watcher.kill();
    assert_eq!(json_lines(&text(at))[0]["data"]["verdict"], "synthetic");
    assert_eq!(html_files(at), 1);
}
