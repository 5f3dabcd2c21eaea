//! From a list to its figures.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::args::Args;
use super::list::List;
use super::{figures, list_file, picture, scan, score_files, table};
use crate::atomic_file;
use crate::place::{self, Output};
use crate::say::say;

/// Measures what `args` name, and says how that ended.
pub fn run(args: &Args) -> Result<ExitCode> {
    let failed = evaluate(args)?;
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let recordings = if failed == 1 {
        "1 recording has"
    } else {
        &format!("{failed} recordings have")
    };
    say!("{recordings} no score; the figures above are those of the rest");
    Ok(ExitCode::from(2))
}

/// Returns how many trials have no score.
fn evaluate(args: &Args) -> Result<usize> {
    let inputs = [
        Some(&args.list),
        args.scores.as_ref(),
        args.results.as_ref(),
        args.model.as_ref(),
        args.audio.as_ref(),
    ];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    let outputs = [
        Output::file("--json", &args.json),
        Output::file("--write-scores", &args.write_scores),
        Output::file("--picture", &args.picture),
    ];
    place::check(outputs, &inputs)?;
    let list = list_file::read(&args.list)?;
    let total = list.trials.len();
    let groups = groups(args, &list)?;
    let (scored, points) = if let Some(path) = &args.scores {
        (score_files::read(path, list.trials)?, Vec::new())
    } else if let Some(path) = &args.results {
        score_files::of_results(path, list.trials)?
    } else if list.trials.iter().any(|t| t.score.is_some()) && !args.scan {
        (score_files::in_list(list.trials), Vec::new())
    } else {
        scan::all(args, list.trials)?
    };
    if scored.is_empty() {
        bail!("none of {total} recordings has a score: see the messages above");
    }
    let report = figures::measure(&scored, &groups, &points, args.resamples)?;
    match io::stdout().write_all(table::text(&report).as_bytes()) {
        // Whoever reads has seen enough, as in `voxhumana evaluate ... | head`.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    if let Some(path) = &args.json {
        write(path, &serde_json::to_vec_pretty(&report)?)?;
    }
    if let Some(path) = &args.write_scores {
        write(path, score_files::asvspoof5(&scored).as_bytes())?;
    }
    if let Some(path) = &args.picture {
        write(path, picture::draw(&scored)?.as_bytes())?;
    }
    Ok(total - scored.len())
}

/// The columns to report by.
fn groups(args: &Args, list: &List) -> Result<Vec<String>> {
    let columns = list.trials.first().map(|t| &t.groups);
    let has = |name: &String| columns.is_some_and(|c| c.contains_key(name));
    match args.by.iter().find(|name| !has(name)) {
        Some(missing) => {
            let columns: Vec<&str> = columns.into_iter().flatten().map(|(c, _)| &**c).collect();
            bail!(
                "{}: no column `{missing}` to report by; it has {}",
                args.list.display(),
                columns.join(", ")
            )
        }
        None if args.by.is_empty() => Ok(list.groups.clone()),
        None => Ok(args.by.clone()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic_file::write(path, |out| out.write_all(bytes))
        .with_context(|| format!("cannot write {}", path.display()))
}
