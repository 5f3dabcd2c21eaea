//! The page of one call.

use std::io::{self, Write};

use minijinja::Value;
use serde::Serialize;

use super::channel::{self, Channel, VerdictView};
use super::declared;
use super::embedded::EmbeddedAudio;
use super::explanation::Explained;
use super::facts::{self, Fact};
use super::format::fill;
use super::inline::{CALL_SCRIPT, STYLE, policy};
use super::language::Language;
use super::plot::{self, ScoreScale};
use super::template;
use super::texts::Texts;
use crate::detect::{Explanation, RecordingReport};
use crate::features::Spectrogram;
use crate::marks::Declared;
use crate::model::{DEFAULT_OPERATING_POINT, ModelMetadata};
use crate::report::Recording;
use crate::report::clock::clock;
use crate::verdict::Verdict;

/// The page of one recording: one HTML file without anything outside it.
///
/// The model's metadata gives the page the rules, priors and measured error rates behind the
/// verdict. Without spectrograms there is no picture of the sound; without embedded audio, the
/// player opens the recording from the reader's device.
///
/// ```
/// use voxhumana::Detector;
/// use voxhumana::report::Recording;
/// use voxhumana::report::html::{CallPage, Language};
///
/// let detector = Detector::bundled()?;
/// let path = "examples/data/sample-call.wav";
/// let recording = Recording::new(path, detector.scan_file(path));
///
/// let model = detector.model().metadata();
/// let page = CallPage::new(&recording, model, Language::English).ok_or("not scanned")?;
/// let mut html = Vec::new();
/// page.write(&mut html)?;
/// assert!(html.starts_with(b"<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct CallPage<'a> {
    recording: &'a Recording,
    report: &'a RecordingReport,
    language: Language,
    spectrograms: &'a [Spectrogram],
    explanations: &'a [Explanation],
    model: &'a ModelMetadata,
    audio: Option<&'a EmbeddedAudio>,
    audio_too_long: bool,
    index: Option<&'a str>,
}

impl<'a> CallPage<'a> {
    /// The page of a recording that was scanned; `None` for one that failed. `model` is what
    /// travels with the model that gave the scores.
    #[must_use]
    pub fn new(
        recording: &'a Recording,
        model: &'a ModelMetadata,
        language: Language,
    ) -> Option<Self> {
        Some(Self {
            recording,
            report: recording.report()?,
            language,
            spectrograms: &[],
            explanations: &[],
            model,
            audio: None,
            audio_too_long: false,
            index: None,
        })
    }

    /// Pictures of the channels, in the order of the report's channels; default: none.
    pub fn spectrograms(mut self, spectrograms: &'a [Spectrogram]) -> Self {
        self.spectrograms = spectrograms;
        self
    }

    /// What the scores rest on, in the order of the report's channels
    /// ([`Examination::explanations`](crate::Examination::explanations)); default: not said.
    pub fn explanations(mut self, explanations: &'a [Explanation]) -> Self {
        self.explanations = explanations;
        self
    }

    /// The recording itself, for the player; default: not in the page. Anyone who has the page has
    /// the recording.
    pub fn audio(mut self, audio: &'a EmbeddedAudio) -> Self {
        self.audio = Some(audio);
        self
    }

    /// Says on the page that the recording was too long to be put into it.
    pub fn audio_too_long(mut self) -> Self {
        self.audio_too_long = true;
        self
    }

    /// Address of the index of all recordings, relative to the page; default: no link.
    pub fn index(mut self, address: &'a str) -> Self {
        self.index = Some(address);
        self
    }

    /// Writes the page, UTF-8.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let t = self.language.texts();
        let (recording, report) = (self.recording, self.report);
        let scale = ScoreScale::of(report);
        let prior = self.prior();
        let rules = &self.model.decision_rules;
        let verdict = VerdictView::of(report.verdict(), t);
        let file = file_name(&recording.path);
        let view = View {
            t,
            lang: self.language.tag(),
            policy: policy(CALL_SCRIPT),
            style: STYLE,
            script: CALL_SCRIPT,
            index: self.index,
            file,
            path: &recording.path,
            duration: clock(report.duration_s),
            duration_s: report.duration_s,
            verdict,
            headline: match report.verdict() {
                Verdict::Synthetic => t.headline_synthetic,
                _ if report.partly_synthetic() => t.headline_part,
                Verdict::Inconclusive => t.headline_inconclusive,
                Verdict::BonaFide => t.headline_bona_fide,
            },
            which: self.which(t),
            declared: self
                .declared()
                .and_then(|d| declared::sentence(d, report.verdict(), t)),
            channels: report
                .channels
                .iter()
                .enumerate()
                .map(|(i, c)| {
                    let facts = channel::PageContext {
                        report,
                        rules,
                        prior,
                    };
                    let explanation = self.explanations.get(i);
                    let mut channel = Channel::new(&facts, c, self.spectrograms.get(i), scale, t);
                    channel.explained = explanation.and_then(|e| {
                        let spans = plot::spans(c, report.duration_s);
                        Explained::new(e, &spans, report.duration_s, t)
                    });
                    channel
                })
                .collect(),
            input: self.input(t),
            model: facts::of_model(report, self.model, prior, t),
            listen_how: fill(t.listen_how, &[("file", file)]),
            audio: self.audio.map(EmbeddedAudio::address),
            audio_too_long: self.audio_too_long,
            made_by: fill(t.made_by, &[("version", env!("CARGO_PKG_VERSION"))]),
        };
        template::write("call.html", &view, out)
    }

    fn declared(&self) -> Option<&Declared> {
        self.recording.declared.as_ref()
    }

    fn input(&self, t: &'static Texts) -> Vec<Fact> {
        let rules = &self.model.decision_rules;
        let mut input = facts::of_input(self.recording, self.report, rules, t);
        input.extend(
            self.declared()
                .into_iter()
                .flat_map(|d| declared::facts(d, t)),
        );
        input
    }

    /// The share of synthetic voices behind the probabilities; of a result of an earlier version
    /// that of its operating point, or of the default where the threshold was the caller's own.
    fn prior(&self) -> Option<f64> {
        let points = &self.model.operating_points;
        let of_point = points
            .get(&self.report.operating_point)
            .or_else(|| points.get(DEFAULT_OPERATING_POINT))
            .map(|point| point.spoof_prior);
        self.report.spoof_prior.or(of_point)
    }

    /// Which channels the recording's verdict is about.
    fn which(&self, t: &'static Texts) -> String {
        let verdict = self.report.verdict();
        let text = match verdict {
            Verdict::Synthetic => t.which_synthetic,
            Verdict::Inconclusive => t.which_inconclusive,
            // The channels say the rest.
            Verdict::BonaFide if self.report.partly_synthetic() => "",
            Verdict::BonaFide => t.which_bona_fide,
        };
        let channels = &self.report.channels;
        let names: Vec<&str> = channels
            .iter()
            .filter(|c| c.verdict == verdict)
            .map(|c| channel::name(c, t))
            .collect();
        let (n, all) = (names.len().to_string(), channels.len().to_string());
        let list = names.join(t.list_separator);
        fill(text, &[("channels", &list), ("n", &n), ("all", &all)])
    }
}

/// The last part of a path, of any system.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

#[derive(Serialize)]
struct View<'a> {
    t: &'static Texts,
    lang: &'static str,
    policy: String,
    style: &'static str,
    script: &'static str,
    index: Option<&'a str>,
    file: &'a str,
    path: &'a str,
    duration: String,
    duration_s: f64,
    verdict: VerdictView,
    headline: &'static str,
    which: String,
    declared: Option<String>,
    channels: Vec<Channel>,
    input: Vec<Fact>,
    model: Vec<Fact>,
    listen_how: String,
    audio: Option<Value>,
    audio_too_long: bool,
    made_by: String,
}
