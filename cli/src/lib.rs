//! The command `voxhumana`; `--help` teaches the rest.
//!
//! The command line is the interface of this package, not its Rust API.
//!
//! | file | what it does |
//! |---|---|
//! | `cli.rs`, `args.rs` | the command line: verbs, and what a scan takes |
//! | `config.rs` | flags from a file |
//! | `inputs.rs`, `globs.rs` | files and folders to the list of recordings |
//! | `setup.rs` | the command line to a detector |
//! | `job.rs` | one recording to its result |
//! | `resume.rs` | what an earlier run has done |
//! | `run.rs` | many recordings at once, results as they finish |
//! | `output.rs`, `table.rs` | results to standard output or a file |
//! | `pages.rs`, `sound.rs`, `whole.rs` | HTML pages: which, what is on them, and no half ones |
//! | `labels.rs`, `own_files.rs` | a file for each recording |
//! | `model.rs`, `plan.rs` | what is known of the model; what is about to be done |
//! | `advice.rs` | what to do about an error |
//! | `evidence.rs`, `keys.rs` | evidence of a scan, and keys that sign it |
//! | `verify.rs`, `originals.rs` | whether a record holds, and its recordings give it again |
//! | `progress.rs` | how far it is, on a terminal |

mod advice;
mod args;
mod cli;
mod config;
mod evaluate;
mod evidence;
mod globs;
mod inputs;
mod job;
mod keys;
mod labels;
mod model;
mod originals;
mod output;
mod own_files;
mod pages;
mod plan;
mod progress;
mod resume;
mod run;
mod setup;
mod sound;
mod table;
mod verify;
mod whole;

use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use voxhumana::report::{Recording, Summary};

use args::{Args, FailOn};
use evidence::Evidence;
use inputs::Input;
use job::Job;
use labels::Labels;
use output::Output;
use pages::Pages;
use progress::Progress;
use resume::Earlier;

/// Runs the command line of this process, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    run::silence_panics_of_workers();
    run().unwrap_or_else(|error| {
        anstream::eprintln!("error: {}", advice::explain_any(&error));
        ExitCode::from(2)
    })
}

fn run() -> Result<ExitCode> {
    let cli = config::parse(env::args_os().collect())?;
    match &cli.verb {
        Some(verb) => verb.run(),
        None => Ok(exit_code(&scan(&cli.scan)?, &cli.scan.fail_on)),
    }
}

/// The exit codes of README.
fn exit_code(summary: &Summary, fail_on: &[FailOn]) -> ExitCode {
    let found = |verdict: &FailOn| match verdict {
        FailOn::Synthetic => summary.synthetic > 0,
        FailOn::Inconclusive => summary.inconclusive > 0,
        FailOn::None => false,
    };
    ExitCode::from(match summary.errors {
        0 => u8::from(fail_on.iter().any(found)),
        _ => 2,
    })
}

fn scan(args: &Args) -> Result<Summary> {
    let start = Instant::now();
    let found = inputs::find(args)?;
    let jobs = setup::jobs(args, found.inputs.len());
    let detector = setup::detector(args, jobs)?;
    if args.verbose {
        plan::print(args, &found, jobs, &detector);
    }
    let labels = Labels::create(args)?;
    let pages = Pages::create(args, detector.model().metadata())?;
    let earlier = Earlier::load(args, &found.inputs, |recording| {
        labels.as_ref().map_or(Ok(()), |l| l.complete(recording))?;
        pages.as_ref().map_or(Ok(()), |p| p.complete(recording))
    })?;
    let mut summary = earlier.summary.clone();
    let evidence = Evidence::new(args, &found, &detector)?;
    let job = Job::new(args, &detector, earlier, evidence.as_ref());
    let mut output = Output::create(args)?;
    let progress = Progress::new(found.inputs.len() as u64, args.quiet);

    let mut take = |recording: Option<Recording>| -> io::Result<()> {
        if let Some(recording) = recording {
            summary.add(&recording);
            if let Some(pages) = &pages {
                pages.list(&recording);
            }
            progress.above(|| output.recording(&recording))?;
        }
        progress.advance(&summary);
        Ok(())
    };
    let scan = |input: &Input| {
        let mut recording = job.run(input)?;
        if let Some(labels) = &labels {
            recording = labels.write(recording);
        }
        if let Some(pages) = &pages {
            recording = pages.write(recording, input);
        }
        Some(recording)
    };
    let written = found
        .failures
        .into_iter()
        .map(Some)
        .try_for_each(&mut take)
        .and_then(|()| run::all(&found.inputs, jobs, scan, &mut take));
    progress.clear();
    summary.elapsed_s = start.elapsed().as_secs_f64();
    let scanned_s = summary.audio_s - job.earlier_audio_s;
    summary.times_real_time = (scanned_s > 0.0).then(|| scanned_s / summary.elapsed_s);
    let indexed = pages.map_or(Ok(()), |pages| pages.finish(&summary));
    match written.and_then(|()| output.finish(&summary)) {
        // Whoever reads has seen enough, as in `scan ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && evidence.is_none() => {
            indexed?;
            return Ok(summary);
        }
        written => written.map_err(|e| output::cannot_write(args, &e))?,
    }
    indexed?;
    evidence.as_ref().map_or(Ok(()), Evidence::finish)?;
    if args.quiet {
        return Ok(summary);
    }
    table::print_summary(&summary, &detector);
    if let Some(folder) = &args.html {
        anstream::eprintln!("Pages: {}", folder.join(pages::INDEX).display());
    }
    if let Some(evidence) = &evidence {
        evidence.print();
    }
    Ok(summary)
}
