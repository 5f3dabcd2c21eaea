//! Protocols of the ASVspoof challenges.

use anyhow::{Context, Result, bail};

use super::list::{List, is_bona_fide};
use super::trial::Trial;

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
    // ASVspoof 2021 DF: speaker, file, codec, source, attack, key, trim, subset, vocoder, and four
    // of the source's own
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

/// Reads a protocol; the number of columns tells which one it is.
pub fn read(text: &str) -> Result<List> {
    let mut trials = Vec::new();
    let mut groups = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if parts.is_empty() {
            continue;
        }
        let Some(p) = PROTOCOLS.iter().find(|p| p.columns == parts.len()) else {
            bail!(
                "line {}: {} columns; known are CSV (with a comma in its first line) and \
                 protocols of ASVspoof 2019 (5), 2021 LA (8) and DF (13), and 5 (10)",
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
