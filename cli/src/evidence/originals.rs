//! The recordings of an evidence record, found again.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use voxhumana::report::evidence::FileDigest;
use walkdir::WalkDir;

/// Files that may be recordings of a record.
pub struct Originals {
    files: Vec<PathBuf>,
    by_name: HashMap<OsString, Vec<usize>>,
    by_size: HashMap<u64, Vec<usize>>,
}

/// A file that stands for a recording: the very bytes, or at least the name.
pub struct Original {
    pub path: PathBuf,
    pub facts: FileDigest,
}

impl Originals {
    /// All files of some files and folders.
    pub fn find(given: &[PathBuf]) -> Result<Self> {
        let mut originals = Self {
            files: Vec::new(),
            by_name: HashMap::new(),
            by_size: HashMap::new(),
        };
        for path in given {
            fs::metadata(path).with_context(|| {
                format!("--recordings {}: check that it is there", path.display())
            })?;
            let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
            // Files that cannot be read are then missing by name.
            for entry in walk.into_iter().filter_map(Result::ok) {
                if let Ok(metadata) = entry.metadata()
                    && metadata.is_file()
                {
                    let index = originals.files.len();
                    let names = &mut originals.by_name;
                    names
                        .entry(entry.file_name().into())
                        .or_default()
                        .push(index);
                    let sizes = &mut originals.by_size;
                    sizes.entry(metadata.len()).or_default().push(index);
                    originals.files.push(entry.into_path());
                }
            }
        }
        Ok(originals)
    }

    /// The file with these bytes, best under this name; else one with the name alone.
    pub fn of(&self, recorded: &FileDigest) -> Option<Original> {
        let bare = Path::new(&recorded.name).file_name();
        let named = bare.and_then(|name| self.by_name.get(name));
        let sized = recorded.bytes.and_then(|bytes| self.by_size.get(&bytes));
        let mut others = None;
        for &index in named.into_iter().chain(sized).flatten() {
            let path = &self.files[index];
            let Some(facts) = facts(path, &recorded.name) else {
                continue;
            };
            let same = facts.sha256 == recorded.sha256;
            let original = Original {
                path: path.clone(),
                facts,
            };
            if same {
                return Some(original);
            }
            if path.ends_with(&recorded.name) {
                others.get_or_insert(original);
            }
        }
        others
    }
}

fn facts(path: &Path, name: &str) -> Option<FileDigest> {
    FileDigest::read(name, File::open(path).ok()?).ok()
}
