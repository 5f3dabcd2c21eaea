//! The comparison for people.

use std::fmt::{Display, Write};

use voxhumana::report::{Missing, printable};

use super::figures::{Change, Comparison, Figures};
use super::moves::Moves;
use super::side::{Answer, Side, State};
use crate::say;

/// Flips that people are shown.
const MAX_FLIPS: usize = 50;
/// Widest name of a group.
const MAX_WIDTH: usize = 40;

/// The whole comparison as text. Writing to a String does not fail.
pub fn text(comparison: &Comparison) -> String {
    let c = comparison;
    let mut lines = Lines::default();
    side(&mut lines, "old", &c.old);
    side(&mut lines, "new", &c.new);
    missing(&mut lines, "only in old", &c.only_old);
    missing(&mut lines, "only in new", &c.only_new);
    if let Some(labels) = &c.labels {
        missing(
            &mut lines,
            "labels without a recording",
            &labels.rows_without_recording,
        );
    }
    lines.add("");
    lines.add(format_args!(
        "{} of {} verdicts flip",
        c.all.flips, c.compared
    ));
    for change in c
        .all
        .verdicts
        .iter()
        .filter(|change| change.old != change.new)
    {
        let Change {
            old,
            new,
            recordings,
        } = change;
        lines.add(format_args!("  {recordings:>6}  {old} -> {new}"));
    }
    if let Some(m) = &c.all.llr_moves {
        moves(&mut lines, m);
    }
    rates(&mut lines, &c.all);
    for (column, values) in &c.groups {
        lines.add("");
        group(&mut lines, column, values);
    }
    flips(&mut lines, c);
    lines.0
}

/// Lines that no name can break.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: impl Display) {
        let _ = writeln!(self.0, "{}", printable(line.to_string().trim_end()));
    }
}

fn side(lines: &mut Lines, name: &str, side: &Side) {
    let all = |names: &std::collections::BTreeSet<String>| {
        names
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    lines.add(format_args!(
        "{name}  {}: {} recordings, {} at {}",
        side.file,
        side.recordings,
        all(&side.models),
        all(&side.operating_points)
    ));
}

fn missing(lines: &mut Lines, what: &str, missing: &Missing) {
    if missing.count > 0 {
        let (n, names) = (missing.count, say::names(missing));
        lines.add(format_args!("     {n} {what}: {names}"));
    }
}

fn moves(lines: &mut Lines, m: &Moves) {
    lines.add(format_args!(
        "scores moved by {:+.2} on average, median {:+.2}; one in twenty by less than {:+.2}, one \
         by more than {:+.2}; farthest {:+.2} ({})",
        m.mean, m.median, m.low_5_percent, m.high_5_percent, m.largest, m.largest_path
    ));
}

fn rates(lines: &mut Lines, figures: &Figures) {
    let Some(labelled) = &figures.rates else {
        return;
    };
    let percent = |rate: Option<f64>| rate.map_or("-".into(), |r| format!("{:.1} %", 100.0 * r));
    let mut row = |name: String, old, new| {
        lines.add(format_args!(
            "  {name:<42} {:>8} {:>8}",
            percent(old),
            percent(new)
        ));
    };
    let (old, new) = (&labelled.old, &labelled.new);
    let (human, spoof) = (labelled.bona_fide, labelled.spoof);
    row(
        format!("false alarms, of {human} bona fide"),
        old.false_alarm_rate,
        new.false_alarm_rate,
    );
    row(
        format!("misses, of {spoof} spoofs"),
        old.miss_rate,
        new.miss_rate,
    );
    row(
        format!("without a verdict, of {}", human + spoof),
        old.no_verdict_rate,
        new.no_verdict_rate,
    );
    row("equal error rate of the scores".into(), old.eer, new.eer);
}

fn group(lines: &mut Lines, column: &str, values: &std::collections::BTreeMap<String, Figures>) {
    let shown = |value: &str| -> String {
        let value = if value.is_empty() { "(none)" } else { value };
        printable(value).chars().take(MAX_WIDTH).collect()
    };
    let head = format!("by {}", shown(column));
    let widths = values.keys().map(|value| shown(value).chars().count() + 2);
    let width = widths.chain([head.chars().count()]).max().unwrap_or(0);
    let is_labelled = values.values().any(|f| f.rates.is_some());
    let truth = if is_labelled {
        "  false alarms %        misses %"
    } else {
        ""
    };
    lines.add(format_args!(
        "{head:width$}  recordings  flips  to synthetic  from synthetic  moved, median{truth}"
    ));
    for (value, f) in values {
        let moved = f.llr_moves.as_ref();
        let moved = moved.map_or_else(|| "-".to_owned(), |m| format!("{:+.2}", m.median));
        let mut row = format!(
            "  {:w$}  {:>10}  {:>5}  {:>12}  {:>14}  {moved:>13}",
            shown(value),
            f.recordings,
            f.flips,
            f.changed(|c| c.new == State::Synthetic),
            f.changed(|c| c.old == State::Synthetic),
            w = width - 2
        );
        if let Some(r) = &f.rates {
            let both = |old: Option<f64>, new: Option<f64>| {
                let percent =
                    |r: Option<f64>| r.map_or("-".into(), |r| format!("{:.1}", 100.0 * r));
                format!("{} -> {}", percent(old), percent(new))
            };
            row += &format!(
                "  {:>14}  {:>14}",
                both(r.old.false_alarm_rate, r.new.false_alarm_rate),
                both(r.old.miss_rate, r.new.miss_rate)
            );
        }
        lines.add(row);
    }
}

fn flips(lines: &mut Lines, c: &Comparison) {
    if c.flips.is_empty() {
        return;
    }
    lines.add("");
    let answer = |a: &Answer| {
        let llr = a
            .decision_llr
            .map_or_else(String::new, |llr| format!(" ({llr:+.2})"));
        format!("{}{llr}", a.verdict)
    };
    for flip in c.flips.iter().take(MAX_FLIPS) {
        let label = flip
            .label
            .as_ref()
            .map_or_else(String::new, |l| format!(", true: {l}"));
        let (old, new) = (answer(&flip.old), answer(&flip.new));
        lines.add(format_args!("{}: {old} -> {new}{label}", flip.path));
    }
    if c.flips.len() > MAX_FLIPS {
        let more = c.flips.len() - MAX_FLIPS;
        lines.add(format_args!("and {more} more; --format json has all"));
    }
}
