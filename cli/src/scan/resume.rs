//! `--resume`: what an earlier run has done.
//!
//! Results are appended one by one, each in full, so that a killed run leaves whole lines and at
//! most one part of a line. Going on, the file is written anew with what is whole and done, and
//! takes the old one's place in one step. Results at another threshold, or of another model, make
//! way for those of this run: one file never holds two answers about a recording.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use voxhumana::Detector;
use voxhumana::report::{Format, Recording, SCHEMA_VERSION, Summary};

use super::args::Args;
use super::fate::{Fate, Fates, Run};
use super::inputs::Input;
use crate::results::{Metadata, OutputFormat};
use crate::{atomic_file, place};

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

#[derive(Serialize, Deserialize)]
struct Line<D> {
    r#type: String,
    #[serde(default)]
    schema_version: u32,
    data: D,
}

impl Earlier {
    /// The results in the `--output` file, if the command line says `--resume`.
    ///
    /// `each` is handed every result that is kept.
    pub fn load(
        args: &Args,
        detector: &Detector,
        inputs: &[Input],
        metadata: Option<&Metadata>,
        each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Self> {
        let mut earlier = Self::default();
        // A pipe would keep us waiting; that it cannot be gone on with is said as it is opened.
        let is_file = |path: &&PathBuf| args.resume && !place::is_special(path);
        let Some(path) = args.output.as_ref().filter(is_file) else {
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
        let run = Run::new(args, detector, inputs, metadata);
        let replaced = earlier.rewrite(path, old, &run, each).with_context(|| {
            format!(
                "{}: cannot go on with it; give another --output, or leave out --resume to begin \
                 anew",
                path.display()
            )
        })?;
        if !args.quiet {
            replaced.print(path);
        }
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

    /// Puts the lines that are kept in the place of all.
    fn rewrite(
        &mut self,
        path: &Path,
        old: File,
        run: &Run<'_>,
        each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Fates> {
        let new = atomic_file::beside(path)?;
        let replaced = self.keep(old, new.as_file().try_clone()?, run, each)?;
        new.persist(path)?;
        Ok(replaced)
    }

    /// Copies the lines that stand for something done.
    fn keep(
        &mut self,
        old: File,
        new: File,
        run: &Run<'_>,
        mut each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Fates> {
        let mut out = BufWriter::new(new);
        let mut old = BufReader::new(old);
        let mut bytes = Vec::new();
        let mut fates = Fates::default();
        for number in 1.. {
            bytes.clear();
            old.read_until(b'\n', &mut bytes)?;
            if bytes.last() != Some(&b'\n') {
                // The end, or a line that was being written when the run was killed.
                break;
            }
            let line: Line<serde_json::Value> = serde_json::from_slice(&bytes)
                .with_context(|| format!("line {number} is not a line of this program"))?;
            if line.r#type != "recording" {
                continue;
            }
            let mut recording: Recording = serde_json::from_value(line.data)
                .with_context(|| format!("line {number} is not a line of this program"))?;
            // Without a key: it could not be read. It will be tried again.
            let Some(key) = recording.scan_key.clone() else {
                continue;
            };
            let fate = run.fate(&recording, &key);
            fates.count(&fate, &recording, run);
            if fate == Fate::Replaced {
                continue;
            }
            if let Some(metadata) = run.metadata {
                recording.metadata = metadata.of(&recording.path);
                bytes = line_of(&recording)?;
            }
            each(&recording)?;
            self.summary.add(&recording);
            self.summary.resumed += 1;
            if run.names.contains(&recording.path) {
                self.done.entry(recording.path).or_default().insert(key);
            } else {
                let moved = self.moved.get_mut().unwrap_or_else(PoisonError::into_inner);
                *moved.entry(key).or_default() += 1;
            }
            out.write_all(&bytes)?;
        }
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(fates)
    }
}

fn line_of(recording: &Recording) -> Result<Vec<u8>> {
    let line = Line {
        r#type: "recording".into(),
        schema_version: SCHEMA_VERSION,
        data: recording,
    };
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    Ok(bytes)
}
