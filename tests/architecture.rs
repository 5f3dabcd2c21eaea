//! The arrows of ARCHITECTURE.md, held against the code: which room may import which, which crate
//! may be named where, and that no two files import each other.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that only one room may name.
const KEPT_TO_ONE_ROOM: [(&str, &[&str]); 3] = [
    ("audio", &["symphonia"]),
    ("model", &["ort", "tract_onnx"]),
    ("features", &["rustfft", "realfft"]),
];
/// Crates that nothing in the library may name.
const KEPT_OUT: [&str; 3] = ["pyo3", "tokio", "clap"];

/// Folders of sources, with the head of the table of ARCHITECTURE.md that has their rooms.
const LIBRARY: (&str, &str) = ("src", "| room | may import |");
const SERVER: (&str, &str) = ("serve/src", "| room of the server | may import |");

/// A source file, without its comments.
struct Source {
    path: PathBuf,
    /// The folder under `src`, or the file's own name for a room of one file.
    room: String,
    code: String,
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let first = inside.components().next().unwrap().as_os_str();
            let room = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().map(|l| l.split("//").next().unwrap());
            let code = code.collect::<Vec<_>>().join("\n");
            Source { path, room, code }
        })
        .filter(|source| source.room != "lib")
        .collect()
}

/// The words that follow `prefix` in the code, as in `crate::WORD`, also from a list in braces.
fn words_after<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_word) || code[..at].ends_with("::") {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            // Of nested lists the outer words.
            Some(list) => {
                let (mut depth, mut start) = (0_usize, 0);
                for (i, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            found.insert(first_word(&list[start..i]));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            found.insert(first_word(&list[start..i]));
                            start = i + 1;
                        }
                        _ => {}
                    }
                }
            }
            None => {
                found.insert(first_word(rest));
            }
        }
    }
    found.remove("");
    found
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// A table of ARCHITECTURE.md: each room, and the rooms it may import.
fn arrows(head: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(path).unwrap();
    let table = text.split(head).nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|l| l.starts_with('|'));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|');
        let names = |cell: &str| -> Vec<String> {
            let parts = cell.split('`').skip(1).step_by(2);
            parts.map(ToOwned::to_owned).collect()
        };
        let room = names(cells.next().unwrap()).remove(0);
        (room, names(cells.next().unwrap()).into_iter().collect())
    })
    .collect()
}

#[test]
fn rooms_import_only_what_the_architecture_allows() {
    for (folder, head) in [LIBRARY, SERVER] {
        check_imports(&sources(folder), &arrows(head));
    }
}

fn check_imports(sources: &[Source], arrows: &BTreeMap<String, BTreeSet<String>>) {
    assert!(sources.len() > 20, "the search finds nothing");
    for source in sources {
        let file = source.path.display();
        let allowed = arrows.get(&source.room);
        let allowed = allowed.unwrap_or_else(|| panic!("{file}: room not in ARCHITECTURE.md"));
        for name in words_after(&source.code, "crate::") {
            if arrows.contains_key(name) {
                let inside = name == source.room || allowed.contains(name);
                assert!(inside, "{file}: `{}` may not import `{name}`", source.room);
            } else {
                let shared = ["Error", "Result", "error"].contains(&name);
                assert!(
                    shared,
                    "{file}: import `{name}` from its room, not the root"
                );
            }
        }
    }
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut named = 0;
    for source in sources(LIBRARY.0) {
        let file = source.path.display();
        let names = |name: &str| {
            words_after(&source.code, "use ").contains(name)
                || source.code.contains(&format!("{name}::"))
                    && !words_after(&source.code, &format!("{name}::")).is_empty()
        };
        for (room, crates) in KEPT_TO_ONE_ROOM {
            for name in crates.iter().filter(|name| names(name)) {
                assert_eq!(source.room, room, "{file} names {name}");
                named += 1;
            }
        }
        for name in KEPT_OUT {
            assert!(!names(name), "{file} names {name}");
        }
    }
    assert!(named > 5, "the search finds nothing");
}

#[test]
fn no_two_files_of_a_room_import_each_other() {
    let sources: Vec<_> = [LIBRARY, SERVER]
        .into_iter()
        .flat_map(|(folder, _)| sources(folder))
        .collect();
    let mut imports: BTreeMap<&Path, BTreeSet<PathBuf>> = BTreeMap::new();
    for source in &sources {
        let folder = source.path.parent().unwrap();
        let targets = words_after(&source.code, "super::")
            .into_iter()
            .map(|name| folder.join(format!("{name}.rs")))
            .filter(|target| target.is_file() && *target != source.path);
        imports.insert(&source.path, targets.collect());
    }
    for start in imports.keys() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Path> = imports[start].iter().map(PathBuf::as_path).collect();
        while let Some(path) = open.pop() {
            assert!(
                path != *start,
                "{} imports itself in a circle",
                start.display()
            );
            if seen.insert(path) {
                open.extend(imports[path].iter().map(PathBuf::as_path));
            }
        }
    }
}
