//! What the score of a channel rests on, as a picture: frequency bands over time, and below them
//! stretches of a quarter of a second.

use serde::Serialize;

use super::format::{fill, score};
use super::plot::{Tick, path, pixels};
use super::stretches::spoken;
use super::texts::Texts;
use crate::detect::Explanation;
use crate::verdict::Segment;

/// Height of all bands together, pixels; the row of stretches lies below them.
const BANDS_HEIGHT: f64 = 176.0;
const ROW_HEIGHT: f64 = 20.0;
const ROW_Y: f64 = 190.0;
/// Steps from what adds nothing to what adds most.
const LEVELS: usize = 4;
/// The scale reaches this share of the values: a few outliers must not flatten the rest.
const SHOWN: f64 = 0.98;
/// The scale reaches at least so far, or noise would fill it.
const MIN_SCALE: f64 = 0.1;
/// Distance of the labels of frequencies, Hz.
const LABEL_HZ: f64 = 2_000.0;

/// All that is drawn in one colour and strength.
#[derive(Serialize)]
pub(super) struct Stroke {
    class: &'static str,
    opacity: String,
    width: String,
    path: String,
}

/// The values that the template draws.
#[derive(Serialize)]
pub(super) struct Explained {
    strokes: Vec<Stroke>,
    frequencies: Vec<Tick>,
    /// The bands that add least and most, in a sentence; none for a model of cepstra alone.
    summary: Option<String>,
}

impl Explained {
    /// `None` where nothing was looked at.
    pub(super) fn new(
        explanation: &Explanation,
        spans: &[Segment],
        duration_s: f64,
        texts: &Texts,
    ) -> Option<Self> {
        let windows = explanation.windows.len();
        let starts = explanation.windows.iter().map(|w| w.start_s);
        // Where windows overlap, each is seen until the next begins.
        let ends: Vec<f64> = starts.skip(1).chain([f64::INFINITY]).collect();
        let seen = |start_s: f64, end_s: f64, llr: f64, i: usize| Segment {
            start_s,
            end_s: end_s.min(ends[i]),
            llr,
        };
        let each = || explanation.windows.iter().enumerate();
        let bands = explanation.band_edges_hz.len().saturating_sub(1);
        let height = BANDS_HEIGHT / bands.max(1) as f64;
        let mut rows: Vec<(f64, f64, Vec<Segment>)> = (0..bands)
            .map(|band| {
                let cells = each().filter_map(|(i, w)| {
                    let llr = *w.bands.get(band)?;
                    Some(seen(w.start_s, w.end_s, llr, i))
                });
                let y = BANDS_HEIGHT - height * (band as f64 + 0.5);
                (y, height, cells.collect())
            })
            .collect();
        let stretches = each()
            .flat_map(|(i, w)| w.stretches.iter().map(move |s| (i, s)))
            .map(|(i, s)| seen(s.start_s, s.end_s, s.llr, i))
            .filter(|s| s.start_s < s.end_s);
        rows.push((ROW_Y, ROW_HEIGHT, stretches.collect()));
        let scale = scale(rows.iter().flat_map(|(_, _, cells)| cells));
        let mut strokes = Vec::new();
        for (class, sign) in [("for", 1.0), ("against", -1.0)] {
            for level in 1..=LEVELS {
                for (y, width, cells) in &rows {
                    let of_level = |s: &&Segment| level_of(sign * s.llr / scale) == level;
                    let cells: Vec<Segment> = cells.iter().filter(of_level).copied().collect();
                    let path = path(&spoken(&cells, spans), duration_s, |_| *y);
                    if !path.is_empty() {
                        strokes.push(Stroke {
                            class,
                            opacity: format!("{:.2}", level as f64 / LEVELS as f64),
                            width: pixels(*width),
                            path,
                        });
                    }
                }
            }
        }
        (windows > 0).then(|| Self {
            strokes,
            frequencies: frequencies(&explanation.band_edges_hz),
            summary: summary(explanation, texts),
        })
    }
}

/// What the strongest colour stands for.
fn scale<'a>(cells: impl Iterator<Item = &'a Segment>) -> f64 {
    let mut sizes: Vec<f64> = cells.map(|s| s.llr.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let rank = (SHOWN * sizes.len() as f64) as usize;
    sizes
        .get(rank)
        .or(sizes.last())
        .map_or(MIN_SCALE, |s| s.max(MIN_SCALE))
}

/// 0 for a share too small to be drawn, or of the other sign.
fn level_of(share: f64) -> usize {
    (share.min(1.0) * LEVELS as f64).round() as usize
}

/// The bands that add least and most, on average over the windows.
fn summary(explanation: &Explanation, texts: &Texts) -> Option<String> {
    let windows = explanation.windows.len() as f64;
    let bands = explanation.band_edges_hz.windows(2).enumerate();
    let mut means: Vec<(f64, &[f64])> = bands
        .map(|(band, edges)| {
            let added = explanation.windows.iter().filter_map(|w| w.bands.get(band));
            (added.sum::<f64>() / windows, edges)
        })
        .collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((low_llr, low), (high_llr, high)) = (means.first()?, means.last()?);
    let hz = |edges: &[f64]| {
        let (from, to) = (edges[0].to_string(), format!("{} Hz", edges[1]));
        fill(texts.from_to, &[("from", &from), ("to", &to)])
    };
    Some(fill(
        texts.explained_bands,
        &[
            ("low", &hz(low)),
            ("low_llr", &score(*low_llr)),
            ("high", &hz(high)),
            ("high_llr", &score(*high_llr)),
        ],
    ))
}

fn frequencies(edges_hz: &[f64]) -> Vec<Tick> {
    let top = edges_hz.last().copied().unwrap_or_default();
    (1..)
        .map(|i| f64::from(i) * LABEL_HZ)
        .take_while(|hz| *hz < top)
        // Hundreds of labels are no scale.
        .take(10)
        .map(|hz| Tick {
            at: pixels(BANDS_HEIGHT * (1.0 - hz / top)),
            label: format!("{} kHz", hz / 1_000.0),
            minor: false,
        })
        .collect()
}
