//! Scans recordings for synthetic speech from the command line; `--help` teaches the rest.
//!
//! ```sh
//! cargo run --release --example scan -- examples/data/sample-call.wav
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `inputs.rs` | files and folders to the list of recordings |
//! | `setup.rs` | the command line to a detector |
//! | `run.rs` | many recordings at once, results as they finish |
//! | `output.rs`, `table.rs` | results to standard output or a file |
//! | `advice.rs` | what to do about an error |
//! | `progress.rs` | how far it is, on a terminal |

mod advice;
mod args;
mod inputs;
mod output;
mod progress;
mod run;
mod setup;
mod table;

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use bonafide::report::Summary;
use clap::Parser;

use args::Args;
use output::Output;
use progress::Progress;

fn main() -> ExitCode {
    run::silence_panics_of_workers();
    match scan(&Args::parse()) {
        Ok(summary) => exit_code(&summary),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
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
    let progress = Progress::new(found.inputs.len() as u64);
    let mut output = Output::create(args)?;
    let mut summary = Summary::default();

    let mut take = |recording| -> io::Result<()> {
        summary.add(&recording);
        progress.above(|| output.recording(&recording))?;
        progress.advance(&summary);
        Ok(())
    };
    let written = found
        .failures
        .into_iter()
        .try_for_each(&mut take)
        .and_then(|()| {
            let scan = |input: &_| inputs::scan(input, &detector);
            run::all(&found.inputs, jobs, scan, &mut take)
        });
    progress.clear();
    summary.elapsed_s = start.elapsed().as_secs_f64();
    match written.and_then(|()| output.finish(&summary)) {
        // Whoever reads has seen enough, as in `scan ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(summary),
        written => written.map_err(|e| output::cannot_write(args, &e))?,
    }
    table::print_summary(&summary, &detector);
    Ok(summary)
}
