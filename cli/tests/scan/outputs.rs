//! Nothing is written over a recording, or over what a command reads.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Ran, bare, folder, json_lines, run, scan};

/// The command in `folder`.
fn within(folder: &Path, line: &[&str]) -> Ran {
    run(scan().current_dir(folder).args(line))
}

/// All files below a folder with their bytes.
fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Runs what must be refused: exit code 2, the words, and every file as it was.
fn refused(folder: &Path, line: &[&str], words: &[&str]) {
    let before = contents(folder);
    let ran = within(folder, line);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (2, ""),
        "{line:?}: {}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{line:?}: {}", ran.stderr);
    for word in words {
        assert!(
            ran.stderr.contains(word),
            "{line:?}: {word}: {}",
            ran.stderr
        );
    }
    assert!(contents(folder) == before, "{line:?} changed a file");
}

#[test]
fn what_a_shell_puts_behind_o_is_left_as_it_is() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, bytes) in [
        ("cut.wav", &b"RIFF\x24\0\0\0WAVE"[..]),
        ("headerless", &[0xff; 4_000]),
        ("call.ulaw", &[0xd5; 4_000]),
        ("tagless.dat", b"\xff\xfb\x90\x64\0\0\0\0"),
        ("voice.txt", b"#!AMR\n\x3c\x08\x55\xff"),
        ("phone.csv", b"\0\0\0\x18ftypM4A \0\0\0\0"),
    ] {
        fs::write(at(name), bytes).unwrap();
        refused(
            folder.path(),
            &["-o", name, "human.wav"],
            &[name, "left as it is"],
        );
        refused(
            folder.path(),
            &["-f", "csv", "human.wav", "-o", name],
            &["*.wav"],
        );
    }
    refused(
        folder.path(),
        &["-o", "human.wav", "machine.wav", "calls/call.wav"],
        &[
            "human.wav: is a recording (WAV)",
            "-o",
            "results.jsonl *.wav",
        ],
    );
    refused(
        folder.path(),
        &["-o", "human.wav", "human.wav"],
        &["is a recording"],
    );
    refused(
        folder.path(),
        &["--resume", "-f", "jsonl", "-o", "human.wav", "machine.wav"],
        &["is a recording"],
    );
    fs::write(at("c.toml"), "output = \"machine.wav\"\n").unwrap();
    refused(
        folder.path(),
        &["--config", "c.toml", "human.wav"],
        &["machine.wav: is a recording"],
    );
    // By another name.
    fs::hard_link(at("human.wav"), at("other.jsonl")).unwrap();
    refused(
        folder.path(),
        &["-o", "other.jsonl", "machine.wav"],
        &["is a recording"],
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("human.wav", at("link.jsonl")).unwrap();
        refused(
            folder.path(),
            &["-o", "link.jsonl", "machine.wav"],
            &["is a recording"],
        );
    }
}

#[test]
fn what_is_read_is_not_written() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("c.toml"), "quiet = true\n").unwrap();
    fs::write(at("not-yet.txt"), "").unwrap();
    for line in [
        &["--config", "c.toml", "-o", "c.toml", "human.wav"][..],
        &["--config", "c.toml", "-o", "./calls/../c.toml", "human.wav"],
        &["-o", "not-yet.txt", "not-yet.txt"],
        &["-o", "nowhere.txt", "nowhere.txt"],
    ] {
        refused(folder.path(), line, &["is read by this command"]);
    }
    fs::write(at("old.jsonl"), "").unwrap();
    refused(
        folder.path(),
        &["-o", "old.jsonl", "--evidence", "./old.jsonl", "human.wav"],
        &["is given for --output and for --evidence"],
    );
    refused(
        folder.path(),
        &["-o", "calls", "human.wav"],
        &["calls: is a folder"],
    );
}

#[test]
fn results_in_a_folder_that_is_taken_in_whole_are_no_recordings() {
    let folder = folder();
    let line = [
        "--raw-codec",
        "slin",
        "-q",
        "-f",
        "jsonl",
        "-o",
        "r.jsonl",
        ".",
    ];
    for _ in 0..2 {
        let ran = within(folder.path(), &line);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let lines = json_lines(&fs::read_to_string(folder.path().join("r.jsonl")).unwrap());
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn folders_of_recordings_stay_as_they_are() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("telephone/sub")).unwrap();
    fs::write(at("telephone/sub/1.ulaw"), [0xff; 4_000]).unwrap();
    for flag in ["--html", "--labels"] {
        for target in [".", "calls", "telephone"] {
            refused(
                folder.path(),
                &[flag, target, "human.wav"],
                &["is a folder of recordings", flag, "a folder of its own"],
            );
        }
        refused(
            folder.path(),
            &[flag, "human.wav", "machine.wav"],
            &["is a file"],
        );
        fs::create_dir_all(at("notes")).unwrap();
        fs::write(at("notes/x.txt"), "no recording").unwrap();
        refused(
            folder.path(),
            &[flag, "notes", "notes"],
            &["is read by this command"],
        );
        // One of its own, beside them or below.
        for target in ["notes", "calls/of-calls", "new"] {
            let ran = within(folder.path(), &[flag, target, "human.wav"]);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            fs::remove_dir_all(at(target)).unwrap();
        }
    }
    refused(
        folder.path(),
        &["--html", "both", "--labels", "both", "human.wav"],
        &["is given for --html and for --labels"],
    );
}

#[test]
fn a_recording_where_a_page_or_a_track_belongs_is_not_replaced() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let ran = within(folder.path(), &["-q", "--labels", "marks", "human.wav"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let track = at("marks/human.wav.labels.txt");
    // As headerless samples, which a folder of tracks may well hold under no name of their own.
    fs::write(&track, [0xff; 4_000]).unwrap();
    let again = within(folder.path(), &["-q", "--labels", "marks", "human.wav"]);
    assert_eq!(again.code, 2);
    assert!(again.stdout.contains("left as it is"), "{}", again.stdout);
    assert_eq!(fs::read(&track).unwrap(), [0xff; 4_000]);
}

#[test]
fn an_index_of_somebody_else_is_not_replaced() {
    let folder = folder();
    let site = folder.path().join("site");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("index.html"), "<h1>Our company</h1>").unwrap();
    let line = ["human.wav", "--html", "site"];
    refused(folder.path(), &line, &["index.html", "--html pages"]);
    fs::remove_file(site.join("index.html")).unwrap();
    // Its own is.
    for _ in 0..2 {
        let ran = within(folder.path(), &line);
        assert!(ran.code < 2, "{}", ran.stderr);
    }
}

#[test]
fn evaluate_writes_over_no_recording_and_no_list() {
    let folder = folder();
    fs::write(
        folder.path().join("list.csv"),
        "file,label,score\na,bonafide,1\nb,spoof,-1\nc,bonafide,2\nd,spoof,-2\n",
    )
    .unwrap();
    let evaluate = |line: &[&str]| {
        let all = [&["evaluate", "list.csv", "--resamples", "10"], line].concat();
        run(bare().current_dir(folder.path()).args(all))
    };
    let before = contents(folder.path());
    for flag in ["--json", "--write-scores", "--picture"] {
        for target in ["human.wav", "list.csv", "calls"] {
            let ran = evaluate(&[flag, target]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{flag} {target}");
            assert!(ran.stderr.contains(flag), "{}", ran.stderr);
            assert!(contents(folder.path()) == before, "{flag} {target}");
        }
        let ran = evaluate(&[flag, "new.out"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        fs::remove_file(folder.path().join("new.out")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_take_results() {
    let folder = folder();
    let null = within(folder.path(), &["-o", "/dev/null", "human.wav"]);
    assert_eq!(
        (null.code, null.stdout.as_str()),
        (0, ""),
        "{}",
        null.stderr
    );
    for name in ["/dev/stdout", "/dev/fd/1", "-"] {
        let ran = within(folder.path(), &["-f", "jsonl", "-o", name, "human.wav"]);
        assert_eq!(
            (ran.code, ran.lines().len()),
            (0, 2),
            "{name}: {}",
            ran.stderr
        );
    }
    let resumed = within(
        folder.path(),
        &["-f", "jsonl", "--resume", "-o", "/dev/null", "human.wav"],
    );
    assert_eq!(resumed.code, 2);
    assert!(
        resumed.stderr.contains("cannot be read again"),
        "{}",
        resumed.stderr
    );

    let Ok(made) = Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status()
    else {
        println!("skipped: no mkfifo");
        return;
    };
    assert!(made.success());
    let reader = Command::new("cat")
        .arg(folder.path().join("pipe"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let ran = within(folder.path(), &["-f", "jsonl", "-o", "pipe", "human.wav"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let read = reader.wait_with_output().unwrap().stdout;
    assert_eq!(json_lines(&String::from_utf8(read).unwrap()).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_shell_may_take_results_and_evidence_through_its_own_pipes() {
    let folder = folder();
    let shell = |script: &str| {
        let tiny = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");
        let scan = format!(
            "v() {{ '{}' scan --model '{tiny}' --runtime tract \"$@\"; }}; {script}",
            crate::harness::PROGRAM
        );
        Command::new("bash")
            .args(["-c", &scan])
            .current_dir(folder.path())
            .output()
    };
    let Ok(ran) = shell(
        "v -f jsonl -o >(cat > r.jsonl; touch done) human.wav; \
                         while [ ! -e done ]; do sleep 0.01; done",
    ) else {
        println!("skipped: no bash");
        return;
    };
    assert!(ran.stdout.is_empty(), "{ran:?}");
    let text = fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    assert_eq!(json_lines(&text).len(), 2, "{ran:?}");
    // What a file that standard output goes to holds already stays.
    let ran = shell("echo first > all; v -f csv -o /dev/stdout human.wav >> all").unwrap();
    let text = fs::read_to_string(folder.path().join("all")).unwrap();
    assert!(text.starts_with("first\npath,status,"), "{text}: {ran:?}");
    let ran = shell("v -q -o /dev/null --evidence /dev/stdout human.wav").unwrap();
    let record: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(record["type"], "evidence");
}
