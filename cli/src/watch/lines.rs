//! The file of results: JSON Lines, each on disk before its recording counts as done.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use voxhumana::report::{Format, Recording, ReportWriter};

use crate::results::MAX_LINE_BYTES;
use crate::{place, results};

/// As every line begins.
const START: &[u8] = b"{\"type\":";

/// How much of the end is read at once.
const STEP_BYTES: u64 = 1 << 16;

/// Where the lines go.
pub struct Lines(PathBuf);

#[derive(Deserialize)]
struct Line {
    data: serde_json::Value,
}

impl Lines {
    /// Into this file.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The last line that a run before this one wrote; the part of a line behind it, which was
    /// being written when that run was killed, is cut off. `None` if there is none, or no way to
    /// read it, as of a pipe.
    pub fn last(&self) -> Result<Option<Recording>> {
        if self.is_stream() || !self.0.exists() {
            return Ok(None);
        }
        let name = self.0.display();
        let mut file = File::open(&self.0).with_context(|| format!("{name}: cannot be read"))?;
        let bytes = file.metadata()?.len();
        let end = line_end(&mut file, bytes)?;
        let start = line_end(&mut file, end.saturating_sub(1))?;
        let is_ours = |line: &[u8]| line.iter().zip(START).all(|(a, b)| a == b);
        let last = between(&mut file, start, end.min(start + MAX_LINE_BYTES))?;
        // Of the part, what tells whether it is one.
        let part = between(&mut file, end, bytes.min(end + START.len() as u64))?;
        if !is_ours(&last) || !is_ours(&part) {
            bail!(
                "{name}: holds no results of this program, and is left as it is; give another \
                 --output"
            );
        }
        if end < bytes {
            results::file(&self.0, true)?.set_len(end)?;
        }
        // The summary behind the lines of a scan is none of a recording.
        let line: Option<Line> = serde_json::from_slice(&last).ok();
        Ok(line.and_then(|line| Recording::deserialize(line.data).ok()))
    }

    /// Appends a result.
    pub fn add(&self, recording: &Recording) -> Result<()> {
        self.append(recording)
            .map_err(|error| anyhow!("{error:#}"))
            .with_context(|| {
                format!(
                    "{}: a result cannot be written; check that there is space left",
                    self.0.display()
                )
            })
    }

    fn append(&self, recording: &Recording) -> Result<()> {
        if self.is_stream() {
            let out = results::open(Some(self.0.as_path()), false)?;
            ReportWriter::new(Format::JsonLines, out).recording(recording)?;
            return Ok(());
        }
        // Opened for each line: whoever rotates logs may have moved it.
        let file = results::file(&self.0, true)?;
        let before = file.metadata()?.len();
        let written = ReportWriter::new(Format::JsonLines, &file)
            .recording(recording)
            .and_then(|()| (&file).flush())
            .and_then(|()| file.sync_data());
        if written.is_err() {
            // No part of a line is left behind by a full disk.
            let _ = file.set_len(before);
        }
        Ok(written?)
    }

    fn is_stream(&self) -> bool {
        place::is_stdout(&self.0) || place::is_special(&self.0)
    }
}

fn between(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    Read::by_ref(file)
        .take(end - start)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the last line feed before `end` ends its line; 0 without one.
fn line_end(file: &mut File, mut end: u64) -> io::Result<u64> {
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP_BYTES);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        Read::by_ref(file)
            .take(end - start)
            .read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use voxhumana::report::{ErrorCode, Failure};

    fn failed(path: &str) -> Recording {
        Recording::new(path, Err(Failure::new(ErrorCode::Other, "no")))
    }

    #[test]
    fn the_last_line_is_found_and_a_part_behind_it_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let lines = Lines::new(&path);
        assert_eq!(lines.last().unwrap(), None);
        // Longer than what is read at once.
        let long = failed(&"long".repeat(40_000));
        for recording in [failed("a"), long.clone()] {
            lines.add(&recording).unwrap();
            assert_eq!(lines.last().unwrap(), Some(recording));
        }
        let whole = std::fs::read(&path).unwrap();
        let line = &whole[whole.len() - 100_000..whole.len() - 1];
        for part in [b"{".to_vec(), START.to_vec(), [START, line].concat()] {
            std::fs::write(&path, [&whole[..], &part].concat()).unwrap();
            assert_eq!(lines.last().unwrap(), Some(long.clone()));
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
        std::fs::write(&path, b"{\"type\":\"rec").unwrap();
        assert_eq!(lines.last().unwrap(), None);
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn what_is_no_result_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        for text in ["a\nb\n", "a", "{\"type\":1}\nnotes", "notes\n{\"type\""] {
            std::fs::write(&path, text).unwrap();
            let error = Lines::new(&path).last().unwrap_err().to_string();
            assert!(error.contains("left as it is"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), text.as_bytes());
        }
    }
}
