//! Exit codes by choice, flags from a file, how much is said.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::common::{RATE, voice, write_wav};
use crate::harness::{bare, folder, run, scan};

/// The usual folder, with a recording too short for a verdict.
fn with_a_short_one() -> TempDir {
    let folder = folder();
    write_wav(&folder.path().join("short.wav"), RATE, &[&voice(0.8, 3)]);
    folder
}

/// A scan of `inputs` in `folder`, started there.
fn within(folder: &Path, line: &[&str]) -> Command {
    let mut command = scan();
    command.current_dir(folder).args(line);
    command
}

#[test]
fn fail_on_chooses_what_fails() {
    let folder = with_a_short_one();
    let code = |fail_on: &[&str], file: &str| {
        let ran = run(within(folder.path(), &["-f", "csv", file]).args(fail_on));
        assert!(ran.stdout.contains(file), "{}", ran.stderr);
        ran.code
    };
    let files = ["human.wav", "machine.wav", "short.wav"];
    for (fail_on, expected) in [
        (&[][..], [0, 1, 0]),
        (&["--fail-on", "synthetic"], [0, 1, 0]),
        (&["--fail-on", "inconclusive"], [0, 0, 1]),
        (&["--fail-on", "synthetic,inconclusive"], [0, 1, 1]),
        (
            &["--fail-on", "synthetic", "--fail-on", "inconclusive"],
            [0, 1, 1],
        ),
        (&["--fail-on", "none"], [0, 0, 0]),
    ] {
        assert_eq!(
            files.map(|file| code(fail_on, file)),
            expected,
            "{fail_on:?}"
        );
    }
    let missing = within(folder.path(), &["--fail-on", "none", "no.wav"]).output();
    assert_eq!(missing.unwrap().status.code(), Some(2));
    let unknown = run(&mut within(
        folder.path(),
        &["--fail-on", "fake", "human.wav"],
    ));
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .stderr
            .contains("synthetic, inconclusive, declared-synthetic, none"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_file_gives_flags_and_the_command_line_wins() {
    let folder = with_a_short_one();
    let config = folder.path().join("office.toml");
    fs::write(
        &config,
        "# Of our office.\n\
         format = \"jsonl\"\n\
         threshold = -1000\n\
         channels = [\"agent\", \"caller\"]\n\
         fail-on = [\"inconclusive\"]\n\
         exclude = [\"machine.wav\", \"human.*\"]\n\
         quiet = true\n\
         jobs = 1\n\
         output = \"out.jsonl\"\n",
    )
    .unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let with = |more: &[&str]| {
        let _ = fs::remove_file(folder.path().join("out.jsonl"));
        let ran = run(within(elsewhere.path(), &["--config"])
            .arg(&config)
            .args(more)
            .arg(folder.path()));
        let written = fs::read_to_string(folder.path().join("out.jsonl"));
        (ran, written.unwrap_or_default())
    };
    // The path in the file starts from the file.
    let (ran, text) = with(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{text}");
    let lines = crate::harness::json_lines(&text);
    assert_eq!(lines.len(), 3, "the call, the short one and the summary");
    assert_eq!(lines[0]["data"]["operating_point"], "custom");
    assert_eq!(lines[0]["data"]["channels"][1]["name"], "caller");
    assert_eq!(lines[0]["data"]["verdict"], "bona_fide");

    // One value replaces, also a list; a switch is switched off; what excludes a flag of the file
    // puts it aside.
    let (ran, text) = with(&[
        "-t",
        "balanced",
        "--fail-on",
        "synthetic",
        "--no-quiet",
        "--mix",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("2 recordings: "), "{}", ran.stderr);
    let lines = crate::harness::json_lines(&text);
    assert_eq!(lines[0]["data"]["operating_point"], "balanced");
    assert_eq!(lines[0]["data"]["channels"][0]["name"], "mix");
    let (ran, _) = with(&["--verbose"]);
    assert!(ran.stderr.contains("threshold   custom"), "{}", ran.stderr);

    // What a flag of the command line needs may stand in the file.
    let (ran, text) = with(&["--resume"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn the_environment_names_a_file_for_every_scan() {
    let folder = folder();
    fs::write(folder.path().join("c.toml"), "format = \"csv\"\n").unwrap();
    fs::write(folder.path().join("d.toml"), "format = \"jsonl\"\n").unwrap();
    let of = |line: &[&str]| run(within(folder.path(), line).env("VOXHUMANA_CONFIG", "c.toml"));
    assert!(of(&["human.wav"]).stdout.starts_with("path,status,"));
    let other = of(&["--config", "d.toml", "human.wav"]);
    assert!(other.stdout.starts_with("{\"type\""), "{}", other.stderr);
    let verb = run(bare().arg("man").env("VOXHUMANA_CONFIG", "nowhere.toml"));
    assert_eq!(
        verb.code, 0,
        "a verb takes no flags of a scan: {}",
        verb.stderr
    );
}

#[test]
fn a_wrong_file_is_named_with_what_is_wrong_in_it() {
    let folder = folder();
    for (text, expected) in [
        (
            "treshold = 1\n",
            "unknown key `treshold`; accepted: format, output",
        ),
        ("config = \"b.toml\"\n", "unknown key `config`"),
        ("no-mix = true\n", "unknown key `no-mix`"),
        ("mix = \"yes\"\n", "mix: write true or false"),
        ("jobs = true\n", "jobs: write a text, a number"),
        ("format = \"xml\"\n", "possible values: table, jsonl"),
        ("jobs = 0\n", "0 is not in 1.."),
        ("jobs = [1, 2]\n", "cannot be used multiple times"),
        (
            "mix = true\nchannels = [\"a\", \"b\"]\n",
            "cannot be used with",
        ),
        ("format = jsonl\n", "not TOML"),
    ] {
        fs::write(folder.path().join("bad.toml"), text).unwrap();
        let ran = run(&mut within(
            folder.path(),
            &["--config", "bad.toml", "human.wav"],
        ));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        let start = ran.stderr.starts_with("error: bad.toml: ");
        assert!(
            start && ran.stderr.contains(expected),
            "{text}: {}",
            ran.stderr
        );
    }
    let none = run(&mut within(
        folder.path(),
        &["--config", "no.toml", "human.wav"],
    ));
    assert_eq!(none.code, 2);
    assert!(
        none.stderr.contains("no.toml: cannot be read"),
        "{}",
        none.stderr
    );
}

#[test]
fn quiet_says_only_errors_and_verbose_says_what_is_done() {
    let folder = folder();
    let of = |line: &[&str]| run(&mut within(folder.path(), line));
    let quiet = of(&["-q", "-f", "csv", "human.wav"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    let failed = of(&["-q", "-f", "csv", "no.wav"]);
    assert!(failed.stderr.starts_with("error: ") && failed.stderr.lines().count() == 1);
    let verbose = of(&["-v", "-j", "1", "-f", "csv", "."]);
    assert_eq!(verbose.stdout, of(&["-j", "1", "-f", "csv", "."]).stdout);
    for part in [
        "tiny",
        "sha256",
        "balanced",
        "recordings  3",
        "human voices",
    ] {
        assert!(verbose.stderr.contains(part), "{part}: {}", verbose.stderr);
    }
    assert_eq!(of(&["-q", "-v", "human.wav"]).code, 2);
}

#[test]
fn colours_can_be_forced_and_no_color_forbids_them() {
    let folder = folder();
    let mut command = within(folder.path(), &["machine.wav"]);
    let coloured = run(command.env("CLICOLOR_FORCE", "1"));
    assert!(coloured.stdout.contains("\x1b["));
    let plain = run(command.env("NO_COLOR", "1"));
    assert!(!plain.stdout.contains('\x1b') && !plain.stderr.contains('\x1b'));
}
