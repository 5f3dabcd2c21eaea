//! Scans recordings for synthetic speech from the command line; `--help` teaches the rest.
//!
//! ```sh
//! cargo run --release --example scan -- examples/data/sample-call.wav
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `cli.rs`, `args.rs` | the command line: verbs, and what a scan takes |
//! | `inputs.rs`, `globs.rs` | files and folders to the list of recordings |
//! | `setup.rs` | the command line to a detector |
//! | `job.rs` | one recording to its result |
//! | `resume.rs` | what an earlier run has done |
//! | `run.rs` | many recordings at once, results as they finish |
//! | `output.rs`, `table.rs` | results to standard output or a file |
//! | `pages.rs`, `sound.rs`, `whole.rs` | HTML pages: which, what is on them, and no half ones |
//! | `advice.rs` | what to do about an error |
//! | `progress.rs` | how far it is, on a terminal |

mod advice;
mod args;
mod cli;
mod globs;
mod inputs;
mod job;
mod output;
mod pages;
mod progress;
mod resume;
mod run;
mod setup;
mod sound;
mod table;
mod whole;

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use bonafide::report::{Recording, Summary};
use clap::Parser;

use args::Args;
use cli::Cli;
use inputs::Input;
use job::Job;
use output::Output;
use pages::Pages;
use progress::Progress;
use resume::Earlier;

fn main() -> ExitCode {
    run::silence_panics_of_workers();
    let cli = Cli::parse();
    let done = match &cli.verb {
        Some(verb) => verb.run(),
        None => scan(&cli.scan).map(|summary| exit_code(&summary)),
    };
    done.unwrap_or_else(|error| {
        anstream::eprintln!("error: {}", advice::explain_any(&error));
        ExitCode::from(2)
    })
}

/// The exit codes of README.
fn exit_code(summary: &Summary) -> ExitCode {
    ExitCode::from(match summary {
        s if s.errors > 0 => 2,
        s if s.synthetic > 0 => 1,
        _ => 0,
    })
}

fn scan(args: &Args) -> Result<Summary> {
    let start = Instant::now();
    let found = inputs::find(args)?;
    let jobs = setup::jobs(args, found.inputs.len());
    let detector = setup::detector(args, jobs)?;
    let pages = Pages::create(args, detector.model().metadata())?;
    let earlier = Earlier::load(args, &found.inputs, |recording| {
        pages.as_ref().map_or(Ok(()), |p| p.complete(recording))
    })?;
    let mut summary = earlier.summary.clone();
    let job = Job::new(args, &detector, earlier);
    let mut output = Output::create(args)?;
    let progress = Progress::new(found.inputs.len() as u64);

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
        let recording = job.run(input)?;
        Some(match &pages {
            Some(pages) => pages.write(recording, input),
            None => recording,
        })
    };
    let written = found
        .failures
        .into_iter()
        .map(Some)
        .try_for_each(&mut take)
        .and_then(|()| run::all(&found.inputs, jobs, scan, &mut take));
    progress.clear();
    summary.elapsed_s = start.elapsed().as_secs_f64();
    summary.times_real_time = Some((summary.audio_s - job.earlier_audio_s) / summary.elapsed_s);
    let indexed = pages.map_or(Ok(()), |pages| pages.finish(&summary));
    match written.and_then(|()| output.finish(&summary)) {
        // Whoever reads has seen enough, as in `scan ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            indexed?;
            return Ok(summary);
        }
        written => written.map_err(|e| output::cannot_write(args, &e))?,
    }
    indexed?;
    table::print_summary(&summary, &detector);
    if let Some(folder) = &args.html {
        anstream::eprintln!("Pages: {}", folder.join(pages::INDEX).display());
    }
    Ok(summary)
}
