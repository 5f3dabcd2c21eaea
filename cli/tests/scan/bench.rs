//! `voxhumana bench`.

use crate::harness::{bare, folder, run, write_junk};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");

#[test]
fn a_folder_gives_a_table_for_centres() {
    let folder = folder();
    write_junk(&folder.path().join("junk.wav"));
    let ran = run(bare()
        .args(["bench", "--model", TINY, "--runtime", "tract"])
        .args(["--agents", "10,1000000", "--hours", "8"])
        .arg(folder.path()));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Two of 6 s with one channel, one with two.
    let measured = "measured   3 recordings, 0.3 min of calls, 1.3 channels each, in ";
    assert!(ran.stdout.contains(measured), "{}", ran.stdout);
    let speed = ran.stdout.lines().find(|l| l.starts_with("speed")).unwrap();
    let times: f64 = speed.split_whitespace().nth(7).unwrap().parse().unwrap();
    assert!(times > 1.0, "{speed}");
    let row: Vec<&str> = ran
        .stdout
        .lines()
        .find(|l| l.trim_start().starts_with("1000000 "))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(row[..3], ["1000000", "8000000", "h"], "{}", ran.stdout);
    let work: f64 = row[3].parse().unwrap();
    // The speed is printed as a whole number.
    assert!(
        (work * times / 8e6 - 1.0).abs() < 0.6 / times + 1e-3,
        "{work} {times}"
    );
    assert!(
        ran.stdout.contains("the guide's page on capacity"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("not counted: 1 recording"),
        "{}",
        ran.stderr
    );
    let none = tempfile::tempdir().unwrap();
    let ran = run(bare().arg("bench").arg(none.path()));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no recordings there"), "{}", ran.stderr);
}
