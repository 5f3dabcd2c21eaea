//! Recordings that both scans have.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use voxhumana::metrics::Label;
use voxhumana::report::Missing;

use super::side::{Answer, Entry, Side};
use crate::results::Metadata;

/// The group that every recording has.
pub const FOLDER: &str = "folder";

/// One recording in both.
pub struct Pair {
    /// As the new results name it.
    pub path: String,
    pub old: Answer,
    pub new: Answer,
    /// Columns of its metadata, and its folder.
    pub groups: BTreeMap<String, String>,
    /// What turned out true.
    pub label: Option<Label>,
}

/// Who is in both, and who is not.
#[derive(Default)]
pub struct Pairs {
    pub pairs: Vec<Pair>,
    pub only_old: Missing,
    pub only_new: Missing,
}

/// Pairs the recordings of two scans: by path, and by their bytes where the path is in one alone.
pub fn of(old: &Side, new: &Side) -> Pairs {
    let by_path: HashMap<&str, usize> = indexed(old, |entry| Some(&entry.path));
    let mut is_paired = vec![false; old.entries.len()];
    let mut partners: Vec<Option<usize>> = Vec::with_capacity(new.entries.len());
    for entry in &new.entries {
        let partner = by_path.get(entry.path.as_str()).copied();
        if let Some(partner) = partner {
            is_paired[partner] = true;
        }
        partners.push(partner);
    }
    let by_bytes: HashMap<&str, usize> = indexed(old, |entry| entry.sha256.as_deref());
    for (entry, partner) in new.entries.iter().zip(&mut partners) {
        let same = entry
            .sha256
            .as_deref()
            .and_then(|sha256| by_bytes.get(sha256));
        if let (None, Some(&same)) = (*partner, same)
            && !is_paired[same]
        {
            is_paired[same] = true;
            *partner = Some(same);
        }
    }
    let mut pairs = Pairs::default();
    for (entry, partner) in new.entries.iter().zip(partners) {
        match partner {
            Some(partner) => pairs.pairs.push(pair(&old.entries[partner], entry)),
            None => pairs.only_new.add(&entry.path),
        }
    }
    for (entry, _) in old
        .entries
        .iter()
        .zip(is_paired)
        .filter(|(_, paired)| !paired)
    {
        pairs.only_old.add(&entry.path);
    }
    pairs
}

impl Pairs {
    /// Takes the metadata from a table instead of the results.
    pub fn join(&mut self, metadata: &Metadata) {
        for pair in &mut self.pairs {
            let folder = pair.groups.remove_entry(FOLDER);
            pair.groups = metadata.of(&pair.path).unwrap_or_default();
            pair.groups.extend(folder);
        }
    }
}

fn indexed<'a>(
    side: &'a Side,
    key: impl Fn(&'a Entry) -> Option<&'a str>,
) -> HashMap<&'a str, usize> {
    let entries = side.entries.iter().enumerate();
    entries
        .filter_map(|(i, entry)| Some((key(entry)?, i)))
        .collect()
}

fn pair(old: &Entry, new: &Entry) -> Pair {
    let known = new.metadata.as_ref().or(old.metadata.as_ref());
    let mut groups = known.cloned().unwrap_or_default();
    let folder = Path::new(&new.path).parent().unwrap_or(Path::new(""));
    let folder = match folder.to_string_lossy() {
        name if name.is_empty() => ".".to_owned(),
        name => name.into_owned(),
    };
    // A column of this name is somebody's own.
    groups.entry(FOLDER.to_owned()).or_insert(folder);
    Pair {
        path: new.path.clone(),
        old: old.answer,
        new: new.answer,
        groups,
        label: None,
    }
}
