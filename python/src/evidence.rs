//! Evidence records: written, signed, checked.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use voxhumana::report::evidence::{
    EvidenceHeader, EvidenceWriter, FileDigest, Finding, PublicKey, RecordingEvidence, SigningKey,
    compare, verify,
};
use voxhumana::{Error, marks};

use crate::detector::Detector;
use crate::errors::{invalid, to_exception};
use crate::interrupt::while_listening;

/// A new key pair: private and public, PEM.
#[pyfunction]
pub(crate) fn generate_key(py: Python<'_>) -> PyResult<(String, String)> {
    let pair =
        SigningKey::generate().and_then(|key| Ok((key.to_pem()?, key.public_key().to_pem())));
    pair.map_err(|e| to_exception(py, &e))
}

/// SHA-256 of a public key, as people compare it.
#[pyfunction]
pub(crate) fn key_fingerprint(py: Python<'_>, public_pem: &str) -> PyResult<String> {
    let key = PublicKey::from_pem(public_pem).map_err(|e| to_exception(py, &e))?;
    Ok(key.fingerprint())
}

/// Scans files and writes a record of it; returns how many could not be scanned.
#[pyfunction]
pub(crate) fn write_evidence(
    py: Python<'_>,
    detector: &Detector,
    paths: Vec<PathBuf>,
    out: PathBuf,
    private_pem: Option<&str>,
) -> PyResult<usize> {
    let key = private_pem.map(SigningKey::from_pem).transpose();
    let key = key.map_err(|e| to_exception(py, &e))?;
    while_listening(py, None, || {
        let unwritable = |source| Error::Io {
            path: out.clone(),
            source,
        };
        let file = BufWriter::new(File::create(&out).map_err(unwritable)?);
        let header = EvidenceHeader::new(&detector.inner);
        let mut writer = EvidenceWriter::new(file, header).map_err(unwritable)?;
        let mut failed = 0;
        for path in &paths {
            let recording = of_file(detector, path)?;
            failed += usize::from(recording.input.is_none());
            writer.recording(&recording).map_err(unwritable)?;
        }
        writer.finish(key.as_ref()).map_err(unwritable)?;
        Ok(failed)
    })
}

fn of_file(detector: &Detector, path: &Path) -> Result<RecordingEvidence, Error> {
    let name = bare_name(path);
    let facts = File::open(path).and_then(|file| FileDigest::read(&*name, file));
    let examined = match detector.inner.examine_file(path) {
        Err(Error::Interrupted) => return Err(Error::Interrupted),
        // Where the recording lies is nobody else's business.
        examined => examined.map_err(|e| e.to_string().replace(&*path.to_string_lossy(), &name)),
    };
    let facts = facts.unwrap_or_else(|_| FileDigest::unreadable(&*name));
    let mut recording = RecordingEvidence::new(facts, examined);
    recording.declared = marks::read(path).ok();
    Ok(recording)
}

fn bare_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Checks a record, and with a detector its recordings against it: the findings as JSON, and the
/// fingerprint of the key inside if its signature fits.
#[pyfunction]
pub(crate) fn verify_evidence(
    py: Python<'_>,
    record: &[u8],
    public_pem: Option<&str>,
    detector: Option<&Detector>,
    paths: Vec<PathBuf>,
) -> PyResult<(String, Option<String>)> {
    let trusted = public_pem.map(PublicKey::from_pem).transpose();
    let trusted = trusted.map_err(|e| to_exception(py, &e))?;
    let checked = while_listening(py, None, || {
        let checked = verify(record, trusted.as_ref())?;
        let mut findings = checked.findings;
        if let (Some(detector), Some(evidence)) = (detector, checked.evidence) {
            let digests = digests(&paths);
            for (i, recorded) in evidence.recordings.iter().enumerate() {
                let at = format!("/data/recordings/{i}");
                findings.extend(again(&at, recorded, &digests, detector)?);
            }
        }
        Ok((findings, checked.signer.map(|key| key.fingerprint())))
    })?;
    let findings = serde_json::to_string(&checked.0).map_err(|e| invalid(py, e.to_string()))?;
    Ok((findings, checked.1))
}

/// The files by the SHA-256 of their bytes, and by their bare names.
fn digests(paths: &[PathBuf]) -> HashMap<String, &PathBuf> {
    let mut found = HashMap::new();
    for path in paths {
        found.entry(bare_name(path)).or_insert(path);
        let facts = File::open(path).and_then(|file| FileDigest::read("", file));
        if let Ok(Some(sha256)) = facts.map(|facts| facts.sha256) {
            found.insert(sha256, path);
        }
    }
    found
}

fn again(
    at: &str,
    recorded: &RecordingEvidence,
    files: &HashMap<String, &PathBuf>,
    detector: &Detector,
) -> Result<Vec<Finding>, Error> {
    let by_bytes = recorded.file.sha256.as_ref().and_then(|sha| files.get(sha));
    let by_name = || files.get(&bare_name(Path::new(&recorded.file.name)));
    let Some(path) = by_bytes.or_else(by_name) else {
        let missing = "not among the recordings given";
        return Ok(vec![Finding::not_checked(format!("{at}/file"), missing)]);
    };
    let mut found = of_file(detector, path)?;
    found.file.name.clone_from(&recorded.file.name);
    Ok(compare(at, recorded, &found))
}
