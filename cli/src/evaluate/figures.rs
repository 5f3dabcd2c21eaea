//! The error rates of all trials and of each group.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;
use voxhumana::metrics::{CalibrationOptions, CostModel, Interval, Scores, fit_calibration};

use super::trial::Scored;

/// A named threshold of the model.
pub struct Point {
    pub name: String,
    pub threshold_llr: f64,
}

/// The figures that are printed and written.
#[derive(Serialize)]
pub struct Report {
    pub schema_version: u32,
    pub all: Figures,
    /// Column, then value, then figures.
    pub groups: BTreeMap<String, BTreeMap<String, Figures>>,
}

/// The error rates of one set of scores. Rates are shares between 0 and 1; the sign is "higher =
/// more bona fide".
#[derive(Serialize)]
pub struct Figures {
    pub bona_fide: usize,
    pub spoof: usize,
    /// The group has no trials of this class of its own: all of the list's stand in.
    pub borrowed: Option<&'static str>,
    pub eer: f64,
    /// 95 % percentile bootstrap.
    pub eer_interval: [f64; 2],
    /// ASVspoof 5: spoof prior 0.05, costs 1 and 10.
    pub min_dcf: f64,
    pub act_dcf: f64,
    pub cllr_bits: f64,
    /// Null where the scores do not rise from spoofs to bona fide speech.
    pub calibration: Option<Calibrated>,
    pub miss_at_1_percent_false_alarm: f64,
    pub operating_points: BTreeMap<String, Rates>,
}

/// The affine map that suits these scores best as log-likelihood ratios, `llr = scale * score +
/// offset`, and what they would cost with it: what remains of `cllr_bits` is lost between the
/// classes, the rest by the calibration.
#[derive(Serialize)]
pub struct Calibrated {
    pub scale: f64,
    pub offset: f64,
    pub cllr_bits: f64,
}

/// Rates at one threshold.
#[derive(Serialize)]
pub struct Rates {
    pub threshold_llr: f64,
    pub false_alarm_rate: f64,
    pub miss_rate: f64,
}

/// Figures of all trials and of every value of the columns `by`.
pub fn measure(
    scored: &[Scored],
    by: &[String],
    points: &[Point],
    resamples: usize,
) -> Result<Report> {
    let every = Split::of(scored, |_| true);
    let all = figures(&every, None, points, resamples)
        .context("both classes are needed: recordings labelled bonafide and spoof, with scores")?;
    let mut groups = BTreeMap::new();
    for column in by {
        let value = |s: &Scored| s.trial.groups.get(column).cloned().unwrap_or_default();
        let mut values: Vec<String> = scored.iter().map(value).collect();
        values.sort();
        values.dedup();
        if values == [""] {
            continue;
        }
        let mut rows = BTreeMap::new();
        for v in values {
            let mut split = Split::of(scored, |s| value(s) == v);
            let borrowed = if split.bona_fide.is_empty() {
                split.bona_fide.clone_from(&every.bona_fide);
                Some("bonafide")
            } else if split.spoof.is_empty() {
                split.spoof.clone_from(&every.spoof);
                Some("spoof")
            } else {
                None
            };
            let name = if v.is_empty() { "(none)".into() } else { v };
            rows.insert(name, figures(&split, borrowed, points, resamples)?);
        }
        groups.insert(column.clone(), rows);
    }
    Ok(Report {
        schema_version: 1,
        all,
        groups,
    })
}

/// Scores by class.
struct Split {
    bona_fide: Vec<f64>,
    spoof: Vec<f64>,
}

impl Split {
    fn of(scored: &[Scored], keep: impl Fn(&Scored) -> bool) -> Self {
        let class = |bona_fide| {
            let kept = scored
                .iter()
                .filter(|s| s.trial.bona_fide == bona_fide && keep(s));
            kept.map(|s| s.score).collect()
        };
        Self {
            bona_fide: class(true),
            spoof: class(false),
        }
    }
}

fn figures(
    split: &Split,
    borrowed: Option<&'static str>,
    points: &[Point],
    resamples: usize,
) -> Result<Figures> {
    let scores = Scores::new(&split.bona_fide, &split.spoof)?;
    let Interval { low, high } = scores.bootstrap(resamples, 1, |s| s.equal_error_rate().rate)?;
    let costs = CostModel::ASVSPOOF5;
    let rates = |p: &Point| {
        let at = scores.rates_at(p.threshold_llr);
        let rates = Rates {
            threshold_llr: p.threshold_llr,
            false_alarm_rate: at.false_alarm_rate,
            miss_rate: at.miss_rate,
        };
        (p.name.clone(), rates)
    };
    Ok(Figures {
        bona_fide: split.bona_fide.len(),
        spoof: split.spoof.len(),
        borrowed,
        eer: scores.equal_error_rate().rate,
        eer_interval: [low, high],
        min_dcf: scores.min_dcf(&costs),
        act_dcf: scores.act_dcf(&costs),
        cllr_bits: scores.cllr_bits(),
        calibration: calibrated(&scores),
        miss_at_1_percent_false_alarm: scores.at_false_alarm_rate(0.01).miss_rate,
        operating_points: points.iter().map(rates).collect(),
    })
}

fn calibrated(scores: &Scores) -> Option<Calibrated> {
    let (bona_fide, spoof) = (scores.bona_fide(), scores.spoof());
    let fitted = fit_calibration(bona_fide, spoof, &CalibrationOptions::default()).ok()?;
    let llrs = |scores: &[f64]| scores.iter().map(|&s| fitted.llr(s)).collect::<Vec<_>>();
    let after = Scores::new(&llrs(bona_fide), &llrs(spoof)).ok()?;
    Some(Calibrated {
        scale: fitted.scale,
        offset: fitted.offset,
        cllr_bits: after.cllr_bits(),
    })
}
