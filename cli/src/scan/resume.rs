//! `--resume`: what an earlier run has done.
//!
//! Results are appended one by one, each in full, so that a killed run leaves whole lines and at
//! most one part of a line. Going on, the file is written anew with what is whole and done, and
//! takes the old one's place in one step.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use voxhumana::report::{Format, Recording, Summary};

use super::args::Args;
use super::inputs::Input;
use super::output_format::OutputFormat;
use crate::atomic_file;

/// The results of an earlier run.
#[derive(Default)]
pub struct Earlier {
    /// Their sum.
    pub summary: Summary,
    /// Keys of the results, by path.
    done: HashMap<String, HashSet<String>>,
    /// How many results have this key and a path that this run was not given: recordings that were
    /// moved, or are named in another way.
    moved: Mutex<HashMap<String, usize>>,
}

#[derive(Deserialize)]
struct Line {
    r#type: String,
    #[serde(default)]
    data: serde_json::Value,
}

impl Earlier {
    /// The results in the `--output` file, if the command line says `--resume`.
    ///
    /// `each` is handed every result that is kept.
    pub fn load(
        args: &Args,
        inputs: &[Input],
        each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Self> {
        let mut earlier = Self::default();
        let Some(path) = args.output.as_ref().filter(|_| args.resume) else {
            return Ok(earlier);
        };
        if args.format != OutputFormat::Machine(Format::JsonLines) {
            bail!("--resume needs --format jsonl, whose lines say what is done");
        }
        let old = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(earlier),
            Err(error) => return Err(error).with_context(|| format!("{}", path.display())),
        };
        let inputs: HashSet<String> = inputs.iter().map(ToString::to_string).collect();
        let new = atomic_file::part_of(path);
        earlier
            .keep(old, &new, &inputs, each)
            .and_then(|()| Ok(fs::rename(&new, path)?))
            .with_context(|| {
                format!(
                    "{}: cannot go on with it; give another --output, or leave out --resume to \
                     begin anew",
                    path.display()
                )
            })?;
        Ok(earlier)
    }

    /// Whether this result is among them.
    pub fn has(&self, path: &Path, key: &str) -> bool {
        if let Some(keys) = self.done.get(path.to_string_lossy().as_ref())
            && keys.contains(key)
        {
            return true;
        }
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        match moved.get_mut(key) {
            Some(n) if *n > 0 => {
                *n -= 1;
                true
            }
            _ => false,
        }
    }

    /// Copies the lines that stand for something done.
    fn keep(
        &mut self,
        old: File,
        new: &Path,
        inputs: &HashSet<String>,
        mut each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<()> {
        let mut out = BufWriter::new(File::create(new)?);
        let mut old = BufReader::new(old);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            old.read_until(b'\n', &mut bytes)?;
            if bytes.last() != Some(&b'\n') {
                // The end, or a line that was being written when the run was killed.
                break;
            }
            let line: Line = serde_json::from_slice(&bytes)
                .with_context(|| format!("line {number} is not a line of this program"))?;
            if line.r#type != "recording" {
                continue;
            }
            let recording: Recording = serde_json::from_value(line.data)
                .with_context(|| format!("line {number} is not a line of this program"))?;
            // Without a key: it could not be read. It will be tried again.
            if let Some(key) = &recording.scan_key {
                each(&recording)?;
                self.summary.add(&recording);
                self.summary.resumed += 1;
                if inputs.contains(&recording.path) {
                    let keys = self.done.entry(recording.path.clone()).or_default();
                    keys.insert(key.clone());
                } else {
                    let moved = self.moved.get_mut().unwrap_or_else(PoisonError::into_inner);
                    *moved.entry(key.clone()).or_default() += 1;
                }
                out.write_all(&bytes)?;
            }
        }
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(())
    }
}
