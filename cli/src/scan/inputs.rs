//! Which recordings to scan.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{self, Path, PathBuf};

use anyhow::{Result, bail};
use voxhumana::report::Recording;
use walkdir::{DirEntry, WalkDir};

use super::args::Args;
use super::detector_args::DetectorArgs;
use super::folder_args::FolderArgs;
use super::globs::Globs;
use crate::advice;
use crate::sample::{self, Sample};

/// Where a recording comes from.
#[derive(Debug)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// The call that comes with the program.
    Sample(Sample),
}

impl Input {
    /// The file that it is read from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) => Some(path),
            Self::Sample(sample) => Some(sample.path()),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
            Self::Sample(_) => f.write_str(sample::NAME),
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
    /// Files of folders that were passed over, by extension.
    pub passed_over: BTreeMap<String, u64>,
    /// Folders without a recording.
    pub empty: Vec<PathBuf>,
}

/// The recordings that the command line names.
pub fn find(args: &Args) -> Result<Found> {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    let wanted = Wanted::new(&args.folders, &args.detector)?;
    if args.demo {
        found.inputs.push(Input::Sample(Sample::create()?));
    }
    for path in &args.inputs {
        if path.as_os_str() == "-" {
            if seen.insert(path.clone()) {
                found.inputs.push(Input::Stdin);
            }
        } else if path.is_dir() {
            let before = found.inputs.len() + found.failures.len();
            search(path, &wanted, &mut seen, &mut found);
            if found.inputs.len() + found.failures.len() == before {
                found.empty.push(path.clone());
            }
        } else if seen.insert(whole(path)) {
            found.inputs.push(Input::File(path.clone()));
        }
    }
    let nothing = found.inputs.is_empty() && found.failures.is_empty();
    if let Some(folder) = found.empty.first().filter(|_| nothing) {
        let passed = match passed_over(&found.passed_over) {
            Some(passed) => format!(" ({passed} left out)"),
            None => String::new(),
        };
        bail!(
            "{}: no recordings in this folder{passed}; files are taken by their extension (wav, \
             mp3, flac, ...): say --include '*.xyz' for others, --all-files for all, or \
             --raw-codec if they are headerless",
            folder.display()
        );
    }
    for folder in &found.empty {
        anstream::eprintln!("{}: no recordings in this folder", folder.display());
    }
    Ok(found)
}

/// The recordings that are in these folders now.
pub fn in_folders(folders: &[PathBuf], wanted: &Wanted) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for folder in folders {
        search(folder, wanted, &mut seen, &mut found);
    }
    found
}

/// How many files of which extension were passed over, in words; `None` for none.
pub fn passed_over(counts: &BTreeMap<String, u64>) -> Option<String> {
    let of = |(extension, n): (&String, &u64)| match extension.as_str() {
        "" => format!("{n} without an extension"),
        extension => format!("{n} {extension}"),
    };
    let all: Vec<String> = counts.iter().map(of).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Which files of a folder to take.
pub struct Wanted {
    include: Option<Globs>,
    exclude: Globs,
    all: bool,
}

impl Wanted {
    /// What the flags say.
    pub fn new(args: &FolderArgs, detector: &DetectorArgs) -> Result<Self> {
        let include = Globs::new("--include", &args.include)?;
        Ok(Self {
            include: (!args.include.is_empty()).then_some(include),
            exclude: Globs::new("--exclude", &args.exclude)?,
            all: args.all_files || detector.raw_codec.is_some(),
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
                if !entry.file_type().is_file() {
                    continue;
                }
                if !wanted.takes(&below(&entry)) {
                    let extension = extension(entry.path());
                    *found.passed_over.entry(extension).or_default() += 1;
                } else if seen.insert(whole(entry.path())) {
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

/// The name from the root on, by which a file is one, be it called `a.wav` or `./a.wav`. Links are
/// not followed: two of them are two names that somebody gave.
fn whole(path: &Path) -> PathBuf {
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn is_recording(path: &Path) -> bool {
    let extension = extension(path);
    voxhumana::audio::extensions().any(|known| known == extension)
}

/// Without the dot, in lower case; empty for none.
fn extension(path: &Path) -> String {
    path.extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}
