//! All recordings of a scan to results, as they finish.

use std::io;
use std::path::Path;
use std::process;
use std::time::Instant;

use anyhow::Result;
use voxhumana::report::Summary;

use super::args::Args;
use super::evidence::Evidence;
use super::inputs;
use super::job::Job;
use super::resume::Earlier;
use super::settings::Settings;
use super::sink::Sink;
use super::work::{self, Work};
use super::{detector, outputs, plan, summary};
use crate::results::{INDEX, Labels, Metadata, Output, Pages, cannot_write};
use crate::sample;
use crate::say::say;
use crate::workers::{self, Event};
use crate::{interrupt, progress::Progress};

/// How a scan ended.
pub struct Ended {
    /// What its recordings add up to.
    pub summary: Summary,
    /// Whether every recording came to its result: not where the reader of the results left.
    pub complete: bool,
}

/// Scans what the command line names, and returns what it adds up to.
pub fn scan(args: &Args) -> Result<Ended> {
    let start = Instant::now();
    outputs::check(args)?;
    let mut found = inputs::find(args)?;
    outputs::leave_out(args, &mut found);
    let jobs = workers::jobs(args.detector.jobs, found.inputs.len());
    let detector = detector::build(&args.detector, jobs)?;
    if args.verbose {
        plan::print(args, &found, jobs, &detector);
    }
    let names: Vec<String> = found.inputs.iter().map(ToString::to_string).collect();
    let names = names.iter().map(String::as_str);
    let metadata = Metadata::load(args.metadata.as_deref(), names)?;
    let metadata = metadata.as_ref();
    let labels = Labels::create(args.labels.as_deref(), &args.inputs)?;
    let options = detector::decode_options(&args.detector);
    let pages = Pages::create(&args.pages, options, detector.model().metadata())?;
    let earlier = Earlier::load(args, &detector, &found.inputs, metadata, |recording| {
        labels.as_ref().map_or(Ok(()), |l| l.complete(recording))?;
        pages.as_ref().map_or(Ok(()), |p| p.complete(recording))
    })?;
    let mut sum = earlier.summary.clone();
    let earlier_audio_s = sum.audio_s;
    sum.passed_over.clone_from(&found.passed_over);
    let evidence = Evidence::new(args, &found, &detector, metadata)?;
    let settings = Settings::new(&args.detector, &detector);
    let mut job = Job::new(&detector, settings, args.windows);
    job.earlier = earlier;
    job.metadata = metadata;
    job.evidence = evidence.as_ref();
    let work = Work {
        job,
        labels: labels.as_ref(),
        pages: pages.as_ref(),
    };
    let columns = metadata.map_or(&[][..], Metadata::columns);
    let output = Output::create(args.format, args.output.as_deref(), args.resume, columns)?;
    let progress = Progress::new(found.inputs.len(), args.quiet);
    let mut sink = Sink {
        args,
        start,
        sum,
        earlier_audio_s,
        metadata,
        pages: pages.as_ref(),
        progress: &progress,
        output: Some(output),
        taken: 0,
    };
    let total = found.inputs.len() + found.failures.len();

    interrupt::watch()?;
    interrupt::watch_termination()?;
    let mut failures = found.failures.into_iter();
    let written = failures.try_for_each(|failure| sink.take(Some(failure)));
    let written = written.and_then(|()| {
        let take = |event| match event {
            Event::Done(recording) => sink.take(recording),
            // Recordings under way may take minutes yet.
            Event::Interrupted => {
                sink.interrupted();
                process::exit(interrupt::EXIT_CODE.into())
            }
        };
        workers::all(
            &found.inputs,
            jobs,
            |input| work.run(input),
            |input, problem| Some(work::crashed(input, problem)),
            interrupt::requested,
            take,
        )
    });
    if written.is_ok() {
        sink.leave_latest(&work.job.earlier)?;
    }
    let finished = sink.finish();
    let Sink { sum, taken, .. } = sink;
    let indexed = pages.as_ref().map_or(Ok(()), |pages| pages.finish(&sum));
    match written.and(finished) {
        // Whoever reads has seen enough, as in `voxhumana ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && evidence.is_none() => {
            indexed?;
            return Ok(Ended {
                summary: sum,
                complete: taken == total,
            });
        }
        written => written.map_err(|e| cannot_write(args.output.as_deref(), &e))?,
    }
    indexed?;
    evidence.as_ref().map_or(Ok(()), Evidence::finish)?;
    if !args.quiet {
        summary::print(&sum, &detector);
        if args.demo {
            say!("{}", sample::ABOUT);
        }
        if let Some(metadata) = metadata {
            metadata.print();
        }
        if let Some(folder) = &args.pages.html {
            say!("Pages: {}", Path::new(folder).join(INDEX).display());
        }
        if let Some(evidence) = &evidence {
            evidence.print();
        }
    }
    Ok(Ended {
        summary: sum,
        complete: true,
    })
}
