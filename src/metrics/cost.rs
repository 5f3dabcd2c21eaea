//! Detection cost: one number for one application's prior and costs.

use super::{DetPoint, Scores};

/// The costs of errors, and how frequent spoofs are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostModel {
    /// Prior probability of a spoof, between 0 and 1 exclusive.
    pub spoof_prior: f64,
    /// Cost of calling bona fide speech synthetic, > 0 (ASVspoof 5's `Cmiss`).
    pub false_alarm_cost: f64,
    /// Cost of calling a spoof bona fide, > 0 (ASVspoof 5's `Cfa`).
    pub miss_cost: f64,
}

impl CostModel {
    /// ASVspoof 5 track 1: Pspoof 0.05, Cmiss 1, Cfa 10.
    pub const ASVSPOOF5: Self = Self {
        spoof_prior: 0.05,
        false_alarm_cost: 1.0,
        miss_cost: 10.0,
    };

    /// The threshold that is best for calibrated natural-log likelihood ratios (Bayes).
    #[must_use]
    pub fn bayes_threshold(&self) -> f64 {
        (self.weight_of_misses() / self.weight_of_false_alarms()).ln()
    }

    fn weight_of_false_alarms(&self) -> f64 {
        self.false_alarm_cost * (1.0 - self.spoof_prior)
    }

    fn weight_of_misses(&self) -> f64 {
        self.miss_cost * self.spoof_prior
    }

    /// Cost at a point, 1 being what the better of "all synthetic" and "all bona fide" costs.
    fn normalised(&self, point: &DetPoint) -> f64 {
        let (false_alarms, misses) = (self.weight_of_false_alarms(), self.weight_of_misses());
        (false_alarms * point.false_alarm_rate + misses * point.miss_rate)
            / false_alarms.min(misses)
    }
}

impl Scores {
    /// Lowest normalised detection cost over all thresholds: what the scores could do if the
    /// threshold were chosen afterwards. 0 to 1.
    #[must_use]
    pub fn min_dcf(&self, costs: &CostModel) -> f64 {
        self.det_curve()
            .iter()
            .map(|point| costs.normalised(point))
            .fold(f64::INFINITY, f64::min)
    }

    /// Normalised detection cost at the Bayes threshold, the scores read as natural-log likelihood
    /// ratios: what they do as they are. At least [`min_dcf`](Self::min_dcf); the gap is
    /// calibration.
    #[must_use]
    pub fn act_dcf(&self, costs: &CostModel) -> f64 {
        costs.normalised(&self.rates_at(costs.bayes_threshold()))
    }
}
