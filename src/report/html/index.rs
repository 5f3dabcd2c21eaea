//! The page that lists the calls.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use minijinja::Value;
use serde::Serialize;

use super::call::file_name;
use super::channel::{self, VerdictView};
use super::declared;
use super::format::fill;
use super::inline::{INDEX_SCRIPT, STYLE, policy};
use super::language::Language;
use super::template;
use super::texts::Texts;
use crate::detect::RecordingReport;
use crate::report::clock::clock;
use crate::report::{Recording, Summary};
use crate::verdict::{Reason, Verdict};

/// The index of a folder of pages: a table of recordings, sortable and searchable, one HTML file
/// without anything outside it. It keeps a few hundred bytes of each recording.
#[derive(Debug, Clone)]
pub struct IndexPage {
    language: Language,
    rows: Vec<Row>,
    /// Model, version and operating point of the last recording.
    by: Option<String>,
}

#[derive(Debug, Clone)]
struct Row {
    path: String,
    page: Option<String>,
    /// `None` if it failed.
    verdict: Option<Verdict>,
    probability: Option<f64>,
    duration_s: Option<f64>,
    speech_s: Option<f64>,
    detail: String,
    metadata: String,
}

impl IndexPage {
    /// An empty index.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            rows: Vec::new(),
            by: None,
        }
    }

    /// Lists a recording; `page` is the address of its page, relative to the index, if it has one.
    /// Of a path that is added again the last is listed.
    pub fn add(&mut self, recording: &Recording, page: Option<String>) {
        let t = self.language.texts();
        let report = recording.report();
        if let Some(report) = report {
            let values = [
                ("model", report.model.name.as_str()),
                ("version", &report.model.version),
                ("point", &report.operating_point),
            ];
            self.by = Some(fill(t.index_by, &values));
        }
        let found = match report {
            Some(report) => detail(report, t),
            None => failure(recording).to_owned(),
        };
        let declared = recording.declared.as_ref();
        let said = declared.and_then(|d| declared::says(d, t));
        let said = said.unwrap_or_default();
        let parts = [found, said].into_iter().filter(|part| !part.is_empty());
        self.rows.push(Row {
            path: recording.path.clone(),
            page,
            verdict: report.map(RecordingReport::verdict),
            probability: report.and_then(highest_probability),
            duration_s: report.map(|r| r.duration_s),
            speech_s: report.map(|r| r.channels.iter().map(|c| c.speech_s).sum()),
            detail: parts.collect::<Vec<_>>().join(t.declared_separator),
            metadata: metadata(recording, t),
        });
    }

    /// Writes the page, UTF-8. `summary` counts the recordings that were added.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(mut self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        let t = self.language.texts();
        let mut listed = HashSet::new();
        self.rows.reverse();
        self.rows.retain(|row| listed.insert(row.path.clone()));
        self.rows.sort_by(|a, b| {
            let key = |row: &Row| Reverse(rank(row.verdict));
            let probability = |row: &Row| row.probability.unwrap_or(-1.0);
            key(a)
                .cmp(&key(b))
                .then(probability(b).total_cmp(&probability(a)))
                .then(a.path.cmp(&b.path))
        });
        let duration = clock(summary.audio_s);
        let view = View {
            t,
            lang: self.language.tag(),
            policy: policy(INDEX_SCRIPT),
            style: STYLE,
            script: INDEX_SCRIPT,
            counts: counts(summary, t),
            audio: fill(t.index_audio, &[("duration", &duration)]),
            by: self.by,
            recordings: self.rows.len(),
            some_without_page: self
                .rows
                .iter()
                .any(|row| row.page.is_none() && row.verdict.is_some()),
            columns: columns(t),
            rows: views(self.rows, t),
            made_by: fill(t.made_by, &[("version", env!("CARGO_PKG_VERSION"))]),
        };
        template::write("index.html", &view, out)
    }
}

/// What is known besides, to be read and searched.
fn metadata(recording: &Recording, t: &'static Texts) -> String {
    let values = recording.metadata.iter().flatten();
    let values = values.filter(|(_, value)| !value.is_empty());
    let values: Vec<String> = values
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    values.join(t.list_separator)
}

/// The error without the path: the list has it beside.
fn failure(recording: &Recording) -> &str {
    let error = recording.error().unwrap_or_default();
    error
        .strip_prefix(recording.path.as_str())
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(error)
}

/// The order of attention: a failure may hide anything, but a synthetic voice is known to be
/// there.
fn rank(verdict: Option<Verdict>) -> u8 {
    match verdict {
        Some(Verdict::Synthetic) => 3,
        Some(Verdict::Inconclusive) => 2,
        None => 1,
        Some(Verdict::BonaFide) => 0,
    }
}

fn highest_probability(report: &RecordingReport) -> Option<f64> {
    let channels = report.channels.iter();
    channels
        .filter_map(|c| c.synthetic_probability)
        .max_by(f64::total_cmp)
}

/// The channels that are not bona fide, and why.
fn detail(report: &RecordingReport, t: &'static Texts) -> String {
    let of_channel = |c: &crate::detect::ChannelReport| {
        let name = channel::name(c, t);
        match (c.verdict, c.reason) {
            (Verdict::BonaFide, _) => None,
            (Verdict::Inconclusive, Some(reason)) => Some(format!("{name}: {}", word(reason, t))),
            (verdict, _) => Some(format!("{name}: {}", VerdictView::of(verdict, t).word)),
        }
    };
    let channels: Vec<String> = report.channels.iter().filter_map(of_channel).collect();
    channels.join(t.list_separator)
}

fn word(reason: Reason, t: &Texts) -> &'static str {
    match reason {
        Reason::NoSpeech => t.reason_no_speech,
        Reason::TooLittleSpeech => t.reason_too_little_speech,
        Reason::Crosstalk => t.reason_crosstalk,
        Reason::Clipped => t.reason_clipped,
        Reason::NarrowBand => t.reason_narrow_band,
        Reason::OutOfDomain => t.reason_out_of_domain,
    }
}

fn counts(summary: &Summary, t: &Texts) -> [Count; 4] {
    let of = |verdict, n| Count {
        verdict: VerdictView::of(verdict, t),
        n,
    };
    [
        of(Verdict::Synthetic, summary.synthetic),
        of(Verdict::Inconclusive, summary.inconclusive),
        Count {
            verdict: VerdictView::failed(t),
            n: summary.errors,
        },
        of(Verdict::BonaFide, summary.bona_fide),
    ]
}

fn columns(t: &Texts) -> [Column; 6] {
    let column = |name, is_number| Column {
        name,
        is_number,
        sort: fill(t.index_sort, &[("column", name)]),
    };
    [
        column(t.index_verdict, false),
        column(t.index_recording, false),
        column(t.index_probability, true),
        column(t.duration, true),
        column(t.index_speech, true),
        column(t.index_reason, false),
    ]
}

/// A verdict, how many recordings have it, and the switch that shows them.
#[derive(Serialize)]
struct Count {
    verdict: VerdictView,
    n: u64,
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    is_number: bool,
    sort: String,
}

#[derive(Serialize)]
struct RowView<'a> {
    path: &'a str,
    file: &'a str,
    page: Option<&'a str>,
    verdict: VerdictView,
    detail: &'a str,
    probability: String,
    duration: String,
    speech: String,
    metadata: &'a str,
    order: Order,
}

/// Keys that the columns sort by, where they differ from the text; below all others if there is
/// nothing.
#[derive(Serialize)]
struct Order {
    verdict: u8,
    probability: f64,
    duration: f64,
    speech: f64,
}

/// The rows, each of which is made when the template comes to it: there may be a hundred thousand.
fn views(rows: Vec<Row>, t: &'static Texts) -> Value {
    let rows = Arc::new(rows);
    Value::make_iterable(move || {
        let rows = Arc::clone(&rows);
        (0..rows.len()).map(move |i| Value::from_serialize(RowView::new(&rows[i], t)))
    })
}

impl<'a> RowView<'a> {
    fn new(row: &'a Row, t: &'static Texts) -> Self {
        Self {
            path: &row.path,
            file: file_name(&row.path),
            page: row.page.as_deref(),
            detail: &row.detail,
            metadata: &row.metadata,
            verdict: row.verdict.map_or(VerdictView::failed(t), |verdict| {
                VerdictView::of(verdict, t)
            }),
            probability: row
                .probability
                .map_or_else(String::new, |p| t.probability(p)),
            duration: row.duration_s.map_or_else(String::new, clock),
            speech: row.speech_s.map_or_else(String::new, |s| t.seconds(s)),
            order: Order {
                verdict: rank(row.verdict),
                probability: row.probability.unwrap_or(-1.0),
                duration: row.duration_s.unwrap_or(-1.0),
                speech: row.speech_s.unwrap_or(-1.0),
            },
        }
    }
}

#[derive(Serialize)]
struct View {
    t: &'static Texts,
    lang: &'static str,
    policy: String,
    style: &'static str,
    script: &'static str,
    counts: [Count; 4],
    audio: String,
    by: Option<String>,
    recordings: usize,
    some_without_page: bool,
    columns: [Column; 6],
    rows: Value,
    made_by: String,
}
