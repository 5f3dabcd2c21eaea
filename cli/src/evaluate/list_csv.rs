//! Lists in CSV: file, label, perhaps a score, and columns to report by.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::list::{List, is_bona_fide};
use super::trial::Trial;
use crate::results::delimiter;

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

/// Whether a list is a CSV, by its first line.
pub fn is_csv(first: &str) -> bool {
    first.contains(',')
        || first
            .split([';', '\t'])
            .any(|column| column.trim() == "label")
}

/// Reads a CSV; its files are found relative to it, or else from where the program runs, as results
/// name them.
pub fn read(path: &Path, text: &str) -> Result<List> {
    let first = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(first))
        .from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|h| h == name);
    let (Some(file), Some(label)) = (column("file").or(column("path")), column("label")) else {
        bail!("the columns `file` (or `path`) and `label` are needed; the first line is `{first}`");
    };
    let score = column("score");
    let folder = path.parent().unwrap_or(Path::new("."));
    let columns: Vec<(usize, &str)> = header
        .iter()
        .enumerate()
        .filter(|(i, _)| ![Some(file), Some(label), score].contains(&Some(*i)))
        .collect();
    let mut trials = Vec::new();
    let mut said = HashMap::new();
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |i: usize| row.get(i).unwrap_or_default().trim();
        let value = score.map(cell).filter(|s| !s.is_empty());
        // An analyst's list has calls that are still open.
        if cell(label).is_empty() {
            continue;
        }
        let bona_fide = is_bona_fide(cell(label)).with_context(|| format!("line {line}"))?;
        let (before, first) = *said
            .entry(cell(file).to_string())
            .or_insert((bona_fide, line));
        if before != bona_fide {
            bail!(
                "lines {first} and {line} give {} two labels; leave one of them",
                cell(file)
            );
        }
        let (beside, here) = (folder.join(cell(file)), PathBuf::from(cell(file)));
        trials.push(Trial {
            name: cell(file).to_string(),
            path: Some(if !beside.exists() && here.exists() {
                here
            } else {
                beside
            }),
            bona_fide,
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
