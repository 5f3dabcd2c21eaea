//! What a call's page says about one channel.

use serde::Serialize;

use super::plot::{Plot, ScoreScale};
use super::stretches;
use super::texts::Texts;
use super::words::{clock, fill, score};
use crate::detect::{
    ChannelReport, MAX_CLIPPED_SHARE, MIN_BANDWIDTH_HZ, MIN_IN_DOMAIN_SHARE, MIN_SPEECH_S, Reason,
    RecordingReport, Segment, Verdict, stretch_allowance,
};
use crate::features::Spectrogram;

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
    /// `prior`: the share of synthetic voices behind the probability, where it is known.
    pub(super) fn new(
        report: &RecordingReport,
        channel: &ChannelReport,
        spectrogram: Option<&Spectrogram>,
        scale: ScoreScale,
        prior: Option<f64>,
        texts: &'static Texts,
    ) -> Self {
        let name = name(channel, texts);
        let all = stretches::below(&channel.segments, report.threshold_llr);
        let count = all.len();
        let listed = stretches::lowest(all);
        let threshold = score(report.threshold_llr);
        let other = channel
            .same_as
            .and_then(|i| report.channels.iter().find(|c| c.index == i));
        let stretch_llr = report.segment_threshold_llr - stretch_allowance(counted_s(channel));
        Self {
            index: channel.index,
            title: fill(texts.channel, &[("name", name)]),
            verdict: VerdictView::of(channel.verdict, texts),
            why: why(report, channel, texts),
            same_as: other.map(|o| fill(texts.same_as, &[("name", self::name(o, texts))])),
            figures: figures(report, channel, stretch_llr, prior, texts),
            plot: Plot::new(report, channel, spectrogram, scale),
            plot_text: plot_text(report, channel, name, count, texts),
            legend_threshold: fill(texts.legend_threshold, &[("llr", &threshold)]),
            legend_stretch: fill(
                texts.legend_stretch,
                &[("llr", &score(report.segment_threshold_llr))],
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

/// Seconds of the channel's speech that count for its verdict.
fn counted_s(channel: &ChannelReport) -> f64 {
    let in_domain = 1.0 - channel.out_of_domain_share.unwrap_or(0.0);
    // With less in domain there is no verdict, and all counts for what is shown.
    if in_domain < MIN_IN_DOMAIN_SHARE {
        channel.speech_s
    } else {
        channel.speech_s * in_domain
    }
}

/// The verdict in a sentence.
fn why(report: &RecordingReport, channel: &ChannelReport, texts: &Texts) -> String {
    let hz = |hz: u32| format!("{hz} Hz");
    match (channel.verdict, channel.reason) {
        (Verdict::Synthetic, _) => {
            let as_a_whole = channel.llr.is_none_or(|llr| llr < report.threshold_llr);
            match channel.worst_stretch {
                Some(worst) if !as_a_whole => fill(
                    texts.why_stretch,
                    &[("from", &clock(worst.start_s)), ("to", &clock(worst.end_s))],
                ),
                _ => texts.why_synthetic.to_owned(),
            }
        }
        (Verdict::BonaFide, _) => texts.why_bona_fide.to_owned(),
        (_, Some(Reason::NoSpeech)) => texts.why_no_speech.to_owned(),
        (_, Some(Reason::TooLittleSpeech)) => fill(
            texts.why_too_little_speech,
            &[
                ("speech", &texts.seconds(channel.speech_s)),
                ("least", &texts.seconds(MIN_SPEECH_S)),
            ],
        ),
        (_, Some(Reason::Clipped)) => fill(
            texts.why_clipped,
            &[("limit", &texts.percent(MAX_CLIPPED_SHARE))],
        ),
        (_, Some(Reason::NarrowBand)) => fill(
            texts.why_narrow_band,
            &[
                ("band", &hz(report.input.bandwidth_hz)),
                ("least", &hz(MIN_BANDWIDTH_HZ)),
            ],
        ),
        (_, Some(Reason::OutOfDomain)) => texts.why_out_of_domain.to_owned(),
        _ => texts.why_other.to_owned(),
    }
}

/// `stretch_llr`: below it, the lowest stretch decides alone.
fn figures(
    report: &RecordingReport,
    channel: &ChannelReport,
    stretch_llr: f64,
    prior: Option<f64>,
    texts: &'static Texts,
) -> Vec<Figure> {
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
    if let Some(worst) = channel.worst_stretch {
        let (from, to) = (clock(worst.start_s), clock(worst.end_s));
        let (llr, threshold) = (score(worst.llr), score(stretch_llr));
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
    let contains = |s: &Segment| s.start_s < segment.end_s && s.end_s > segment.start_s;
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
