//! Where results may go, and what they never write over: recordings, and what the command reads.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::contents;

/// Files of a folder that are looked at: more than one person would mistake for an empty folder.
const MAX_LOOKED_AT: usize = 4_096;

/// An output that the command line asks for.
pub struct Output<'a> {
    /// As people give it.
    pub flag: &'a str,
    pub path: &'a Path,
    /// Whether it is a folder of many files.
    pub is_folder: bool,
}

impl<'a> Output<'a> {
    /// One file.
    pub fn file(flag: &'a str, path: &'a Option<PathBuf>) -> Option<Self> {
        let path = path.as_deref().filter(|path| !is_stdout(path))?;
        Some(Self {
            flag,
            path,
            is_folder: false,
        })
    }

    /// A folder of files.
    pub fn folder(flag: &'a str, path: &'a Option<PathBuf>) -> Option<Self> {
        Some(Self {
            flag,
            path: path.as_deref()?,
            is_folder: true,
        })
    }
}

/// Refuses outputs that would write over what is not theirs: `inputs`, which are read, recordings,
/// folders of recordings, and each other. Called before anything is touched.
pub fn check<'a>(
    outputs: impl IntoIterator<Item = Option<Output<'a>>>,
    inputs: &[&Path],
) -> Result<()> {
    let outputs: Vec<Output<'_>> = outputs.into_iter().flatten().collect();
    for (i, output) in outputs.iter().enumerate() {
        let (flag, name) = (output.flag, output.path.display());
        if let Some(other) = outputs[..i].iter().find(|o| is_same(o.path, output.path))
            && !is_special(output.path)
        {
            bail!(
                "{name}: is given for {} and for {flag}; give each its own",
                other.flag
            );
        }
        if output.is_folder {
            folder(output)?;
        } else {
            file(output)?;
        }
        if inputs.iter().any(|input| is_same(input, output.path)) && !is_special(output.path) {
            bail!(
                "{name}: is read by this command, and {flag} would write over it; give {flag} \
                 another name"
            );
        }
    }
    Ok(())
}

fn file(output: &Output<'_>) -> Result<()> {
    let (flag, name) = (output.flag, output.path.display());
    if output.path.is_dir() {
        bail!("{name}: is a folder; give {flag} the name of a file");
    }
    if let Some(content) = contents::foreign(output.path) {
        bail!(
            "{name}: {content}, and {flag} would write over it: it is left as it is; a shell puts \
             the first file of *.wav behind {flag}, so give {flag} a name of its own before the \
             recordings, e.g. {flag} results.jsonl *.wav"
        );
    }
    Ok(())
}

fn folder(output: &Output<'_>) -> Result<()> {
    let (flag, name) = (output.flag, output.path.display());
    if fs::metadata(output.path).is_ok_and(|m| !m.is_dir()) {
        bail!("{name}: is a file; give {flag} the name of a folder");
    }
    // What cannot be looked at is no reason to stop: each file is looked at again when it is
    // written.
    let files = WalkDir::new(output.path)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .take(MAX_LOOKED_AT);
    for entry in files {
        if let Some(kind) = contents::recording(entry.path()) {
            bail!(
                "{name}: is a folder of recordings ({}, {kind}), and {flag} would write between \
                 them; give {flag} a folder of its own, e.g. {flag} {}",
                entry.path().display(),
                flag.trim_start_matches('-')
            );
        }
    }
    Ok(())
}

/// Makes the folder of a flag, unless it is there.
pub fn make_folder(flag: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| {
        format!(
            "{flag} {}: the folder cannot be made; check its name, and that you may write there",
            folder.display()
        )
    })
}

/// The error of a file that is about to be replaced and holds a recording.
pub fn refuse_recording(path: &Path) -> io::Result<()> {
    match contents::foreign(path) {
        Some(content) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            format!("{content}, and is left as it is"),
        )),
        None => Ok(()),
    }
}

/// Whether a path is a place of the system that is written into and never replaced: a device, a
/// pipe, the `/dev/fd/63` of a shell's `>(...)`.
pub fn is_special(path: &Path) -> bool {
    is_descriptor(path) || fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// Whether a path is standard output under one of its names. Opened by name, a file that it was
/// redirected to would be cut.
pub fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .map(Path::new)
        .contains(&path)
}

fn is_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|folder| path.starts_with(folder))
        || ["/dev/stdout", "/dev/stderr"]
            .map(Path::new)
            .contains(&path)
}

/// Whether two paths are one file, also by another spelling or link. Nothing is opened: to open a
/// pipe is to read from it.
pub fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((identity(a), identity(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn places_of_the_system_are_written_into() {
        for path in ["/dev/null", "/dev/stdout", "/dev/fd/63"] {
            assert!(is_special(Path::new(path)), "{path}");
        }
        assert!(!is_special(Path::new("/dev/none")) && !is_special(Path::new(".")));
        assert!(is_stdout(Path::new("-")) && !is_stdout(Path::new("/dev/fd/63")));
    }
}
