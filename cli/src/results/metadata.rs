//! `--metadata`: what else is known of a call, such as queue, agent and caller.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use voxhumana::report::MetadataJoin;

use super::join::Finder;
use super::rows::Rows;
use crate::say::{self, say};

/// A table, joined with the recordings at hand.
pub struct Metadata {
    rows: Rows,
    finder: Finder,
    /// How the two fit.
    pub join: MetadataJoin,
}

impl Metadata {
    /// The table of `--metadata`, if there is one, for these recordings.
    pub fn load<'a>(
        path: Option<&Path>,
        recordings: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Option<Self>> {
        let Some(path) = path else {
            return Ok(None);
        };
        let rows = Rows::read(path)?;
        let keys = rows.rows.iter().map(|row| row.key.as_str());
        let finder = Finder::new(keys, recordings.clone());
        let mut join = MetadataJoin::default();
        for (i, row) in rows.rows.iter().enumerate() {
            join.rows += 1;
            match finder.recordings(i) {
                0 => join.rows_without_recording.add(&row.key),
                1 => join.joined += 1,
                _ => join.rows_with_several_recordings.add(&row.key),
            }
        }
        for recording in recordings {
            if finder.row(recording).is_none() {
                join.recordings_without_row.add(recording);
            }
        }
        Ok(Some(Self { rows, finder, join }))
    }

    /// Names of the columns, in their order.
    pub fn columns(&self) -> &[String] {
        &self.rows.columns
    }

    /// What the table says of a recording.
    pub fn of(&self, recording: &str) -> Option<BTreeMap<String, String>> {
        let row = &self.rows.rows[self.finder.row(recording)?];
        let values = self
            .rows
            .columns
            .iter()
            .cloned()
            .zip(row.values.iter().cloned());
        Some(values.collect())
    }

    /// Says how the two fit.
    pub fn print(&self) {
        let join = &self.join;
        let rows = say::count(join.rows, "row");
        say!("Metadata: {} of {rows} are of a recording", join.joined);
        for (one, what, missing) in [
            ("row", "without a recording", &join.rows_without_recording),
            (
                "row",
                "for several recordings",
                &join.rows_with_several_recordings,
            ),
            ("recording", "without a row", &join.recordings_without_row),
        ] {
            if missing.count > 0 {
                let some = say::count(missing.count, one);
                say!("  {some} {what}: {}", say::names(missing));
            }
        }
    }
}
