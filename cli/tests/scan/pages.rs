//! `--html`: which pages there are, and what becomes of them when things go wrong.

use std::fs;
use std::path::Path;

use crate::common::{RATE, marked, voice, write_wav};
use crate::harness::{folder, json_lines, run, scan, write_junk};

/// The names in a folder, in order; nothing if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn read(folder: &Path, start: &str) -> String {
    let all = names(folder);
    let name = all.iter().find(|name| name.starts_with(start));
    let name = name.unwrap_or_else(|| panic!("no {start}... among {all:?}"));
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn what_is_flagged_gets_a_page_and_everything_is_on_the_index() {
    let calls = folder();
    write_junk(&calls.path().join("junk.wav"));
    let pages = calls.path().join("pages");
    let ran = run(scan().arg("--html").arg(&pages).arg(calls.path()));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(names(&pages).len(), 3, "{:?}", names(&pages));

    let call = read(&pages, "call-wav-");
    for fact in [
        "Sounds machine-made: right (1 of 2 channels).",
        "data:image/png;base64,",
        "data-start=",
        "16000 Hz",
    ] {
        assert!(call.contains(fact), "{fact}");
    }
    assert!(!call.contains("data:audio"));
    let index = read(&pages, "index.html");
    for listed in [
        "human.wav",
        "machine.wav",
        "call.wav",
        "junk.wav",
        "href=\"machine-wav-",
    ] {
        assert!(index.contains(listed), "{listed}");
    }
    assert!(!index.contains("href=\"human-wav-"));

    let all = calls.path().join("all");
    let ran = run(scan()
        .args(["--html-all", "--lang", "zh-CN", "--html"])
        .arg(&all)
        .arg(calls.path()));
    assert_eq!(ran.code, 2);
    assert_eq!(names(&all).len(), 4);
    assert!(read(&all, "human-wav-").contains("<html lang=\"zh-CN\">"));
}

#[test]
fn equal_names_in_different_folders_get_pages_of_their_own() {
    let calls = tempfile::tempdir().unwrap();
    for (name, seed) in [("a", 1), ("b", 2)] {
        fs::create_dir(calls.path().join(name)).unwrap();
        let path = calls.path().join(name).join("x <b>.wav");
        write_wav(&path, RATE, &[&marked(6.0, seed)]);
    }
    let pages = calls.path().join("pages");
    let ran = run(scan().arg("--html").arg(&pages).arg(calls.path()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(names(&pages).len(), 3, "{:?}", names(&pages));
    assert!(!read(&pages, "x--b--wav").contains("<b>.wav"));
}

#[test]
fn the_recording_is_inside_on_request_as_it_is_or_as_wav() {
    let calls = tempfile::tempdir().unwrap();
    write_wav(&calls.path().join("a.wav"), RATE, &[&marked(6.0, 1)]);
    let bytes: Vec<u8> = marked(6.0, 2)
        .iter()
        .flat_map(|x| ((x * 32_767.0) as i16).to_le_bytes())
        .collect();
    fs::write(calls.path().join("b.sln16"), bytes).unwrap();
    let pages = calls.path().join("pages");
    let ran = run(scan()
        .args(["--html-audio", "--html"])
        .arg(&pages)
        .arg(calls.path()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    // RIFF in base64.
    for start in ["a-wav-", "b-sln16-"] {
        assert!(read(&pages, start).contains("src=\"data:audio/wav;base64,UklGR"));
    }
}

#[test]
fn resuming_makes_the_pages_that_are_missing_and_lists_all() {
    let calls = folder();
    let pages = calls.path().join("pages");
    let lines = calls.path().join("lines.jsonl");
    let scan_again = || {
        run(scan()
            .args(["-f", "jsonl", "--resume", "-o"])
            .arg(&lines)
            .arg("--html")
            .arg(&pages)
            .arg(calls.path()))
    };
    assert_eq!(scan_again().code, 1);
    let (index, call) = (read(&pages, "index.html"), read(&pages, "call-wav-"));
    fs::remove_dir_all(&pages).unwrap();
    assert_eq!(scan_again().code, 1);
    assert_eq!(read(&pages, "call-wav-"), call);
    assert_eq!(read(&pages, "index.html"), index);
    // Nothing was scanned twice.
    let written = json_lines(&fs::read_to_string(&lines).unwrap());
    assert_eq!(written.last().unwrap()["data"]["resumed"], 3);
    assert_eq!(written.len(), 4);
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_that_names_it() {
    let calls = folder();
    let pages = calls.path().join("pages");
    let once = |extra: &[&str]| {
        run(scan()
            .args(["-f", "jsonl"])
            .args(extra)
            .arg("--html")
            .arg(&pages)
            .arg(calls.path()))
    };
    assert_eq!(once(&[]).code, 1);
    let machine = names(&pages)
        .into_iter()
        .find(|name| name.starts_with("machine-"))
        .unwrap();
    // A folder where the page should be: nobody can write over it, whoever runs the test.
    fs::remove_file(pages.join(&machine)).unwrap();
    fs::create_dir_all(pages.join(&machine).join("in the way")).unwrap();
    let ran = once(&[]);
    assert_eq!(ran.code, 2);
    let lines = ran.lines();
    let failed: Vec<_> = lines
        .iter()
        .filter(|l| l["data"]["status"] == "error")
        .collect();
    assert_eq!(failed.len(), 1);
    let error = failed[0]["data"]["error"].as_str().unwrap();
    assert!(
        error.contains("machine.wav") && error.contains(&machine),
        "{error}"
    );
    assert!(error.contains("check that there is space left"), "{error}");
    // The others are there, and no half file.
    assert!(read(&pages, "index.html").contains("cannot be written"));
    assert!(names(&pages).iter().all(|name| !name.ends_with(".part")));

    let file = calls.path().join("human.wav");
    let ran = run(scan().arg("--html").arg(file.join("x")).arg(&file));
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("--html") && ran.stderr.contains("human.wav"),
        "{}",
        ran.stderr
    );
}

#[test]
fn standard_input_has_a_page_without_a_picture() {
    let calls = tempfile::tempdir().unwrap();
    let path = calls.path().join("a.wav");
    write_wav(&path, RATE, &[&marked(6.0, 1), &voice(6.0, 2)]);
    let pages = calls.path().join("pages");
    let ran = run(scan()
        .arg("--html")
        .arg(&pages)
        .arg("-")
        .stdin(fs::File::open(&path).unwrap()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let page = read(&pages, "recording-");
    assert!(page.contains("There is no picture of the sound") && !page.contains("data:image/png"));
}

#[test]
fn flags_of_pages_need_a_folder_for_them() {
    for flag in [
        ["--html-all"].as_slice(),
        &["--html-audio"],
        &["--lang", "en"],
    ] {
        let ran = run(scan().args(flag).arg("x.wav"));
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("--html <FOLDER>"), "{}", ran.stderr);
    }
    let ran = run(scan().args(["--html", "x", "--lang", "tlh", "x.wav"]));
    assert!(ran.stderr.contains("en, zh-CN"), "{}", ran.stderr);
}
