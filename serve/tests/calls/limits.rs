//! The limits: over one of them a new call is refused, and those on the line stay.

use std::time::{Duration, Instant};

use crate::common::voice;
use crate::harness::{
    PATIENCE, Running, Socket, big_endian, options, pcm, serve_with, stop, telnyx_media,
    telnyx_start, until,
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
    // Who asks whether it is ready is told the same.
    let (status, body) = running.get("/readyz");
    assert!(
        status == 503 && body.contains("\"reason\":\"memory\""),
        "{body}"
    );
}

/// Places are for calls: connections that start none hold up nobody who does.
#[test]
fn connections_that_start_no_call() {
    let running = serve_with(Options {
        audiosocket: Some(([127, 0, 0, 1], 0).into()),
        limits: Limits {
            max_calls: 3,
            max_start: PATIENCE,
            ..Limits::default()
        },
        ..options()
    });
    let silent = running.connect("/v1/streams/twilio").unwrap();
    let mut deaf = std::net::TcpStream::connect(running.audiosocket.unwrap()).unwrap();
    until(|| (running.engine.live() == 2).then_some(()));
    let third = running.connect("/v1/streams/twilio").unwrap();
    // All places are taken, and no call is on the line.
    assert_eq!(running.get("/readyz").0, 200);
    let first = start(&running, "first");
    let (code, why) = silent.closed();
    assert!(
        code == 1_008 && why.contains("its place went to another"),
        "{why}"
    );
    let second = start(&running, "second");
    let mut hung_up = Vec::new();
    std::io::Read::read_to_end(&mut deaf, &mut hung_up).unwrap();
    assert_eq!(hung_up, [0; 3]);
    let last = start(&running, "third");
    assert_eq!(third.closed().0, 1_008);
    // Three calls, which yield to nobody.
    assert_eq!(running.connect("/v1/streams/twilio").err().unwrap().0, 503);
    assert_eq!(running.get("/readyz").0, 503);
    for (socket, id) in [(first, "first"), (second, "second"), (last, "third")] {
        goes_on(&running, socket, id);
    }
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
    // Messages without audio are no frames, nor are pings of the connection.
    let mut socket = start(&running, "marks");
    let begin = Instant::now();
    while running.json("/v1/calls/marks")["state"] == "live" {
        let mark = tungstenite::Message::text("{\"event\": \"mark\"}");
        let _ = socket.0.send(mark);
        let _ = socket
            .0
            .send(tungstenite::Message::Ping("on the line?".into()));
        std::thread::sleep(Duration::from_millis(50));
        assert!(begin.elapsed() < PATIENCE, "it goes on");
    }
    assert_eq!(running.ended("marks")["reason"], "idle");
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
    // That it had to wait is no work that is late: others are taken.
    assert!(running.connect("/v1/streams/telnyx").is_ok());
}

#[test]
fn frames_are_taken_at_200_times_real_time_on_both_tracks_of_a_call() {
    assert!(Limits::default().max_frames_per_s >= 200 * 50 * 2);
}

#[test]
fn tracks() {
    let running = with(Limits {
        max_tracks: 1,
        ..Limits::default()
    });
    let mut socket = start(&running, "tracks");
    for n in 1..=2 {
        socket.say(&telnyx_media("inbound", n, &[0; 640]));
    }
    for n in 1..=2 {
        socket.say(&telnyx_media("outbound", n, &[0; 640]));
    }
    assert!(socket.closed().1.contains("--max-tracks allows (1)"));
    assert_eq!(running.ended("tracks")["reason"], "too_many_tracks");
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
