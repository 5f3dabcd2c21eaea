//! Which recordings to scan.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use voxhumana::report::Recording;
use walkdir::{DirEntry, WalkDir};

use super::args::Args;
use super::globs::Globs;
use crate::advice;

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

/// The recordings in the command line's files and folders.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order given, folders by name.
    pub inputs: Vec<Input>,
    /// Folders that could not be read.
    pub failures: Vec<Recording>,
}

/// Extensions of recordings, also of those that will be refused: an error that names the codec is
/// better than a call that is passed over.
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
    let wanted = Wanted::new(args)?;
    for path in &args.inputs {
        if path.as_os_str() == "-" {
            if seen.insert(path.clone()) {
                found.inputs.push(Input::Stdin);
            }
        } else if path.is_dir() {
            let before = found.inputs.len() + found.failures.len();
            search(path, &wanted, &mut seen, &mut found);
            if found.inputs.len() + found.failures.len() == before && found.inputs.is_empty() {
                bail!(
                    "{}: no recordings in this folder; files are taken by their extension (wav, \
                     mp3, flac, ...): say --include '*.xyz' for others, or --raw-codec if they are \
                     headerless",
                    path.display()
                );
            }
        } else if seen.insert(path.clone()) {
            found.inputs.push(Input::File(path.clone()));
        }
    }
    Ok(found)
}

/// Which files of a folder to take.
struct Wanted {
    include: Option<Globs>,
    exclude: Globs,
    all: bool,
}

impl Wanted {
    fn new(args: &Args) -> Result<Self> {
        let include = Globs::new("--include", &args.include)?;
        Ok(Self {
            include: (!args.include.is_empty()).then_some(include),
            exclude: Globs::new("--exclude", &args.exclude)?,
            all: args.raw_codec.is_some(),
        })
    }

    /// Whether to look at this file, or into this folder, at all; `path` is below the folder
    /// searched.
    fn enters(&self, path: &Path) -> bool {
        let hidden = |name: &OsStr| name.to_string_lossy().starts_with('.');
        !path.file_name().is_some_and(hidden) && !self.exclude.matches(path)
    }

    fn takes(&self, path: &Path) -> bool {
        match &self.include {
            Some(globs) => globs.matches(path),
            None => self.all || is_recording(path),
        }
    }
}

fn search(folder: &Path, wanted: &Wanted, seen: &mut HashSet<PathBuf>, found: &mut Found) {
    let below = |entry: &DirEntry| {
        let path = entry.path();
        path.strip_prefix(folder).unwrap_or(path).to_owned()
    };
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    let enters = |entry: &DirEntry| entry.depth() == 0 || wanted.enters(&below(entry));
    for entry in walk.into_iter().filter_entry(enters) {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_file()
                    && wanted.takes(&below(&entry))
                    && seen.insert(entry.path().to_owned())
                {
                    found.inputs.push(Input::File(entry.into_path()));
                }
            }
            // A link to a folder above it: everything there is found anyway.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| io::ErrorKind::Other.into());
                let error = voxhumana::Error::Io {
                    path: path.clone(),
                    source,
                };
                found
                    .failures
                    .push(Recording::new(path, Err(advice::failure(&error))));
            }
        }
    }
}

fn is_recording(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}
