//! Detection error trade-off: the two error rates over all thresholds.

use super::Scores;

/// The two error rates at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct DetPoint {
    /// Scores below this are called synthetic. Infinite at the end where everything is.
    pub threshold: f64,
    /// Share of bona fide speech called synthetic, 0 to 1.
    pub false_alarm_rate: f64,
    /// Share of spoofs called bona fide, 0 to 1.
    pub miss_rate: f64,
}

/// The equal error rate and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EqualErrorRate {
    /// Mean of the two error rates at `threshold`, 0 to 1.
    pub rate: f64,
    /// The threshold at which the two error rates are closest.
    pub threshold: f64,
}

impl Scores {
    /// The points of the DET curve, one per distinct score and one beyond the last, by rising
    /// threshold: from (false alarms 0, misses 1) to (1, 0).
    #[must_use]
    pub fn det_curve(&self) -> Vec<DetPoint> {
        let (bona_fide, spoof) = (self.bona_fide(), self.spoof());
        let (mut b, mut s) = (0, 0);
        let mut points = Vec::new();
        loop {
            let threshold = match (bona_fide.get(b), spoof.get(s)) {
                (Some(&x), Some(&y)) => x.min(y),
                (Some(&x), None) | (None, Some(&x)) => x,
                (None, None) => f64::INFINITY,
            };
            points.push(DetPoint {
                threshold,
                false_alarm_rate: b as f64 / bona_fide.len() as f64,
                miss_rate: (spoof.len() - s) as f64 / spoof.len() as f64,
            });
            if threshold == f64::INFINITY {
                return points;
            }
            while bona_fide.get(b).is_some_and(|&x| x <= threshold) {
                b += 1;
            }
            while spoof.get(s).is_some_and(|&x| x <= threshold) {
                s += 1;
            }
        }
    }

    /// The error rate where false alarms and misses are equally frequent.
    ///
    /// Defined as in ASVspoof 5's `compute_eer`: of all thresholds the first with the smallest
    /// difference of the two rates, and there their mean. No interpolation, no convex hull.
    #[must_use]
    pub fn equal_error_rate(&self) -> EqualErrorRate {
        let gap = |p: &DetPoint| (p.false_alarm_rate - p.miss_rate).abs();
        let curve = self.det_curve();
        let mut best = curve[0];
        for point in &curve[1..] {
            // Rates are fractions: two equal gaps may differ in their last bits.
            if gap(point) < gap(&best) - 1e-12 {
                best = *point;
            }
        }
        EqualErrorRate {
            rate: 0.5 * (best.false_alarm_rate + best.miss_rate),
            threshold: best.threshold,
        }
    }

    /// The fewest misses that a threshold gets with no more than `max_false_alarm_rate` (0 to 1) of
    /// the bona fide speech called synthetic. No interpolation: with fewer than 100 bona fide
    /// scores, 1 % means none.
    #[must_use]
    pub fn at_false_alarm_rate(&self, max_false_alarm_rate: f64) -> DetPoint {
        let curve = self.det_curve();
        // False alarms only rise along the curve and misses only fall: the last point within the
        // limit.
        let within = curve.partition_point(|p| p.false_alarm_rate <= max_false_alarm_rate);
        curve[within.max(1) - 1]
    }
}
