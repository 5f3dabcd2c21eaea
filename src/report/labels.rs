//! A label track of a recording for Audacity.

use std::fmt::Write;

use super::printable::printable;
use crate::detect::{ChannelReport, RecordingReport};
use crate::verdict::DecidedBy;

/// The label track of one recording, to be opened beside it in Audacity (File > Import > Labels).
///
/// One line per label, its three fields parted by tabs, as [Audacity's
/// manual](https://manual.audacityteam.org/man/importing_and_exporting_labels.html) specifies:
///
/// | field | type | meaning |
/// |---|---|---|
/// | start | number | seconds from the start of the recording, to the microsecond |
/// | end | number | the same for the end |
/// | label | text | see below |
///
/// Each channel gives, in this order, with log-likelihood ratios (natural log, bona fide over
/// spoof) to two decimals:
///
/// - over the whole recording its verdict and `decision_llr`, if there is one:
///   `agent: synthetic, llr -6.64`, `agent: synthetic by a stretch, llr -3.95`,
///   `mono: synthetic by the worse of two voices, llr -2.10`,
///   `agent: inconclusive (too little speech)`;
/// - over the stretch that speaks most for synthesis, if there is one:
///   `agent: worst stretch, llr -8.01`;
/// - over each part that is synthetic, where the whole is not: `agent: synthetic part, llr -5.20`;
/// - over each turn of a voice, where two share a channel: `mono: voice 2, synthetic`;
/// - over each segment of the timeline: `agent -6.12`.
///
/// Names of channels are [`printable`]: a tab or a line end in one is written out.
#[must_use]
pub fn audacity_labels(report: &RecordingReport) -> String {
    let mut track = String::new();
    for channel in &report.channels {
        let name = printable(&channel.name);
        label(
            &mut track,
            [0.0, report.duration_s],
            &verdict(&name, channel),
        );
        if let Some(worst) = &channel.worst_stretch {
            let text = format!("{name}: worst stretch, llr {:+.2}", worst.llr);
            label(&mut track, [worst.start_s, worst.end_s], &text);
        }
        for part in &channel.synthetic_spans {
            let text = format!("{name}: synthetic part, llr {:+.2}", part.llr);
            label(&mut track, [part.start_s, part.end_s], &text);
        }
        for voice in &channel.voices {
            let text = format!("{name}: {}, {}", printable(&voice.name), voice.verdict);
            for &span in &voice.speech_spans {
                label(&mut track, span, &text);
            }
        }
        for segment in &channel.segments {
            let text = format!("{name} {:+.2}", segment.llr);
            label(&mut track, [segment.start_s, segment.end_s], &text);
        }
    }
    track
}

fn verdict(name: &str, channel: &ChannelReport) -> String {
    let reason = channel.reason.map(|reason| format!(" ({reason})"));
    let by = match channel.decided_by {
        Some(DecidedBy::Stretch) => " by a stretch",
        Some(DecidedBy::Voice) => " by the worse of two voices",
        _ => "",
    };
    let llr = channel.decision_llr.map(|llr| format!(", llr {llr:+.2}"));
    format!(
        "{name}: {}{by}{}{}",
        channel.verdict,
        reason.unwrap_or_default(),
        llr.unwrap_or_default()
    )
}

fn label(track: &mut String, [start_s, end_s]: [f64; 2], text: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(track, "{start_s:.6}\t{end_s:.6}\t{text}");
}

#[cfg(test)]
mod tests {
    use super::super::tests::scanned;
    use super::*;

    #[test]
    fn a_track_names_verdicts_and_segments() {
        let recording = scanned();
        let report = recording.report().unwrap();
        assert_eq!(
            audacity_labels(report),
            "0.000000\t61.200000\tagent: synthetic, llr -2.31\n\
             4.000000\t8.000000\tagent: worst stretch, llr -2.50\n\
             4.000000\t8.000000\tagent: synthetic part, llr -2.50\n\
             0.000000\t4.000000\tagent -1.90\n\
             4.000000\t8.000000\tagent -2.50\n\
             0.000000\t61.200000\tcaller, \"Ann\": inconclusive (too little speech)\n"
        );
    }

    #[test]
    fn a_name_cannot_break_a_line() {
        let recording = scanned();
        let mut report = recording.report().unwrap().clone();
        report.channels[0].name = "a\tb\nc\u{202e}d".into();
        let track = audacity_labels(&report);
        assert!(track.lines().all(|line| line.split('\t').count() == 3));
        assert!(track.contains("\ta\\tb\\nc\\u{202e}d: synthetic"));
    }
}
