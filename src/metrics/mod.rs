//! How good a set of scores is.
//!
//! The sign is ASVspoof's: a higher score means more bona fide. The words for the two errors are
//! the user's, who looks for spoofs; ASVspoof, who lets bona fide speakers in, swaps them:
//!
//! | what happens | here | in ASVspoof 5 |
//! |---|---|---|
//! | bona fide speech is called synthetic (`score < threshold`) | false alarm | miss (rejection) |
//! | a spoof is called bona fide (`score >= threshold`) | miss | false alarm (acceptance) |
//!
//! Costs are therefore named after what happens, see [`CostModel`]. The definitions are those of
//! the ASVspoof 5 evaluation package (<https://github.com/asvspoof-challenge/asvspoof5>), with one
//! difference: that code steps through tied scores one by one, through points that no threshold
//! reaches, so that a detector with one constant score has an EER of 100 % there. Here tied scores
//! move together and that detector has 50 %. Without ties the figures are the same.

mod bootstrap;
mod calibration;
mod cost;
mod det;
mod label;

pub use bootstrap::Interval;
pub use calibration::{CalibrationOptions, fit_calibration};
pub use cost::CostModel;
pub use det::{DetPoint, EqualErrorRate};
pub use label::Label;

use crate::{Error, Result};

/// Scores of bona fide and spoofed speech, checked once, ready for every metric.
///
/// ```
/// use voxhumana::metrics::{CostModel, Scores};
///
/// let scores = Scores::new(&[2.0, 1.5, -0.5, 3.0], &[-2.0, -1.0, 0.0, -3.0])?;
/// assert_eq!(scores.equal_error_rate().rate, 0.25);
/// assert_eq!(scores.area(), 15.0 / 16.0);
/// assert!(scores.cllr_bits() < 1.0);
/// assert!(scores.min_dcf(&CostModel::ASVSPOOF5) <= scores.act_dcf(&CostModel::ASVSPOOF5));
/// # Ok::<(), voxhumana::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    // Both ascending.
    bona_fide: Vec<f64>,
    spoof: Vec<f64>,
}

impl Scores {
    /// Takes scores of both classes, in any order.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a class is empty or a score is NaN or infinite.
    pub fn new(bona_fide: &[f64], spoof: &[f64]) -> Result<Self> {
        Ok(Self {
            bona_fide: checked("bona fide scores", bona_fide)?,
            spoof: checked("spoof scores", spoof)?,
        })
    }

    /// Bona fide scores, ascending.
    #[must_use]
    pub fn bona_fide(&self) -> &[f64] {
        &self.bona_fide
    }

    /// Spoof scores, ascending.
    #[must_use]
    pub fn spoof(&self) -> &[f64] {
        &self.spoof
    }

    /// The two error rates at a threshold: scores below it are called synthetic.
    #[must_use]
    pub fn rates_at(&self, threshold: f64) -> DetPoint {
        let below = |scores: &[f64]| scores.partition_point(|&s| s < threshold);
        DetPoint {
            threshold,
            false_alarm_rate: below(&self.bona_fide) as f64 / self.bona_fide.len() as f64,
            miss_rate: (self.spoof.len() - below(&self.spoof)) as f64 / self.spoof.len() as f64,
        }
    }

    /// Area under the receiver operating characteristic: the chance that a bona fide score lies
    /// above a spoof's, ties counting half. 0.5 is a coin flip, 1 is perfect.
    #[must_use]
    pub fn area(&self) -> f64 {
        // Mann-Whitney: for each bona fide score, the spoofs below it, plus half of those equal to
        // it.
        let (mut below, mut not_above) = (0, 0);
        let mut wins = 0.0;
        for &score in &self.bona_fide {
            while below < self.spoof.len() && self.spoof[below] < score {
                below += 1;
            }
            while not_above < self.spoof.len() && self.spoof[not_above] <= score {
                not_above += 1;
            }
            wins += 0.5 * (below + not_above) as f64;
        }
        wins / (self.bona_fide.len() as f64 * self.spoof.len() as f64)
    }

    /// Cost of the log-likelihood-ratio, bits: what the scores, read as natural-log likelihood
    /// ratios, lose to perfect knowledge. 0 is perfect, 1 is what an LLR of 0 for everything gets.
    ///
    /// Brümmer and du Preez, "Application-independent evaluation of speaker detection", Computer
    /// Speech and Language 20 (2006).
    #[must_use]
    pub fn cllr_bits(&self) -> f64 {
        let bona_fide = mean(self.bona_fide.iter().map(|&s| softplus(-s)));
        let spoof = mean(self.spoof.iter().map(|&s| softplus(s)));
        0.5 * (bona_fide + spoof) / std::f64::consts::LN_2
    }
}

/// `ln(1 + e^x)` without overflow for large `x`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn checked(name: &'static str, scores: &[f64]) -> Result<Vec<f64>> {
    let invalid = |value: String, accepted: &str| Error::InvalidArgument {
        name,
        value,
        accepted: accepted.to_string(),
    };
    if scores.is_empty() {
        return Err(invalid("an empty list".into(), "at least one score"));
    }
    if let Some(i) = scores.iter().position(|s| !s.is_finite()) {
        return Err(invalid(
            format!("{} at index {i}", scores[i]),
            "finite numbers",
        ));
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(sorted)
}
