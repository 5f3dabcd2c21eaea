//! Scores by scanning the recordings.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use anyhow::{Context, Result, anyhow};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use voxhumana::{AudioReader, DecodeOptions, Detector, Model, RecordingReport};

use super::Scored;
use super::args::Args;
use super::figures::Point;
use super::lists::Trial;

/// Scans every recording. One that gives no score is named on standard error and left out. Also returns the operating
/// points of the model.
pub fn all(args: &Args, trials: Vec<Trial>) -> Result<(Vec<Scored>, Vec<Point>)> {
    let jobs = args
        .jobs
        .map_or_else(
            || available_parallelism().map_or(1, usize::from),
            usize::from,
        )
        .min(trials.len());
    let model = match &args.model {
        Some(path) => Model::from_file(path, args.runtime)?,
        None => Model::bundled(args.runtime)?,
    };
    let points = model
        .metadata()
        .operating_points
        .iter()
        .map(|(name, p)| Point {
            name: name.clone(),
            threshold_llr: p.threshold_llr,
        })
        .collect();
    let detector = Detector::builder().model(model).threads(1).build()?;
    let bar = progress(trials.len() as u64);
    let next = AtomicUsize::new(0);
    let scores = Mutex::new(vec![None; trials.len()]);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(trial) = trials.get(i) else { break };
                    match score(trial, args, &detector) {
                        Ok(llr) => {
                            if let Ok(mut scores) = scores.lock() {
                                scores[i] = Some(llr);
                            }
                        }
                        // Errors of the crate say their cause in their own message.
                        Err(e) => bar.suspend(|| eprintln!("{}: {e}", trial.name)),
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let scores = scores
        .into_inner()
        .map_err(|_| anyhow!("a scanning thread panicked"))?;
    let scored = trials
        .into_iter()
        .zip(scores)
        .filter_map(|(trial, score)| {
            Some(Scored {
                trial,
                score: score?,
            })
        })
        .collect();
    Ok((scored, points))
}

/// The log-likelihood ratio of the worst channel.
fn score(trial: &Trial, args: &Args, detector: &Detector) -> Result<f64> {
    let path = find(trial, args.audio.as_deref())?;
    let report = match args.seconds {
        Some(seconds) => first(&path, seconds, detector)?,
        None => detector.scan_file(&path)?,
    };
    let llr = report
        .channels
        .iter()
        .filter_map(|c| c.llr)
        .min_by(f64::total_cmp);
    llr.with_context(|| {
        let reason = report.channels.first().and_then(|c| c.reason);
        reason.map_or("not scored".into(), |r| format!("not scored: {r}"))
    })
}

fn first(path: &Path, seconds: f64, detector: &Detector) -> Result<RecordingReport> {
    let mut audio = AudioReader::open(path, &DecodeOptions::default())?;
    let most = (seconds * f64::from(audio.sample_rate_hz())) as usize;
    let mut channels = vec![Vec::new(); audio.channels()];
    let mut block = Vec::new();
    while channels[0].len() < most && audio.next_block(&mut block)? {
        for (all, new) in channels.iter_mut().zip(&block) {
            all.extend_from_slice(&new[..new.len().min(most - all.len())]);
        }
    }
    let slices: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    Ok(detector.scan_channels(&slices, audio.sample_rate_hz())?)
}

/// The recording of a trial: where the list says, else in `--audio` under its name with a usual extension.
fn find(trial: &Trial, audio: Option<&Path>) -> Result<PathBuf> {
    if audio.is_none()
        && let Some(path) = &trial.path
    {
        return Ok(path.clone());
    }
    let folder =
        audio.context("a protocol does not say where its recordings are: use --audio FOLDER")?;
    ["", ".flac", ".wav", ".mp3", ".opus"]
        .iter()
        .map(|end| folder.join(format!("{}{end}", trial.name)))
        .find(|p| p.is_file())
        .with_context(|| format!("not in {} (tried flac, wav, mp3, opus)", folder.display()))
}

/// A bar on standard error, on a terminal only.
fn progress(recordings: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(recordings), ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} recordings, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}
