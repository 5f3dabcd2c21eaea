//! Rich Transcription Time Marked: lines of ten fields.

use std::fmt::Write;

use super::printable::is_hidden;
use super::record::Recording;
use super::summary::Summary;
use crate::detect::ChannelReport;
use crate::verdict::DecidedBy;

/// The content of a field that does not apply.
const NOTHING: &str = "<NA>";

/// The lines of one recording; none if it could not be scanned.
pub(super) fn lines(recording: &Recording) -> String {
    let mut lines = String::new();
    let Some(report) = recording.report() else {
        return lines;
    };
    let file = word(&recording.path);
    for channel in &report.channels {
        let name = name(channel);
        let number = channel.index + 1;
        let mut line = |kind: &str, time: &str, class: &str, llr: Option<f64>| {
            let llr = llr.map_or_else(|| NOTHING.to_owned(), |llr| format!("{llr:.4}"));
            // Writing to a String does not fail.
            let _ = writeln!(
                lines,
                "{kind} {file} {number} {time} {NOTHING} {class} {name} {llr} {NOTHING}"
            );
        };
        line("SPKR-INFO", "<NA> <NA>", "unknown", channel.decision_llr);
        for segment in &channel.segments {
            let time = time(segment.start_s, segment.end_s);
            line("SPEAKER", &time, NOTHING, Some(segment.llr));
        }
        if channel.segments.is_empty() {
            for &[start_s, end_s] in &channel.speech_spans {
                line("SPEAKER", &time(start_s, end_s), NOTHING, None);
            }
        }
    }
    lines
}

/// A comment for each extension of files that were passed over.
pub(super) fn left_out(summary: &Summary) -> String {
    let counts = summary.passed_over.iter();
    counts
        .map(|(extension, n)| format!(";; left out: {n} *.{}\n", word(extension)))
        .collect()
}

/// Start and duration, seconds. Both ends are rounded, so that what is apart stays apart.
fn time(start_s: f64, end_s: f64) -> String {
    let [start_ms, end_ms] = [start_s, end_s].map(|s| (s * 1000.0).round());
    format!(
        "{:.3} {:.3}",
        start_ms / 1000.0,
        (end_ms - start_ms) / 1000.0
    )
}

/// `agent:synthetic`, `agent:synthetic:stretch`, `mono:synthetic:voice`,
/// `caller:inconclusive:too_little_speech`: words as in the JSON.
fn name(channel: &ChannelReport) -> String {
    let name = word(&channel.name).replace(':', "%3A");
    let verdict = snake(channel.verdict);
    match (channel.reason, channel.decided_by) {
        (Some(reason), _) => format!("{name}:{verdict}:{}", snake(reason)),
        (None, Some(by @ (DecidedBy::Stretch | DecidedBy::Voice))) => {
            format!("{name}:{verdict}:{}", snake(by))
        }
        (None, _) => format!("{name}:{verdict}"),
    }
}

fn snake(word: impl serde::Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => word,
        _ => NOTHING.to_owned(),
    }
}

/// Text as one field: white space, `%` and what people would not see as in a URL.
fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_whitespace() || is_hidden(char) || char == '%' {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                let _ = write!(word, "%{byte:02X}");
            }
        } else {
            word.push(char);
        }
    }
    if word.is_empty() {
        NOTHING.into()
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{failed, scanned};
    use super::*;

    #[test]
    fn lines_have_ten_fields() {
        let mut recording = scanned();
        recording.path = "my calls/50%.wav".into();
        assert_eq!(
            lines(&recording),
            "SPKR-INFO my%20calls/50%25.wav 1 <NA> <NA> <NA> unknown agent:synthetic -2.3100 <NA>\n\
             SPEAKER my%20calls/50%25.wav 1 0.000 4.000 <NA> <NA> agent:synthetic -1.9000 <NA>\n\
             SPEAKER my%20calls/50%25.wav 1 4.000 4.000 <NA> <NA> agent:synthetic -2.5000 <NA>\n\
             SPKR-INFO my%20calls/50%25.wav 2 <NA> <NA> <NA> unknown \
             caller,%20\"Ann\":inconclusive:too_little_speech <NA> <NA>\n"
        );
        assert!(
            lines(&recording)
                .lines()
                .all(|l| l.split(' ').count() == 10)
        );
        assert_eq!(lines(&failed()), "");
    }

    #[test]
    fn speech_without_scores_is_marked_as_well() {
        let mut recording = scanned();
        if let super::super::Outcome::Ok { report, .. } = &mut recording.outcome {
            report.channels.remove(0);
            report.channels[0].speech_spans = vec![[1.0, 1.25]];
        }
        let text = lines(&recording);
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.contains("SPEAKER a.wav 2 1.000 0.250 <NA> <NA> "),
            "{text}"
        );
    }

    #[test]
    fn what_is_apart_stays_apart() {
        assert_eq!(time(0.0, 1.0004), "0.000 1.000");
        assert_eq!(time(1.0004, 2.0006), "1.000 1.001");
    }

    #[test]
    fn a_word_is_one_field_and_can_be_read_back() {
        assert_eq!(word("录音 1.wav"), "录音%201.wav");
        assert_eq!(word("a\u{a0}b\n"), "a%C2%A0b%0A");
        assert_eq!(word("\u{202e}a"), "%E2%80%AEa");
        assert_eq!(word(""), "<NA>");
    }
}
