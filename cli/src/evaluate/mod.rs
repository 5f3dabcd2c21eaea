//! How good a detector is on labelled recordings: error rates per group, score files, pictures.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the command line |
//! | `lists.rs` | labelled lists: CSV, ASVspoof 2019, 2021 and 5 |
//! | `given.rs` | score files |
//! | `scan.rs` | scores by scanning the recordings |
//! | `figures.rs` | the error rates of all trials and of each group |
//! | `table.rs` | the figures for people |
//! | `picture.rs` | DET curve and histogram |

mod args;
mod figures;
mod given;
mod lists;
mod picture;
mod scan;
mod table;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

pub use args::Args;
use lists::{List, Trial};

/// A trial and its score, higher = more bona fide.
pub struct Scored {
    /// What the list says.
    pub trial: Trial,
    /// A log-likelihood ratio where it comes from a scan.
    pub score: f64,
}

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
    eprintln!("{recordings} no score; the figures above are those of the rest");
    Ok(ExitCode::from(2))
}

/// Returns how many trials have no score.
fn evaluate(args: &Args) -> Result<usize> {
    let list = lists::read(&args.list)?;
    let total = list.trials.len();
    let groups = groups(args, &list)?;
    let (scored, points) = if let Some(path) = &args.scores {
        (given::read(path, list.trials)?, Vec::new())
    } else if list.trials.iter().any(|t| t.score.is_some()) && !args.scan {
        (given::in_list(list.trials), Vec::new())
    } else {
        scan::all(args, list.trials)?
    };
    if scored.is_empty() {
        bail!("none of {total} recordings has a score: see the messages above");
    }
    let report = figures::measure(&scored, &groups, &points, args.resamples)?;
    match io::stdout().write_all(table::text(&report).as_bytes()) {
        // Whoever reads has seen enough, as in `evaluate ... | head`.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    if let Some(path) = &args.json {
        write(path, &serde_json::to_vec_pretty(&report)?)?;
    }
    if let Some(path) = &args.write_scores {
        write(path, given::asvspoof5(&scored).as_bytes())?;
    }
    if let Some(path) = &args.picture {
        picture::draw(path, &scored)?;
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
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
