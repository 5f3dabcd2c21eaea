//! The measurement.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use voxhumana::report::{Format, Recording, ReportWriter};

use super::args::Args;
use super::capacity::Measured;
use super::memory;
use crate::interrupt;
use crate::progress::Progress;
use crate::say::{self, say};
use crate::scan::{self, Job, Settings, Wanted, detector};
use crate::workers::{self, Event};

/// Scans what `args` name for a while, and prints what that says.
pub fn run(args: &Args) -> Result<ExitCode> {
    let found = scan::in_folders(&args.inputs, &Wanted::new(&args.folders, &args.detector)?);
    if found.inputs.is_empty() {
        let folders: Vec<_> = args
            .inputs
            .iter()
            .map(|f| f.display().to_string())
            .collect();
        bail!(
            "{}: no recordings there; give a folder of calls as yours are, and --include '*.xyz' \
             if they have another extension",
            folders.join(", ")
        );
    }
    let jobs = workers::jobs(args.detector.jobs, found.inputs.len());
    let model = detector::build(&args.detector, jobs)?;
    let job = Job::new(&model, Settings::new(&args.detector, &model), false);
    let limit = Duration::from_secs(args.seconds);
    let progress = Progress::new(found.inputs.len(), false);
    let mut measured = Measured {
        recordings: 0,
        audio_s: 0.0,
        channels: 0,
        elapsed_s: 0.0,
        peak_bytes: None,
        recording_bytes: 0,
        result_bytes: 0,
    };
    let mut failed = 0;
    interrupt::watch()?;
    let start = Instant::now();
    workers::all(
        &found.inputs,
        jobs,
        |input| (start.elapsed() < limit).then(|| job.run(input)).flatten(),
        |input, problem| Some(scan::crashed(input, problem)),
        interrupt::requested,
        |event| match event {
            Event::Done(recording) => {
                progress.advance();
                recording.map_or(Ok(()), |r| take(&r, &mut measured, &mut failed))
            }
            Event::Interrupted => {
                progress.clear();
                std::process::exit(interrupt::EXIT_CODE.into())
            }
        },
    )?;
    measured.elapsed_s = start.elapsed().as_secs_f64();
    measured.peak_bytes = memory::peak_bytes();
    progress.clear();
    if failed > 0 {
        say!(
            "not counted: {} that cannot be read",
            say::count(failed, "recording")
        );
    }
    if measured.audio_s <= 0.0 {
        bail!("no recording could be read; voxhumana scan says why");
    }
    let machine = format!(
        "machine    {} processors, {jobs} recordings at once, model {} on {}\n",
        workers::processors(),
        model.model().metadata().version,
        model.model().runtime()
    );
    let mut text = machine + &measured.words() + "\n" + &measured.table(&args.agents, args.hours);
    if measured.needs_several(&args.agents, args.hours) {
        text += "More than one machine: one folder for each, or Ray or Spark; the guide's page on \
                 capacity says when\n";
    }
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn take(recording: &Recording, measured: &mut Measured, failed: &mut u64) -> io::Result<()> {
    let Some(report) = recording.report() else {
        *failed += 1;
        return Ok(());
    };
    measured.recordings += 1;
    measured.audio_s += report.duration_s;
    measured.channels += report.channels.len() as u64;
    measured.recording_bytes += fs::metadata(&recording.path).map_or(0, |m| m.len());
    let mut line = Vec::new();
    ReportWriter::new(Format::JsonLines, &mut line).recording(recording)?;
    measured.result_bytes += line.len() as u64;
    Ok(())
}
