//! The pages in a real browser; `cli/tests/browser/pages.mjs` uses them as a person does.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{run, scan, write_junk};

/// What the test needs, or what of it is missing. `npm ci` in cli/tests/browser installs its share;
/// Debian has the rest in the packages chromium and nodejs. `CHROMIUM` names another browser of the
/// family.
fn browser() -> Result<PathBuf, &'static str> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules");
    if !scripts.is_dir() {
        return Err("`npm ci` in cli/tests/browser was not run");
    }
    if Command::new("node").arg("--version").output().is_err() {
        return Err("there is no node");
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .or(installed)
        .ok_or("there is no chromium")
}

/// A call whose left side turns into a machine after half of it, and recordings with every other
/// outcome.
fn make(folder: &Path) {
    let calls = folder.join("calls");
    fs::create_dir(&calls).unwrap();
    let mut left = voice(12.0, 1);
    left.extend(marked(12.0, 2));
    let call = folder.join("call.wav");
    write_wav(&call, RATE, &[&left, &voice(24.0, 3)]);
    fs::copy(&call, calls.join("call.wav")).unwrap();
    write_wav(&calls.join("human.wav"), RATE, &[&voice(8.0, 4)]);
    write_wav(&calls.join("silence.wav"), RATE, &[&vec![0.0; 32_000]]);
    write_junk(&calls.join("junk.wav"));
    write_junk(&folder.join("junk.wav"));
    let pages = |name: &str, flags: &[&str], input: &Path| {
        let ran = run(scan()
            .args(flags)
            .arg("--html")
            .arg(folder.join(name))
            .arg(input));
        assert!(
            folder.join(name).join("index.html").exists(),
            "{}",
            ran.stderr
        );
    };
    pages("plain", &["--html-all"], &calls);
    pages("embedded", &["--html-audio"], &call);
    pages("chinese", &["--html-all", "--lang", "zh-CN"], &calls);
}

#[test]
fn pages_work_in_a_browser() {
    let chromium = match browser() {
        Ok(chromium) => chromium,
        Err(missing) => {
            assert!(
                env::var_os("VOXHUMANA_BROWSER_TESTS").is_none(),
                "{missing}"
            );
            println!("skipped: {missing}; with VOXHUMANA_BROWSER_TESTS=1 this fails");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let output = Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/browser/pages.mjs"
        ))
        .arg(chromium)
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
