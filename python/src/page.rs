//! The page of a recording, by the crate's own template.

use std::io::Cursor;

use pyo3::prelude::*;
use voxhumana::features::spectrograms;
use voxhumana::model::ModelMetadata;
use voxhumana::report::Recording;
use voxhumana::report::html::{CallPage, EmbeddedAudio, Language};
use voxhumana::{AudioReader, DecodeOptions, Explanation};

use crate::errors::{invalid, to_exception, without_gil};

/// The page of a result, in the form of `to_dict()`, with pictures of `sound`, a WAV file, and with
/// it inside if there is to be a player; `explanations`: JSON, those of an examination.
#[pyfunction]
pub(crate) fn call_page(
    py: Python<'_>,
    result: &str,
    metadata: &str,
    language: &str,
    sound: Option<Vec<u8>>,
    player: bool,
    explanations: &str,
) -> PyResult<String> {
    let wrong = |e: serde_json::Error| invalid(py, format!("not a result of this version: {e}"));
    let recording: Recording = serde_json::from_str(result).map_err(wrong)?;
    let metadata: ModelMetadata = serde_json::from_str(metadata).map_err(wrong)?;
    let explanations: Vec<Explanation> = serde_json::from_str(explanations).map_err(wrong)?;
    let language: Language = language.parse().map_err(|e| to_exception(py, &e))?;
    let channels = recording.report().map_or(0, |r| r.channels.len());
    let sound = sound.map(|bytes| EmbeddedAudio {
        media_type: "audio/wav",
        bytes,
    });
    let pictures = sound.as_ref().map(|sound| {
        without_gil(py, || {
            let bytes = Cursor::new(sound.bytes.clone());
            let audio = AudioReader::from_seekable(bytes, None, &DecodeOptions::default())?;
            spectrograms(audio, channels)
        })
    });
    let pictures = pictures.transpose()?.unwrap_or_default();
    let page = CallPage::new(&recording, &metadata, language)
        .ok_or_else(|| invalid(py, "a failed scan has no page"))?
        .spectrograms(&pictures)
        .explanations(&explanations);
    let page = match &sound {
        Some(sound) if player => page.audio(sound),
        _ => page,
    };
    let mut text = Vec::new();
    page.write(&mut text)
        .map_err(|e| invalid(py, e.to_string()))?;
    String::from_utf8(text).map_err(|e| invalid(py, e.to_string()))
}
