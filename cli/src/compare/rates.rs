//! Error rates of verdicts, where the truth is known.

use serde::Serialize;
use voxhumana::metrics::{Label, Scores};

use super::pairs::Pair;
use super::side::{Answer, State};

/// Shares between 0 and 1; null where there is no recording of the class.
#[derive(Debug, PartialEq, Serialize)]
pub struct Rates {
    /// Of bona fide recordings, those that are flagged.
    pub false_alarm_rate: Option<f64>,
    /// Of spoofs, those that are not flagged, whatever else they are.
    pub miss_rate: Option<f64>,
    /// Of all, those without a verdict: inconclusive, or an error.
    pub no_verdict_rate: Option<f64>,
    /// Equal error rate of the scores of those that have one.
    pub eer: Option<f64>,
}

/// The rates of both scans on the same recordings.
#[derive(Debug, PartialEq, Serialize)]
pub struct Labelled {
    pub bona_fide: usize,
    pub spoof: usize,
    pub old: Rates,
    pub new: Rates,
}

impl Labelled {
    /// `None` without a label.
    pub fn of(pairs: &[&Pair]) -> Option<Self> {
        let of_class = |label| -> Vec<&Pair> {
            let of = pairs.iter().filter(|pair| pair.label == Some(label));
            of.copied().collect()
        };
        let (bona_fide, spoof) = (of_class(Label::BonaFide), of_class(Label::Spoof));
        if bona_fide.is_empty() && spoof.is_empty() {
            return None;
        }
        let rates = |answer: fn(&Pair) -> Answer| {
            let all = || bona_fide.iter().chain(&spoof);
            let scores = |pairs: &[&Pair]| -> Vec<f64> {
                pairs.iter().filter_map(|pair| answer(pair).llr).collect()
            };
            let is = |state| move |pair: &Pair| answer(pair).verdict == state;
            let without = |pair: &Pair| is(State::Inconclusive)(pair) || is(State::Error)(pair);
            let scores = Scores::new(&scores(&bona_fide), &scores(&spoof));
            Rates {
                false_alarm_rate: share(bona_fide.iter().copied(), is(State::Synthetic)),
                miss_rate: share(spoof.iter().copied(), |pair| !is(State::Synthetic)(pair)),
                no_verdict_rate: share(all().copied(), without),
                eer: scores.ok().map(|scores| scores.equal_error_rate().rate),
            }
        };
        Some(Self {
            bona_fide: bona_fide.len(),
            spoof: spoof.len(),
            old: rates(|pair| pair.old),
            new: rates(|pair| pair.new),
        })
    }
}

fn share<'a>(pairs: impl Iterator<Item = &'a Pair>, is: impl Fn(&Pair) -> bool) -> Option<f64> {
    let (mut all, mut those) = (0_u64, 0_u64);
    for pair in pairs {
        all += 1;
        those += u64::from(is(pair));
    }
    (all > 0).then(|| those as f64 / all as f64)
}
