//! Results in, results out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use voxhumana::Detector;
use voxhumana::report::{Recording, Summary};

use super::again;
use super::args::Args;
use super::outputs::Outputs;
use crate::place::{self, Output as Place};
use crate::results::{INDEX, Metadata, each, exit_code, identity, latest};
use crate::say::{self, say};
use crate::{interrupt, model};

/// What a first look at the results finds.
#[derive(Default)]
struct Found {
    paths: Vec<String>,
    columns: BTreeSet<String>,
    /// Results that a later one of the same recording replaces.
    outdated: u64,
}

/// Renders the results that `args` name, and says what they come to.
pub fn run(args: &Args) -> Result<ExitCode> {
    check_outputs(args)?;
    let detector = args.needs_model().then(|| detector(args)).transpose()?;
    let latest = latest(&args.results)?;
    let is_latest = |number: usize, recording: &Recording| {
        latest
            .get(&identity(recording))
            .is_none_or(|&last| last == number)
    };
    // All is looked at before anything is written.
    let mut found = Found::default();
    each(&args.results, |number, recording| {
        if !is_latest(number, &recording) {
            found.outdated += 1;
            return Ok(());
        }
        if let Some(detector) = &detector {
            again::check(detector, &recording, args.decides_again())
                .with_context(|| args.results.display().to_string())?;
        }
        found.columns.extend(
            recording
                .metadata
                .iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
        found.paths.push(recording.path);
        Ok(())
    })?;
    let paths = found.paths.iter().map(String::as_str);
    let metadata = Metadata::load(args.metadata.as_deref(), paths)?;
    let columns: Vec<String> = match &metadata {
        Some(metadata) => metadata.columns().to_vec(),
        None => found.columns.iter().cloned().collect(),
    };
    let mut outputs = Outputs::create(args, &found.paths, &columns, detector.as_ref())?;
    interrupt::watch()?;
    each(&args.results, |number, recording| {
        if !is_latest(number, &recording) || interrupt::requested() {
            return Ok(());
        }
        let mut recording = match &detector {
            Some(detector) if args.decides_again() => again::at(detector, recording)?,
            _ => recording,
        };
        if let Some(metadata) = &metadata {
            recording.metadata = metadata.of(&recording.path);
        }
        outputs.take(&recording)
    })?;
    if let Some(metadata) = &metadata {
        outputs.sum.metadata = Some(metadata.join.clone());
    }
    let sum = outputs.finish(interrupt::requested())?;
    if interrupt::requested() {
        return Ok(ExitCode::from(interrupt::EXIT_CODE));
    }
    if !args.quiet {
        print(args, &sum, found.outdated);
        if let Some(metadata) = &metadata {
            metadata.print();
        }
    }
    Ok(exit_code(&sum, &args.fail_on, true))
}

fn check_outputs(args: &Args) -> Result<()> {
    let inputs = [
        Some(&args.results),
        args.metadata.as_ref(),
        args.model.as_ref(),
    ];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    let outputs = [
        Place::file("--output", &args.output),
        Place::file("--csv", &args.csv),
        Place::folder("--html", &args.pages.html),
        Place::folder("--labels", &args.labels),
    ];
    place::check(outputs, &inputs)
}

fn detector(args: &Args) -> Result<Detector> {
    let builder = Detector::builder().model(model::load(args.model.as_deref(), args.runtime)?);
    Ok(model::at(builder, args.threshold.as_deref(), args.prior).build()?)
}

fn print(args: &Args, sum: &Summary, outdated: u64) {
    say!("");
    say!(
        "{}: {} synthetic, {} inconclusive, {} bona fide, {} failed",
        say::count(sum.recordings, "result"),
        sum.synthetic,
        sum.inconclusive,
        sum.bona_fide,
        sum.errors
    );
    if outdated > 0 {
        let outdated = say::count(outdated, "result");
        say!("Left out: {outdated}, for which a later one of the same recording stands");
    }
    if let Some(folder) = &args.pages.html {
        say!("Pages: {}", folder.join(INDEX).display());
    }
}
