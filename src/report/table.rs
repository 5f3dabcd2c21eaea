//! Rows of the CSV to bytes.

use std::io;

use csv::{ReaderBuilder, StringRecord, Writer};

use super::csv::CsvRow;
use super::record::Recording;

/// The rows of a recording; `columns` of its metadata stand behind the others.
pub(super) fn rows(
    recording: &Recording,
    with_header: bool,
    columns: &[String],
) -> io::Result<Vec<u8>> {
    let mut out = Writer::from_writer(Vec::new());
    let (header, rows) = plain(recording)?;
    if with_header {
        let own = |column: &String| match header.iter().any(|name| name == column) {
            true => format!("metadata_{column}"),
            false => column.clone(),
        };
        let mut header = header.clone();
        header.extend(columns.iter().map(own));
        out.write_record(&header)?;
    }
    for mut row in rows {
        let value = |column: &String| recording.metadata.as_ref()?.get(column);
        row.extend(
            columns
                .iter()
                .map(|column| value(column).map_or("", String::as_str)),
        );
        out.write_record(&row)?;
    }
    out.into_inner().map_err(io::Error::other)
}

/// Rows that are of no recording; their metadata are empty.
pub(super) fn own_rows(
    rows: impl Iterator<Item = CsvRow>,
    columns: &[String],
) -> io::Result<Vec<u8>> {
    let mut out = Writer::from_writer(Vec::new());
    let (_, rows) = written(rows)?;
    for mut row in rows {
        row.extend(columns.iter().map(|_| ""));
        out.write_record(&row)?;
    }
    out.into_inner().map_err(io::Error::other)
}

/// The header alone, of a table without rows.
pub(super) fn header(columns: &[String]) -> io::Result<Vec<u8>> {
    let nothing = Recording::new("", Err("nothing"));
    let mut bytes = rows(&nothing, true, columns)?;
    // Names of metadata may hold line ends: the one row that follows does not.
    let row = rows(&nothing, false, columns)?;
    bytes.truncate(bytes.len() - row.len());
    Ok(bytes)
}

/// The columns that every CSV has, and the rows of a recording.
fn plain(recording: &Recording) -> io::Result<(StringRecord, Vec<StringRecord>)> {
    written(CsvRow::of(recording).into_iter())
}

/// The columns that every CSV has, and the rows.
fn written(rows: impl Iterator<Item = CsvRow>) -> io::Result<(StringRecord, Vec<StringRecord>)> {
    let mut csv = Writer::from_writer(Vec::new());
    // The first brings the header, whatever the rows have.
    for row in [CsvRow::default()].into_iter().chain(rows) {
        csv.serialize(row)?;
    }
    let bytes = csv.into_inner().map_err(io::Error::other)?;
    let mut reader = ReaderBuilder::new().from_reader(bytes.as_slice());
    let header = reader.headers()?.clone();
    let rows = reader.records().skip(1).collect::<Result<_, _>>()?;
    Ok((header, rows))
}
