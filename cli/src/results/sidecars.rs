//! Names for files of which each recording has its own.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use voxhumana::report::Recording;

use crate::digest::sha256_of;

/// Longest name of a file, bytes: that of Linux, macOS and Windows, where it counts letters.
const MAX_NAME_BYTES: usize = 255;

/// A folder that holds a file for each recording.
pub struct Sidecars {
    folder: PathBuf,
    /// The folder in which all recordings lie.
    base: PathBuf,
}

impl Sidecars {
    /// In `folder`, for the recordings that `inputs`, files and folders, name.
    pub fn new(folder: &Path, inputs: &[PathBuf]) -> Self {
        let base = inputs
            .iter()
            .filter(|input| input.as_os_str() != "-")
            .map(|input| match input.parent() {
                Some(parent) if !input.is_dir() => parent,
                _ => input.as_path(),
            })
            .map(Path::to_path_buf)
            .reduce(|a, b| common(&a, &b))
            .unwrap_or_default();
        Self {
            folder: folder.to_owned(),
            base,
        }
    }

    /// The file of a recording: in the same subfolder as the recording has below what all have in
    /// common, so that equal names in different folders stay apart, and with the recording's
    /// extension, for those that differ only there. A name that would be too long is cut, and one
    /// that is no text told apart, by a digest of `recording` and `sha256`.
    pub fn file_of(&self, recording: &Recording, extension: &str) -> PathBuf {
        let name = recording.path.as_str();
        let path = Path::new(if name == "-" { "stdin" } else { name });
        let mut file = self.folder.clone();
        for part in path.strip_prefix(&self.base).unwrap_or(path).components() {
            match part {
                Component::Normal(name) => file.push(name),
                // Nothing is written beside the folder.
                Component::ParentDir => file.push("%2E%2E"),
                _ => {}
            }
        }
        let end = format!(".{extension}");
        let length = file.file_name().map_or(0, OsStr::len) + end.len();
        if length > MAX_NAME_BYTES || name.contains(char::REPLACEMENT_CHARACTER) {
            let digest = sha256_of(&format!("{name} {:?}", recording.sha256));
            let end = format!("-{}{end}", &digest[..16]);
            let start = file.file_name().unwrap_or_default().to_string_lossy();
            let kept = start.floor_char_boundary(MAX_NAME_BYTES - end.len());
            let shortened = format!("{}{end}", &start[..kept]);
            file.set_file_name(shortened);
        } else {
            file.as_mut_os_string().push(end);
        }
        file
    }
}

fn common(a: &Path, b: &Path) -> PathBuf {
    let both = a.components().zip(b.components());
    both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}
