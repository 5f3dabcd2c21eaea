//! The figures for people.

use std::fmt::Write;

use voxhumana::report::printable;

use super::figures::{Figures, Report};

const HEADER: &str =
    "bona fide  spoof  EER % (95 % interval)  minDCF  actDCF   Cllr  miss % at 1 % FA";

/// The whole report as text.
pub fn text(report: &Report) -> String {
    let groups = report.groups.values().flatten();
    let width = groups
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(3)
        .clamp(3, 40);
    let mut out = format!("{:width$}  {HEADER}\n", "");
    row(&mut out, "all", &report.all, width);
    for (column, rows) in &report.groups {
        let _ = writeln!(out, "\nby {}", printable(column));
        for (name, figures) in rows {
            row(&mut out, name, figures, width);
        }
    }
    if !report.all.operating_points.is_empty() {
        let names = width.max("operating point".len());
        let _ = writeln!(
            out,
            "\n{:names$}  threshold, LLR  false alarms %  misses %",
            "operating point"
        );
        for (name, r) in &report.all.operating_points {
            let _ = writeln!(
                out,
                "{name:names$}  {:>14.2}  {:>14.2}  {:>8.1}",
                r.threshold_llr,
                100.0 * r.false_alarm_rate,
                100.0 * r.miss_rate
            );
        }
    }
    if let Some(c) = &report.all.calibration {
        let _ = writeln!(
            out,
            "\ncalibrated on these very scores (llr = {:.3} x score {:+.3}): Cllr {:.3}, now {:.3}",
            c.scale, c.offset, c.cllr_bits, report.all.cllr_bits
        );
    }
    let borrowed = report
        .groups
        .values()
        .flatten()
        .any(|(_, f)| f.borrowed.is_some());
    if borrowed {
        out.push_str("\n* the group has one class only: the other is that of the whole list\n");
    }
    out
}

fn row(out: &mut String, name: &str, f: &Figures, width: usize) {
    let [low, high] = f.eer_interval.map(|x| 100.0 * x);
    let name: String = printable(name).chars().take(width).collect();
    let star = |class| if f.borrowed == Some(class) { "*" } else { " " };
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{name:width$}  {:>8}{} {:>5}{} {:>6.1} ({low:>5.1} to {high:>5.1})  \
         {:>6.3}  {:>6.3}  {:>5.3}  {:>16.1}",
        f.bona_fide,
        star("bonafide"),
        f.spoof,
        star("spoof"),
        100.0 * f.eer,
        f.min_dcf,
        f.act_dcf,
        f.cllr_bits,
        100.0 * f.miss_at_1_percent_false_alarm
    );
}
