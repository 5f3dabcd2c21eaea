//! Two files of results to figures.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;
use voxhumana::report::SCHEMA_VERSION;

use super::args::{Args, Format};
use super::figures::Comparison;
use super::side::Side;
use super::{pairs, table, truth};
use crate::place::{self, Output};
use crate::results::{Metadata, cannot_write, open};

/// Compares what `args` name.
pub fn run(args: &Args) -> Result<ExitCode> {
    let inputs = [
        Some(&args.old),
        Some(&args.new),
        args.labels.as_ref(),
        args.metadata.as_ref(),
    ];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    place::check([Output::file("--output", &args.output)], &inputs)?;
    let (old, new) = (Side::read(&args.old)?, Side::read(&args.new)?);
    let mut pairs = pairs::of(&old, &new);
    if pairs.pairs.is_empty() {
        bail!(
            "{} and {}: no recording is in both; results of the same recordings are needed",
            args.old.display(),
            args.new.display()
        );
    }
    let paths: Vec<String> = pairs.pairs.iter().map(|pair| pair.path.clone()).collect();
    let paths = paths.iter().map(String::as_str);
    if let Some(metadata) = Metadata::load(args.metadata.as_deref(), paths)? {
        pairs.join(&metadata);
        metadata.print();
    }
    let labels = args
        .labels
        .as_deref()
        .map(|path| truth::label(path, &mut pairs.pairs));
    let comparison = Comparison::new(old, new, pairs, &args.by, labels.transpose()?)?;
    let text = match args.format {
        Format::Text => table::text(&comparison),
        Format::Json => {
            let document = json!({
                "type": "comparison",
                "schema_version": SCHEMA_VERSION,
                "data": comparison,
            });
            serde_json::to_string(&document)? + "\n"
        }
    };
    let mut out = open(args.output.as_deref(), false)?;
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has seen enough, as in `voxhumana compare ... | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.map_err(|e| cannot_write(args.output.as_deref(), &e))?,
    }
    Ok(ExitCode::SUCCESS)
}
