//! One recording to its result.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use serde_json::json;
use voxhumana::marks;
use voxhumana::report::Recording;
use voxhumana::{Detector, Error};

use super::args::{Args, RawCodecArg};
use super::evidence::Evidence;
use super::inputs::Input;
use super::resume::Earlier;
use crate::advice;
use crate::digest::{sha256_of, sha256_of_file};

/// The means by which every recording of a run is scanned.
pub struct Job<'a> {
    detector: &'a Detector,
    /// Everything but the recording that decides about its result, as JSON.
    settings: String,
    earlier: Earlier,
    evidence: Option<&'a Evidence<'a>>,
    /// Seconds of audio that an earlier run had done.
    pub earlier_audio_s: f64,
}

impl<'a> Job<'a> {
    pub fn new(
        args: &Args,
        detector: &'a Detector,
        earlier: Earlier,
        evidence: Option<&'a Evidence<'a>>,
    ) -> Self {
        let (_, point) = detector.operating_point();
        let raw = args.raw_codec.map(|codec| {
            let rate = args.raw_rate.unwrap_or_default();
            let name = match codec {
                RawCodecArg::Auto => "auto",
                RawCodecArg::Codec(codec) => codec.name(),
            };
            (name, rate, args.raw_channels)
        });
        let mut settings = json!({
            "voxhumana": env!("CARGO_PKG_VERSION"),
            "model": detector.model().sha256(),
            "operating_point": point,
            "channels": args.channels,
            "mix": args.mix,
            "raw": raw,
        });
        if args.ffmpeg {
            settings["ffmpeg"] = json!(true);
        }
        if !args.track.is_empty() {
            settings["tracks"] = json!(args.track);
        }
        Self {
            detector,
            settings: settings.to_string(),
            earlier_audio_s: earlier.summary.audio_s,
            earlier,
            evidence,
        }
    }

    /// Scans a recording; `None` if an earlier run did.
    pub fn run(&self, input: &Input) -> Option<Recording> {
        match input {
            Input::Stdin => {
                let result = self
                    .detector
                    .scan_reader(Box::new(io::stdin()), None)
                    .map_err(|e| format!("standard input: {}", advice::explain(&e)));
                Some(Recording::new("-", result))
            }
            Input::File(path) => self.run_file(path).unwrap_or_else(|error| {
                if let Some(evidence) = self.evidence {
                    evidence.add(path, None, None, Err(&error));
                }
                Some(Recording::new(path, Err(error)))
            }),
        }
    }

    /// An error stands for a recording that could not be read as it is: `--resume` tries it again.
    fn run_file(&self, path: &Path) -> Result<Option<Recording>, String> {
        let unreadable = |source| {
            let path = path.to_owned();
            advice::explain(&Error::Io { path, source })
        };
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            if self.evidence.is_some() {
                return Err(format!(
                    "{}: not a file that can be read again, as evidence must; copy it to one first",
                    path.display()
                ));
            }
            // A pipe can be read only once.
            let result = self.detector.scan_file(path);
            return Ok(Some(Recording::new(
                path,
                result.map_err(|e| advice::explain(&e)),
            )));
        }
        let before = Stamp::of(path).map_err(unreadable)?;
        let sha256 = sha256_of_file(path).map_err(unreadable)?;
        let scan_key = sha256_of(&format!("{sha256} {}", self.settings));
        if self.earlier.has(path, &scan_key) {
            return Ok(None);
        }
        // Before the scan, so that the check for a change spans both.
        let declared = marks::read(path).ok();
        let mut examined = None;
        let scanned = match self.evidence {
            None => self.detector.scan_file(path),
            Some(_) => self
                .detector
                .examine_file(path)
                .map(|e| examined.insert(e).report.clone()),
        };
        let result = match scanned {
            Err(error @ Error::Io { .. }) => return Err(advice::explain(&error)),
            result => result.map_err(|e| advice::explain(&e)),
        };
        if Stamp::of(path).map_err(unreadable)? != before {
            return Err(format!(
                "{}: changed while it was read; scan it again when its recorder is done",
                path.display()
            ));
        }
        if let Some(evidence) = self.evidence {
            let error = result.as_ref().err().map_or("", String::as_str);
            let file = (before.bytes, sha256.as_str());
            evidence.add(path, Some(file), declared.clone(), examined.ok_or(error));
        }
        let mut recording = Recording::new(path, result);
        recording.sha256 = Some(sha256);
        recording.scan_key = Some(scan_key);
        recording.declared = declared;
        Ok(Some(recording))
    }
}

/// By which a file that changes is noticed.
#[derive(PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}
