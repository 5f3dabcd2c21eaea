//! Scores that are given, and score files.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::trial::{Scored, Trial};

/// Scores from a file: lines of a name and a number; columns between them (ASVspoof 2019 baselines
/// write attack and key there) and a header are stepped over.
pub fn read(path: &Path, trials: Vec<Trial>) -> Result<Vec<Scored>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut scores = HashMap::new();
    for (i, line) in text.lines().enumerate() {
        let Some((name, last)) = ends(line) else {
            continue;
        };
        match last.parse::<f64>() {
            Ok(score) => scores.insert(stem(name).to_string(), score),
            Err(_) if i == 0 => None,
            Err(_) => anyhow::bail!("{}: line {}: `{last}` is no number", path.display(), i + 1),
        };
    }
    Ok(keep(trials, |t| scores.get(stem(&t.name)).copied()))
}

/// First and last column. Names may hold spaces where tabs part the columns.
fn ends(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    match line.split_once('\t') {
        Some((name, rest)) => Some((name, rest.rsplit('\t').next()?)),
        None => {
            let mut parts = line.split_whitespace();
            Some((parts.next()?, parts.next_back()?))
        }
    }
}

/// Scores from a column of the list itself.
pub fn in_list(trials: Vec<Trial>) -> Vec<Scored> {
    keep(trials, |t| t.score)
}

fn keep(trials: Vec<Trial>, score: impl Fn(&Trial) -> Option<f64>) -> Vec<Scored> {
    let mut kept = Vec::new();
    for trial in trials {
        match score(&trial).filter(|s| s.is_finite()) {
            Some(score) => kept.push(Scored { trial, score }),
            None => eprintln!("{}: no score", trial.name),
        }
    }
    kept
}

/// The form of ASVspoof 5: a header, then name without extension, tab, score.
pub fn asvspoof5(scored: &[Scored]) -> String {
    let mut text = String::from("filename\tcm-score\n");
    for s in scored {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}\t{}", stem(&s.trial.name), s.score);
    }
    text
}

/// The name without the extension of an audio file: protocols leave it out, lists do not.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, end)) if (2..=4).contains(&end.len()) && !end.contains('/') => stem,
        _ => name,
    }
}
