//! Evidence records: written, signed, checked, forged.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{RATE, marked, onnxruntime, tiny, voice, write_wav};
use serde_json::Value;
use voxhumana::report::evidence::{
    EvidenceHeader, EvidenceWriter, FileDigest, PublicKey, RecordingEvidence, SigningKey, Status,
    Verification, compare, verify,
};
use voxhumana::{Detector, Runtime};

fn examined(detector: &Detector, path: &Path) -> RecordingEvidence {
    let name = path.file_name().unwrap().to_string_lossy();
    let file = FileDigest::read(name, File::open(path).unwrap()).unwrap();
    RecordingEvidence::new(file, detector.examine_file(path))
}

fn written(
    detector: &Detector,
    recordings: &[RecordingEvidence],
    key: Option<&SigningKey>,
) -> Vec<u8> {
    let mut writer = EvidenceWriter::new(Vec::new(), EvidenceHeader::new(detector)).unwrap();
    for recording in recordings {
        writer.recording(recording).unwrap();
    }
    writer.finish(key).unwrap()
}

/// A folder with a call, its evidence, and the detector that gave it.
struct Case {
    folder: tempfile::TempDir,
    detector: Detector,
    recording: RecordingEvidence,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        write_wav(&path, RATE, &[&voice(7.0, 1), &marked(7.0, 2)]);
        let detector = tiny().build().unwrap();
        let recording = examined(&detector, &path);
        Self {
            folder,
            detector,
            recording,
        }
    }

    fn signed(&self, key: &SigningKey) -> Vec<u8> {
        written(
            &self.detector,
            std::slice::from_ref(&self.recording),
            Some(key),
        )
    }
}

fn failed(verification: &Verification) -> Vec<&str> {
    let findings = verification.findings.iter();
    findings
        .filter(|f| f.status == Status::Failed)
        .map(|f| f.part.as_str())
        .collect()
}

fn status(verification: &Verification, part: &str) -> Status {
    let mut findings = verification.findings.iter();
    findings.find(|f| f.part == part).unwrap().status
}

#[test]
fn a_record_reads_back_as_it_was() {
    let case = Case::new();
    let unread = RecordingEvidence::new(FileDigest::unreadable("gone.wav"), Err("cannot be read"));
    let recordings = [case.recording.clone(), unread];
    let key = SigningKey::generate().unwrap();
    for key in [None, Some(&key)] {
        let bytes = written(&case.detector, &recordings, key);
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&document).unwrap(), bytes);
        let verification = verify(&bytes, key.map(SigningKey::public_key).as_ref()).unwrap();
        assert_eq!(failed(&verification), [""; 0]);
        assert_eq!(
            verification.signer,
            key.map(SigningKey::public_key),
            "the signer is the key"
        );
        let evidence = verification.evidence.unwrap();
        assert_eq!(evidence.recordings, recordings);
        assert_eq!(evidence.header.settings, *case.detector.settings());
        assert_eq!(evidence.header.model.sha256, case.detector.model().sha256());
    }
}

#[test]
fn windows_are_those_the_verdict_rests_on() {
    let case = Case::new();
    let examination = case
        .detector
        .examine_file(case.folder.path().join("call.wav"))
        .unwrap();
    assert_eq!(examination.frames, 7 * u64::from(RATE));
    let metadata = case.detector.model().metadata();
    for (channel, windows) in examination.report.channels.iter().zip(&examination.windows) {
        assert!(windows.len() > 1);
        let mean = windows.iter().map(|w| w.score).sum::<f64>() / windows.len() as f64;
        let llr = metadata.channel_calibration_for(channel.speech_s).llr(mean);
        assert!((channel.llr.unwrap() - llr).abs() < 1e-12);
    }
    // The second channel of a call in false stereo is the first.
    let path = case.folder.path().join("twice.wav");
    let side = voice(4.0, 3);
    write_wav(&path, RATE, &[&side, &side]);
    let twice = case.detector.examine_file(&path).unwrap();
    assert_eq!(twice.report.channels[1].same_as, Some(0));
    assert!(!twice.windows[0].is_empty() && twice.windows[1].is_empty());
}

/// Each bit of a signed record, one at a time. What stays JSON must be named by its part.
#[test]
fn every_changed_bit_is_found_and_named() {
    let case = Case::new();
    let key = SigningKey::generate().unwrap();
    let bytes = case.signed(&key);
    let trusted = key.public_key();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    // Where the value of each part stands in the record.
    let digests = document["digests"].as_object().unwrap();
    let spans: Vec<(usize, usize, &str)> = digests
        .keys()
        .map(|pointer| {
            let value = document.pointer(pointer).unwrap();
            let value = serde_json_canonicalizer::to_string(value).unwrap();
            let name = pointer.rsplit('/').next().unwrap();
            let member = format!("\"{name}\":{value}");
            let at = match text.find(&member) {
                Some(at) => at + member.len() - value.len(),
                None => text.find(&value).unwrap(),
            };
            (at, at + value.len(), pointer.as_str())
        })
        .collect();
    let covered: usize = spans.iter().map(|(from, to, _)| to - from).sum();
    assert!(covered * 2 > bytes.len(), "{covered} of {}", bytes.len());

    let mut named = 0;
    let mut changed = bytes.clone();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            changed[at] = bytes[at] ^ (1 << bit);
            match verify(&changed, Some(&trusted)) {
                Err(error) => {
                    let error = error.to_string();
                    let names = ["column", "/type", "/schema_version"];
                    assert!(
                        names.iter().any(|n| error.contains(n)),
                        "byte {at}: {error}"
                    );
                }
                Ok(verification) => {
                    let failed = failed(&verification);
                    assert!(!failed.is_empty(), "byte {at}, bit {bit} goes unseen");
                    let mut findings = verification.findings.iter();
                    let form = findings.find(|f| f.status == Status::Failed).unwrap();
                    if failed == [""] {
                        // Another way to write the same, such as 1E-6: the place is named by the
                        // byte.
                        assert!(form.detail.contains(&format!("byte {at} ")), "{form:?}");
                        changed[at] = bytes[at];
                        continue;
                    }
                    let span = spans
                        .iter()
                        .find(|(from, to, _)| (*from..*to).contains(&at));
                    if let Some((_, _, part)) = span {
                        assert!(failed.contains(part), "byte {at} of {part}: {failed:?}");
                        // No other part is accused.
                        let parts = failed.iter().filter(|f| f.starts_with("/data/"));
                        assert_eq!(parts.count(), 1, "byte {at}: {failed:?}");
                        named += 1;
                    }
                }
            }
            changed[at] = bytes[at];
        }
    }
    assert!(named > bytes.len(), "{named} named");
}

#[test]
fn a_changed_digest_is_told_from_a_changed_part() {
    let case = Case::new();
    let bytes = written(&case.detector, std::slice::from_ref(&case.recording), None);
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let mut changed = document.clone();
    changed["digests"]["/data/created"] = "00".repeat(32).into();
    let check = |v: &Value| verify(&serde_json_canonicalizer::to_vec(v).unwrap(), None).unwrap();
    assert_eq!(failed(&check(&changed)), ["/digests/~1data~1created"]);
    let mut changed = document.clone();
    changed["seal"] = "00".repeat(32).into();
    assert_eq!(failed(&check(&changed)), ["/seal"]);
    let mut changed = document.clone();
    changed["data"]["note"] = "added".into();
    assert_eq!(failed(&check(&changed)), ["/data/note"]);
    let mut changed = document.clone();
    changed["data"]["recordings"][0]["windows"][1][0]["score"] = 9.into();
    assert_eq!(failed(&check(&changed)), ["/data/recordings/0/windows/1"]);
    changed["digests"] = Value::Null;
    assert!(failed(&check(&changed)).contains(&"/seal"));
    let mut changed = document.clone();
    changed["other"] = 1.into();
    assert_eq!(failed(&check(&changed)), ["/other"]);
    let pretty = serde_json::to_vec_pretty(&document).unwrap();
    assert_eq!(failed(&verify(&pretty, None).unwrap()), [""]);
    assert_eq!(status(&check(&document), "/signature"), Status::NotChecked);
}

#[test]
fn only_the_right_key_fits() {
    let case = Case::new();
    let (key, other) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let bytes = case.signed(&key);
    let check = |bytes: &[u8], key: &SigningKey| verify(bytes, Some(&key.public_key())).unwrap();
    assert_eq!(status(&check(&bytes, &key), "/signature"), Status::Ok);
    assert_eq!(failed(&check(&bytes, &other)), ["/signature"]);
    // Without a key from elsewhere the record says so itself.
    let alone = verify(&bytes, None).unwrap();
    let finding = alone.findings.iter().find(|f| f.part == "/signature");
    let detail = &finding.unwrap().detail;
    assert!(detail.contains("must be known from elsewhere"), "{detail}");
    assert!(detail.contains(&key.public_key().fingerprint()), "{detail}");

    // A forger who signs anew, takes the signature out, or puts another key in.
    let forged = case.signed(&other);
    assert!(!verify(&forged, None).unwrap().failed());
    assert_eq!(failed(&check(&forged, &key)), ["/signature"]);
    let unsigned = written(&case.detector, std::slice::from_ref(&case.recording), None);
    assert_eq!(failed(&check(&unsigned, &key)), ["/signature"]);
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    document["signature"]["public_key"] = other.public_key().to_pem().into();
    let swapped = serde_json_canonicalizer::to_vec(&document).unwrap();
    assert_eq!(failed(&check(&swapped, &key)), ["/signature/public_key"]);
    assert_eq!(failed(&verify(&swapped, None).unwrap()), ["/signature"]);
}

#[test]
fn keys_read_back_and_others_are_refused() {
    let key = SigningKey::generate().unwrap();
    let (private, public) = (key.to_pem().unwrap(), key.public_key().to_pem());
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let again = SigningKey::from_pem(&private).unwrap();
    assert_eq!(again.public_key(), PublicKey::from_pem(&public).unwrap());
    assert!(!format!("{key:?}").contains(private.lines().nth(1).unwrap()));
    let refused = SigningKey::from_pem(&public).unwrap_err().to_string();
    assert!(refused.contains("public key"), "{refused}");
    let refused = PublicKey::from_pem(&private).unwrap_err().to_string();
    assert!(refused.contains("never hand it out"), "{refused}");
    assert!(SigningKey::from_pem("").is_err() && PublicKey::from_pem("x").is_err());
}

#[test]
fn a_recording_is_compared_with_its_record() {
    let case = Case::new();
    let path = case.folder.path().join("call.wav");
    let statuses = |recorded: &RecordingEvidence, found: &RecordingEvidence| {
        let findings = compare("/r", recorded, found);
        let parts = findings.into_iter().map(|f| (f.part, f.status));
        parts.collect::<Vec<_>>()
    };
    let again = statuses(&case.recording, &examined(&case.detector, &path));
    let parts: Vec<&str> = again.iter().map(|(part, _)| part.as_str()).collect();
    let expected = [
        "/r/file",
        "/r/input",
        "/r/result",
        "/r/windows/0",
        "/r/windows/1",
    ];
    assert_eq!(parts, expected);
    assert!(again.iter().all(|(_, status)| *status == Status::Ok));

    // A forged score, below and above the tolerance, and a forged verdict.
    let found = &case.recording;
    let mut forged = case.recording.clone();
    forged.windows[1][1].score += 0.0005;
    assert!(
        statuses(&forged, found)
            .iter()
            .all(|(_, s)| *s == Status::Ok)
    );
    forged.windows[1][1].score += 0.1;
    let at = ("/r/windows/1/1/score".to_owned(), Status::Failed);
    assert!(statuses(&forged, found).contains(&at));
    let mut forged = serde_json::to_value(found).unwrap();
    forged["result"]["channels"][1]["verdict"] = "bona_fide".into();
    let forged: RecordingEvidence = serde_json::from_value(forged).unwrap();
    let at = ("/r/result/channels/1/verdict".to_owned(), Status::Failed);
    assert!(statuses(&forged, found).contains(&at));
    let mut forged = found.clone();
    forged.input.as_mut().unwrap().samples_sha256 = "00".repeat(32);
    let at = ("/r/input/samples_sha256".to_owned(), Status::Failed);
    assert!(statuses(&forged, found).contains(&at));

    // One bit of the recording.
    let mut bytes = fs::read(&path).unwrap();
    bytes[50_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let changed = statuses(&case.recording, &examined(&case.detector, &path));
    assert_eq!(changed, [("/r/file".to_owned(), Status::Failed)]);
}

/// A second detector, made of the record alone, gives the same.
#[test]
fn settings_travel_with_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    write_wav(&path, RATE, &[&voice(7.0, 1), &marked(7.0, 2)]);
    let first = tiny().threshold_llr(-3.5).mix(true).build().unwrap();
    let bytes = written(&first, &[examined(&first, &path)], None);
    let evidence = verify(&bytes, None).unwrap().evidence.unwrap();
    let second = tiny().settings(evidence.header.settings).build().unwrap();
    let findings = compare("", &evidence.recordings[0], &examined(&second, &path));
    assert!(
        findings.iter().all(|f| f.status == Status::Ok),
        "{findings:?}"
    );
}

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample-call.wav");
/// Names the file that `child_records_with_onnx_runtime` writes.
const CHILD: &str = "VOXHUMANA_TEST_RECORD";

/// The shipped model in tract and in ONNX Runtime, where that is installed: one process can use one
/// of them.
#[test]
fn scores_of_another_runtime_are_within_the_tolerance() {
    let Some(dylib) = onnxruntime() else {
        eprintln!("skipped: no ONNX Runtime (set ORT_DYLIB_PATH, or pip install onnxruntime)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.json");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_records_with_onnx_runtime", "--ignored"])
        .env(CHILD, &record)
        .env("ORT_DYLIB_PATH", dylib)
        .env(Runtime::TELEMETRY_OFF.0, Runtime::TELEMETRY_OFF.1)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let evidence = verify(&fs::read(record).unwrap(), None).unwrap().evidence;
    let evidence = evidence.unwrap();
    let recorded = &evidence.recordings[0];
    let detector = Detector::builder().runtime(Runtime::Tract).build().unwrap();
    let findings = compare("", recorded, &examined(&detector, Path::new(SAMPLE)));
    assert!(
        findings.iter().all(|f| f.status == Status::Ok),
        "{findings:?}"
    );
}

#[test]
#[ignore = "run by scores_of_another_runtime_are_within_the_tolerance in a process of its own"]
fn child_records_with_onnx_runtime() {
    let Some(record) = std::env::var_os(CHILD) else {
        return;
    };
    let builder = Detector::builder().runtime(Runtime::OnnxRuntime);
    let detector = builder.build().unwrap();
    let recording = examined(&detector, Path::new(SAMPLE));
    fs::write(record, written(&detector, &[recording], None)).unwrap();
}

#[test]
fn decoded_samples_are_those_of_ffmpeg() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample-call.wav");
    let ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-i", path, "-f", "f32le", "-"])
        .stderr(Stdio::inherit())
        .output();
    let Ok(ffmpeg) = ffmpeg else {
        eprintln!("skipped: no ffmpeg");
        return;
    };
    let theirs = FileDigest::read("", ffmpeg.stdout.as_slice()).unwrap();
    let ours = tiny().build().unwrap().examine_file(path).unwrap();
    assert_eq!(theirs.sha256.unwrap(), ours.samples_sha256);
}

fn openssl(folder: &Path, arguments: &str) -> Option<String> {
    let ran = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    let Ok(ran) = ran else {
        eprintln!("skipped: no openssl");
        return None;
    };
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "openssl {arguments}: {error}");
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[test]
fn openssl_reads_keys_and_checks_signatures() {
    let case = Case::new();
    let folder = case.folder.path();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    let key = SigningKey::generate().unwrap();
    put("private.pem", key.to_pem().unwrap().as_bytes());
    let Some(public) = openssl(folder, "pkey -in private.pem -pubout") else {
        return;
    };
    assert_eq!(public, key.public_key().to_pem());
    put("public.pem", public.as_bytes());

    let bytes = case.signed(&key);
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let signed = format!(
        "{{\"schema_version\":1,\"seal\":{},\"type\":\"evidence\"}}",
        document["seal"]
    );
    put("signed.bin", signed.as_bytes());
    let value = document["signature"]["value"].as_str().unwrap();
    put("value.txt", value.as_bytes());
    openssl(folder, "base64 -d -A -in value.txt -out signature.bin");
    openssl(
        folder,
        "pkeyutl -verify -rawin -pubin -inkey public.pem -in signed.bin -sigfile signature.bin",
    );
    openssl(
        folder,
        "pkey -pubin -in public.pem -outform DER -out public.der",
    );
    let der = FileDigest::read("", File::open(folder.join("public.der")).unwrap()).unwrap();
    let expected = format!("SHA256:{}", der.sha256.unwrap());
    assert_eq!(key.public_key().fingerprint(), expected);

    // And the other way round.
    openssl(folder, "genpkey -algorithm ed25519 -out theirs.pem");
    let public = openssl(folder, "pkey -in theirs.pem -pubout").unwrap();
    let theirs = SigningKey::from_pem(&fs::read_to_string(folder.join("theirs.pem")).unwrap());
    let public = PublicKey::from_pem(&public).unwrap();
    assert_eq!(theirs.as_ref().unwrap().public_key(), public);
    let verification = verify(&case.signed(&theirs.unwrap()), Some(&public)).unwrap();
    assert!(!verification.failed());
}
