//! `--resume`: what an earlier run has done.
//!
//! Results are appended one by one, each in full, so that a killed run leaves whole lines and at
//! most one part of a line. Going on, the file is written anew with what is whole and done, and
//! takes the old one's place in one step. Results at another threshold, or of another model, make
//! way for those of this run, and so do those of a recording that has changed since: one file holds
//! no two answers about a recording. What was moved keeps its result, under its new name.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use voxhumana::Detector;
use voxhumana::report::{Format, Recording, SCHEMA_VERSION, Summary};

use super::args::Args;
use super::fate::{Fate, Fates, Run};
use super::inputs::Input;
use super::moves::Strays;
use crate::results::{Metadata, OutputFormat, identity};
use crate::{atomic_file, place};

/// The results of an earlier run.
#[derive(Default)]
pub struct Earlier {
    /// Their sum.
    pub summary: Summary,
    /// Keys of the results, by path.
    done: HashMap<String, HashSet<String>>,
    /// Whether a recording is not what it was when its result was written.
    changed: AtomicBool,
}

/// What is to be kept of the file of results.
struct Kept<'a> {
    /// The number of the last result of each recording, by identity.
    last: &'a HashMap<String, usize>,
    /// The names of those that have another one now, by identity.
    names: &'a HashMap<String, String>,
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
        let replaced = earlier.rewrite(path, old, &run, inputs, each).with_context(|| {
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
        let known = self.done.get(path.to_string_lossy().as_ref());
        if known.is_some_and(|keys| keys.contains(key)) {
            return true;
        }
        if known.is_some() {
            self.changed.store(true, Ordering::Relaxed);
        }
        false
    }

    /// Whether the results hold some of recordings that have changed since, beside those of now.
    pub fn has_changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// Leaves the last result of each recording in the file of results; what those add up to.
    pub fn leave_latest(&self, path: &Path) -> Result<Summary> {
        let last = last_of_each(path, |_| ())?;
        let new = atomic_file::beside(path)?;
        let mut out = BufWriter::new(new.as_file());
        let mut sum = Summary::default();
        sum.resumed = self.summary.resumed;
        each(File::open(path)?, |number, line, recording| {
            if last.get(&identity(&recording)) == Some(&number) {
                sum.add(&recording);
                return Ok(out.write_all(line)?);
            }
            sum.resumed = sum.resumed.saturating_sub(1);
            Ok(())
        })?;
        out.flush()?;
        drop(out);
        new.as_file().sync_all()?;
        new.persist(path)?;
        Ok(sum)
    }

    /// Puts the lines that are kept in the place of all.
    fn rewrite(
        &mut self,
        path: &Path,
        old: File,
        run: &Run<'_>,
        inputs: &[Input],
        each: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Fates> {
        let mut strays = Strays::default();
        let last = last_of_each(path, |recording| strays.see(recording, &run.names))?;
        let names = strays.names_now(inputs);
        let new = atomic_file::beside(path)?;
        let kept = Kept {
            last: &last,
            names: &names,
        };
        let replaced = self.keep(old, &kept, new.as_file().try_clone()?, run, each)?;
        new.persist(path)?;
        Ok(replaced)
    }

    /// Copies the lines that stand for something done.
    fn keep(
        &mut self,
        old: File,
        kept: &Kept<'_>,
        new: File,
        run: &Run<'_>,
        mut take: impl FnMut(&Recording) -> Result<()>,
    ) -> Result<Fates> {
        let mut out = BufWriter::new(new);
        let mut fates = Fates::default();
        each(old, |number, line, mut recording| {
            // Without a key: it could not be read. It will be tried again.
            let Some(key) = recording.scan_key.clone() else {
                return Ok(());
            };
            let id = identity(&recording);
            if kept.last.get(&id) != Some(&number) {
                return Ok(());
            }
            let renamed = kept.names.get(&id);
            if let Some(name) = renamed {
                recording.path.clone_from(name);
            }
            let fate = run.fate(&recording, &key);
            fates.count(&fate, &recording, run);
            if fate == Fate::Replaced {
                return Ok(());
            }
            if let Some(metadata) = run.metadata {
                recording.metadata = metadata.of(&recording.path);
            }
            if renamed.is_some() || run.metadata.is_some() {
                out.write_all(&line_of(&recording)?)?;
            } else {
                out.write_all(line)?;
            }
            take(&recording)?;
            self.summary.add(&recording);
            self.summary.resumed += 1;
            if run.names.contains(&recording.path) {
                self.done.entry(recording.path).or_default().insert(key);
            }
            Ok(())
        })?;
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(fates)
    }
}

/// The number of the last result of each recording: earlier ones are of what it was before.
fn last_of_each(path: &Path, mut see: impl FnMut(&Recording)) -> Result<HashMap<String, usize>> {
    let mut last = HashMap::new();
    each(File::open(path)?, |number, _, recording| {
        see(&recording);
        last.insert(identity(&recording), number);
        Ok(())
    })?;
    Ok(last)
}

/// Hands out each result of a recording with its number and its line.
fn each(file: File, mut take: impl FnMut(usize, &[u8], Recording) -> Result<()>) -> Result<()> {
    let mut file = BufReader::new(file);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        file.read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') {
            // The end, or a line that was being written when the run was killed.
            break;
        }
        let foreign = || format!("line {number} is not a line of this program");
        let line: Line<serde_json::Value> = serde_json::from_slice(&bytes).with_context(foreign)?;
        if line.r#type == "recording" {
            let recording = serde_json::from_value(line.data).with_context(foreign)?;
            take(number, &bytes, recording)?;
        }
    }
    Ok(())
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
