//! Rows of a table to recordings, by path or file name.

use std::collections::HashMap;
use std::path::Path;

/// Finds the row of a recording.
///
/// A row is about a recording whose path ends with the row's: `call.wav` and `may/call.wav` both
/// name `calls/may/call.wav`. The longer one wins, and one that names several recordings equally
/// well names none.
pub struct Finder {
    rows: HashMap<String, usize>,
    /// Rows that name several recordings, by how many.
    found: HashMap<usize, usize>,
}

impl Finder {
    /// For the rows with these keys; `recordings` are all that there are.
    pub fn new<'a, 'b>(
        keys: impl Iterator<Item = &'a str>,
        recordings: impl Iterator<Item = &'b str>,
    ) -> Self {
        let rows = keys.enumerate().map(|(i, key)| (parts(key).join("/"), i));
        let mut finder = Self {
            rows: rows.collect(),
            found: HashMap::new(),
        };
        for recording in recordings {
            if let Some(row) = finder.candidate(recording) {
                *finder.found.entry(row).or_default() += 1;
            }
        }
        finder
    }

    /// The row of a recording.
    pub fn row(&self, recording: &str) -> Option<usize> {
        self.candidate(recording)
            .filter(|&row| self.recordings(row) == 1)
    }

    /// How many recordings a row names.
    pub fn recordings(&self, row: usize) -> usize {
        self.found.get(&row).copied().unwrap_or(0)
    }

    fn candidate(&self, recording: &str) -> Option<usize> {
        if recording == "-" {
            return None;
        }
        // With the folders above it, so that a row may name more of them than the command line.
        let whole = std::path::absolute(Path::new(recording));
        let whole = whole.map_or_else(
            |_| recording.to_owned(),
            |p| p.to_string_lossy().into_owned(),
        );
        let parts = parts(&whole);
        (0..parts.len()).find_map(|i| self.rows.get(&parts[i..].join("/")).copied())
    }
}

/// The parts of a path of any system.
pub fn parts(path: &str) -> Vec<&str> {
    let parts = path.split(['/', '\\']);
    parts
        .filter(|part| !part.is_empty() && *part != ".")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_row_wins_and_a_doubtful_one_names_nothing() {
        let here = std::env::current_dir().unwrap();
        let whole = here.join("calls/whole.wav").to_string_lossy().into_owned();
        let keys = [
            "call.wav",
            "may\\call.wav",
            "./twice.wav",
            &whole,
            "nobody.wav",
            "ll.wav",
        ];
        let recordings = [
            "calls/may/call.wav",
            "calls/june/call.wav",
            "calls/a/twice.wav",
            "calls/b/twice.wav",
            "calls/whole.wav",
            "-",
        ];
        let finder = Finder::new(keys.into_iter(), recordings.into_iter());
        let rows = recordings.map(|recording| finder.row(recording));
        assert_eq!(rows, [Some(1), Some(0), None, None, Some(3), None]);
        let found: Vec<usize> = (0..keys.len()).map(|row| finder.recordings(row)).collect();
        assert_eq!(found, [1, 1, 2, 1, 0, 0]);
    }
}
