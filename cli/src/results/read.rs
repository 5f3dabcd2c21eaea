//! Results of an earlier scan, from the file that it wrote.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use voxhumana::report::Recording;

use crate::say::say;

/// Longest line, and largest document: a day of one call with its window scores takes a hundredth.
pub const MAX_LINE_BYTES: u64 = 1 << 30;

#[derive(Deserialize)]
struct Line {
    r#type: String,
    #[serde(default)]
    data: Value,
}

/// Hands out each result in a file of `--format jsonl` or `json`, with its number from 1.
///
/// A last line that was being written when its scan was killed is passed over, and said.
pub fn each(path: &Path, mut take: impl FnMut(usize, Recording) -> Result<()>) -> Result<()> {
    let name = path.display();
    let file = File::open(path)
        .with_context(|| format!("{name}: cannot be read; check its name and your permission"))?;
    let mut file = BufReader::new(file);
    let mut bytes = Vec::new();
    let mut count = 0;
    for number in 1.. {
        bytes.clear();
        let read = (&mut file)
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        if number == 1 && bytes.starts_with(b"{\"type\":\"scan\"") {
            file.take(MAX_LINE_BYTES).read_to_end(&mut bytes)?;
            return document(&bytes, take).with_context(|| format!("{name}"));
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let line = match serde_json::from_slice::<Line>(&bytes) {
            Ok(line) => line,
            Err(_) if bytes.last() != Some(&b'\n') && number > 1 => {
                say!("warning: {name}: line {number} is cut off, and left out");
                break;
            }
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "{name}: line {number} is no result; give a file that voxhumana scan \
                         --format jsonl wrote"
                    )
                });
            }
        };
        if line.r#type == "recording" {
            let recording = serde_json::from_value(line.data)
                .with_context(|| format!("{name}: line {number} is no result of a recording"))?;
            count += 1;
            take(count, recording)?;
        }
    }
    Ok(())
}

fn document(bytes: &[u8], mut take: impl FnMut(usize, Recording) -> Result<()>) -> Result<()> {
    let line: Line =
        serde_json::from_slice(bytes).context("is cut off, or no document of voxhumana scan")?;
    let Some(Value::Array(recordings)) = line.data.get("recordings") else {
        bail!("holds no results; give a file that voxhumana scan --format jsonl wrote");
    };
    for (i, recording) in recordings.iter().enumerate() {
        let recording = Recording::deserialize(recording)
            .with_context(|| format!("result {} is none of a recording", i + 1))?;
        take(i + 1, recording)?;
    }
    Ok(())
}

/// What tells recordings apart: their path. One that is not UTF-8 has U+FFFD for what is not, in
/// results, as others may have: there the digest of the bytes counts as well.
pub fn identity(recording: &Recording) -> String {
    match &recording.sha256 {
        Some(sha256) if recording.path.contains(char::REPLACEMENT_CHARACTER) => {
            format!("{}\0{sha256}", recording.path)
        }
        _ => recording.path.clone(),
    }
}

/// The number of the last result of each recording. Earlier ones are out of date; what came by
/// standard input has no name to tell it by.
pub fn latest(path: &Path) -> Result<HashMap<String, usize>> {
    let mut latest = HashMap::new();
    each(path, |number, recording| {
        latest.insert(identity(&recording), number);
        Ok(())
    })?;
    latest.remove("-");
    Ok(latest)
}
