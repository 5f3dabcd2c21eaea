//! Names for files of which each recording has its own.

use std::path::{Component, Path, PathBuf};

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
    /// extension, for those that differ only there.
    pub fn file_of(&self, recording: &str, extension: &str) -> PathBuf {
        let path = Path::new(if recording == "-" { "stdin" } else { recording });
        let mut file = self.folder.clone();
        for part in path.strip_prefix(&self.base).unwrap_or(path).components() {
            match part {
                Component::Normal(name) => file.push(name),
                // Nothing is written beside the folder.
                Component::ParentDir => file.push("%2E%2E"),
                _ => {}
            }
        }
        file.as_mut_os_string().push(format!(".{extension}"));
        file
    }
}

fn common(a: &Path, b: &Path) -> PathBuf {
    let both = a.components().zip(b.components());
    both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}
