//! `voxhumana verify`: whether an evidence record is as it was written, and the recordings give it
//! again.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use voxhumana::report::evidence::{
    EvidenceRecord, Finding, MAX_EVIDENCE_BYTES, RecordingEvidence, compare, verify,
};
use voxhumana::{Detector, Error, Runtime};

use super::findings::Findings;
use super::keys;
use super::originals::{Original, Originals};
use crate::model;

/// The arguments of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The evidence record
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The signer's public key, which you have from the signer and not with the record
    ///
    /// Without it, a signature only shows that the record was not changed by accident: whoever
    /// changes it can sign anew, with another key.
    #[arg(short = 'k', long, value_name = "PEM")]
    pub public_key: Option<PathBuf>,

    /// The recordings, or folders that hold them: compare their bytes and scan them again
    ///
    /// Found by name, or under another name by their SHA-256.
    #[arg(short, long, value_name = "FILE|FOLDER", num_args = 1..)]
    pub recordings: Vec<PathBuf>,

    /// The ONNX file the record was made with, if it is not the model inside this program
    #[arg(long, value_name = "FILE", requires = "recordings")]
    pub model: Option<PathBuf>,

    /// The runtime of the model: auto, tract or onnxruntime
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub runtime: Runtime,

    /// Write one JSON object per line: part, status (ok, not_checked, failed) and detail
    #[arg(long)]
    pub json: bool,
}

const EXAMPLES: &str = "\
Examples:
  voxhumana verify case.json
      Is the record whole? Says by which key it is signed, not whose key that is.
  voxhumana verify case.json --public-key investigator.pub.pem
      Is it the investigator's? Take the key from the investigator, and compare its fingerprint
      over the telephone.
  voxhumana verify case.json --public-key investigator.pub.pem --recordings calls/
      Are these the recordings, and do they give the same scores here?

Each line names a part of the record by its JSON pointer. Scores may differ by 0.001: processors
and runtimes round in different orders. `voxhumana verify` never changes a file.

Exit codes:
  0  everything that was asked for was checked and matches
  1  something does not match
  2  something that was asked for could not be checked: no evidence record, no such key, recording
     or model";

impl VerifyArgs {
    /// The runtime of the model, if the recordings are scanned again.
    pub fn runtime(&self) -> Option<Runtime> {
        (!self.recordings.is_empty()).then_some(self.runtime)
    }
}

/// Checks a record.
pub fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let trusted = args.public_key.as_deref().map(keys::read_public);
    let trusted = trusted.transpose()?;
    let name = args.file.display().to_string();
    let checked = verify(&read(&args.file)?, trusted.as_ref()).map_err(|source| Error::InFile {
        path: args.file.clone(),
        source: Box::new(source),
    })?;
    let mut findings = Findings::new(args.json);
    for finding in &checked.findings {
        findings.say(finding, "")?;
    }
    if let Some(evidence) = checked.evidence {
        let n = evidence.recordings.len();
        if args.recordings.is_empty() {
            let detail = format!("{n}, not looked for (--recordings)");
            findings.say(&Finding::not_checked("/data/recordings", detail), "")?;
        } else {
            recordings(args, &evidence, &mut findings)?;
        }
    }
    Ok(findings.verdict(&name))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut record = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_EVIDENCE_BYTES + 1).read_to_end(&mut record))
        .with_context(|| {
            format!(
                "{}: cannot be read; check its name and that you may read it",
                path.display()
            )
        })?;
    Ok(record)
}

/// Scans the recordings of a record again.
fn recordings(args: &VerifyArgs, evidence: &EvidenceRecord, findings: &mut Findings) -> Result<()> {
    let model = model::load(args.model.as_deref(), args.runtime)?;
    let recorded = &evidence.header.model;
    let detector = if model.sha256() == recorded.sha256 {
        let settings = evidence.header.settings.clone();
        Some(
            Detector::builder()
                .model(model)
                .settings(settings)
                .build()?,
        )
    } else {
        findings.missing(
            "/data/model",
            format!(
                "scores come from {} {} ({}), which this is not; give --model that ONNX file",
                recorded.metadata.name, recorded.metadata.version, recorded.sha256
            ),
            "",
        )?;
        None
    };
    let originals = Originals::find(&args.recordings)?;
    for (i, recording) in evidence.recordings.iter().enumerate() {
        let at = format!("/data/recordings/{i}");
        again(&at, recording, &originals, detector.as_ref(), findings)?;
    }
    Ok(())
}

/// Compares one recording with its record.
fn again(
    at: &str,
    recorded: &RecordingEvidence,
    originals: &Originals,
    detector: Option<&Detector>,
    findings: &mut Findings,
) -> Result<()> {
    let name = &recorded.file.name;
    let file = format!("{at}/file");
    let Some(Original { path, facts }) = originals.of(&recorded.file) else {
        return findings.missing(&file, "not among the recordings given", name);
    };
    let same = facts.sha256 == recorded.file.sha256;
    let examined = match detector {
        Some(detector) if same => detector.examine_file(&path).map_err(|e| e.to_string()),
        _ => Err("not scanned".to_owned()),
    };
    let found = RecordingEvidence::new(facts, examined);
    for finding in compare(at, recorded, &found) {
        // Without the model, only the bytes can be compared.
        if detector.is_some() || finding.part == file {
            findings.say(&finding, name)?;
        }
    }
    Ok(())
}
