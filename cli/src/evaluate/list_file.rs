//! A labelled list of recordings in a file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::list::List;
use super::{list_csv, protocols};

/// Reads a list; its first line tells what it is.
pub fn read(path: &Path) -> Result<List> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // The byte order mark of spreadsheet programs is no part of the first column's name.
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let list = if list_csv::is_csv(first) {
        list_csv::read(path, text)
    } else {
        protocols::read(text)
    }
    .with_context(|| path.display().to_string())?;
    if list.trials.is_empty() {
        bail!("{}: the list names no recording", path.display());
    }
    Ok(list)
}
