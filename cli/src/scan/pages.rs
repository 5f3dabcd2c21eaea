//! `--html`: a page for each recording that a person should look at, and an index of all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use voxhumana::model::ModelMetadata;
use voxhumana::report::html::{CallPage, IndexPage, Language, page_name};
use voxhumana::report::{Recording, Summary};
use voxhumana::{DecodeOptions, Verdict};

use super::args::Args;
use super::inputs::Input;
use super::{detector, page_media};
use crate::{advice, atomic_file};

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
    /// If the command line says `--html`. `model` is what travels with the model that scores.
    pub fn create(args: &Args, model: &'a ModelMetadata) -> Result<Option<Self>> {
        let Some(folder) = &args.html else {
            return Ok(None);
        };
        fs::create_dir_all(folder).with_context(|| {
            format!(
                "--html {}: the folder cannot be made; check its name, and that you may write \
                 there",
                folder.display()
            )
        })?;
        Ok(Some(Self {
            folder: folder.clone(),
            language: args.lang,
            model,
            options: detector::decode_options(args),
            all: args.html_all,
            audio: args.html_audio,
            index: Mutex::new(IndexPage::new(args.lang)),
        }))
    }

    /// Writes the page of a recording, if it gets one. If it cannot be written, the recording is an
    /// error, which
    /// `--resume` tries again.
    pub fn write(&self, recording: Recording, input: &Input) -> Recording {
        let source = match input {
            Input::File(path) => Some(path.as_path()),
            Input::Stdin => None,
        };
        match self.page(&recording, source) {
            Ok(()) => recording,
            Err(problem) => Recording::new(&recording.path, Err(problem)),
        }
    }

    /// Writes the page of a recording that an earlier run had done, if it is not there, and lists
    /// it.
    pub fn complete(&self, recording: &Recording) -> Result<()> {
        if let Some(name) = self.name_of(recording)
            && !self.folder.join(name).exists()
        {
            // It may have been moved meanwhile; what was found in it stays true.
            let source = Some(Path::new(&recording.path)).filter(|path| path.is_file());
            self.page(recording, source).map_err(anyhow::Error::msg)?;
        }
        self.list(recording);
        Ok(())
    }

    /// Puts a recording on the index.
    pub fn list(&self, recording: &Recording) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.add(recording, self.name_of(recording));
    }

    /// Writes the index; what `summary` counts is what was listed.
    pub fn finish(self, summary: &Summary) -> Result<()> {
        let path = self.folder.join(INDEX);
        let index = self
            .index
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        atomic_file::write(&path, |out| index.write(summary, out)).with_context(|| {
            format!(
                "{}: the index cannot be written; check that there is space left, and that you may \
                 write there",
                path.display()
            )
        })
    }

    /// The file of a recording's page, if it gets one.
    fn name_of(&self, recording: &Recording) -> Option<String> {
        let verdict = recording.verdict()?;
        (self.all || verdict != Verdict::BonaFide).then(|| page_name(recording))
    }

    fn page(&self, recording: &Recording, source: Option<&Path>) -> Result<(), String> {
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
            format!("{}: its page: {}", recording.path, advice::explain(&error))
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
            format!(
                "{}: its page, {}, cannot be written: {error}; check that there is space left, and \
                 that you may write there",
                recording.path,
                path.display()
            )
        })
    }
}
