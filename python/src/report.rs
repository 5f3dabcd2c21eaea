//! Results to the text of files, by the crate's own writers. Results cross from Python as JSON, in
//! the form of `to_dict()`, which is that of the crate.

use std::collections::{BTreeMap, BTreeSet};

use pyo3::prelude::*;
use serde::Serialize;
use voxhumana::report::{CsvRow, Format, Recording, ReportWriter, Summary, audacity_labels};

use crate::convert::json;
use crate::errors::{invalid, to_exception};

/// The results, one after the other, as the text of a file.
#[pyfunction]
pub(crate) fn write_results(py: Python<'_>, results: Vec<String>, form: &str) -> PyResult<String> {
    let results = parse(py, &results)?;
    if form == "labels" {
        let tracks = results.iter().filter_map(Recording::report);
        return Ok(tracks.map(audacity_labels).collect());
    }
    let format: Format = form.parse().map_err(|e| to_exception(py, &e))?;
    written(&results, format).map_err(|e| invalid(py, e.to_string()))
}

fn written(results: &[Recording], format: Format) -> std::io::Result<String> {
    let mut text = Vec::new();
    let said = results.iter().filter_map(|result| result.metadata.as_ref());
    let columns: BTreeSet<&String> = said.flat_map(BTreeMap::keys).collect();
    let columns: Vec<String> = columns.into_iter().cloned().collect();
    let mut writer = ReportWriter::new(format, &mut text).metadata_columns(&columns);
    for result in results {
        writer.recording(result)?;
    }
    // A summary would say how long the scan took, which is not known here.
    if format != Format::JsonLines {
        writer.finish(&Summary::default())?;
    }
    String::from_utf8(text).map_err(std::io::Error::other)
}

/// A row of the CSV, and what the caller's table says of its recording.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    row: CsvRow,
    metadata: Option<&'a BTreeMap<String, String>>,
}

/// The rows of the CSV as a JSON array, with numbers and nulls where the CSV has text.
#[pyfunction]
pub(crate) fn result_rows(py: Python<'_>, results: Vec<String>) -> PyResult<String> {
    let results = parse(py, &results)?;
    let mut rows = Vec::new();
    for result in &results {
        let metadata = result.metadata.as_ref();
        rows.extend(
            CsvRow::of(result)
                .into_iter()
                .map(|row| Row { row, metadata }),
        );
    }
    json(py, &rows)
}

fn parse(py: Python<'_>, results: &[String]) -> PyResult<Vec<Recording>> {
    let parsed = results.iter().map(|json| serde_json::from_str(json));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|e| invalid(py, format!("not a result of this version: {e}")))
}
