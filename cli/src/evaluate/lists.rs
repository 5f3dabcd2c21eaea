//! Labelled lists of recordings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use voxhumana::metrics::Label;

/// One recording and what is known of it.
pub struct Trial {
    /// As the list writes it.
    pub name: String,
    /// Where a CSV says it is; protocols name no folder.
    pub path: Option<PathBuf>,
    pub bona_fide: bool,
    /// From a column `score`.
    pub score: Option<f64>,
    /// All other columns.
    pub groups: BTreeMap<String, String>,
}

/// A list, and the columns that it is reported by unless `--by` names others.
pub struct List {
    pub trials: Vec<Trial>,
    pub groups: Vec<String>,
}

/// Where the parts of a protocol's lines are; the source of each is the README of its database.
struct Protocol {
    columns: usize,
    name: usize,
    label: usize,
    groups: &'static [(&'static str, usize)],
}

const PROTOCOLS: [Protocol; 4] = [
    // ASVspoof 2019 LA: speaker, file, -, attack, key
    Protocol {
        columns: 5,
        name: 1,
        label: 4,
        groups: &[("attack", 3)],
    },
    // ASVspoof 2021 LA: speaker, file, codec, transmission, attack, key, trim, subset
    Protocol {
        columns: 8,
        name: 1,
        label: 5,
        groups: &[
            ("attack", 4),
            ("codec", 2),
            ("transmission", 3),
            // Published figures are those of "eval" alone.
            ("subset", 7),
        ],
    },
    // ASVspoof 5: speaker, file, gender, codec, quality, seed, attack tag, attack, key, -
    Protocol {
        columns: 10,
        name: 1,
        label: 8,
        groups: &[("attack", 7), ("codec", 3), ("quality", 4)],
    },
    // ASVspoof 2021 DF: speaker, file, codec, source, attack, key, trim, subset, vocoder, and four of the source's own
    Protocol {
        columns: 13,
        name: 1,
        label: 5,
        groups: &[
            ("attack", 4),
            ("codec", 2),
            ("source", 3),
            ("subset", 7),
            ("vocoder", 8),
        ],
    },
];

/// Reads a list; its first line tells what it is.
pub fn read(path: &Path) -> Result<List> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // The byte order mark of spreadsheet programs is no part of the first column's name.
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let list = if first.contains(',') {
        csv_list(path, text)
    } else {
        protocol(text)
    }
    .with_context(|| path.display().to_string())?;
    if list.trials.is_empty() {
        bail!("{}: the list names no recording", path.display());
    }
    Ok(list)
}

fn csv_list(path: &Path, text: &str) -> Result<List> {
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

/// Columns of a CSV that are reported by when `--by` names none: others may hold a value of their own for each file.
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

fn protocol(text: &str) -> Result<List> {
    let mut trials = Vec::new();
    let mut groups = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if parts.is_empty() {
            continue;
        }
        let Some(p) = PROTOCOLS.iter().find(|p| p.columns == parts.len()) else {
            bail!(
                "line {}: {} columns; known are CSV (with a comma in its first line) and protocols of ASVspoof 2019 (5), 2021 LA (8) and DF (13), and 5 (10)",
                i + 1,
                parts.len()
            );
        };
        groups = p
            .groups
            .iter()
            .map(|(name, _)| (*name).to_string())
            .collect();
        trials.push(Trial {
            name: parts[p.name].to_string(),
            path: None,
            bona_fide: is_bona_fide(parts[p.label]).with_context(|| format!("line {}", i + 1))?,
            score: None,
            groups: p
                .groups
                .iter()
                .map(|&(name, at)| (name.to_string(), parts[at].to_string()))
                .collect(),
        });
    }
    Ok(List { trials, groups })
}

fn is_bona_fide(label: &str) -> Result<bool> {
    Ok(label.parse::<Label>()? == Label::BonaFide)
}
