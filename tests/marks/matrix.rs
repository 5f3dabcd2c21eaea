//! Containers x schemes x {plain, tampered, copied, truncated, a size that lies, duplicate, lower
//! case, nested, bad UTF-8}: files that `make.py` made with tools that are not ours, and what each
//! declares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use voxhumana::marks::{Declared, Mark, read};

/// A row of `expected.json`.
#[derive(Deserialize)]
struct Expected {
    state: String,
    marks: Vec<ExpectedMark>,
    /// A part of what is said about a part of the file that cannot be seen.
    hidden: Option<String>,
}

#[derive(Deserialize)]
struct ExpectedMark {
    scheme: String,
    says: Option<String>,
    integrity: String,
    /// A part of a deviation or of the problem.
    told: Option<String>,
}

/// The files beside this test, which need no tool, and those that `make.py` made just now, with the
/// full matrix, where the environment names their folder.
fn folders() -> Vec<PathBuf> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/marks/files");
    let made = std::env::var_os("VOXHUMANA_MARKS_FILES").map(PathBuf::from);
    [Some(committed), made].into_iter().flatten().collect()
}

fn name(value: impl serde::Serialize) -> Option<String> {
    let value = serde_json::to_value(value).unwrap();
    value.as_str().map(str::to_owned)
}

#[test]
fn every_file_declares_what_is_stated() {
    for folder in folders() {
        let rows = std::fs::read(folder.join("expected.json")).unwrap();
        let rows: BTreeMap<String, Expected> = serde_json::from_slice(&rows).unwrap();
        assert!(rows.len() > 90, "{} rows", rows.len());
        let mut wrong = Vec::new();
        for (file, expected) in &rows {
            let declared = read(folder.join(file)).unwrap();
            if let Err(why) = compare(expected, &declared) {
                wrong.push(format!("{file}: {why}\n  {declared:?}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            rows.len(),
            wrong.join("\n")
        );
    }
}

fn compare(expected: &Expected, declared: &Declared) -> Result<(), String> {
    let state = declared.state.as_str();
    if state != expected.state {
        return Err(format!("{state}, expected {}", expected.state));
    }
    if declared.marks.len() != expected.marks.len() {
        return Err(format!(
            "{} marks, not {}",
            declared.marks.len(),
            expected.marks.len()
        ));
    }
    for (mark, expected) in declared.marks.iter().zip(&expected.marks) {
        compare_mark(expected, mark)?;
    }
    let problem = declared.looked.problem.as_deref();
    let fits = match &expected.hidden {
        Some(told) => problem.is_some_and(|problem| problem.contains(told.as_str())),
        None => declared.looked.whole_file,
    };
    if !fits || declared.looked.whole_file != problem.is_none() {
        return Err(format!("looked: {:?}", declared.looked));
    }
    Ok(())
}

fn compare_mark(expected: &ExpectedMark, mark: &Mark) -> Result<(), String> {
    // With the feature `c2pa`, signatures of manifests are checked as well.
    let integrity = match expected.integrity.as_str() {
        "hash_only" if cfg!(feature = "c2pa") => "valid",
        other => other,
    };
    if name(mark.scheme).as_deref() != Some(&expected.scheme)
        || mark.says.and_then(name) != expected.says
        || name(mark.integrity).as_deref() != Some(integrity)
    {
        return Err(format!("{mark:?}"));
    }
    let told: Vec<_> = mark
        .deviations
        .iter()
        .chain(&mark.problem)
        .cloned()
        .collect();
    let told = told.join("; ");
    let part = expected.told.clone().unwrap_or_default();
    // A mark of the standard that says something has no deviation.
    let silent = expected.told.as_deref() == Some("") && mark.says.is_some();
    if !told.contains(&part) || (silent && !told.is_empty()) {
        return Err(format!("told {told:?}, expected {part:?}"));
    }
    Ok(())
}

#[test]
fn places_are_those_of_the_file() {
    for folder in folders() {
        let files = std::fs::read_dir(&folder).unwrap();
        for path in files.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|end| end == "json") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let declared = read(&path).unwrap();
            for mark in declared.marks.iter().filter(|mark| mark.problem.is_none()) {
                let start = usize::try_from(mark.place.offset).unwrap();
                let end = start + usize::try_from(mark.place.bytes).unwrap();
                let there = String::from_utf8_lossy(&bytes[start..end]).replace('\0', "");
                let sign = match name(mark.scheme).as_deref() {
                    Some("aigc") => "ContentProducer",
                    Some("c2pa") => "jumdc2pa",
                    Some("suno") => "suno",
                    _ => "class_type",
                };
                assert!(there.contains(sign), "{}: {mark:?}", path.display());
            }
        }
    }
}

#[test]
fn reading_a_mark_takes_at_most_two_milliseconds() {
    let folder = &folders()[0];
    for file in [
        "wav_aigc_plain.wav",
        "pcm_c2pa_plain.wav",
        "ogg_aigc_plain.ogg",
    ] {
        let path = folder.join(file);
        // The fastest of many, so that what else the machine does is not measured.
        let fastest = (0..50)
            .map(|_| {
                let start = std::time::Instant::now();
                read(&path).unwrap();
                start.elapsed()
            })
            .min();
        assert!(fastest.unwrap().as_micros() <= 2_000, "{file}: {fastest:?}");
    }
}

#[test]
fn a_result_reads_back_as_it_was_written() {
    for file in [
        "wav_aigc_plain.wav",
        "pcm_c2pa_plain.wav",
        "wav_audio_size_lies.wav",
    ] {
        let declared = read(folders()[0].join(file)).unwrap();
        let written = serde_json::to_string(&declared).unwrap();
        assert_eq!(
            serde_json::from_str::<Declared>(&written).unwrap(),
            declared
        );
    }
}
