//! `--html`: a page for each recording that a person should look at, and an index of all.

use std::fs;
use std::io::{self, Read};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use voxhumana::model::ModelMetadata;
use voxhumana::report::html::{CallPage, IndexPage, Language, page_name};
use voxhumana::report::{ErrorCode, Failure, Recording, Summary};
use voxhumana::{DecodeOptions, Verdict};

use super::page_args::PageArgs;
use super::page_media;
use crate::digest::sha256_of_file;
use crate::say::say;
use crate::{advice, atomic_file, place};

/// Name of the index in the folder of pages.
pub const INDEX: &str = "index.html";

/// Where the pages go, and what is on them.
pub struct Pages<'a> {
    folder: PathBuf,
    language: Language,
    model: &'a ModelMetadata,
    options: DecodeOptions,
    /// Also of recordings that are bona fide.
    all: bool,
    /// With the recording inside.
    audio: bool,
    index: Mutex<IndexPage>,
}

impl<'a> Pages<'a> {
    /// If the command line says `--html`. `model` is what travels with the model that scores,
    /// `options` say how its recordings were decoded.
    pub fn create(
        args: &PageArgs,
        options: DecodeOptions,
        model: &'a ModelMetadata,
    ) -> Result<Option<Self>> {
        let Some(folder) = &args.html else {
            return Ok(None);
        };
        place::make_folder("--html", folder)?;
        refuse_foreign(&folder.join(INDEX))?;
        Ok(Some(Self {
            folder: folder.clone(),
            language: args.lang,
            model,
            options,
            all: args.html_all,
            audio: args.html_audio,
            index: Mutex::new(IndexPage::new(args.lang)),
        }))
    }

    /// Writes the page of a recording, if it gets one; `source` is its file. If it cannot be
    /// written, the recording is an error, which `--resume` tries again.
    pub fn write(&self, recording: Recording, source: Option<&Path>) -> Recording {
        match self.page(&recording, source) {
            Ok(()) => recording,
            Err(failure) => Recording::new(&recording.path, Err(failure)),
        }
    }

    /// Writes the page of a recording that an earlier run had done, if it is not there, and lists
    /// it.
    pub fn complete(&self, recording: &Recording) -> Result<()> {
        if let Some(name) = self.name_of(recording)
            && !self.folder.join(name).exists()
        {
            self.again(recording)?;
        }
        self.list(recording);
        Ok(())
    }

    /// Writes the page of a recording that was scanned earlier, if it gets one. It may have been
    /// moved or changed meanwhile; what was found in it stays true.
    pub fn again(&self, recording: &Recording) -> Result<()> {
        if self.name_of(recording).is_none() {
            return Ok(());
        }
        let path = Path::new(&recording.path);
        let is_same = path.is_file()
            && match &recording.sha256 {
                Some(then) => sha256_of_file(path).is_ok_and(|now| now == *then),
                None => false,
            };
        let page = match self.page(recording, is_same.then_some(path)) {
            Err(failure) if failure.code != ErrorCode::CannotWrite => {
                say!("warning: {}; the page has no picture", failure.error);
                self.page(recording, None)
            }
            page => page,
        };
        page.map_err(|failure| anyhow!(failure.error))
    }

    /// Puts a recording on the index.
    pub fn list(&self, recording: &Recording) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.add(recording, self.name_of(recording));
    }

    /// Writes the index; what `summary` counts is what was listed.
    pub fn finish(&self, summary: &Summary) -> Result<()> {
        let path = self.folder.join(INDEX);
        let index = mem::replace(
            &mut *self.index.lock().unwrap_or_else(PoisonError::into_inner),
            IndexPage::new(self.language),
        );
        atomic_file::write(&path, |out| index.write(summary, out)).with_context(|| {
            format!(
                "{}: the index cannot be written; check that there is space left, and that you may \
                 write there",
                path.display()
            )
        })
    }

    /// Deletes a page, unless it is gone.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The file of a recording's page, if it gets one.
    pub fn name_of(&self, recording: &Recording) -> Option<String> {
        let verdict = recording.verdict()?;
        (self.all || verdict != Verdict::BonaFide).then(|| page_name(recording))
    }

    fn page(&self, recording: &Recording, source: Option<&Path>) -> Result<(), Failure> {
        let Some(name) = self.name_of(recording) else {
            return Ok(());
        };
        let (Some(report), Some(page)) = (
            recording.report(),
            CallPage::new(recording, self.model, self.language),
        ) else {
            return Ok(());
        };
        let of_sound = |error: voxhumana::Error| {
            let mut failure = advice::failure(&error);
            failure.error = format!("{}: its page: {}", recording.path, failure.error);
            failure
        };
        let pictures = source
            .map(|path| page_media::spectrograms(path, &self.options, report))
            .transpose()
            .map_err(of_sound)?
            .unwrap_or_default();
        let audio = source
            .filter(|_| self.audio)
            .map(|path| page_media::embedded(path, &self.options, report))
            .transpose()
            .map_err(of_sound)?;
        let mut page = page.spectrograms(&pictures).index(INDEX);
        match &audio {
            Some(Some(audio)) => page = page.audio(audio),
            Some(None) => page = page.audio_too_long(),
            None => {}
        }
        let path = self.folder.join(name);
        atomic_file::write(&path, |out| page.write(out)).map_err(|error: io::Error| {
            let problem = format!(
                "{}: its page, {}, cannot be written: {error}; check that there is space left, and \
                 that you may write there",
                recording.path,
                path.display()
            );
            Failure::new(ErrorCode::CannotWrite, problem)
        })
    }
}

/// Refuses to replace an index that somebody else made, a web site's for example.
fn refuse_foreign(path: &Path) -> Result<()> {
    /// In every index that this program writes, and before the list.
    const OURS: &str = "<p class=\"brand\">voxhumana</p>";
    /// Styles stand before it.
    const MAX_HEAD_BYTES: u64 = 1 << 18;
    let Ok(file) = fs::File::open(path) else {
        return Ok(());
    };
    let mut head = Vec::new();
    file.take(MAX_HEAD_BYTES)
        .read_to_end(&mut head)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    if head.is_empty() || String::from_utf8_lossy(&head).contains(OURS) {
        return Ok(());
    }
    bail!(
        "{}: was not written by this program, and --html would replace it; give --html a folder \
         of its own, e.g. --html pages",
        path.display()
    )
}
