//! Results for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use voxhumana::report::{Recording, Summary};
use voxhumana::verdict::DecidedBy;
use voxhumana::{ChannelReport, Detector, RecordingReport, Verdict};

/// Writes a block of lines for each recording: one for it, one for each channel.
pub struct Table<W: Write> {
    out: W,
}

impl<W: Write> Table<W> {
    pub fn new(out: W) -> Self {
        Self { out }
    }

    pub fn recording(&mut self, recording: &Recording) -> io::Result<()> {
        let mut text = String::new();
        match (recording.report(), recording.error()) {
            (Some(report), _) => block(&recording.path, report, &mut text),
            (None, error) => {
                let red = AnsiColor::Red.on_default().bold();
                text += &format!("{red}ERROR{red:#} {}\n", error.unwrap_or_default());
            }
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

fn block(path: &str, report: &RecordingReport, text: &mut String) {
    let bold = Style::new().bold();
    let input = &report.input;
    let channels = match input.channels {
        1 => "1 channel".to_owned(),
        n => format!("{n} channels"),
    };
    let cut = if report.truncated { ", truncated" } else { "" };
    *text += &format!(
        "{bold}{path}{bold:#}  {}, {} {}, {} Hz, {channels}{cut}\n",
        clock(report.duration_s),
        input.container,
        input.codec,
        input.sample_rate_hz,
    );
    let width = |c: &ChannelReport| c.name.chars().count();
    let name_width = report.channels.iter().map(width).max().unwrap_or(0);
    for channel in &report.channels {
        let style = style(channel.verdict);
        *text += &format!(
            "  {:name_width$}  {style}{:12}{style:#}  {}\n",
            channel.name,
            channel.verdict,
            facts(channel, report)
        );
    }
}

/// What the verdict rests on.
fn facts(channel: &ChannelReport, report: &RecordingReport) -> String {
    let mut facts = Vec::new();
    if let Some(reason) = channel.reason {
        facts.push(reason.to_string());
    }
    if let Some(probability) = channel.synthetic_probability {
        facts.push(format!(
            "synthetic with probability {}",
            percent(probability)
        ));
    }
    if let Some(llr) = channel.llr {
        facts.push(format!("llr {llr:+.2}"));
    }
    // The probability is the stretch's then.
    if let (Some(DecidedBy::Stretch), Some(llr)) = (channel.decided_by, channel.decision_llr) {
        facts.push(format!("decided by a stretch of llr {llr:+.2}"));
    }
    facts.push(format!("{:.1} s of speech", channel.speech_s));
    if let Some(share) = channel.out_of_domain_share.filter(|&share| share > 0.0) {
        facts.push(format!("{:.0} % of it out of domain", 100.0 * share));
    }
    let other = channel
        .same_as
        .and_then(|i| report.channels.iter().find(|c| c.index == i));
    if let Some(other) = other {
        facts.push(format!("same sound as {}", other.name));
    }
    if let (Verdict::Synthetic, Some(worst)) = (channel.verdict, channel.worst_stretch) {
        facts.push(format!(
            "worst from {} to {}",
            clock(worst.start_s),
            clock(worst.end_s)
        ));
    }
    facts.join(", ")
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Synthetic => AnsiColor::Red.on_default().bold(),
        Verdict::Inconclusive => AnsiColor::Yellow.on_default(),
        Verdict::BonaFide => AnsiColor::Green.on_default(),
    }
}

/// Never 0 % or 100 %: no scan is that sure.
fn percent(probability: f64) -> String {
    match 100.0 * probability {
        p if p < 0.1 => "below 0.1 %".into(),
        p if p > 99.9 => "above 99.9 %".into(),
        p => format!("{p:.1} %"),
    }
}

/// Seconds as a player shows them: `1:02.5`, `1:00:02.5`.
fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    let (hours, minutes, tenths) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    let seconds = format!("{:02}.{}", tenths / 10, tenths % 10);
    match hours {
        0 => format!("{minutes}:{seconds}"),
        _ => format!("{hours}:{minutes:02}:{seconds}"),
    }
}

/// Says on standard error what all recordings add up to.
pub fn print_summary(summary: &Summary, detector: &Detector) {
    let s = summary;
    let recordings = match s.recordings {
        1 => "1 recording".to_owned(),
        n => format!("{n} recordings"),
    };
    anstream::eprintln!(
        "\n{recordings}: {} synthetic, {} inconclusive, {} bona fide, {} failed",
        s.synthetic,
        s.inconclusive,
        s.bona_fide,
        s.errors
    );
    if !s.inconclusive_channels.is_empty() {
        let reasons: Vec<String> = s
            .inconclusive_channels
            .iter()
            .map(|(reason, n)| format!("{n} {reason}"))
            .collect();
        anstream::eprintln!("Channels without a verdict: {}", reasons.join(", "));
    }
    if s.resumed > 0 {
        anstream::eprintln!("{} of them from the earlier run", s.resumed);
    }
    let speed = s
        .times_real_time
        .map_or_else(String::new, |x| format!(", {x:.0} times real time"));
    let (name, point) = detector.operating_point();
    let model = detector.model();
    anstream::eprintln!(
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
