//! From scores to log-likelihood ratios.

use super::{checked, softplus};
use crate::model::Calibration;
use crate::{Error, Result};

/// The fit is done when no slope of the objective is steeper than this, nats per standard deviation
/// of the scores. Newton's method doubles its digits with every step, so that one step fewer would
/// be a slope of about 1e-6.
const FLAT: f64 = 1e-12;
/// How far a value may go up, nats: beside the minimum, values differ by less than what a sum of
/// millions of terms is rounded to.
const ROUNDING: f64 = 1e-12;
/// Most steps. Ten are usual: the objective is convex and smooth.
const MAX_STEPS: usize = 100;

/// What [`fit_calibration`] weighs how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationOptions<'a> {
    /// Prior probability of a spoof, between 0 and 1 exclusive: which errors the fit cares for
    /// most. The result is a likelihood ratio under any prior; 0.5 serves all alike.
    pub spoof_prior: f64,
    /// How much each bona fide score counts beside the others of its class, > 0. `None`: all alike.
    pub bona_fide_weights: Option<&'a [f64]>,
    /// How much each spoof's score counts beside the others of its class, > 0. `None`: all alike.
    pub spoof_weights: Option<&'a [f64]>,
}

impl Default for CalibrationOptions<'_> {
    fn default() -> Self {
        Self {
            spoof_prior: 0.5,
            bona_fide_weights: None,
            spoof_weights: None,
        }
    }
}

/// The affine map `llr = scale * score + offset` that makes scores natural-log likelihood ratios,
/// bona fide over spoof: logistic regression in which the classes weigh as the prior says, however
/// many trials each has.
///
/// Brümmer and du Preez, "Application-independent evaluation of speaker detection", Computer Speech
/// and Language 20 (2006), section 7. The targets are not 1 and 0 but `(n + 1) / (n + 2)` and `1 /
/// (n + 2)` for `n` trials of the class (Platt, "Probabilistic outputs for support vector
/// machines", 1999): a set of `n` trials cannot show odds much beyond `n`, and classes that do not
/// overlap have a finite answer. With a thousand trials that is a change in the third digit.
/// Weighted trials count as Kish's effective number, `(sum w)^2 / sum w^2`.
///
/// ```
/// use voxhumana::metrics::{CalibrationOptions, fit_calibration};
///
/// let (bona_fide, spoof) = ([0.9, 0.4, 1.2, 0.1], [-0.3, 0.2, -0.8, -0.1]);
/// let fitted = fit_calibration(&bona_fide, &spoof, &CalibrationOptions::default())?;
/// assert!(fitted.llr(1.2) > 1.0 && fitted.llr(-0.8) < -1.0);
/// # Ok::<(), voxhumana::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] when a class is empty, a score or a weight is not finite, there are
/// not as many weights as scores, the prior is out of range, or the scores are all equal or do not
/// rise from spoofs to bona fide speech.
pub fn fit_calibration(
    bona_fide: &[f64],
    spoof: &[f64],
    options: &CalibrationOptions<'_>,
) -> Result<Calibration> {
    let prior = options.spoof_prior;
    if !(prior > 0.0 && prior < 1.0) {
        return refuse("spoof_prior", prior.to_string(), "above 0 and below 1");
    }
    checked("bona fide scores", bona_fide)?;
    checked("spoof scores", spoof)?;
    let bona_fide = Class::new(bona_fide, options.bona_fide_weights, true, 1.0 - prior)?;
    let spoof = Class::new(spoof, options.spoof_weights, false, prior)?;
    let classes = [bona_fide, spoof];

    // Standardised, so that the size of a step and of a slope means the same whatever unit the
    // scores have.
    let average = |f: &dyn Fn(f64) -> f64| {
        let sum = |c: &Class<'_>| c.each().map(|(s, w)| w * f(s)).sum::<f64>() / c.share;
        classes.iter().map(sum).sum::<f64>() / 2.0
    };
    let mean = average(&|s| s);
    let deviation = average(&|s| (s - mean).powi(2)).sqrt();
    if deviation == 0.0 || !deviation.is_finite() {
        let value = format!("of standard deviation {deviation}");
        return refuse("scores", value, "a finite one above 0");
    }
    let objective = Objective {
        classes,
        mean,
        deviation,
        prior_log_odds: ((1.0 - prior) / prior).ln(),
    };
    let [slope, shift] = objective.minimum()?;
    if slope <= 0.0 {
        let value = format!("no higher for bona fide speech than for spoofs (slope {slope:.3})");
        return refuse(
            "scores",
            value,
            "scores that are higher for bona fide speech",
        );
    }
    Ok(Calibration {
        scale: slope / deviation,
        offset: shift - slope * mean / deviation,
    })
}

fn refuse<T>(name: &'static str, value: String, accepted: &str) -> Result<T> {
    Err(Error::InvalidArgument {
        name,
        value,
        accepted: accepted.into(),
    })
}

/// The trials of one class.
struct Class<'a> {
    scores: &'a [f64],
    weights: Option<&'a [f64]>,
    /// What one unit of weight is worth, so that the class sums to `share`.
    unit: f64,
    share: f64,
    /// The probability of bona fide that the fit is asked for.
    target: f64,
}

impl<'a> Class<'a> {
    fn new(
        scores: &'a [f64],
        weights: Option<&'a [f64]>,
        bona_fide: bool,
        share: f64,
    ) -> Result<Self> {
        let (mut sum, mut squares) = (scores.len() as f64, scores.len() as f64);
        if let Some(weights) = weights {
            if weights.len() != scores.len() {
                let accepted = format!("{}, one per score", scores.len());
                return refuse("weights", format!("{} numbers", weights.len()), &accepted);
            }
            if let Some(wrong) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
                return refuse("weights", wrong.to_string(), "finite numbers above 0");
            }
            sum = weights.iter().sum();
            squares = weights.iter().map(|w| w * w).sum();
        }
        let trials = sum * sum / squares;
        let certain = (trials + 1.0) / (trials + 2.0);
        Ok(Self {
            scores,
            weights,
            unit: share / sum,
            share,
            target: if bona_fide { certain } else { 1.0 - certain },
        })
    }

    /// Scores and what each weighs in the objective.
    fn each(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let weight = |i| self.weights.map_or(1.0, |w: &[f64]| w[i]);
        let scores = self.scores.iter().enumerate();
        scores.map(move |(i, &s)| (s, weight(i) * self.unit))
    }
}

/// The cross-entropy between the targets and the posterior, in nats, of slope and shift on
/// standardised scores.
struct Objective<'a> {
    classes: [Class<'a>; 2],
    mean: f64,
    deviation: f64,
    prior_log_odds: f64,
}

impl Objective<'_> {
    /// Calls `f` with the standardised score, the weight, the posterior log odds and the target of
    /// every trial.
    fn visit(&self, [slope, shift]: [f64; 2], mut f: impl FnMut(f64, f64, f64, f64)) {
        for class in &self.classes {
            for (score, weight) in class.each() {
                let x = (score - self.mean) / self.deviation;
                let log_odds = slope * x + shift + self.prior_log_odds;
                f(x, weight, log_odds, class.target);
            }
        }
    }

    fn value(&self, at: [f64; 2]) -> f64 {
        let mut sum = 0.0;
        self.visit(at, |_, weight, log_odds, target| {
            sum += weight * (softplus(log_odds) - target * log_odds);
        });
        sum
    }

    /// Newton's method, each step halved until it goes down.
    fn minimum(&self) -> Result<[f64; 2]> {
        let mut at = [0.0, 0.0];
        let mut value = self.value(at);
        for _ in 0..MAX_STEPS {
            let mut gradient = [0.0; 2];
            // Second derivatives: slope twice, slope and shift, shift twice.
            let mut curve = [0.0; 3];
            self.visit(at, |x, weight, log_odds, target| {
                let posterior = 1.0 / (1.0 + (-log_odds).exp());
                let error = weight * (posterior - target);
                gradient[0] += error * x;
                gradient[1] += error;
                let bend = weight * posterior * (1.0 - posterior);
                curve[0] += bend * x * x;
                curve[1] += bend * x;
                curve[2] += bend;
            });
            if gradient.iter().all(|g| g.abs() <= FLAT) {
                return Ok(at);
            }
            let determinant = curve[0] * curve[2] - curve[1] * curve[1];
            let step = [
                (curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant,
                (curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant,
            ];
            if !step.iter().all(|s| s.is_finite()) {
                break;
            }
            let mut size = 1.0;
            loop {
                let next = [at[0] - size * step[0], at[1] - size * step[1]];
                let reached = self.value(next);
                if reached <= value + ROUNDING || size < ROUNDING {
                    (at, value) = (next, reached);
                    break;
                }
                size /= 2.0;
            }
        }
        refuse(
            "scores",
            format!("not calibrated after {MAX_STEPS} steps"),
            "scores of both classes without values far from all others",
        )
    }
}
