//! The picture of one channel: a spectrogram with the score, its thresholds and the speech over it.
//!
//! Lengths in time are shares of the width, so that the picture fits every screen; heights are
//! pixels.

use std::fmt::Write;

use serde::Serialize;

use super::picture;
use super::stretches;
use crate::detect::{ChannelReport, RecordingReport};
use crate::features::Spectrogram;
use crate::report::clock::clock;
use crate::verdict::Segment;

/// Height of the spectrogram, pixels.
const HEIGHT: f64 = 200.0;
/// Width of the drawing's own coordinates.
const WIDTH: f64 = 1_000.0;
/// The score's axis shows at least this much on either side of 0, and at most [`MAX_SCALE`].
const MIN_SCALE: f64 = 4.0;
const MAX_SCALE: f64 = 16.0;
/// Labels of the time axis at most; half of them on a phone.
const MAX_LABELS: f64 = 10.0;

/// Scale of the score that all channels of a recording share.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScoreScale(f64);

impl ScoreScale {
    pub(super) fn of(report: &RecordingReport) -> Self {
        let scores = report.channels.iter().flat_map(|c| &c.segments);
        let thresholds = report
            .channels
            .iter()
            .flat_map(|c| [report.threshold_llr, stretch_threshold_llr(report, c)]);
        let farthest = scores
            .map(|s| s.llr)
            .chain(thresholds)
            .fold(MIN_SCALE, |far, llr| far.max(llr.abs()));
        Self((farthest.min(MAX_SCALE) / 2.0).ceil() * 2.0)
    }

    /// Pixels from the top; what is beyond the scale lies on its edge.
    fn y(self, llr: f64) -> f64 {
        // A line on the very edge would be cut in half.
        let inside = (llr / self.0).clamp(-0.985, 0.985);
        HEIGHT / 2.0 * (1.0 - inside)
    }
}

/// A label at a place.
#[derive(Serialize)]
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) label: String,
    /// Left out where there is little room.
    pub(super) minor: bool,
}

/// The values that the template draws.
#[derive(Serialize)]
pub(super) struct Plot {
    pub(super) image: Option<String>,
    /// The image's last column may reach beyond the end.
    pub(super) image_width: String,
    pub(super) speech: String,
    pub(super) above: String,
    pub(super) below: String,
    pub(super) threshold_y: String,
    pub(super) stretch_threshold_y: String,
    pub(super) times: Vec<Tick>,
    pub(super) scores: Vec<Tick>,
    pub(super) frequencies: Vec<Tick>,
}

impl Plot {
    pub(super) fn new(
        report: &RecordingReport,
        channel: &ChannelReport,
        spectrogram: Option<&Spectrogram>,
        scale: ScoreScale,
    ) -> Self {
        let duration_s = report.duration_s.max(f64::MIN_POSITIVE);
        let picture_s = spectrogram.map(|s| s.power_db.ncols() as f64 * s.column_s);
        let spans = spans(channel, duration_s);
        let curve = stretches::thinned(&channel.segments, duration_s);
        let curve = stretches::spoken(&curve, &spans);
        let (below, above): (Vec<Segment>, Vec<Segment>) = curve
            .iter()
            .partition(|segment| segment.llr < report.threshold_llr);
        Self {
            image: spectrogram.and_then(picture::data_url),
            image_width: percent(picture_s.map_or(1.0, |s| s / duration_s)),
            speech: path(&spans, duration_s, |_| 5.0),
            above: path(&above, duration_s, |s| scale.y(s.llr)),
            below: path(&below, duration_s, |s| scale.y(s.llr)),
            threshold_y: pixels(scale.y(report.threshold_llr)),
            stretch_threshold_y: pixels(scale.y(stretch_threshold_llr(report, channel))),
            times: times(duration_s),
            scores: scores(scale),
            frequencies: spectrogram.map(frequencies).unwrap_or_default(),
        }
    }
}

/// Below this a stretch of the channel makes it synthetic.
pub(super) fn stretch_threshold_llr(report: &RecordingReport, channel: &ChannelReport) -> f64 {
    let worst = channel.worst_stretch.as_ref();
    worst.map_or(report.stretch_threshold_llr, |s| s.threshold_llr)
}

/// Where the speech of a channel is.
pub(super) fn spans(channel: &ChannelReport, duration_s: f64) -> Vec<Segment> {
    let spans = channel.speech_spans.iter();
    let spans: Vec<Segment> = spans
        .map(|&[start_s, end_s]| Segment {
            start_s,
            end_s,
            llr: 0.0,
        })
        .collect();
    stretches::thinned(&spans, duration_s)
}

/// A stroke from start to end of each segment.
pub(super) fn path(segments: &[Segment], duration_s: f64, y: impl Fn(&Segment) -> f64) -> String {
    let x = |s: f64| (s / duration_s).clamp(0.0, 1.0) * WIDTH;
    let mut path = String::new();
    for segment in segments {
        // Writing to a string cannot fail.
        let _ = write!(
            path,
            "M{:.1} {:.1}H{:.1}",
            x(segment.start_s),
            y(segment),
            x(segment.end_s)
        );
    }
    path
}

fn times(duration_s: f64) -> Vec<Tick> {
    const STEPS_S: [f64; 16] = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0,
        1_800.0, 3_600.0,
    ];
    let step = STEPS_S
        .into_iter()
        .find(|step| duration_s / step <= MAX_LABELS)
        .unwrap_or_else(|| (duration_s / MAX_LABELS / 3_600.0).ceil() * 3_600.0);
    (0..)
        .map(|i| (i, f64::from(i) * step))
        // The last label would stand out over the edge.
        .take_while(|(_, at)| *at <= 0.97 * duration_s)
        .map(|(i, at)| Tick {
            at: percent(at / duration_s),
            label: if step < 1.0 {
                clock(at)
            } else {
                clock(at).trim_end_matches(".0").to_owned()
            },
            minor: i % 2 == 1,
        })
        .collect()
}

fn scores(scale: ScoreScale) -> Vec<Tick> {
    let half = scale.0 / 2.0;
    [half, 0.0, -half]
        .into_iter()
        .map(|llr| Tick {
            at: pixels(scale.y(llr)),
            label: match llr {
                0.0 => "0".to_owned(),
                llr => format!("{llr:+}").replace('-', "\u{2212}"),
            },
            minor: false,
        })
        .collect()
}

fn frequencies(spectrogram: &Spectrogram) -> Vec<Tick> {
    let top = spectrogram.top_hz;
    [0.25, 0.5, 0.75]
        .into_iter()
        .map(|share| Tick {
            at: pixels(HEIGHT * (1.0 - share)),
            label: format!("{} kHz", (share * top / 10.0).round() / 100.0),
            minor: false,
        })
        .collect()
}

fn percent(share: f64) -> String {
    format!("{:.3}%", 100.0 * share)
}

pub(super) fn pixels(y: f64) -> String {
    format!("{y:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_axis_has_a_few_round_labels_at_any_length() {
        for duration_s in [0.05, 0.9, 7.0, 39.3, 600.0, 14_400.0, 1e6] {
            let ticks = times(duration_s);
            assert!((1..=11).contains(&ticks.len()), "{duration_s}");
            assert_eq!(ticks[0].at, "0.000%");
        }
        let labels: Vec<String> = times(39.3).into_iter().map(|t| t.label).collect();
        assert_eq!(
            labels,
            [
                "0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30", "0:35"
            ]
        );
    }

    #[test]
    fn higher_scores_are_drawn_higher_and_none_outside() {
        let scale = ScoreScale(8.0);
        assert_eq!(scale.y(0.0), 100.0);
        assert!(scale.y(4.0) < scale.y(-4.0));
        for far in [1e9, -1e9] {
            assert!((0.0..=HEIGHT).contains(&scale.y(far)));
        }
    }
}
