//! All recordings of a scan to results, as they finish.

use std::io;
use std::time::Instant;

use anyhow::Result;
use voxhumana::report::{Recording, Summary};

use super::args::Args;
use super::evidence::Evidence;
use super::inputs::{self, Input};
use super::job::Job;
use super::labels::Labels;
use super::output::{self, Output};
use super::pages::{self, Pages};
use super::resume::Earlier;
use super::{detector, plan, summary};
use crate::progress::Progress;
use crate::workers;

/// Scans what the command line names, and returns what it adds up to.
pub fn scan(args: &Args) -> Result<Summary> {
    let start = Instant::now();
    let found = inputs::find(args)?;
    let jobs = workers::jobs(args.jobs, found.inputs.len());
    let detector = detector::build(args, jobs)?;
    if args.verbose {
        plan::print(args, &found, jobs, &detector);
    }
    let labels = Labels::create(args)?;
    let pages = Pages::create(args, detector.model().metadata())?;
    let earlier = Earlier::load(args, &found.inputs, |recording| {
        labels.as_ref().map_or(Ok(()), |l| l.complete(recording))?;
        pages.as_ref().map_or(Ok(()), |p| p.complete(recording))
    })?;
    let mut sum = earlier.summary.clone();
    sum.passed_over.clone_from(&found.passed_over);
    let evidence = Evidence::new(args, &found, &detector)?;
    let job = Job::new(args, &detector, earlier, evidence.as_ref());
    let mut output = Output::create(args)?;
    let progress = Progress::new(found.inputs.len(), args.quiet);

    let mut take = |recording: Option<Recording>| -> io::Result<()> {
        if let Some(recording) = recording {
            sum.add(&recording);
            if let Some(pages) = &pages {
                pages.list(&recording);
            }
            progress.above(|| output.recording(&recording))?;
        }
        progress.advance();
        if sum.synthetic + sum.errors > 0 {
            progress.say(format_args!(
                ", {} synthetic, {} failed",
                sum.synthetic, sum.errors
            ));
        }
        Ok(())
    };
    // `None` for a recording that an earlier run had done.
    let work = |input: &Input| {
        let mut recording = job.run(input)?;
        if let Some(labels) = &labels {
            recording = labels.write(recording);
        }
        if let Some(pages) = &pages {
            recording = pages.write(recording, input);
        }
        Some(recording)
    };
    let crashed = |input: &Input, problem: &str| {
        let path = input.to_string();
        let error = format!("{path}: {problem}");
        Some(Recording::new(path, Err(error)))
    };
    let written = found
        .failures
        .into_iter()
        .map(Some)
        .try_for_each(&mut take)
        .and_then(|()| workers::all(&found.inputs, jobs, work, crashed, &mut take));
    progress.clear();
    sum.elapsed_s = start.elapsed().as_secs_f64();
    let scanned_s = sum.audio_s - job.earlier_audio_s;
    sum.times_real_time = (scanned_s > 0.0).then(|| scanned_s / sum.elapsed_s);
    let indexed = pages.map_or(Ok(()), |pages| pages.finish(&sum));
    match written.and_then(|()| output.finish(&sum)) {
        // Whoever reads has seen enough, as in `voxhumana ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && evidence.is_none() => {
            indexed?;
            return Ok(sum);
        }
        written => written.map_err(|e| output::cannot_write(args, &e))?,
    }
    indexed?;
    evidence.as_ref().map_or(Ok(()), Evidence::finish)?;
    if !args.quiet {
        summary::print(&sum, &detector);
        if let Some(folder) = &args.html {
            anstream::eprintln!("Pages: {}", folder.join(pages::INDEX).display());
        }
        if let Some(evidence) = &evidence {
            evidence.print();
        }
    }
    Ok(sum)
}
