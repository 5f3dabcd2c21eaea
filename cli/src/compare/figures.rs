//! The comparison in numbers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde::Serialize;
use voxhumana::report::Missing;

use super::moves::Moves;
use super::pairs::{FOLDER, Pair, Pairs};
use super::rates::Labelled;
use super::side::{Answer, Side, State};
use super::truth::Truth;

/// A column with more values is no group that is shown unasked.
const MAX_VALUES: usize = 20;

/// All that is printed and written.
#[derive(Serialize)]
pub struct Comparison {
    pub old: Side,
    pub new: Side,
    /// Recordings in both.
    pub compared: usize,
    pub only_old: Missing,
    pub only_new: Missing,
    /// How the list of labels fits, if there is one.
    pub labels: Option<Truth>,
    pub all: Figures,
    /// Column, then value, then figures.
    pub groups: BTreeMap<String, BTreeMap<String, Figures>>,
    /// Every recording whose verdict is another one, those that became synthetic first.
    pub flips: Vec<Flip>,
}

/// The figures of some recordings.
#[derive(Serialize)]
pub struct Figures {
    pub recordings: usize,
    /// Recordings whose verdict is another one.
    pub flips: usize,
    /// How many went from which verdict to which.
    pub verdicts: Vec<Change>,
    /// How their scores moved; null where none has a score in both.
    pub llr_moves: Option<Moves>,
    /// Their error rates; null where none has a label.
    pub rates: Option<Labelled>,
}

/// So many went from one verdict to another, or stayed.
#[derive(Serialize)]
pub struct Change {
    pub old: State,
    pub new: State,
    pub recordings: usize,
}

/// A recording whose verdict is another one.
#[derive(Serialize)]
pub struct Flip {
    pub path: String,
    pub old: Answer,
    pub new: Answer,
    /// `bonafide`, `spoof` or null.
    pub label: Option<String>,
    pub groups: BTreeMap<String, String>,
}

impl Comparison {
    pub fn new(
        old: Side,
        new: Side,
        pairs: Pairs,
        by: &[String],
        labels: Option<Truth>,
    ) -> Result<Self> {
        let all: Vec<&Pair> = pairs.pairs.iter().collect();
        let mut groups = BTreeMap::new();
        for column in columns(&all, by)? {
            let mut values: BTreeMap<String, Vec<&Pair>> = BTreeMap::new();
            for &pair in &all {
                let value = pair.groups.get(&column).cloned().unwrap_or_default();
                values.entry(value).or_default().push(pair);
            }
            let values = values
                .into_iter()
                .map(|(value, pairs)| (value, Figures::of(&pairs)));
            groups.insert(column, values.collect());
        }
        Ok(Self {
            old,
            new,
            compared: all.len(),
            only_old: pairs.only_old,
            only_new: pairs.only_new,
            labels,
            all: Figures::of(&all),
            groups,
            flips: flips(&all),
        })
    }
}

impl Figures {
    fn of(pairs: &[&Pair]) -> Self {
        let mut verdicts: BTreeMap<(State, State), usize> = BTreeMap::new();
        for pair in pairs {
            *verdicts
                .entry((pair.old.verdict, pair.new.verdict))
                .or_default() += 1;
        }
        let changes = verdicts.into_iter();
        let changes: Vec<Change> = changes
            .map(|((old, new), recordings)| Change {
                old,
                new,
                recordings,
            })
            .collect();
        Self {
            recordings: pairs.len(),
            flips: changes
                .iter()
                .filter(|c| c.old != c.new)
                .map(|c| c.recordings)
                .sum(),
            verdicts: changes,
            llr_moves: Moves::of(pairs),
            rates: Labelled::of(pairs),
        }
    }

    /// How many went to a verdict, or away from it.
    pub fn changed(&self, is: impl Fn(&Change) -> bool) -> usize {
        let changes = self.verdicts.iter().filter(|c| c.old != c.new && is(c));
        changes.map(|c| c.recordings).sum()
    }
}

/// The columns to group by: those asked for, or those with a few values.
fn columns(pairs: &[&Pair], by: &[String]) -> Result<Vec<String>> {
    let known: BTreeSet<&String> = pairs.iter().flat_map(|pair| pair.groups.keys()).collect();
    if let Some(unknown) = by.iter().find(|column| !known.contains(column)) {
        let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
        bail!(
            "--by {unknown}: no such column; there are {}",
            known.join(", ")
        );
    }
    if !by.is_empty() {
        return Ok(by.to_vec());
    }
    let values = |column: &str| -> usize {
        let values = pairs.iter().map(|pair| pair.groups.get(column));
        values.collect::<BTreeSet<_>>().len()
    };
    // Where each recording has a value of its own, there are no groups.
    let few = |column: &&String| {
        let n = values(column);
        (2..=MAX_VALUES).contains(&n) && n < pairs.len()
    };
    let few = known.into_iter().filter(few);
    let mut few: Vec<String> = few.cloned().collect();
    // The folder last: it is there anyway.
    few.sort_by_key(|column| column == FOLDER);
    Ok(few)
}

fn flips(pairs: &[&Pair]) -> Vec<Flip> {
    let mut flips: Vec<&&Pair> = pairs
        .iter()
        .filter(|pair| pair.old.verdict != pair.new.verdict)
        .collect();
    flips.sort_by(|a, b| {
        let key = |pair: &Pair| (pair.new.verdict != State::Synthetic, pair.new.verdict);
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
    flips
        .into_iter()
        .map(|pair| Flip {
            path: pair.path.clone(),
            old: pair.old,
            new: pair.new,
            label: pair.label.map(|label| label.to_string()),
            groups: pair.groups.clone(),
        })
        .collect()
}
