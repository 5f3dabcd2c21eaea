//! Whether a scan gives again what a record says.

use serde_json::Value;

use super::canonical::escaped;
use super::finding::Finding;
use super::record::{EvidenceResult, RecordingEvidence};

/// By how much a number may be off on another machine, absolute up to 1 and relative above:
/// hundreds of times what runtimes were seen to differ by, as other processors may differ more, and
/// too little for a forged score to matter.
pub const TOLERANCE: f64 = 1e-3;

/// Compares what is recorded at the JSON pointer `at` with a scan of the recording in hand: one
/// finding for each of file, input, result, and windows per channel. If the bytes are others,
/// nothing else is compared.
#[must_use]
pub fn compare(at: &str, recorded: &RecordingEvidence, found: &RecordingEvidence) -> Vec<Finding> {
    let file = format!("{at}/file");
    if recorded.file.sha256.is_none() {
        return vec![Finding::not_checked(file, "could not be read at the time")];
    }
    if recorded.file.sha256 != found.file.sha256 || recorded.file.bytes != found.file.bytes {
        return vec![Finding::failed(
            file,
            format!(
                "other bytes than those scanned: SHA-256 is {}, recorded is {}",
                found.file.sha256.as_deref().unwrap_or("unknown"),
                recorded.file.sha256.as_deref().unwrap_or_default()
            ),
        )];
    }
    let mut findings = vec![Finding::ok(file, "the same bytes, by SHA-256")];
    findings.push(input(&format!("{at}/input"), recorded, found));
    findings.push(result(&format!("{at}/result"), recorded, found));
    findings.extend(windows(&format!("{at}/windows"), recorded, found));
    findings
}

fn input(at: &str, recorded: &RecordingEvidence, found: &RecordingEvidence) -> Finding {
    let (then, mut now) = match (&recorded.input, &found.input) {
        (Some(then), Some(now)) => (then, now.clone()),
        (None, None) => return Finding::ok(at, "cannot be decoded, as recorded"),
        (None, Some(_)) => {
            return Finding::failed(at, "can be decoded; recorded is that it cannot");
        }
        (Some(_), None) => {
            return Finding::failed(at, "cannot be decoded; recorded is that it can");
        }
    };
    let same_samples = then.samples_sha256 == now.samples_sha256;
    now.samples_sha256.clone_from(&then.samples_sha256);
    if let Some(difference) = difference(at, &json(then), &json(&now)) {
        return difference;
    }
    let samples = format!("{at}/samples_sha256");
    if same_samples {
        Finding::ok(at, "decodes to the very samples that were scored")
    } else if is_exact(&then.facts.codec) {
        Finding::failed(samples, "the same bytes decode to other samples")
    } else {
        let detail = "this machine's decoder rounds differently; the scores decide";
        Finding::not_checked(samples, detail)
    }
}

/// Whether a codec is defined to the bit: the same samples on any platform.
fn is_exact(codec: &str) -> bool {
    !["mp1", "mp2", "mp3", "aac", "vorbis", "opus"].contains(&codec)
}

fn result(at: &str, recorded: &RecordingEvidence, found: &RecordingEvidence) -> Finding {
    use EvidenceResult::{Error, Ok};
    let mut found = found.result.clone();
    match (&recorded.result, &mut found) {
        // The words may be those of another version.
        (Error { .. }, Error { .. }) => {
            return Finding::ok(at, "cannot be scanned, as recorded");
        }
        (Ok { runtime: then, .. }, Ok { runtime: now, .. }) => now.clone_from(then),
        _ => {}
    }
    match difference(at, &json(&recorded.result), &json(&found)) {
        Some(difference) => difference,
        None => Finding::ok(
            at,
            "the same verdicts, and likelihood ratios within the tolerance",
        ),
    }
}

fn windows<'a>(
    at: &'a str,
    recorded: &'a RecordingEvidence,
    found: &'a RecordingEvidence,
) -> impl Iterator<Item = Finding> + 'a {
    let channels = recorded.windows.len().max(found.windows.len());
    (0..channels).map(move |channel| {
        let at = format!("{at}/{channel}");
        let (Some(then), Some(now)) = (recorded.windows.get(channel), found.windows.get(channel))
        else {
            return Finding::failed(at, "is a channel that only one of record and recording has");
        };
        if let Some(difference) = difference(&at, &json(then), &json(now)) {
            return difference;
        }
        let off = then.iter().zip(now).map(|(a, b)| (a.score - b.score).abs());
        let most = off.fold(0.0, f64::max);
        let detail = format!("{} window scores, off by {most:.1e} at most", then.len());
        Finding::ok(at, detail)
    })
}

/// The first place in which two values differ by more than the tolerance.
fn difference(at: &str, then: &Value, now: &Value) -> Option<Finding> {
    match (then, now) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().find_map(|(name, then)| {
                let now = b.get(name).unwrap_or(&Value::Null);
                difference(&format!("{at}/{}", escaped(name)), then, now)
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(i, (then, now))| difference(&format!("{at}/{i}"), then, now)),
        _ if same(then, now) => None,
        _ => Some(Finding::failed(
            at,
            format!("recorded is {}, found is {}", short(then), short(now)),
        )),
    }
}

fn same(then: &Value, now: &Value) -> bool {
    match (then.as_f64(), now.as_f64()) {
        (Some(a), Some(b)) if then.is_f64() || now.is_f64() => {
            (a - b).abs() <= TOLERANCE * a.abs().max(1.0)
        }
        _ => then == now,
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("{} of them", items.len()),
        Value::Object(_) => "another set of fields".into(),
        other => other.to_string(),
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    // Plain data always has a JSON form.
    serde_json::to_value(value).unwrap_or_default()
}
