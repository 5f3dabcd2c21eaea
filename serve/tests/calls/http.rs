//! Recordings over HTTP, and what else is asked.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use voxhumana_serve::{Limits, Options};

use crate::common::{marked, voice, write_wav};
use crate::harness::{Running, Upload, agent, detector, options, serve, serve_with};

fn post(running: &Running, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
    let mut response = agent()
        .post(running.url(path))
        .header("content-type", kind)
        .send(body)
        .unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (response.status().as_u16(), json)
}

fn form(name: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut form = Vec::new();
    form.extend(
        b"--xyz\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\na note\r\n--xyz\r\n",
    );
    form.extend(
        format!(
            "content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .bytes(),
    );
    form.extend(body);
    form.extend(b"\r\n--xyz--\r\n");
    ("multipart/form-data; boundary=xyz".to_owned(), form)
}

/// What the command says of the same recording from standard input.
fn command(bytes: &[u8], extension: Option<&str>) -> Value {
    let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let report = detector().scan_reader(source, extension).unwrap();
    serde_json::to_value(report).unwrap()
}

#[test]
fn a_recording_has_the_result_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    write_wav(&path, 16_000, &[&voice(6.0, 1), &marked(6.0, 2)]);
    let wav = fs::read(&path).unwrap();
    let running = serve();
    let (kind, multipart) = form("call.wav", &wav);
    for (name, path, kind, body) in [
        ("-", "/v1/scan", "audio/wav", &wav),
        (
            "x.wav",
            "/v1/scan?name=x.wav",
            "application/octet-stream",
            &wav,
        ),
        ("call.wav", "/v1/scan", kind.as_str(), &multipart),
    ] {
        let (status, result) = post(&running, path, kind, body);
        assert_eq!(status, 200, "{result}");
        assert_eq!(
            (&result["type"], &result["schema_version"]),
            (&"recording".into(), &1.into())
        );
        let data = result["data"].as_object().unwrap();
        assert_eq!(
            (&data["path"], &data["status"]),
            (&name.into(), &"ok".into())
        );
        assert_eq!(data["verdict"], "synthetic");
        for (field, value) in command(&wav, Some("wav")).as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
    }
    // What can only be read from a file is that of the command as well: the index of an MP4 may
    // follow the sound.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/marks/files");
    for name in ["m4a_aigc_plain.m4a", "ogg_aigc_plain.ogg"] {
        let bytes = fs::read(folder.join(name)).unwrap();
        let (_, result) = post(
            &running,
            &format!("/v1/scan?name={name}"),
            "audio/mp4",
            &bytes,
        );
        let expected = detector().scan_file(folder.join(name)).unwrap();
        let expected = serde_json::to_value(expected).unwrap();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&result["data"][field], value, "{name}: {field}");
        }
    }
    // A name tells what the bytes do not.
    let mulaw = crate::harness::mulaw(&crate::harness::pcm(&voice(3.0, 1)));
    let (status, result) = post(&running, "/v1/scan?name=call.ulaw", "audio/basic", &mulaw);
    assert_eq!(status, 200, "{result}");
    assert_eq!(result["data"]["input"]["codec"], "pcm_mulaw");
    assert_eq!(
        result["data"]["channels"],
        command(&mulaw, Some("ulaw"))["channels"]
    );
}

#[test]
fn what_cannot_be_scanned_says_why() {
    let running = serve();
    let (status, result) = post(
        &running,
        "/v1/scan",
        "audio/wav",
        b"this is no audio at all",
    );
    assert_eq!(status, 422);
    assert_eq!(result["data"]["status"], "error");
    assert!(
        result["data"]["error"]
            .as_str()
            .unwrap()
            .contains("not a recording")
    );
    let (status, result) = post(&running, "/v1/scan", "audio/wav", b"");
    assert_eq!(
        (status, &result["data"]["error"]),
        (
            422,
            &serde_json::json!("not a recording this build can read: the file is empty")
        )
    );
    // NaN in a recording: of no concern to anybody else.
    let nan = wav_of_nan(Path::new("nan.wav"));
    let (status, result) = post(&running, "/v1/scan", "audio/wav", &nan);
    let alone = detector().scan_reader(Box::new(std::io::Cursor::new(nan)), None);
    assert_eq!(status, if alone.is_ok() { 200 } else { 422 }, "{result}");
    for body in ["--xyz\r\n", "--xyz--\r\n", "nothing of the kind"] {
        let kind = "multipart/form-data; boundary=xyz";
        let (status, result) = post(&running, "/v1/scan", kind, body.as_bytes());
        assert_eq!(
            (status, &result["reason"]),
            (400, &"form".into()),
            "{result}"
        );
    }
    assert_eq!(running.get("/readyz"), (200, "ready\n".to_owned()));
    let (_, metrics) = running.get("/metrics");
    assert!(
        metrics.contains("voxhumana_scans_total{status=\"error\"}"),
        "{metrics}"
    );
}

/// A second of 32-bit floats, some of them no numbers.
fn wav_of_nan(_: &Path) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut out = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut out, spec).unwrap();
    for i in 0..16_000 {
        writer
            .write_sample(if i % 100 == 7 { f32::NAN } else { 0.01 })
            .unwrap();
    }
    writer.finalize().unwrap();
    out.into_inner()
}

#[test]
fn uploads_have_limits() {
    let running = serve_with(Options {
        limits: Limits {
            max_upload_bytes: 100_000,
            max_scans: 0,
            ..Limits::default()
        },
        ..options()
    });
    let (status, result) = post(&running, "/v1/scan", "audio/wav", &[0; 10]);
    assert_eq!((status, &result["reason"]), (503, &"scans".into()));
    let running = serve_with(Options {
        limits: Limits {
            max_upload_bytes: 100_000,
            ..Limits::default()
        },
        ..options()
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    write_wav(&path, 16_000, &[&voice(4.0, 1)]);
    let wav = fs::read(&path).unwrap();
    assert!(wav.len() > 100_000);
    let (status, result) = post(&running, "/v1/scan", "audio/wav", &wav);
    assert_eq!(
        (status, &result["reason"]),
        (413, &"upload".into()),
        "{result}"
    );
    let (kind, multipart) = form("call.wav", &wav);
    let (status, result) = post(&running, "/v1/scan", &kind, &multipart);
    assert_eq!(
        (status, &result["reason"]),
        (413, &"upload".into()),
        "{result}"
    );
    // What stands in front of the file counts as well.
    let note = String::from_utf8(form("call.wav", b"").1).unwrap();
    let note = note.replace("a note", &"a note".repeat(20_000));
    let (status, result) = post(&running, "/v1/scan", &kind, note.as_bytes());
    assert_eq!(
        (status, &result["reason"]),
        (413, &"upload".into()),
        "{result}"
    );
}

/// An upload that goes quiet has a place no longer than --max-idle, wherever in it that is.
#[test]
fn uploads_that_go_quiet_are_given_up() {
    let running = serve_with(Options {
        limits: Limits {
            max_idle: Duration::from_millis(300),
            max_scans: 1,
            ..Limits::default()
        },
        ..options()
    });
    for (kind, begin) in [
        ("audio/wav", ""),
        ("audio/wav", "RIFF"),
        ("multipart/form-data; boundary=b", "--b\r\n"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\na note",
        ),
        (
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nRIFF",
        ),
    ] {
        let answer = Upload::begin(&running, kind, begin, 100_000).answer();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{begin}: {answer}");
        assert!(answer.contains("\"reason\":\"idle\""), "{begin}: {answer}");
    }
    // The place is free again.
    assert_eq!(post(&running, "/v1/scan", "audio/wav", b"no audio").0, 422);
}

#[test]
fn a_server_says_how_it_is() {
    let running = serve();
    assert_eq!(running.get("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(running.get("/readyz"), (200, "ready\n".to_owned()));
    crate::harness::l16_call(&running, "one", "inbound", &[0; 16_000]);
    let (status, metrics) = running.get("/metrics");
    assert_eq!(status, 200);
    for line in [
        "voxhumana_calls_live 0",
        "voxhumana_calls_started_total{protocol=\"telnyx\"} 1",
        "voxhumana_calls_ended_total{reason=\"hang_up\"} 1",
        "voxhumana_frames_total 50",
        "voxhumana_audio_seconds 1",
        "# TYPE voxhumana_behind_seconds histogram",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    for (path, status, reason) in [
        ("/nothing", 404, "no_such_path"),
        ("/v1/calls/nobody", 404, "no_such_call"),
        ("/v1/calls/nobody/events", 404, "no_such_call"),
        ("/v1/streams/morse", 404, "no_such_dialect"),
        ("/v1/streams/twilio", 426, "websocket"),
    ] {
        let (found, body) = running.get(path);
        assert_eq!(found, status, "{path}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["reason"], reason);
        assert_eq!(body["status"], status);
    }
    for (path, allowed) in [
        ("/v1/scan", "POST"),
        ("/v1/calls/x/events", "GET,HEAD"),
        ("/", "GET,HEAD"),
    ] {
        let url = running.url(path);
        let answer = match allowed {
            "POST" => agent().get(url).call(),
            _ => agent().delete(url).call(),
        };
        let mut answer = answer.unwrap();
        assert_eq!(answer.status().as_u16(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body = answer.body_mut().read_to_string().unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["reason"], "method", "{path}");
    }
    let schema = running.json("/v1/event.schema.json");
    assert_eq!(schema["properties"]["schema_version"]["const"], 1);
}

#[test]
fn a_path_or_query_that_cannot_be_read_is_a_problem_like_others() {
    let running = serve();
    for (path, reason) in [
        ("/v1/calls/%FF", "path"),
        ("/v1/calls/%FF/events", "path"),
        ("/v1/streams/%FF", "path"),
        ("/v1/calls/x/events?after=x", "query"),
        ("/v1/calls/x/events?after=1&after=1", "query"),
    ] {
        let mut response = agent().get(running.url(path)).call().unwrap();
        assert_eq!(response.status().as_u16(), 400, "{path}");
        let text = response.body_mut().read_to_string().unwrap();
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["reason"], reason, "{path}: {text}");
    }
}
