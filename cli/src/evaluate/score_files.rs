//! Scores that are given, and score files.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::figures::Point;
use super::trial::{Scored, Trial};
use crate::results::{self, Finder};
use crate::say::say;

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

/// Scores of a scan that was made: the `llr` of each recording's worst channel. Also returns the
/// thresholds that it was made at.
pub fn of_results(path: &Path, trials: Vec<Trial>) -> Result<(Vec<Scored>, Vec<Point>)> {
    let mut scores = BTreeMap::new();
    let mut points = BTreeMap::new();
    results::each(path, |_, recording| {
        let mut lowest = None;
        if let Some(report) = recording.report() {
            let llrs = report.channels.iter().filter_map(|channel| channel.llr);
            lowest = llrs.min_by(f64::total_cmp);
            points.insert(report.operating_point.clone(), report.threshold_llr);
        }
        // Of several results of a recording the last counts.
        scores.insert(recording.path, lowest);
        Ok(())
    })?;
    let keys = trials.iter().map(|trial| trial.name.as_str());
    let finder = Finder::new(keys, scores.keys().map(String::as_str));
    let mut of_trials = vec![None; trials.len()];
    for (path, score) in &scores {
        if let Some(row) = finder.row(path) {
            of_trials[row] = *score;
        }
    }
    let mut of_trials = of_trials.into_iter();
    let scored = keep(trials, |_| of_trials.next().flatten());
    let points = points.into_iter().map(|(name, threshold_llr)| Point {
        name,
        threshold_llr,
    });
    Ok((scored, points.collect()))
}

fn keep(trials: Vec<Trial>, mut score: impl FnMut(&Trial) -> Option<f64>) -> Vec<Scored> {
    let mut kept = Vec::new();
    for trial in trials {
        match score(&trial).filter(|s| s.is_finite()) {
            Some(score) => kept.push(Scored { trial, score }),
            None => say!("{}: no score", trial.name),
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
