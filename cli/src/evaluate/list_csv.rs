//! Lists in CSV: file, label, perhaps a score, and columns to report by.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::list::{List, is_bona_fide};
use super::trial::Trial;

/// Columns of a CSV that are reported by when `--by` names none: others may hold a value of their
/// own for each file.
const GROUPS: [&str; 12] = [
    "family",
    "generator",
    "source",
    "language",
    "codec",
    "attack",
    "corpus",
    "kind",
    "group",
    "quality",
    "vocoder",
    "transmission",
];

/// Reads a CSV; its files are found relative to it.
pub fn read(path: &Path, text: &str) -> Result<List> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|h| h == name);
    let (Some(file), Some(label)) = (column("file"), column("label")) else {
        bail!(
            "the columns `file` and `label` are needed; the first line is `{}`",
            header.iter().collect::<Vec<_>>().join(",")
        );
    };
    let score = column("score");
    let folder = path.parent().unwrap_or(Path::new("."));
    let columns: Vec<(usize, &str)> = header
        .iter()
        .enumerate()
        .filter(|(i, _)| ![Some(file), Some(label), score].contains(&Some(*i)))
        .collect();
    let mut trials = Vec::new();
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |i: usize| row.get(i).unwrap_or_default().trim();
        let value = score.map(cell).filter(|s| !s.is_empty());
        trials.push(Trial {
            name: cell(file).to_string(),
            path: Some(folder.join(cell(file))),
            bona_fide: is_bona_fide(cell(label)).with_context(|| format!("line {line}"))?,
            score: value
                .map(|s| {
                    s.parse()
                        .with_context(|| format!("line {line}: score is `{s}`, not a number"))
                })
                .transpose()?,
            groups: columns
                .iter()
                .map(|&(i, name)| (name.to_string(), cell(i).to_string()))
                .collect(),
        });
    }
    let groups = columns.iter().map(|&(_, name)| name);
    Ok(List {
        trials,
        groups: groups
            .filter(|name| GROUPS.contains(name))
            .map(str::to_string)
            .collect(),
    })
}
