//! Results for people.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use voxhumana::marks::{Declared, DeclaredState};
use voxhumana::report::{Recording, clock, printable};
use voxhumana::verdict::{DecidedBy, Voice};
use voxhumana::{ChannelReport, RecordingReport, Verdict};

use crate::marks;

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
                let error = printable(error.unwrap_or_default());
                text += &format!("{red}ERROR{red:#} {error}\n");
            }
        }
        if let Some(declared) = &recording.declared {
            said(declared, &mut text);
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// The word of the file itself, where it has one.
fn said(declared: &Declared, text: &mut String) {
    if declared.state == DeclaredState::None {
        return;
    }
    let marks: Vec<String> = declared.marks.iter().map(marks::line).collect();
    let by = match (marks.is_empty(), &declared.looked.problem) {
        (true, Some(problem)) => problem.clone(),
        _ => marks.join(" | "),
    };
    *text += &format!("  {}: {}\n", marks::sentence(declared), printable(&by));
}

fn block(path: &str, report: &RecordingReport, text: &mut String) {
    let bold = Style::new().bold();
    let input = &report.input;
    let channels = match input.channels {
        1 => "1 channel".to_owned(),
        n => format!("{n} channels"),
    };
    let path = printable(path);
    let mut more = String::new();
    if let Some(scale) = input.full_scale {
        more += &format!(", full scale {scale}");
    }
    if let Some(program) = &input.decoded_by {
        more += &format!(", decoded by {program}");
    }
    if input.guessed == Some(true) {
        more += ", codec and rate guessed";
    }
    if report.truncated {
        more += ", truncated";
    }
    *text += &format!(
        "{bold}{path}{bold:#}  {}, {} {}, {} Hz, {channels}{more}\n",
        clock(report.duration_s),
        input.container,
        input.codec,
        input.sample_rate_hz,
    );
    let names = report.channels.iter().map(|c| printable(&c.name));
    let names: Vec<_> = names.collect();
    let width = |name: &Cow<'_, str>| name.chars().count();
    let name_width = names.iter().map(width).max().unwrap_or(0);
    for (channel, name) in report.channels.iter().zip(&names) {
        let style = style(channel.verdict);
        *text += &format!(
            "  {name:name_width$}  {style}{:12}{style:#}  {}\n",
            channel.verdict,
            facts(channel, report)
        );
        for voice in &channel.voices {
            *text += &voice_line(voice, name_width);
        }
    }
    for part in &report.unread {
        *text += &format!("  not read: {}\n", printable(&part.to_string()));
    }
}

/// One of the voices of a channel.
fn voice_line(voice: &Voice, name_width: usize) -> String {
    let mut facts: Vec<String> = voice.reason.iter().map(ToString::to_string).collect();
    facts.extend(voice.llr.map(|llr| format!("llr {llr:+.2}")));
    facts.push(format!("{:.1} s of speech", voice.speech_s));
    if let Some([start_s, _]) = voice.speech_spans.first() {
        facts.push(format!("first at {}", clock(*start_s)));
    }
    let (style, facts) = (style(voice.verdict), facts.join(", "));
    format!(
        "    {:name_width$}  {style}{:12}{style:#}  {facts}\n",
        printable(&voice.name),
        voice.verdict
    )
}

/// The facts that the verdict rests on.
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
        facts.push(format!("same sound as {}", printable(&other.name)));
    }
    for part in &channel.synthetic_spans {
        facts.push(format!(
            "synthetic from {} to {}",
            clock(part.start_s),
            clock(part.end_s)
        ));
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
