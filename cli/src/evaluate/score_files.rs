//! Scores that are given, and score files.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::figures::Point;
use super::trial::{Scored, Trial};
use crate::results::{self, Finder};
use crate::say::say;

/// Scores from a file: lines of a name and a number; columns between them (ASVspoof 2019 baselines
/// write attack and key there) and a header are stepped over. A name without its extension stands
/// for the one trial that it can be of.
pub fn read(path: &Path, trials: Vec<Trial>) -> Result<Vec<Scored>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut scores: HashMap<&str, f64> = HashMap::new();
    for (i, line) in text.lines().enumerate() {
        let Some((name, last)) = ends(line) else {
            continue;
        };
        let number = i + 1;
        match last.parse::<f64>() {
            Ok(score) if scores.insert(name, score).is_none_or(|s| s == score) => {}
            Ok(_) => bail!(
                "{}: line {number}: {name} has another score already; name each recording once",
                path.display()
            ),
            Err(_) if i == 0 => {}
            Err(_) => bail!("{}: line {number}: `{last}` is no number", path.display()),
        }
    }
    let (by_stem, of_trials) = (
        by_stem(scores.iter().map(|(name, score)| (*name, *score))),
        by_stem(trials.iter().map(|trial| (trial.name.as_str(), ()))),
    );
    let of_stem = |name: &str| {
        let is_sure = of_trials.get(stem(name)).is_some_and(Option::is_some);
        by_stem
            .get(stem(name))
            .copied()
            .flatten()
            .filter(|_| is_sure)
    };
    let of_trial = |t: &Trial| {
        let exact = scores.get(t.name.as_str()).copied();
        exact.or_else(|| of_stem(&t.name))
    };
    let mut found = trials.iter().map(of_trial).collect::<Vec<_>>().into_iter();
    Ok(keep(trials, |_| found.next().flatten()))
}

/// What belongs to each stem; `None` where several names have it.
fn by_stem<'a, T>(named: impl Iterator<Item = (&'a str, T)>) -> HashMap<&'a str, Option<T>> {
    let mut found = HashMap::new();
    for (name, value) in named {
        found
            .entry(stem(name))
            .and_modify(|known| *known = None)
            .or_insert(Some(value));
    }
    found
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

/// The form of ASVspoof 5: a header, then name without extension, tab, score. Names that differ in
/// their extension alone keep it.
pub fn asvspoof5(scored: &[Scored]) -> String {
    let stems = by_stem(scored.iter().map(|s| (s.trial.name.as_str(), ())));
    let short = |name| match stems.get(stem(name)) {
        Some(Some(())) => stem(name),
        _ => name,
    };
    let mut text = String::from("filename\tcm-score\n");
    for s in scored {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}\t{}", short(&s.trial.name), s.score);
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
