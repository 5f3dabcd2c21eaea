//! The sum of a scan, for people.

use voxhumana::Detector;
use voxhumana::report::{Summary, clock};

use super::inputs;
use crate::say::say;

/// Says it on standard error.
pub fn print(summary: &Summary, detector: &Detector) {
    let s = summary;
    let recordings = match s.recordings {
        1 => "1 recording".to_owned(),
        n => format!("{n} recordings"),
    };
    say!("");
    say!(
        "{recordings}: {} synthetic, {} inconclusive, {} bona fide, {} failed",
        s.synthetic,
        s.inconclusive,
        s.bona_fide,
        s.errors
    );
    if s.partly_synthetic > 0 {
        say!("{} more with a part that is synthetic", s.partly_synthetic);
    }
    if !s.inconclusive_channels.is_empty() {
        let reasons: Vec<String> = s
            .inconclusive_channels
            .iter()
            .map(|(reason, n)| format!("{n} {reason}"))
            .collect();
        say!("Channels without a verdict: {}", reasons.join(", "));
    }
    if !s.declared.is_empty() {
        let states = s
            .declared
            .iter()
            .map(|(state, n)| format!("{n} {}", state.as_str()));
        let states: Vec<String> = states.collect();
        say!("Declared by the files themselves: {}", states.join(", "));
    }
    if let Some(passed) = inputs::passed_over(&s.passed_over) {
        say!("Files left out by extension: {passed} (--all-files takes them)");
    }
    if s.resumed > 0 {
        say!("{} of them from the earlier run", s.resumed);
    }
    let speed = s
        .times_real_time
        .map_or_else(String::new, |x| format!(", {x:.0} times real time"));
    let (name, point) = detector.operating_point();
    let model = detector.model();
    say!(
        "{} of audio in {:.1} s{speed}; {} {} on {}, {name}: synthetic below llr {:+.2}",
        // Of this run alone, as is the time.
        clock(s.times_real_time.map_or(s.audio_s, |x| x * s.elapsed_s)),
        s.elapsed_s,
        model.metadata().name,
        model.metadata().version,
        model.runtime(),
        point.threshold_llr
    );
}
