//! Chooses the limit of alerts by calls whose truth is known, and says what it is worth: false
//! alerts in 1,000 natural tracks, and seconds of speech to the alert of synthetic ones.
//!
//! Each file is what `voxhumana serve --events FILE` has written of calls of one kind. Calls to
//! choose by and calls to measure on must be different ones: `tests/reference/alerts.py` makes all
//! three from the project's corpus.
//!
//! ```sh
//! cargo run --release --example alerts -- natural.jsonl new-natural.jsonl new-synthetic.jsonl
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde::Deserialize;
use voxhumana::Detector;
use voxhumana_serve::calibration::{Promise, choose, replay, tracks_needed};
use voxhumana_serve::engine::{AlertRule, Judgement};

/// At most 3 in 1,000, and one chance in ten that the calls were too lucky to promise it.
const PROMISE: Promise = Promise {
    rate: 0.003,
    risk: 0.1,
};
/// Seconds of speech within which an alert is worth most.
const SOON_S: f64 = 5.0;
/// Limits that are shown beside the one that is chosen and the server's own.
const OTHERS: [f64; 4] = [-3.0, -3.5, -4.4, -4.8];
/// The operating point whose flags at the end of a call alerts are compared with.
const OPERATING_POINT: &str = "low-false-alarm";
/// Limits that are tried: from `e` to the minus 20 to an even chance, in steps of a tenth.
const LIMITS: std::ops::Range<i32> = -200..1;

#[derive(Deserialize)]
struct Line {
    r#type: String,
    call_id: String,
    data: serde_json::Value,
}

#[derive(Deserialize)]
struct Score {
    track: String,
    #[serde(flatten)]
    judged: Judgement,
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [natural, new_natural, new_synthetic] = files.as_slice() else {
        return Err("usage: alerts NATURAL NEW-NATURAL NEW-SYNTHETIC".into());
    };
    let rule = AlertRule {
        below_llr: 0.0,
        falls_by_llr: AlertRule::FALLS_BY_LLR,
        after_speech_s: AlertRule::AFTER_SPEECH_S,
        seconds_in_a_row: AlertRule::SECONDS_IN_A_ROW,
    };
    let natural = tracks(natural)?;
    let limits: Vec<f64> = LIMITS.map(|n| f64::from(n) / 10.0).collect();
    let Some(limit) = choose(&natural, &rule, &limits, PROMISE) else {
        let (n, needed) = (natural.len(), tracks_needed(PROMISE));
        return Err(format!(
            "no limit keeps {:.1} false alerts in 1,000 by {n} natural tracks; at least {needed} \
             are needed, and more where some get an alert at every limit",
            1_000.0 * PROMISE.rate
        )
        .into());
    };
    println!(
        "--alert-llr {:.1} ({} of {} natural tracks got an alert while it was chosen)",
        limit.below_llr,
        limit.false_alerts,
        natural.len()
    );
    let (new_natural, new_synthetic) = (tracks(new_natural)?, tracks(new_synthetic)?);
    let detector = Detector::bundled()?;
    let low = detector.model().metadata().operating_points[OPERATING_POINT].threshold_llr;
    let own = AlertRule::for_detector(&detector).below_llr;
    let mut limits = vec![limit.below_llr, own, low];
    limits.extend(OTHERS);
    limits.sort_by(|a, b| b.total_cmp(a));
    println!(
        "\n| --alert-llr | of {} natural tracks | of {} synthetic ones | seconds of speech, \
         median; 9 of 10 | within {SOON_S} s, % of those that {OPERATING_POINT} flags at their end \
         |\n\
         |---|---|---|---|---|",
        new_natural.len(),
        new_synthetic.len()
    );
    for below_llr in limits {
        tell(
            &AlertRule { below_llr, ..rule },
            low,
            &new_natural,
            &new_synthetic,
        );
    }
    Ok(())
}

/// What a rule gives on calls that it was not chosen by, as a line of a table. `low` is the
/// threshold of `low-false-alarm`.
fn tell(rule: &AlertRule, low: f64, natural: &[Vec<Judgement>], synthetic: &[Vec<Judgement>]) {
    let false_alerts = natural.iter().filter_map(|t| replay(t, rule)).count();
    let mut speech_s: Vec<f64> = synthetic.iter().filter_map(|t| replay(t, rule)).collect();
    speech_s.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * speech_s.len() as f64) as usize;
        speech_s
            .get(place)
            .map_or("-".into(), |s| format!("{s:.1}"))
    };
    // What a scan of the whole track would flag at that operating point.
    let is_flagged = |track: &&Vec<Judgement>| {
        let last = track.last().and_then(|judged| judged.decision_llr);
        last.is_some_and(|llr| llr < low)
    };
    let flagged: Vec<_> = synthetic.iter().filter(is_flagged).collect();
    let is_soon = |track: &&&Vec<Judgement>| replay(track, rule).is_some_and(|s| s <= SOON_S);
    let soon = flagged.iter().filter(is_soon).count();
    println!(
        "| {:.2} | {false_alerts} | {} | {}; {} | {:.0} |",
        rule.below_llr,
        speech_s.len(),
        at(0.5),
        at(0.9),
        100.0 * soon as f64 / flagged.len().max(1) as f64
    );
}

/// The judgements of each track, in the order of time.
fn tracks(file: &str) -> Result<Vec<Vec<Judgement>>, Box<dyn Error>> {
    let mut tracks: BTreeMap<(String, String), Vec<Judgement>> = BTreeMap::new();
    for line in BufReader::new(File::open(file)?).lines() {
        let line: Line = serde_json::from_str(&line?)?;
        if line.r#type == "score" {
            let score: Score = serde_json::from_value(line.data)?;
            let track = tracks.entry((line.call_id, score.track)).or_default();
            track.push(score.judged);
        }
    }
    Ok(tracks.into_values().collect())
}
