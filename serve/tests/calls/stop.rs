//! A server that is asked to stop.

use std::time::{Duration, Instant};

use crate::common::marked;
use crate::harness::{
    Upload, big_endian, options, pcm, serve_with, stop, telnyx_media, telnyx_start, until,
};
use voxhumana_serve::Options;

#[test]
fn calls_on_the_line_may_finish_and_new_ones_are_refused() {
    let mut running = serve_with(Options {
        drain: Duration::from_secs(600),
        ..options()
    });
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("last", "L16", 16_000));
    running.call("last");
    running.ask_to_stop();
    until(|| running.engine.is_draining().then_some(()));
    let (status, body) = running.connect("/v1/streams/telnyx").err().unwrap();
    assert_eq!((status, &body["reason"]), (503, &"draining".into()));
    assert_eq!(running.get("/readyz").0, 503);
    assert_eq!(running.get("/healthz").0, 200);
    let samples = pcm(&marked(5.0, 1));
    for (i, frame) in samples.chunks(320).enumerate() {
        socket.say(&telnyx_media("inbound", i as u64 + 1, &big_endian(frame)));
    }
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    let begin = Instant::now();
    let engine = running.engine.clone();
    running.stopped();
    assert!(begin.elapsed() < Duration::from_secs(300));
    let (reason, _) = engine.call("last").unwrap().ended().unwrap();
    assert_eq!(reason.name(), "hang_up");
}

/// An upload is under way as a call is: it may finish.
#[test]
fn an_upload_may_finish() {
    let mut running = serve_with(Options {
        drain: Duration::from_secs(600),
        ..options()
    });
    let body = b"this is no audio at all";
    let mut upload = Upload::begin(&running, "audio/wav", "", body.len());
    upload.send(&body[..10]);
    // The server has read the headers by then.
    std::thread::sleep(Duration::from_millis(500));
    running.ask_to_stop();
    until(|| running.engine.is_draining().then_some(()));
    // Longer than answers have that are under way.
    std::thread::sleep(Duration::from_millis(3_500));
    upload.send(&body[10..]);
    let answer = upload.answer();
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    running.stopped();
}

#[test]
fn calls_that_take_too_long_get_their_last_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.jsonl");
    let mut running = serve_with(Options {
        drain: Duration::from_millis(100),
        events_log: Some(log.clone()),
        ..options()
    });
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("cut", "L16", 16_000));
    for (i, frame) in pcm(&marked(6.0, 2)).chunks(320).enumerate() {
        socket.say(&telnyx_media("inbound", i as u64 + 1, &big_endian(frame)));
    }
    until(|| (running.json("/v1/calls/cut")["duration_s"].as_f64()? >= 6.0).then_some(()));
    running.ask_to_stop();
    assert_eq!(socket.closed(), (1_012, "shutdown".to_owned()));
    running.stopped();
    let lines = std::fs::read_to_string(log).unwrap();
    let last: Vec<serde_json::Value> = lines
        .lines()
        .rev()
        .take(2)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&last[0]["type"], &last[0]["data"]["reason"]),
        (&"ended".into(), &"shutdown".into())
    );
    assert_eq!(
        (&last[1]["type"], &last[1]["data"]["last"]),
        (&"verdict".into(), &true.into())
    );
    assert_eq!(last[1]["data"]["verdict"], "synthetic");
}
