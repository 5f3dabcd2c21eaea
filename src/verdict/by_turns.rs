//! The decision about the only channel of a recording in which no two voices were told apart.

use super::decision::Decision;
use super::domain::in_domain;
use super::part;
use super::stretch::windows_in;
use super::turns;
use super::window::WindowScore;
use crate::model::{ModelMetadata, OperatingPoint};

/// Adds to a decision what the scores say of a clone that takes turns with a human voice: its
/// turns are parts of the channel, where they say more than the parts that were found.
#[must_use]
pub(crate) fn decide_by_turns(
    decision: Decision,
    windows: &[WindowScore],
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Decision {
    let rules = &metadata.decision_rules;
    let (Some(rule), Some(threshold_llr)) = (&rules.part, point.part_threshold_llr) else {
        return decision;
    };
    // Without a verdict on the whole there is none on a part.
    if decision.reason.is_some() {
        return decision;
    }
    let inside = in_domain(windows, metadata);
    let counted: Vec<&WindowScore> = windows
        .iter()
        .zip(&inside)
        .filter_map(|(window, &inside)| inside.then_some(window))
        .collect();
    let scores: Vec<f64> = counted.iter().map(|window| window.score).collect();
    let least = windows_in(rule.least_s, metadata).max(2);
    let Some(found) = turns::find(&scores, rule, metadata.hop_s(), least) else {
        return decision;
    };
    // Numbers that are none decide nothing.
    let says_more = decision.part_llr.is_none_or(|part| found.llr < part);
    let believed = found.llr < threshold_llr;
    if !says_more || !believed {
        return decision;
    }
    Decision {
        partly_synthetic: true,
        part_llr: Some(found.llr),
        synthetic_spans: part::spans(&counted, &found.synthetic, metadata),
        ..decision
    }
}
