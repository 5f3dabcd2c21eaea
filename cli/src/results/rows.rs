//! Tables about recordings, from whoever keeps them: CSV with a column that names each recording.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::join::parts;

/// What parts the columns of a CSV, by its first line: spreadsheets differ.
pub fn delimiter(first: &str) -> u8 {
    let count = |c: u8| first.bytes().filter(|&b| b == c).count();
    let marks = [b'\t', b';', b','];
    marks.into_iter().max_by_key(|&c| count(c)).unwrap_or(b',')
}

/// Names of the column that names the recording, in this order.
pub const KEYS: [&str; 5] = ["path", "file", "filename", "file_name", "recording"];

/// The rows of a table.
pub struct Rows {
    /// Names of the columns, but for the one that names the recording.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row.
pub struct Row {
    /// The recording, as the table names it.
    pub key: String,
    /// Where it is in the file.
    pub line: u64,
    /// Values of the columns.
    pub values: Vec<String>,
}

impl Rows {
    /// Reads a CSV.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let bytes = fs::read(path).with_context(|| {
            format!("{name}: cannot be read; check its name and your permission")
        })?;
        let Ok(text) = String::from_utf8(bytes) else {
            bail!("{name}: is not UTF-8; save it as \"CSV UTF-8\"");
        };
        // The byte order mark of spreadsheet programs is no part of the first column's name.
        Self::parse(text.trim_start_matches('\u{feff}')).with_context(|| format!("{name}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let first = text.lines().next().unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = reader.headers()?.clone();
        let place = |key: &&str| header.iter().position(|h| h.eq_ignore_ascii_case(key));
        let Some(key) = KEYS.iter().find_map(place) else {
            bail!(
                "no column names the recording; call it `path` or `file`; the first line is \
                 `{first}`"
            );
        };
        let others = || header.iter().enumerate().filter(|(i, _)| *i != key);
        for (i, column) in others() {
            if column.is_empty() {
                bail!("column {} has no name in the first line", i + 1);
            }
            if others().any(|(j, other)| j < i && other == column) {
                bail!("there are two columns `{column}`");
            }
        }
        let columns = others().map(|(_, name)| name.to_owned()).collect();
        let mut rows = Vec::new();
        let mut lines = HashMap::new();
        for record in reader.records() {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |i: usize| record.get(i).unwrap_or_default().to_owned();
            let name = cell(key);
            // Spreadsheets leave such rows at the end.
            if record.iter().all(str::is_empty) {
                continue;
            }
            if name.is_empty() {
                bail!("line {line} names no recording");
            }
            match lines.entry(parts(&name).join("/")) {
                Entry::Occupied(other) => {
                    let other: &u64 = other.get();
                    bail!("lines {other} and {line} are both about `{name}`");
                }
                Entry::Vacant(free) => {
                    free.insert(line);
                }
            }
            rows.push(Row {
                key: name,
                line,
                values: others().map(|(i, _)| cell(i)).collect(),
            });
        }
        Ok(Self { columns, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_all_spreadsheets_are_read() {
        for text in [
            "path,queue,agent\na.wav,sales,\"7, or 8\"\n,,\n",
            "queue;Path;agent\r\nsales;a.wav;\"7, or 8\"\r\n",
            "queue\tagent\tfile\nsales\t7, or 8\ta.wav\n",
        ] {
            let rows = Rows::parse(text).unwrap();
            assert_eq!(rows.columns, ["queue", "agent"]);
            assert_eq!(rows.rows[0].key, "a.wav");
            assert_eq!(rows.rows[0].values, ["sales", "7, or 8"]);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("id,queue\n1,a\n", "call it `path` or `file`"),
            ("path,,b\na.wav,1,2\n", "column 2 has no name"),
            ("path,b,b\na.wav,1,2\n", "two columns `b`"),
            ("path,b\n,1\n", "line 2 names no recording"),
            ("path,b\n./a.wav,1\na.wav,2\n", "lines 2 and 3"),
            ("path,b\na.wav,1,2\n", "line: 2"),
        ] {
            let error = format!("{:#}", Rows::parse(text).err().unwrap());
            assert!(error.contains(words), "{text:?}: {error}");
        }
    }
}
