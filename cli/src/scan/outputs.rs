//! All that a scan writes, held against what it reads.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use voxhumana::report::Format;

use super::args::Args;
use super::inputs::Found;
use crate::place::{self, Output};
use crate::results::OutputFormat;

/// Refuses a command line whose outputs would write over recordings, or over what it reads.
pub fn check(args: &Args) -> Result<()> {
    let beside = [
        &args.detector.model,
        &args.config,
        &args.evidence_key,
        &args.metadata,
    ];
    let beside = beside.into_iter().flatten();
    let inputs: Vec<&Path> = args
        .inputs
        .iter()
        .chain(beside)
        .map(PathBuf::as_path)
        .collect();
    let outputs = [
        Output::file("--output", &args.output),
        Output::file("--evidence", &args.evidence),
        Output::folder("--html", &args.pages.html),
        Output::folder("--labels", &args.labels),
    ];
    place::check(outputs, &inputs)?;
    let keeps = matches!(
        args.format,
        OutputFormat::Machine(Format::JsonLines | Format::Json)
    );
    if args.windows && !keeps {
        bail!("--windows needs --format jsonl or json, the forms that hold the scores");
    }
    Ok(())
}

/// Takes the results of an earlier run out of what was found in folders.
pub fn leave_out(args: &Args, found: &mut Found) {
    if let Some(output) = &args.output {
        let is_output = |path: &Path| place::is_same(path, output);
        found
            .inputs
            .retain(|input| !input.file().is_some_and(is_output));
    }
}
