//! The page of a recording, by the crate's own template.

use pyo3::prelude::*;
use voxhumana::features::{Spectrogram, spectrograms};
use voxhumana::model::ModelMetadata;
use voxhumana::report::Recording;
use voxhumana::report::html::{CallPage, EmbeddedAudio, Language};

use crate::errors::{invalid, to_exception, without_gil};
use crate::source::{Raised, Raw, Source, decode_options};

/// The page of a result, in the form of `to_dict()`, with pictures of `source`, and with `player`
/// inside, a file that browsers play.
#[pyfunction]
#[pyo3(signature = (result, metadata, language, source, raw, player))]
pub(crate) fn call_page(
    py: Python<'_>,
    result: &str,
    metadata: &str,
    language: &str,
    source: Option<Source>,
    raw: Option<Raw>,
    player: Option<Vec<u8>>,
) -> PyResult<String> {
    let wrong = |e: serde_json::Error| invalid(py, format!("not a result of this version: {e}"));
    let recording: Recording = serde_json::from_str(result).map_err(wrong)?;
    let metadata: ModelMetadata = serde_json::from_str(metadata).map_err(wrong)?;
    let language: Language = language.parse().map_err(|e| to_exception(py, &e))?;
    let report = recording
        .report()
        .ok_or_else(|| invalid(py, "a failed scan has no page"))?;
    let pictures: Vec<Spectrogram> = match source {
        Some(source) => {
            let options = decode_options(py, raw)?;
            let raised = Raised::default();
            let opened = source.open(py, &raised);
            let made = without_gil(py, || {
                spectrograms(opened.audio(None, &options)?, report.channels.len())
            });
            raised.or(made)?
        }
        None => Vec::new(),
    };
    let audio = player.map(|bytes| EmbeddedAudio {
        media_type: "audio/wav",
        bytes,
    });
    let page = CallPage::new(&recording, &metadata, language)
        .ok_or_else(|| invalid(py, "a failed scan has no page"))?
        .spectrograms(&pictures);
    let page = match &audio {
        Some(audio) => page.audio(audio),
        None => page,
    };
    let mut text = Vec::new();
    page.write(&mut text)
        .map_err(|e| invalid(py, e.to_string()))?;
    String::from_utf8(text).map_err(|e| invalid(py, e.to_string()))
}
