//! What turned out true, from an analyst's list.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use voxhumana::metrics::Label;
use voxhumana::report::Missing;

use super::pairs::Pair;
use crate::results::{Finder, Rows};

/// How the list and the recordings fit.
#[derive(Default, Serialize)]
pub struct Truth {
    /// Rows with a label.
    pub rows: u64,
    /// Recordings with one.
    pub labelled: u64,
    pub rows_without_recording: Missing,
}

/// Gives each recording of the list its label. Rows without one are of calls that are still open.
pub fn label(path: &Path, pairs: &mut [Pair]) -> Result<Truth> {
    let name = path.display();
    let rows = Rows::read(path)?;
    let is_label = |column: &String| column.eq_ignore_ascii_case("label");
    let Some(column) = rows.columns.iter().position(is_label) else {
        bail!(
            "{name}: no column `label`, bonafide or spoof; it has {}",
            rows.columns.join(", ")
        );
    };
    let mut labels = Vec::with_capacity(rows.rows.len());
    for row in &rows.rows {
        let text = &row.values[column];
        let label = (!text.is_empty())
            .then(|| text.parse::<Label>())
            .transpose();
        labels.push(label.with_context(|| format!("{name}: line {}", row.line))?);
    }
    let keys = rows.rows.iter().map(|row| row.key.as_str());
    let finder = Finder::new(keys, pairs.iter().map(|pair| pair.path.as_str()));
    let mut truth = Truth::default();
    for pair in pairs.iter_mut() {
        pair.label = finder.row(&pair.path).and_then(|row| labels[row]);
        truth.labelled += u64::from(pair.label.is_some());
    }
    for (i, row) in rows
        .rows
        .iter()
        .enumerate()
        .filter(|&(i, _)| labels[i].is_some())
    {
        truth.rows += 1;
        // One that names several recordings is of none, too.
        if finder.recordings(i) != 1 {
            truth.rows_without_recording.add(&row.key);
        }
    }
    Ok(truth)
}
