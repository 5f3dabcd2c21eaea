//! Bad calls beside a good one, which must not notice.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tungstenite::Message;

use crate::common::{marked, voice};
use crate::harness::{
    Running, assert_offline, big_endian, offline, options, pcm, serve, serve_with, stop,
    telnyx_media, telnyx_start,
};
use voxhumana_serve::{Limits, Options};

/// Sends a good call while `bad` goes on, and checks that it has its scores.
fn beside(running: &Running, bad: impl FnOnce()) {
    let samples = pcm(&marked(6.0, 11));
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("good", "L16", 16_000));
    let frames: Vec<&[i16]> = samples.chunks(320).collect();
    let (first, rest) = frames.split_at(100);
    for (i, frame) in first.iter().enumerate() {
        socket.say(&telnyx_media("inbound", i as u64 + 1, &big_endian(frame)));
    }
    bad();
    for (i, frame) in rest.iter().enumerate() {
        socket.say(&telnyx_media("inbound", i as u64 + 101, &big_endian(frame)));
    }
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    assert_offline(
        &running.ended("good")["channels"][0],
        &offline(&samples, 16_000),
    );
}

#[test]
fn messages_of_every_bad_kind_end_their_call_alone() {
    let running = serve();
    let media = |payload: &str| {
        json!({"event": "media", "media": {"track": "inbound",
        "chunk": "1", "timestamp": "0", "payload": payload}})
        .to_string()
    };
    beside(&running, || {
        for (n, (message, text)) in [
            ("no json".to_owned(), "cannot be read"),
            ("{\"event\": 5}".to_owned(), "cannot be read"),
            ("[]".to_owned(), "cannot be read"),
            ("{\"event\": \"media\"}".to_owned(), "without its part"),
            (media("*** no base64 ***"), "no base64"),
            // Three bytes, which L16 does not have.
            (media("AAAA"), "3 bytes"),
            (
                media("AAAA").replace("\"0\"", "\"soon\""),
                "no whole number",
            ),
            (media("AAAA").replace("inbound", "above"), "track `above`"),
            ("{\"event\": \"media\", ".repeat(2_000), "cannot be read"),
            ("[".repeat(10_000), "cannot be read"),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("bad-{n}");
            let mut socket = running.connect("/v1/streams/telnyx").unwrap();
            socket.say(&telnyx_start(&id, "L16", 16_000));
            socket.say_text(&message);
            let (code, closed) = socket.closed();
            assert!(
                code != 1_000 && closed.contains(text),
                "{message}: {closed}"
            );
            assert_eq!(running.ended(&id)["reason"], "bad_frame");
        }
        // Binary where text is spoken, and text that is no UTF-8.
        let mut binary = running.connect("/v1/streams/telnyx").unwrap();
        binary.say(&telnyx_start("binary", "L16", 16_000));
        binary.send(&[0; 100]);
        assert!(binary.closed().1.contains("binary message of 100 bytes"));
    });
}

#[test]
fn frames_that_are_too_long_end_their_call_alone() {
    let running = serve_with(Options {
        limits: Limits {
            max_frame_bytes: 2_000,
            ..Limits::default()
        },
        ..options()
    });
    beside(&running, || {
        for (id, bytes) in [("long", 2_002), ("very-long", 40_000)] {
            let mut socket = running.connect("/v1/streams/telnyx").unwrap();
            socket.say(&telnyx_start(id, "L16", 16_000));
            socket.say(&telnyx_media("inbound", 1, &vec![0; 2_000]));
            let long = telnyx_media("inbound", 2, &vec![0; bytes]).to_string();
            // The server may close before it has read all of it.
            let _ = socket.0.send(Message::text(long));
            assert_eq!(running.ended(id)["reason"], "frame_too_large", "{id}");
        }
    });
}

#[test]
fn connections_that_say_nothing_or_little_are_closed() {
    let running = serve_with(Options {
        limits: Limits {
            max_start: Duration::from_secs(3),
            max_header_time: Duration::from_secs(3),
            ..Limits::default()
        },
        ..options()
    });
    let waiting: Vec<_> = (0..50)
        .map(|_| TcpStream::connect(running.address).unwrap())
        .collect();
    let slow: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(running.address).unwrap();
            stream
                .write_all(b"GET /v1/calls HTTP/1.1\r\nhost: x\r\nslow")
                .unwrap();
            stream
        })
        .collect();
    let silent: Vec<_> = (0..20)
        .map(|_| running.connect("/v1/streams/twilio").unwrap())
        .collect();
    let chatty: Vec<_> = (0..20)
        .map(|_| {
            let mut socket = running.connect("/v1/streams/twilio").unwrap();
            socket.say(&json!({"event": "connected"}));
            socket
        })
        .collect();
    beside(&running, || {});
    for socket in silent.into_iter().chain(chatty) {
        assert_eq!(socket.closed(), (1_008, "idle".to_owned()));
    }
    crate::harness::until(|| (running.engine.live() == 0).then_some(()));
    for mut stream in slow.into_iter().chain(waiting) {
        use std::io::Read;
        stream
            .set_read_timeout(Some(crate::harness::PATIENCE))
            .unwrap();
        // Closed, with or without a word.
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        let is_late = |error: std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!closed.is_err_and(is_late), "it stays open");
    }
}

/// Calls take turns: one that sends little is done long before those that send much.
#[test]
fn a_fast_sender_does_not_hold_up_another() {
    let running = serve_with(Options {
        workers: Some(1),
        ..options()
    });
    let samples = pcm(&voice(40.0, 12));
    let frames: Vec<String> = samples
        .chunks(320)
        .enumerate()
        .map(|(i, f)| telnyx_media("inbound", i as u64 + 1, &big_endian(f)).to_string())
        .collect();
    thread::scope(|scope| {
        for n in 0..3 {
            let (running, frames) = (&running, &frames);
            scope.spawn(move || {
                let mut socket = running.connect("/v1/streams/telnyx").unwrap();
                socket.say(&telnyx_start(&format!("fast-{n}"), "L16", 16_000));
                for frame in frames {
                    socket.say_text(frame);
                }
                socket.say(&stop());
                assert_eq!(socket.closed().0, 1_000);
            });
        }
        for n in 0..3 {
            running.call(&format!("fast-{n}"));
        }
        let mut socket = running.connect("/v1/streams/telnyx").unwrap();
        socket.say(&telnyx_start("steady", "L16", 16_000));
        for frame in &frames[..100] {
            socket.say_text(frame);
        }
        socket.say(&stop());
        assert_eq!(socket.closed().0, 1_000);
        // It has waited for turns of theirs, and not for their ends.
        let live = (0..3).filter(|n| {
            let call = running.call(&format!("fast-{n}"));
            call.ended().is_none()
        });
        assert!(live.count() > 0, "it was the last");
    });
    for n in 0..3 {
        let view = running.ended(&format!("fast-{n}"));
        assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    }
}

/// A frame whose time stamp jumps stands for a quarter of an hour of silence.
#[test]
fn silence_that_one_call_has_caused_holds_up_no_other() {
    let running = serve_with(Options {
        workers: Some(1),
        ..options()
    });
    let mut bad = running.connect("/v1/streams/telnyx").unwrap();
    bad.say(&telnyx_start("bad", "PCMU", 8_000));
    for n in 0..6 {
        let mut message = telnyx_media("inbound", n + 1, &[0xff; 160]);
        message["media"]["timestamp"] = json!(n * 899_000);
        bad.say(&message);
    }
    let is_at_work = || running.json("/v1/calls/bad")["duration_s"].as_f64() > Some(1.0);
    running.call("bad");
    crate::harness::until(|| is_at_work().then_some(()));
    beside(&running, || {});
    let call = running.call("bad");
    assert!(call.ended().is_none(), "it was done before");
    let done_s = running.json("/v1/calls/bad")["duration_s"].as_f64();
    assert!(done_s < Some(4_400.0), "{done_s:?} s were done before");
    // What is left of it does not hold up the end of the server.
    drop(bad);
    let start = std::time::Instant::now();
    running.stop_and_wait();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(call.ended().is_some());
}
