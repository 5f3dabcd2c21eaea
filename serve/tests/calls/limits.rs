//! The limits: over one of them a new call is refused, and those on the line stay.

use std::time::{Duration, Instant};

use crate::common::voice;
use crate::harness::{
    PATIENCE, Running, Socket, big_endian, options, pcm, serve_with, stop, telnyx_media,
    telnyx_start,
};
use voxhumana_serve::{Limits, Options};

fn with(limits: Limits) -> Running {
    serve_with(Options {
        limits,
        ..options()
    })
}

fn start(running: &Running, id: &str) -> Socket {
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start(id, "L16", 16_000));
    running.call(id);
    socket
}

/// A call that goes on, and ends in order.
fn goes_on(running: &Running, mut socket: Socket, id: &str) {
    socket.say(&telnyx_media("inbound", 1, &[0; 640]));
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    assert_eq!(running.ended(id)["reason"], "hang_up");
}

#[test]
fn calls() {
    let running = with(Limits {
        max_calls: 2,
        ..Limits::default()
    });
    let (first, second) = (start(&running, "first"), start(&running, "second"));
    let (status, body) = running.connect("/v1/streams/twilio").err().unwrap();
    assert_eq!(status, 503);
    assert_eq!(body["reason"], "calls");
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains("2 calls are on the line") && detail.contains("--max-calls"));
    goes_on(&running, first, "first");
    // Its place is free.
    let third = start(&running, "third");
    goes_on(&running, second, "second");
    goes_on(&running, third, "third");
    let (_, metrics) = running.get("/metrics");
    assert!(
        metrics.contains("voxhumana_refused_total{limit=\"calls\"} 1"),
        "{metrics}"
    );
}

#[test]
fn of_calls_of_one_name_the_newest_is_meant() {
    let running = with(Limits::default());
    let sockets: Vec<Socket> = (0..8).map(|_| start(&running, "one name")).collect();
    let newest = running.json("/v1/calls")["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["id"].as_str().unwrap().to_owned())
        .max();
    let meant = running.json("/v1/calls/one%20name")["id"].clone();
    assert_eq!(meant.as_str(), newest.as_deref());
    drop(sockets);
}

#[test]
fn memory() {
    let running = with(Limits {
        max_memory_bytes: 1,
        ..Limits::default()
    });
    let (status, body) = running.connect("/v1/streams/twilio").err().unwrap();
    assert_eq!(
        (status, &body["reason"]),
        (503, &serde_json::json!("memory"))
    );
}

#[test]
fn time_without_a_frame() {
    let running = with(Limits {
        max_idle: Duration::from_millis(400),
        ..Limits::default()
    });
    let socket = start(&running, "idle");
    assert_eq!(socket.closed(), (1_008, "idle".to_owned()));
    assert_eq!(running.ended("idle")["reason"], "idle");
}

#[test]
fn length_of_a_call() {
    let with_max_call = |seconds| {
        with(Limits {
            max_call: Duration::from_secs(seconds),
            ..Limits::default()
        })
    };
    // By its audio, which comes faster than real time.
    let running = with_max_call(30);
    let mut socket = start(&running, "audio");
    for n in 1..=1_600 {
        // The server may have closed by then.
        let message = telnyx_media("inbound", n, &[0; 640]).to_string();
        if socket.0.send(tungstenite::Message::text(message)).is_err() {
            break;
        }
    }
    let view = running.ended("audio");
    assert_eq!(view["reason"], "too_long");
    assert!(view["message"].as_str().unwrap().contains("--max-call"));
    // By the clock, also if hardly anything is said.
    let running = with_max_call(2);
    let begin = Instant::now();
    let mut socket = start(&running, "clock");
    while running.json("/v1/calls/clock")["state"] == "live" {
        let message = telnyx_media("inbound", 1, &[0; 2]).to_string();
        let _ = socket.0.send(tungstenite::Message::text(message));
        std::thread::sleep(Duration::from_millis(100));
        assert!(begin.elapsed() < PATIENCE);
    }
    assert_eq!(running.ended("clock")["reason"], "too_long");
}

#[test]
fn frames_in_a_second() {
    let running = with(Limits {
        max_frames_per_s: 100,
        ..Limits::default()
    });
    let mut socket = start(&running, "fast");
    let begin = Instant::now();
    for n in 1..=250 {
        socket.say(&telnyx_media("inbound", n, &[0; 640]));
    }
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    // It had to wait twice, and nothing was lost. The server's seconds began with the call.
    assert!(
        begin.elapsed() >= Duration::from_millis(1_800),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(running.ended("fast")["duration_s"], 5.0);
}

#[test]
fn tracks() {
    let running = with(Limits {
        max_tracks: 1,
        ..Limits::default()
    });
    let mut socket = start(&running, "tracks");
    socket.say(&telnyx_media("inbound", 1, &[0; 640]));
    socket.say(&telnyx_media("outbound", 1, &[0; 640]));
    assert!(socket.closed().1.contains("--max-tracks allows (1)"));
}

#[test]
fn ended_calls() {
    let running = with(Limits {
        max_ended_calls: 2,
        ..Limits::default()
    });
    for id in ["1", "2", "3"] {
        goes_on(&running, start(&running, id), id);
    }
    let calls = running.json("/v1/calls");
    let ids: Vec<_> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["peer_id"])
        .collect();
    assert_eq!(ids, ["2", "3"]);
    assert_eq!(running.get("/v1/calls/1").0, 404);
}

/// Where one worker has more to do than it can, new calls are refused, and those on the line
/// finish.
#[test]
fn scores_that_come_late() {
    let running = serve_with(Options {
        workers: Some(1),
        limits: Limits {
            max_behind: Duration::ZERO,
            ..Limits::default()
        },
        ..options()
    });
    let frames: Vec<String> = pcm(&voice(20.0, 3))
        .chunks(320)
        .enumerate()
        .map(|(i, f)| telnyx_media("inbound", i as u64 + 1, &big_endian(f)).to_string())
        .collect();
    let mut socket = start(&running, "busy");
    let mut refused = None;
    for (n, frame) in frames.iter().enumerate() {
        socket.say_text(frame);
        if refused.is_none() && n % 25 == 24 {
            refused = running.connect("/v1/streams/twilio").err();
        }
    }
    let (status, body) = refused.unwrap();
    assert_eq!(
        (status, &body["reason"]),
        (503, &serde_json::json!("behind"))
    );
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    assert_eq!(running.ended("busy")["duration_s"], 20.0);
}
