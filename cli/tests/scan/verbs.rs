//! The verbs, and the scan that needs none.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{REPOSITORY, Ran, bare, folder, run};

const VERBS: [&str; 14] = [
    "scan",
    "watch",
    "report",
    "compare",
    "marks",
    "verify",
    "keygen",
    "model",
    "schema",
    "evaluate",
    "bench",
    "serve",
    "completions",
    "man",
];

/// The command with the tiny model, started in `folder`; its flags stand behind the verb, if any.
fn here(folder: &Path, line: &[&str]) -> Command {
    let mut command = bare();
    command.current_dir(folder).args(line).args([
        "--model",
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx"),
    ]);
    command.args(["--runtime", "tract"]);
    command
}

/// The rows of a CSV for `human.wav`, but for the time they took.
fn verdict(ran: &Ran) -> &str {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("\nhuman.wav,ok,"), "{}", ran.stdout);
    &ran.stdout
}

#[test]
fn a_bare_path_is_a_scan() {
    let folder = folder();
    let with = run(&mut here(
        folder.path(),
        &["scan", "human.wav", "-f", "csv"],
    ));
    let without = run(&mut here(folder.path(), &["human.wav", "-f", "csv"]));
    let flags_first = run(&mut here(folder.path(), &["--format", "csv", "human.wav"]));
    assert_eq!(verdict(&with), verdict(&without));
    assert_eq!(verdict(&with), verdict(&flags_first));
    // What was made for `-f` alone also holds behind the verb: a switch, and a folder.
    let folders = run(&mut here(
        folder.path(),
        &["scan", "-q", "-f", "csv", "calls"],
    ));
    let bare_folder = run(&mut here(folder.path(), &["calls", "-q", "-f", "csv"]));
    assert_eq!((folders.code, folders.stderr.as_str()), (1, ""));
    assert_eq!(folders.stdout, bare_folder.stdout);
}

#[test]
fn flags_from_a_file_need_no_verb_and_take_one() {
    let folder = folder();
    fs::write(folder.path().join("c.toml"), "format = \"csv\"\n").unwrap();
    let lines = [
        &["scan", "--config", "c.toml", "human.wav"][..],
        &["--config", "c.toml", "human.wav"],
        &["human.wav", "--config", "c.toml"],
    ];
    let all = lines.map(|line| run(&mut here(folder.path(), line)));
    for ran in &all {
        assert_eq!(verdict(ran), verdict(&all[0]));
    }
    let variable =
        run(here(folder.path(), &["scan", "human.wav"]).env("VOXHUMANA_CONFIG", "c.toml"));
    assert_eq!(verdict(&variable), verdict(&all[0]));
}

#[test]
fn a_mistyped_verb_gets_a_suggestion() {
    let folder = folder();
    let of = |line: &[&str]| run(bare().current_dir(folder.path()).args(line));
    for (typed, meant) in [("verfy", "verify"), ("scna", "scan"), ("modle", "model")] {
        let ran = of(&[typed, "x"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{typed}");
        let expected = format!(
            "error: {typed}: neither a verb nor a file or folder here; \
             did you mean voxhumana {meant}?\n"
        );
        assert_eq!(ran.stderr, expected);
    }
    // A file is scanned, whatever its name is like; what is named like a file is one.
    let verfy = folder.path().join("verfy");
    fs::copy(folder.path().join("human.wav"), &verfy).unwrap();
    let file = run(&mut here(folder.path(), &["verfy"]));
    assert_eq!(file.code, 0, "{}", file.stderr);
    for missing in ["scan.wav", "./model", "nosuchthing"] {
        let ran = run(&mut here(folder.path(), &[missing]));
        assert_eq!(ran.code, 2);
        assert!(ran.stdout.contains("check its name"), "{}", ran.stdout);
    }
}

#[test]
fn a_recording_may_be_called_like_a_verb() {
    let folder = folder();
    let man = folder.path().join("man");
    fs::copy(folder.path().join("human.wav"), man).unwrap();
    for line in [
        &["./man", "-f", "csv"][..],
        &["-f", "csv", "man"],
        &["scan", "man", "-f", "csv"],
    ] {
        let ran = run(&mut here(folder.path(), line));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("man,ok,"), "{}", ran.stdout);
    }
    // As the first word, it is the verb.
    let verb = run(bare().current_dir(folder.path()).arg("man"));
    assert!(verb.stdout.contains(".TH voxhumana"), "{}", verb.stdout);
}

#[test]
fn help_names_each_verb_and_teaches_it() {
    let (short, long) = (run(bare().arg("-h")), run(bare().arg("--help")));
    assert_eq!((short.code, long.code), (0, 0));
    assert!(short.stdout.lines().count() < 35, "{}", short.stdout);
    assert!(
        short.stdout.contains("\n  voxhumana call.wav "),
        "{}",
        short.stdout
    );
    for verb in VERBS {
        let listed = format!("\n  {verb} ");
        assert!(short.stdout.contains(&listed), "{verb}: {}", short.stdout);
        let by_example = match verb {
            "scan" => "voxhumana call.wav".to_owned(),
            verb => format!("\n  voxhumana {verb} "),
        };
        let with_end = by_example.trim_end().to_owned() + "\n";
        let taught = long.stdout.contains(&by_example) || long.stdout.contains(&with_end);
        assert!(taught, "{verb}: {}", long.stdout);
        let own = run(bare().args([verb, "--help"]));
        assert_eq!(own.code, 0);
        let usage = format!("Usage: voxhumana {verb}");
        assert!(own.stdout.contains(&usage), "{}", own.stdout);
    }
    for part in ["Exit codes:", "no proof of identity"] {
        assert!(long.stdout.contains(part), "{part}");
    }
    // Whatever is asked, no line is wider than the screen that is asked for.
    for verb in VERBS {
        let help = run(bare().args([verb, "--help"])).stdout;
        let wide = help.lines().find(|l| l.chars().count() > 100);
        assert_eq!(wide, None, "{verb}");
    }
}

#[test]
fn completions_know_the_flags_and_the_verbs() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(bare().args(["completions", shell]));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        for word in ["threshold", "resume", "completions"] {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
    let unknown = run(bare().args(["completions", "sh"]));
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("bash"), "{}", unknown.stderr);
}

#[test]
fn bash_completes_flags_without_the_verb() {
    let script = run(bare().args(["completions", "bash"])).stdout;
    let line = "COMP_WORDS=(voxhumana --thr); COMP_CWORD=1; \
                _voxhumana voxhumana --thr voxhumana; echo \"${COMPREPLY[@]}\"";
    let Ok(bash) = Command::new("bash")
        .args(["-c", &format!("{script}\n{line}")])
        .output()
    else {
        println!("skipped: no bash");
        return;
    };
    assert_eq!(
        String::from_utf8(bash.stdout).unwrap().trim(),
        "--threshold"
    );
}

#[test]
fn manual_pages_have_what_the_help_has() {
    let whole = run(bare().arg("man"));
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""));
    assert!(whole.stdout.contains(".TH voxhumana 1"), "{}", whole.stdout);
    for part in ["voxhumana\\-scan(1)", "Exit codes", "completions"] {
        assert!(whole.stdout.contains(part), "{part}: {}", whole.stdout);
    }
    for verb in VERBS {
        let page = run(bare().args(["man", verb]));
        assert_eq!((page.code, page.stderr.as_str()), (0, ""));
        let title = format!(".TH voxhumana-{verb} 1");
        assert!(page.stdout.contains(&title), "{}", page.stdout);
    }
    let scan = run(bare().args(["man", "scan"])).stdout;
    for part in ["threshold", "Examples", "Exit codes"] {
        assert!(scan.contains(part), "{part}");
    }
    let unknown = run(bare().args(["man", "scann"]));
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .stderr
            .contains("accepted: scan, watch, report, compare, marks, verify"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn the_model_is_described_with_its_measured_rates() {
    let bundled = run(bare().arg("model"));
    assert_eq!((bundled.code, bundled.stderr.as_str()), (0, ""));
    let model = voxhumana::Model::bundled(voxhumana::Runtime::default()).unwrap();
    assert!(bundled.stdout.contains(model.sha256()));
    for (name, point) in &model.metadata().operating_points {
        let start = format!("--threshold {name}");
        let rate = format!("flags {:.1} % of human", 100.0 * point.false_alarm_rate);
        let block = bundled.stdout.split("\n\n").find(|b| b.starts_with(&start));
        assert!(block.unwrap().contains(&rate), "{}", bundled.stdout);
    }
    let own = run(bare()
        .args(["model", "tests/fixtures/tiny.onnx"])
        .current_dir(REPOSITORY));
    assert!(own.stdout.contains("model     tiny"), "{}", own.stdout);
    let none = run(bare().args(["model", "README.md"]).current_dir(REPOSITORY));
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("README.md: "), "{}", none.stderr);
}
