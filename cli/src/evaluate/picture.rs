//! DET curve and histogram as one SVG.

use anyhow::{Result, anyhow};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use voxhumana::metrics::Scores;

use super::trial::Scored;

const SIZE: (u32, u32) = (1000, 480);
const HUMAN: RGBColor = RGBColor(31, 119, 180);
const SPOOF: RGBColor = RGBColor(214, 39, 40);
/// Ends and ticks of the DET axes, shares.
const ENDS: [f64; 2] = [0.003, 0.75];
const TICKS: [f64; 8] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6];

/// Both pictures side by side.
pub fn draw(scored: &[Scored]) -> Result<String> {
    let class = |bona_fide: bool| -> Vec<f64> {
        let kept = scored.iter().filter(|s| s.trial.bona_fide == bona_fide);
        kept.map(|s| s.score).collect()
    };
    let (human, spoof) = (class(true), class(false));
    let scores = Scores::new(&human, &spoof)?;
    let mut svg = String::new();
    let failed = |e: &dyn std::fmt::Display| anyhow!("the picture cannot be drawn: {e}");
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(|e| failed(&e))?;
        let (left, right) = root.split_horizontally(SIZE.0 / 2);
        det(&left, &scores).map_err(|e| failed(&e))?;
        histogram(&right, &human, &spoof).map_err(|e| failed(&e))?;
        root.present().map_err(|e| failed(&e))?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Shares on a normal-deviate axis (Martin et al. 1997): Gaussian scores give a straight DET curve.
#[derive(Clone)]
struct Deviates;

impl Ranged for Deviates {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, share: &f64, limit: (i32, i32)) -> i32 {
        let [low, high] = ENDS.map(normal_deviate);
        let at = (normal_deviate(share.clamp(ENDS[0], ENDS[1])) - low) / (high - low);
        limit.0 + (at * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        TICKS.to_vec()
    }

    fn range(&self) -> std::ops::Range<f64> {
        ENDS[0]..ENDS[1]
    }
}

impl ValueFormatter<f64> for Deviates {
    fn format(share: &f64) -> String {
        format!("{}", 100.0 * share)
    }
}

fn det(area: &Area<'_>, scores: &Scores) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption(
            format!("DET, EER {:.1} %", 100.0 * scores.equal_error_rate().rate),
            ("sans-serif", 18),
        )
        .set_label_area_size(LabelAreaPosition::Left, 50)
        .set_label_area_size(LabelAreaPosition::Bottom, 44)
        .build_cartesian_2d(Deviates, Deviates)?;
    chart
        .configure_mesh()
        .x_desc("false alarms, % of human recordings")
        .y_desc("misses, % of spoofs")
        .light_line_style(TRANSPARENT)
        .draw()?;
    let curve = scores.det_curve();
    // Points beyond the upper ends would be drawn along the frame; rates of zero belong there.
    let line = curve
        .iter()
        .map(|p| (p.false_alarm_rate, p.miss_rate))
        .filter(|(fa, miss)| fa.max(*miss) <= ENDS[1]);
    chart.draw_series(LineSeries::new(line, BLACK.stroke_width(2)))?;
    chart.draw_series(LineSeries::new(ENDS.map(|x| (x, x)), BLACK.mix(0.3)))?;
    Ok(())
}

fn histogram(area: &Area<'_>, human: &[f64], spoof: &[f64]) -> Drawn {
    const BINS: usize = 40;
    let both = || human.iter().chain(spoof).copied();
    let low = both().fold(f64::INFINITY, f64::min);
    let high = both().fold(f64::NEG_INFINITY, f64::max).max(low + 1e-6);
    let width = (high - low) / BINS as f64;
    let shares = |scores: &[f64]| -> Vec<f64> {
        let mut counts = vec![0.0; BINS];
        for s in scores {
            counts[(((s - low) / width) as usize).min(BINS - 1)] += 100.0 / scores.len() as f64;
        }
        counts
    };
    let classes = [
        ("human", HUMAN, shares(human)),
        ("spoof", SPOOF, shares(spoof)),
    ];
    let top = classes
        .iter()
        .flat_map(|c| &c.2)
        .copied()
        .fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption("scores", ("sans-serif", 18))
        .set_label_area_size(LabelAreaPosition::Left, 50)
        .set_label_area_size(LabelAreaPosition::Bottom, 44)
        .build_cartesian_2d(low..high, 0.0..top * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("score, higher = more bona fide")
        .y_desc("% of the class")
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (name, colour, shares) in classes {
        let bars = shares.iter().enumerate().map(|(i, share)| {
            let left = low + i as f64 * width;
            Rectangle::new(
                [(left, 0.0), (left + width, *share)],
                colour.mix(0.45).filled(),
            )
        });
        chart.draw_series(bars)?.label(name).legend(move |(x, y)| {
            Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.mix(0.45).filled())
        });
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}

/// Inverse of the standard normal distribution function, good to 4.5e-4 (Abramowitz and Stegun
/// 26.2.23): enough for where a tick goes.
fn normal_deviate(p: f64) -> f64 {
    let tail = |q: f64| {
        let t = (-2.0 * q.ln()).sqrt();
        t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
            / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
    };
    if p < 0.5 { -tail(p) } else { tail(1.0 - p) }
}
