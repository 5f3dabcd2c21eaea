//! What a table beside the recordings says of them.

use serde::{Deserialize, Serialize};

/// Most names that are kept of those that miss something; all are counted.
pub const MAX_MISSING_NAMES: usize = 100;

/// How a table of metadata and the recordings of a scan fit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetadataJoin {
    /// Rows of the table.
    pub rows: u64,
    /// Rows that are of one recording.
    pub joined: u64,
    /// Rows without a recording.
    pub rows_without_recording: Missing,
    /// Rows that name several recordings equally well, and are of none therefore.
    pub rows_with_several_recordings: Missing,
    /// Recordings without a row.
    pub recordings_without_row: Missing,
}

/// Those that miss something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Missing {
    /// How many.
    pub count: u64,
    /// The first [`MAX_MISSING_NAMES`] of them, as they are named where they are.
    pub names: Vec<String>,
}

impl Missing {
    /// Counts one more.
    pub fn add(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < MAX_MISSING_NAMES {
            self.names.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_named() {
        let mut missing = Missing::default();
        for i in 0..1_000 {
            missing.add(&i.to_string());
        }
        assert_eq!(missing.count, 1_000);
        assert_eq!(missing.names.len(), MAX_MISSING_NAMES);
        assert_eq!(missing.names[99], "99");
    }
}
