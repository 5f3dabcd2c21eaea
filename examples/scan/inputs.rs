//! Which recordings to scan.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use bonafide::Detector;
use bonafide::report::Recording;
use walkdir::{DirEntry, WalkDir};

use super::advice;
use super::args::Args;

/// Where a recording comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What the command line's files and folders hold.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order given, folders by name.
    pub inputs: Vec<Input>,
    /// Folders that could not be read.
    pub failures: Vec<Recording>,
}

/// Extensions of recordings, also of those that will be refused: an error that names the codec is better than a
/// call that is passed over.
const EXTENSIONS: &[&str] = &[
    "3gp", "aac", "ac3", "aif", "aifc", "aiff", "al", "alaw", "amr", "au", "awb", "caf", "flac",
    "g722", "g729", "gsm", "m4a", "m4b", "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mulaw", "oga",
    "ogg", "opus", "pcma", "pcmu", "rf64", "slin", "sln", "sln12", "sln16", "sln24", "sln32",
    "sln44", "sln48", "snd", "spx", "ul", "ulaw", "wav", "wav49", "wave", "webm", "wma",
];

/// The recordings that the command line names.
pub fn find(args: &Args) -> Result<Found> {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for path in &args.inputs {
        if path.as_os_str() == "-" {
            if seen.insert(path.clone()) {
                found.inputs.push(Input::Stdin);
            }
        } else if path.is_dir() {
            let before = found.inputs.len() + found.failures.len();
            search(path, args, &mut seen, &mut found);
            if found.inputs.len() + found.failures.len() == before && found.inputs.is_empty() {
                bail!(
                    "{}: no recordings in this folder; files are taken by their extension (wav, mp3, flac, ...): \
                     name a file that has another one, or use --raw-codec if they are headerless",
                    path.display()
                );
            }
        } else if seen.insert(path.clone()) {
            found.inputs.push(Input::File(path.clone()));
        }
    }
    Ok(found)
}

fn search(folder: &Path, args: &Args, seen: &mut HashSet<PathBuf>, found: &mut Found) {
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                if entry.file_type().is_file()
                    && (args.raw_codec.is_some() || is_recording(path))
                    && seen.insert(path.to_owned())
                {
                    found.inputs.push(Input::File(path.to_owned()));
                }
            }
            // A link to a folder above it: everything there is found anyway.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| io::ErrorKind::Other.into());
                let error = bonafide::Error::Io {
                    path: path.clone(),
                    source,
                };
                found
                    .failures
                    .push(Recording::new(path, Err(advice::explain(&error))));
            }
        }
    }
}

fn is_recording(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}

/// Scans one of them.
pub fn scan(input: &Input, detector: &Detector) -> Recording {
    let result = match input {
        Input::File(path) => detector.scan_file(path).map_err(|e| advice::explain(&e)),
        Input::Stdin => detector
            .scan_reader(Box::new(io::stdin()), None)
            .map_err(|e| format!("standard input: {}", advice::explain(&e))),
    };
    Recording::new(input.to_string(), result)
}
