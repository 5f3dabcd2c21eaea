//! `bonafide` is the field's word for one of the two classes, and stands for nothing else here.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Where the label, or the metadata key of a format that is no longer read, may stand.
const LABEL: [&str; 0] = [];

/// Folders that hold nothing that is written by hand and kept.
const LEFT_OUT: [&str; 7] = [
    "target",
    ".git",
    "node_modules",
    "runs",
    "__pycache__",
    ".venv",
    ".mypy_cache",
];

#[test]
fn the_label_stands_where_labels_are_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !LEFT_OUT.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            assert!(!name.contains("bonafide"), "{}", path.display());
            // Bytes, since models and pictures are searched as well.
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(8).any(|word| word == b"bonafide") {
                let path = path.strip_prefix(root).unwrap();
                found.insert(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let allowed: BTreeSet<String> = LABEL.iter().map(ToString::to_string).collect();
    let wrong: Vec<_> = found.difference(&allowed).collect();
    assert!(wrong.is_empty(), "the label is not expected in {wrong:?}");
}
