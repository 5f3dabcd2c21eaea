//! What is done instead of a scan.

use std::fs;

use crate::harness::{REPOSITORY, bare, folder, run, scan};

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
fn the_manual_page_has_what_the_help_has() {
    let page = run(bare().arg("man"));
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    assert!(page.stdout.contains(".TH scan 1"), "{}", page.stdout);
    for part in ["threshold", "Examples", "Exit codes", "completions"] {
        assert!(page.stdout.contains(part), "{part}");
    }
}

#[test]
fn a_recording_may_be_called_like_a_verb() {
    let folder = folder();
    fs::copy(folder.path().join("human.wav"), folder.path().join("man")).unwrap();
    let here = |name: &str| {
        let mut command = scan();
        command.current_dir(folder.path()).args(["-f", "csv", name]);
        run(&mut command)
    };
    for name in ["./man", "man"] {
        let ran = here(name);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stdout.contains(&format!("\n{name},ok,")),
            "{}",
            ran.stdout
        );
    }
    // Alone, without options before it, the word is the verb.
    let verb = run(bare().current_dir(folder.path()).arg("man"));
    assert!(verb.stdout.contains(".TH scan"), "{}", verb.stdout);
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
