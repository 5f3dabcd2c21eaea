//! The first minute with the command.

use crate::harness::{bare, run};

#[test]
fn without_a_word_it_shows_three_commands() {
    let nothing = run(&mut bare());
    assert_eq!((nothing.code, nothing.stdout.as_str()), (2, ""));
    let shown = nothing.stderr.lines();
    let commands: Vec<&str> = shown.filter(|l| l.starts_with("  voxhumana ")).collect();
    assert_eq!(
        commands,
        [
            "  voxhumana scan --demo",
            "  voxhumana --html pages calls/",
            "  voxhumana watch calls/ --output results.jsonl"
        ]
    );
    assert!(nothing.stderr.ends_with("voxhumana --help has the rest.\n"));
}

#[test]
fn the_demo_scans_the_call_that_comes_with_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(bare().current_dir(folder.path()).args([
        "scan",
        "--demo",
        "--html",
        "pages",
        "--html-all",
    ]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("sample-call.wav  0:29"),
        "{}",
        ran.stdout
    );
    // Both verdicts, each the right one, by the bundled model.
    let verdicts: Vec<&str> = ran.stdout.lines().skip(1).collect();
    assert_eq!(verdicts.len(), 2, "{}", ran.stdout);
    assert!(
        verdicts[0].starts_with("  left   synthetic "),
        "{}",
        ran.stdout
    );
    assert!(
        verdicts[1].starts_with("  right  bona fide "),
        "{}",
        ran.stdout
    );
    // What is wrong about it.
    assert!(
        ran.stderr.contains("chosen since both verdicts are right"),
        "{}",
        ran.stderr
    );
    let page = std::fs::read_dir(folder.path().join("pages")).unwrap();
    let page = page.map(|e| e.unwrap().path());
    let page = page
        .into_iter()
        .find(|p| !p.ends_with("index.html"))
        .unwrap();
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("data:image/png") && page.contains("sample-call.wav"));
    // The same as of the file, and it is gone afterwards.
    let temporary = tempfile::tempdir().unwrap();
    let quiet = run(bare()
        .env("TMPDIR", temporary.path())
        .args(["--demo", "--quiet", "-f", "jsonl"]));
    assert_eq!(quiet.stderr, "");
    let lines = quiet.lines();
    let sample = run(bare().current_dir(crate::harness::REPOSITORY).args([
        "-f",
        "jsonl",
        "examples/data/sample-call.wav",
    ]));
    assert_eq!(lines[0]["data"]["path"], "sample-call.wav");
    for field in ["sha256", "scan_key", "channels", "verdict"] {
        assert_eq!(
            lines[0]["data"][field],
            sample.lines()[0]["data"][field],
            "{field}"
        );
    }
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
    let both = run(bare().args(["scan", "--demo", "call.wav"]));
    assert_eq!(both.code, 2);
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
    let nowhere = run(bare().env("TMPDIR", "/nowhere").args(["scan", "--demo"]));
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("set TMPDIR"), "{}", nowhere.stderr);
}
