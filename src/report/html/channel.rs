//! One channel's part of a call's page.

use serde::Serialize;

use super::explanation::Explained;
use super::format::{fill, score};
use super::plot::{Plot, ScoreScale, stretch_threshold_llr};
use super::stretches;
use super::texts::Texts;

use crate::detect::{ChannelReport, RecordingReport};
use crate::features::Spectrogram;
use crate::model::DecisionRules;
use crate::report::clock::clock;
use crate::verdict::{DecidedBy, Reason, Segment, Stretch as WorstStretch, Verdict};

/// A number with its name and what it means.
#[derive(Serialize)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

/// A row of the list of suspicious stretches.
#[derive(Serialize)]
pub(super) struct Stretch {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    pub(super) span: String,
    pub(super) play: String,
    pub(super) length: String,
    pub(super) lowest: String,
    pub(super) is_worst: bool,
}

/// Facts that all channels of a page share.
#[derive(Clone, Copy)]
pub(super) struct PageContext<'a> {
    pub(super) report: &'a RecordingReport,
    pub(super) rules: &'a DecisionRules,
    /// The share of synthetic voices behind the probability, where it is known.
    pub(super) prior: Option<f64>,
}

/// One channel's part of the page.
#[derive(Serialize)]
pub(super) struct Channel {
    pub(super) index: usize,
    pub(super) title: String,
    pub(super) verdict: VerdictView,
    pub(super) why: String,
    pub(super) same_as: Option<String>,
    pub(super) figures: Vec<Figure>,
    pub(super) plot: Plot,
    pub(super) plot_text: String,
    /// What the score rests on, where it was asked for.
    pub(super) explained: Option<Explained>,
    pub(super) legend_threshold: String,
    pub(super) legend_stretch: String,
    pub(super) is_scored: bool,
    pub(super) stretches: Vec<Stretch>,
    pub(super) stretches_caption: String,
    pub(super) more: Option<String>,
}

/// A verdict as a style class and a word.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct VerdictView {
    pub(super) class: &'static str,
    /// A shape, for those who do not tell the colours apart.
    pub(super) icon: &'static str,
    pub(super) word: &'static str,
}

impl VerdictView {
    pub(super) fn of(verdict: Verdict, texts: &Texts) -> Self {
        let (class, icon, word) = match verdict {
            Verdict::Synthetic => ("synthetic", "\u{25b2}", texts.synthetic),
            Verdict::Inconclusive => ("inconclusive", "\u{25c6}", texts.inconclusive),
            Verdict::BonaFide => ("bona-fide", "\u{25cf}", texts.bona_fide),
        };
        Self { class, icon, word }
    }

    /// Of a recording that could not be scanned.
    pub(super) fn failed(texts: &Texts) -> Self {
        Self {
            class: "failed",
            icon: "\u{2715}",
            word: texts.failed,
        }
    }
}

/// A channel's name; those that the detector gives are translated.
pub(super) fn name<'a>(channel: &'a ChannelReport, texts: &'a Texts) -> &'a str {
    match channel.name.as_str() {
        "left" => texts.left,
        "right" => texts.right,
        "mono" => texts.mono,
        "mix" => texts.mix,
        name => name,
    }
}

impl Channel {
    pub(super) fn new(
        facts: &PageContext<'_>,
        channel: &ChannelReport,
        spectrogram: Option<&Spectrogram>,
        scale: ScoreScale,
        texts: &'static Texts,
    ) -> Self {
        let report = facts.report;
        let name = name(channel, texts);
        let all = stretches::below(&channel.segments, report.threshold_llr);
        let count = all.len();
        let listed = stretches::lowest(all);
        let threshold = score(report.threshold_llr);
        let other = channel
            .same_as
            .and_then(|i| report.channels.iter().find(|c| c.index == i));
        Self {
            index: channel.index,
            title: fill(texts.channel, &[("name", name)]),
            verdict: VerdictView::of(channel.verdict, texts),
            why: why(facts, channel, texts),
            same_as: other.map(|o| fill(texts.same_as, &[("name", self::name(o, texts))])),
            figures: figures(facts, channel, texts),
            plot: Plot::new(report, channel, spectrogram, scale),
            plot_text: plot_text(report, channel, name, count, texts),
            explained: None,
            legend_threshold: fill(texts.legend_threshold, &[("llr", &threshold)]),
            legend_stretch: fill(
                texts.legend_stretch,
                &[("llr", &score(stretch_threshold_llr(report, channel)))],
            ),
            is_scored: !channel.segments.is_empty(),
            more: (count > listed.len()).then(|| {
                let (shown, all) = (listed.len().to_string(), count.to_string());
                fill(texts.stretches_more, &[("shown", &shown), ("all", &all)])
            }),
            stretches: listed
                .iter()
                .map(|s| stretch(s, channel, name, texts))
                .collect(),
            stretches_caption: fill(
                texts.stretches_caption,
                &[("name", name), ("threshold", &threshold)],
            ),
        }
    }
}

/// The verdict in a sentence.
fn why(facts: &PageContext<'_>, channel: &ChannelReport, texts: &Texts) -> String {
    let rules = facts.rules;
    let hz = |hz: u32| format!("{hz} Hz");
    match (channel.verdict, channel.reason) {
        (Verdict::Synthetic, _) => match (channel.decided_by, channel.worst_stretch) {
            (Some(DecidedBy::Stretch), Some(worst)) => fill(
                texts.why_stretch,
                &[("from", &clock(worst.start_s)), ("to", &clock(worst.end_s))],
            ),
            (Some(DecidedBy::Voice), _) => texts.why_voice.to_owned(),
            _ => texts.why_synthetic.to_owned(),
        },
        (Verdict::BonaFide, _) if channel.partly_synthetic => texts.why_part.to_owned(),
        (Verdict::BonaFide, _) => texts.why_bona_fide.to_owned(),
        (_, Some(Reason::NoSpeech)) => texts.why_no_speech.to_owned(),
        (_, Some(Reason::TooLittleSpeech)) => fill(
            texts.why_too_little_speech,
            &[
                ("speech", &texts.seconds(channel.speech_s)),
                ("least", &texts.seconds(rules.min_speech_s)),
            ],
        ),
        (_, Some(Reason::Crosstalk)) => fill(
            texts.why_crosstalk,
            &[
                ("crosstalk", &texts.seconds(channel.crosstalk_s)),
                ("speech", &texts.seconds(channel.speech_s)),
            ],
        ),
        (_, Some(Reason::Clipped)) => fill(
            texts.why_clipped,
            &[("limit", &texts.percent(rules.max_clipped_share))],
        ),
        (_, Some(Reason::NarrowBand)) => fill(
            texts.why_narrow_band,
            &[
                ("band", &hz(facts.report.input.bandwidth_hz)),
                ("least", &hz(rules.min_bandwidth_hz)),
            ],
        ),
        (_, Some(Reason::OutOfDomain)) => texts.why_out_of_domain.to_owned(),
        _ => texts.why_other.to_owned(),
    }
}

fn figures(facts: &PageContext<'_>, channel: &ChannelReport, texts: &'static Texts) -> Vec<Figure> {
    let (report, prior) = (facts.report, facts.prior);
    let mut figures = Vec::new();
    if let Some(probability) = channel.synthetic_probability {
        figures.push(Figure {
            name: texts.probability,
            value: texts.probability(probability),
            note: prior.map_or_else(String::new, |prior| {
                let prior = texts.percent(prior);
                fill(texts.probability_note, &[("prior", &prior)])
            }),
        });
    }
    if let (Some(DecidedBy::Stretch), Some(llr)) = (channel.decided_by, channel.decision_llr) {
        let threshold = score(report.stretch_threshold_llr);
        figures.push(Figure {
            name: texts.decision,
            value: score(llr),
            note: fill(texts.decision_note, &[("threshold", &threshold)]),
        });
    }
    if let Some(llr) = channel.llr {
        figures.push(Figure {
            name: texts.llr,
            value: score(llr),
            note: fill(
                texts.llr_note,
                &[("threshold", &score(report.threshold_llr))],
            ),
        });
    }
    figures.push(Figure {
        name: texts.speech,
        value: texts.seconds(channel.speech_s),
        note: texts.speech_note.to_owned(),
    });
    if let Some(share) = channel.out_of_domain_share.filter(|&share| share > 0.0) {
        figures.push(Figure {
            name: texts.out_of_domain,
            value: texts.percent(share),
            note: texts.out_of_domain_note.to_owned(),
        });
    }
    for (number, voice) in channel.voices.iter().enumerate() {
        figures.push(Figure {
            name: if number == 0 {
                texts.voice_1
            } else {
                texts.voice_2
            },
            value: VerdictView::of(voice.verdict, texts).word.to_owned(),
            note: fill(
                texts.voice_note,
                &[
                    ("llr", &voice.llr.map_or_else(String::new, score)),
                    ("speech", &texts.seconds(voice.speech_s)),
                ],
            ),
        });
    }
    for part in &channel.synthetic_spans {
        let (from, to) = (clock(part.start_s), clock(part.end_s));
        figures.push(Figure {
            name: texts.part,
            value: fill(texts.from_to, &[("from", &from), ("to", &to)]),
            note: fill(texts.part_note, &[("llr", &score(part.llr))]),
        });
    }
    if let Some(worst) = channel.worst_stretch {
        let (from, to) = (clock(worst.start_s), clock(worst.end_s));
        let (llr, threshold) = (score(worst.llr), score(worst.threshold_llr));
        figures.push(Figure {
            name: texts.worst,
            value: fill(texts.from_to, &[("from", &from), ("to", &to)]),
            note: fill(
                texts.worst_note,
                &[("llr", &llr), ("threshold", &threshold)],
            ),
        });
    }
    figures
}

/// The picture for those who do not see it.
fn plot_text(
    report: &RecordingReport,
    channel: &ChannelReport,
    name: &str,
    stretches: usize,
    texts: &Texts,
) -> String {
    let segments = channel.segments.iter();
    match segments.min_by(|a, b| a.llr.total_cmp(&b.llr)) {
        None => fill(texts.picture_text_none, &[("name", name)]),
        Some(lowest) => fill(
            texts.picture_text,
            &[
                ("name", name),
                ("end", &clock(report.duration_s)),
                ("segments", &channel.segments.len().to_string()),
                ("lowest", &score(lowest.llr)),
                ("at", &clock(lowest.start_s)),
                ("stretches", &stretches.to_string()),
                ("threshold", &score(report.threshold_llr)),
            ],
        ),
    }
}

fn stretch(segment: &Segment, channel: &ChannelReport, name: &str, texts: &Texts) -> Stretch {
    let (start, end) = (clock(segment.start_s), clock(segment.end_s));
    let contains = |s: &WorstStretch| s.start_s < segment.end_s && s.end_s > segment.start_s;
    Stretch {
        start_s: segment.start_s,
        end_s: segment.end_s,
        play: fill(
            texts.stretch_play,
            &[("name", name), ("from", &start), ("to", &end)],
        ),
        span: fill(texts.from_to, &[("from", &start), ("to", &end)]),
        length: texts.seconds(segment.end_s - segment.start_s),
        lowest: score(segment.llr),
        is_worst: channel.worst_stretch.as_ref().is_some_and(contains),
    }
}
