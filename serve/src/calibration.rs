//! How low the limit of alerts must be so that no more than a promised share of natural calls gets
//! one.
//!
//! A call is judged every second, so the error rates of one look say little about it: what counts
//! is whether any look raised an alert. Here whole calls are replayed under one limit after the
//! other, and the limit is chosen by Learn then Test (Angelopoulos et al., 2021,
//! <https://arxiv.org/abs/2110.01052>), with fixed-sequence testing: from the strictest on, as long
//! as chance alone would hardly give so few false alerts if the rate were higher than promised.

use crate::engine::{Alarm, AlertRule, Judgement};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// Highest share of natural tracks with an alert, 0 to 1.
    pub rate: f64,
    /// Probability, 0 to 1, that calibration calls were so lucky that the promise does not hold.
    pub risk: f64,
}

/// A limit that keeps a promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The log-likelihood ratio below which an alert may be raised.
    pub below_llr: f64,
    /// Natural tracks that got one while it was chosen.
    pub false_alerts: usize,
}

/// Seconds of speech at which a track gets its alert, if it gets one.
#[must_use]
pub fn replay(judgements: &[Judgement], rule: &AlertRule) -> Option<f64> {
    let mut alarm = Alarm::default();
    let alert = judgements
        .iter()
        .find(|judged| alarm.look(rule, judged).is_some())?;
    Some(alert.speech_s)
}

/// The most lenient of `limits` that keeps the promise, by the judgements of natural tracks that
/// were drawn as those to come; `None` if none does.
#[must_use]
pub fn choose(
    natural: &[Vec<Judgement>],
    rule: &AlertRule,
    limits: &[f64],
    promise: Promise,
) -> Option<Limit> {
    let mut limits: Vec<f64> = limits.iter().copied().filter(|l| l.is_finite()).collect();
    limits.sort_by(f64::total_cmp);
    let mut chosen = None;
    for below_llr in limits {
        let rule = AlertRule { below_llr, ..*rule };
        let alerts = natural
            .iter()
            .filter(|track| replay(track, &rule).is_some());
        let false_alerts = alerts.count();
        // The probability of so few, if the rate were just above what is promised.
        if so_few(false_alerts, natural.len(), promise.rate) > promise.risk {
            break;
        }
        chosen = Some(Limit {
            below_llr,
            false_alerts,
        });
    }
    chosen
}

/// Natural tracks that are needed at least, without a single false alert among them.
#[must_use]
pub fn tracks_needed(promise: Promise) -> usize {
    (promise.risk.ln() / (-promise.rate).ln_1p()).ceil() as usize
}

/// The probability of at most `k` of `n`, each with probability `p`: the binomial distribution.
fn so_few(k: usize, n: usize, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    let odds = p / (1.0 - p);
    // The first terms of many tracks are too small for a number, their logarithms are not.
    let mut ln_term = n as f64 * (-p).ln_1p();
    let mut sum = ln_term.exp();
    for i in 0..k {
        ln_term += ((n - i) as f64 / (i + 1) as f64 * odds).ln();
        sum += ln_term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use voxhumana::verdict::Verdict;

    use super::*;

    const RULE: AlertRule = AlertRule {
        below_llr: -2.0,
        falls_by_llr: 0.0,
        after_speech_s: 3.0,
        seconds_in_a_row: 2,
    };

    fn judged(llr: f64, speech_s: f64) -> Judgement {
        Judgement {
            verdict: if llr < 0.0 {
                Verdict::Synthetic
            } else {
                Verdict::BonaFide
            },
            decision_llr: Some(llr),
            speech_s,
        }
    }

    /// A track whose log-likelihood ratio falls to `lowest` for three seconds.
    fn track(lowest: f64) -> Vec<Judgement> {
        let second = |s: u32| judged(if (5..8).contains(&s) { lowest } else { 3.0 }, f64::from(s));
        (1..20).map(second).collect()
    }

    #[test]
    fn a_track_is_replayed_as_the_server_judges_it() {
        assert_eq!(replay(&track(-4.0), &RULE), Some(6.0));
        assert_eq!(replay(&track(-1.0), &RULE), None);
        // Below the limit at once, but with too little speech, and never twice in a row.
        let early = [judged(-9.0, 1.0), judged(-9.0, 2.0), judged(3.0, 3.0)];
        assert_eq!(replay(&early, &RULE), None);
        // Up to 5 s of speech the limit is -2, at 10 s it is -4, at 20 s -6.
        let falling = AlertRule {
            falls_by_llr: 2.0,
            seconds_in_a_row: 1,
            ..RULE
        };
        for (llr, speech_s, expected) in [
            (-2.1, 5.0, Some(5.0)),
            (-3.9, 10.0, None),
            (-4.1, 10.0, Some(10.0)),
            (-5.9, 20.0, None),
        ] {
            assert_eq!(replay(&[judged(llr, speech_s)], &falling), expected);
        }
    }

    /// By Python: `sum(comb(n, i) * p**i * (1 - p)**(n - i) for i in range(k + 1))`.
    #[test]
    fn so_few_is_the_binomial_distribution() {
        for (k, n, p, expected) in [
            (0, 10, 0.5, 0.000_976_562_5),
            (3, 10, 0.3, 0.649_610_718_4),
            (3, 1_000, 0.003, 0.647_232_057_3),
            (0, 767, 0.003, 0.099_812_842_8),
            // The first term is too small for a number; by scipy.stats.binom.
            (780, 260_000, 0.003, 0.509_521_400_9),
        ] {
            let found = so_few(k, n, p);
            assert!((found - expected).abs() < 1e-9, "{k} of {n}: {found}");
        }
        assert!((so_few(10, 10, 0.3) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_limit_keeps_its_promise_on_new_calls() {
        let promise = Promise {
            rate: 0.01,
            risk: 0.1,
        };
        let limits: Vec<f64> = (-80..0).map(|n| f64::from(n) / 10.0).collect();
        // The lowest values of natural tracks are drawn from one distribution, whose share below
        // x is exp(x): the rate at a limit is known.
        let mut random = fastrand::Rng::with_seed(3);
        let (mut broken, mut found) = (0, 0);
        for _ in 0..200 {
            let natural: Vec<_> = (0..600).map(|_| track(random.f64().ln())).collect();
            if let Some(limit) = choose(&natural, &RULE, &limits, promise) {
                found += 1;
                broken += usize::from(limit.below_llr.exp() > promise.rate);
            }
        }
        assert!(found > 150, "{found}");
        // One in ten may be broken; 200 draws give 20, and hardly ever more than 34.
        assert!(broken <= 34, "{broken} of {found}");
    }

    #[test]
    fn too_few_calls_promise_nothing() {
        let promise = Promise {
            rate: 0.003,
            risk: 0.1,
        };
        let needed = tracks_needed(promise);
        assert_eq!(needed, 767);
        let natural = vec![track(3.0); needed];
        assert!(choose(&natural, &RULE, &[-1.0], promise).is_some());
        assert_eq!(choose(&natural[1..], &RULE, &[-1.0], promise), None);
        assert_eq!(choose(&[], &RULE, &[-1.0], promise), None);
    }
}
