//! `--evidence`: what a scan rests on, for others to check.
//!
//! Recordings are finished in any order; the record has them in the order given. Until the end they
//! wait in a file without a name, so that memory does not grow with the case and a killed scan
//! leaves nothing half written.

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use voxhumana::marks::Declared;
use voxhumana::report::evidence::{
    EvidenceHeader, EvidenceWriter, FileDigest, RecordingEvidence, SigningKey,
};
use voxhumana::{Detector, Examination};

use super::args::Args;
use super::inputs::{Found, Input};
use crate::evidence::read_private_key;
use crate::results::Metadata;
use crate::say::say;
use crate::{atomic_file, place};

/// The evidence of a scan under way.
pub struct Evidence<'a> {
    path: &'a Path,
    /// As on the command line.
    given: &'a [PathBuf],
    /// The recordings of the record, in its order.
    order: Vec<PathBuf>,
    header: EvidenceHeader,
    key: Option<SigningKey>,
    metadata: Option<&'a Metadata>,
    waiting: Mutex<Waiting>,
}

/// Recordings that are done.
struct Waiting {
    file: File,
    /// Where in the file each one is: start and length.
    at: BTreeMap<PathBuf, (u64, u64)>,
    end: u64,
    /// The first error of the file.
    error: Option<io::Error>,
}

impl<'a> Evidence<'a> {
    /// Begins the record that the command line asks for, if it does.
    pub fn new(
        args: &'a Args,
        found: &Found,
        detector: &Detector,
        metadata: Option<&'a Metadata>,
    ) -> Result<Option<Self>> {
        let Some(path) = args.evidence.as_deref() else {
            return Ok(None);
        };
        let name = path.display();
        if path.exists() && !place::is_special(path) {
            bail!("{name}: is there already, and evidence is never overwritten; give another name");
        }
        if found.inputs.iter().any(|i| matches!(i, Input::Stdin)) {
            bail!(
                "--evidence needs recordings in files: nobody could check a record of what came by \
                 standard input; write it to a file first"
            );
        }
        let key = args.evidence_key.as_deref().map(read_private_key);
        let files = found.inputs.iter().filter_map(Input::file);
        let files = files.map(Path::to_path_buf);
        let unread = found.failures.iter().map(|failure| (&failure.path).into());
        let evidence = Self {
            path,
            given: &args.inputs,
            order: files.chain(unread).collect(),
            header: EvidenceHeader::new(detector),
            key: key.transpose()?,
            metadata,
            waiting: Mutex::new(Waiting {
                file: tempfile::tempfile_in(waiting_room(path))
                    .with_context(|| cannot_write(path))?,
                at: BTreeMap::new(),
                end: 0,
                error: None,
            }),
        };
        for folder in &found.failures {
            let error = folder.error().unwrap_or_default();
            evidence.add(Path::new(&folder.path), None, None, Err(error));
        }
        Ok(Some(evidence))
    }

    /// Takes what became of a recording.
    pub fn add(
        &self,
        path: &Path,
        file: Option<(u64, &str)>,
        declared: Option<Declared>,
        examined: Result<Examination, &str>,
    ) {
        let name = self.name(path);
        let facts = FileDigest {
            bytes: file.map(|(bytes, _)| bytes),
            sha256: file.map(|(_, sha256)| sha256.to_owned()),
            ..FileDigest::unreadable(&*name)
        };
        // Where the recording lies is nobody else's business.
        let examined = examined.map_err(|e| e.replace(&path.display().to_string(), &name));
        let mut recording = RecordingEvidence::new(facts, examined);
        recording.declared = declared;
        let known = self.metadata.and_then(|m| m.of(&path.to_string_lossy()));
        recording.metadata = known;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = waiting.put(path, &recording) {
            waiting.error.get_or_insert(error);
        }
    }

    /// Writes the record.
    pub fn finish(&self) -> Result<()> {
        self.write().with_context(|| cannot_write(self.path))
    }

    /// Says where it is, and whose.
    pub fn print(&self) {
        let by = self.key.as_ref().map_or_else(
            || "not signed (--evidence-key signs it)".to_owned(),
            |key| format!("signed with {}", key.public_key().fingerprint()),
        );
        say!("Evidence: {}, {by}", self.path.display());
    }

    fn write(&self) -> Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = waiting.error.take() {
            return Err(error.into());
        }
        if place::is_special(self.path) {
            let out = File::options().append(true).open(self.path)?;
            self.write_to(out, &mut waiting)?;
            return Ok(());
        }
        let new = atomic_file::beside(self.path)?;
        self.write_to(new.as_file().try_clone()?, &mut waiting)?
            .sync_all()?;
        // In one step, and only where nothing is.
        new.persist_noclobber(self.path)?;
        Ok(())
    }

    fn write_to(&self, out: File, waiting: &mut Waiting) -> Result<File> {
        let mut writer = EvidenceWriter::new(BufWriter::new(out), self.header.clone())?;
        for file in &self.order {
            let recording = match waiting.get(file)? {
                Some(recording) => recording,
                None => RecordingEvidence::new(
                    FileDigest::unreadable(self.name(file)),
                    Err("was not scanned, because of an internal error"),
                ),
            };
            writer.recording(&recording)?;
        }
        Ok(writer.finish(self.key.as_ref())?.into_inner()?)
    }

    /// A recording's name in the record: below the folder it was found in, else its bare name.
    fn name(&self, path: &Path) -> String {
        let below = self
            .given
            .iter()
            .filter_map(|input| path.strip_prefix(input).ok())
            .find(|rest| !rest.as_os_str().is_empty());
        let bare = || path.file_name().map_or(path, Path::new);
        let parts = below.unwrap_or_else(bare).components();
        let parts: Vec<_> = parts.map(|p| p.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }
}

impl Waiting {
    fn put(&mut self, path: &Path, recording: &RecordingEvidence) -> io::Result<()> {
        let bytes = serde_json::to_vec(recording)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&bytes)?;
        let length = bytes.len() as u64;
        self.at.insert(path.to_owned(), (self.end, length));
        self.end += length;
        Ok(())
    }

    fn get(&mut self, path: &Path) -> io::Result<Option<RecordingEvidence>> {
        let Some(&(start, length)) = self.at.get(path) else {
            return Ok(None);
        };
        self.file.seek(SeekFrom::Start(start))?;
        let bytes = BufReader::new((&mut self.file).take(length));
        Ok(Some(serde_json::from_reader(bytes)?))
    }
}

/// The folder of the recordings that wait: where the record will be, if that is a folder of files.
fn waiting_room(path: &Path) -> PathBuf {
    if place::is_special(path) {
        return env::temp_dir();
    }
    atomic_file::folder_of(path).to_owned()
}

fn cannot_write(path: &Path) -> String {
    format!(
        "{}: the evidence cannot be written; check that its folder is there, that you may write \
         into it and that there is space left",
        path.display()
    )
}
