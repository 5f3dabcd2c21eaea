//! Scores by scanning the recordings.

use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result, anyhow};
use voxhumana::{AudioReader, DecodeOptions, Detector, RecordingReport};

use super::args::Args;
use super::figures::Point;
use super::trial::{Scored, Trial};
use crate::progress::Progress;
use crate::say::say;
use crate::workers::Event;
use crate::{advice, interrupt, model, workers};

/// Scans every recording. One that gives no score is named on standard error and left out. Also
/// returns the operating points of the model.
pub fn all(args: &Args, trials: Vec<Trial>) -> Result<(Vec<Scored>, Vec<Point>)> {
    let model = model::load(args.model.as_deref(), args.runtime)?;
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
    let jobs = workers::jobs(args.jobs, trials.len());
    let progress = Progress::new(trials.len(), false);
    let indices: Vec<usize> = (0..trials.len()).collect();
    let mut scores = vec![None; trials.len()];
    workers::all(
        &indices,
        jobs,
        |&i| (i, score(&trials[i], args, &detector)),
        |&i, problem| (i, Err(anyhow!("{problem}"))),
        interrupt::requested,
        |event| {
            let Event::Done((i, score)) = event else {
                // Figures are of all recordings, or not at all.
                process::exit(interrupt::EXIT_CODE.into())
            };
            match score {
                Ok(llr) => scores[i] = Some(llr),
                Err(e) => {
                    let text = advice::explain_any(&e);
                    progress.above(|| say!("{}: {text}", trials[i].name));
                }
            }
            progress.advance();
            Ok(())
        },
    )?;
    progress.clear();
    let scored = trials.into_iter().zip(scores);
    let scored = scored.filter_map(|(trial, score)| {
        Some(Scored {
            trial,
            score: score?,
        })
    });
    Ok((scored.collect(), points))
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

/// The recording of a trial: where the list says, else in `--audio` under its name with a usual
/// extension.
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
