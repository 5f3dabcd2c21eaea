//! Earlier results of recordings that have another name now.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use voxhumana::report::Recording;

use super::inputs::Input;
use crate::digest::sha256_of_file;
use crate::results::identity;

/// The earlier results whose recordings are not given under the name that they have there.
#[derive(Default)]
pub struct Strays {
    /// Those whose file is still there under that name: identity and file.
    there: Vec<(String, PathBuf)>,
    /// Those whose file is gone: identity and digest.
    gone: Vec<(String, String)>,
    /// The names under which results stand.
    named: HashSet<String>,
}

impl Strays {
    /// Adds a result; `given` are the names of this run's recordings.
    pub fn see(&mut self, recording: &Recording, given: &HashSet<String>) {
        self.named.insert(recording.path.clone());
        // Of a name that is not UTF-8 nobody can say whether its file is gone.
        let unsure = recording.path.contains(char::REPLACEMENT_CHARACTER);
        if unsure || recording.path == "-" || given.contains(&recording.path) {
            return;
        }
        let id = identity(recording);
        if let Ok(file) = fs::canonicalize(&recording.path) {
            self.there.push((id, file));
        } else if let Some(sha256) = &recording.sha256
            && matches!(Path::new(&recording.path).try_exists(), Ok(false))
        {
            self.gone.push((id, sha256.clone()));
        }
    }

    /// The name that each of them has now, by identity: that of the same file given in another way,
    /// or that of a recording without a result whose bytes are those of one that is gone.
    pub fn names_now(self, inputs: &[Input]) -> HashMap<String, String> {
        let mut now = HashMap::new();
        if self.there.is_empty() && self.gone.is_empty() {
            return now;
        }
        let unnamed = inputs.iter().filter_map(|input| {
            let name = input.to_string();
            let Input::File(path) = input else {
                return None;
            };
            (!self.named.contains(&name)).then_some((name, path))
        });
        let mut there: HashMap<PathBuf, String> = HashMap::new();
        for (id, file) in self.there {
            there.entry(file).or_insert(id);
        }
        let mut gone: HashMap<String, Vec<String>> = HashMap::new();
        for (id, sha256) in self.gone.into_iter().rev() {
            gone.entry(sha256).or_default().push(id);
        }
        for (name, path) in unnamed {
            let same = fs::canonicalize(path).ok();
            let same = same.and_then(|file| there.remove(&file));
            let id = same.or_else(|| {
                // Reading costs a hundredth of a scan, and is spared where nothing is gone.
                let is_file = !gone.is_empty() && path.is_file();
                let sha256 = is_file.then(|| sha256_of_file(path).ok()).flatten()?;
                gone.get_mut(&sha256)?.pop()
            });
            now.extend(id.map(|id| (id, name)));
        }
        now
    }
}
