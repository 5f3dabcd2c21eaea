//! Asterisk's AudioSocket, with frames written from its documentation
//! (<https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/>). No Asterisk is driven.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use voxhumana_serve::{Limits, Options};

use crate::common::marked;
use crate::harness::{
    PATIENCE, Running, assert_offline, little_endian, offline, options, pcm, serve_with,
};

fn serve() -> Running {
    serve_with(Options {
        audiosocket: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..options()
    })
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.audiosocket.unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &length[..], payload].concat()
}

fn id(n: u8) -> (Vec<u8>, String) {
    let name = format!("{n:02x}").repeat(4)
        + &format!("-{n:02x}{n:02x}").repeat(3)
        + "-"
        + &format!("{n:02x}").repeat(6);
    (message(0x01, &[n; 16]), name)
}

const HANG_UP: [u8; 3] = [0, 0, 0];

#[test]
fn frames_split_anywhere_have_the_scores_of_an_offline_scan() {
    let running = serve();
    let wide = marked(5.0, 6);
    for (kind, rate, n) in [
        (0x10, 8_000, 1),
        (0x12, 16_000, 2),
        (0x13, 24_000, 3),
        (0x16, 48_000, 4),
    ] {
        let mut resampler = voxhumana::audio::Resampler::new(16_000, rate).unwrap();
        let mut samples = Vec::new();
        resampler.push(&wide, &mut samples);
        resampler.finish(&mut samples);
        let samples = pcm(&samples);
        let (hello, name) = id(n);
        let mut bytes = hello;
        for frame in samples.chunks(rate as usize / 50) {
            bytes.extend(message(kind, &little_endian(frame)));
        }
        bytes.extend(message(0x03, b"5"));
        bytes.extend(HANG_UP);
        // Parts of all lengths: the first bytes one by one, then what comes.
        let mut stream = connect(&running);
        let mut random = fastrand::Rng::with_seed(u64::from(n));
        let (first, mut rest) = bytes.split_at(30);
        for byte in first {
            stream.write_all(&[*byte]).unwrap();
            stream.flush().unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
        while !rest.is_empty() {
            let (part, later) = rest.split_at(random.usize(1..=2_000.min(rest.len())));
            stream.write_all(part).unwrap();
            rest = later;
        }
        let view = running.ended(&name);
        assert_eq!(view["protocol"], "audiosocket");
        assert_eq!(view["reason"], "hang_up", "{view}");
        assert_offline(&view["channels"][0], &offline(&samples, rate));
        if rate >= 16_000 {
            assert_eq!(view["channels"][0]["verdict"], "synthetic", "{rate}");
        }
    }
}

#[test]
fn silence_comes_back_in_frames_of_20_ms() {
    let running = serve();
    let mut stream = connect(&running);
    stream.write_all(&id(9).0).unwrap();
    // Before it has sent any, and in its own kind then.
    for _ in 0..3 {
        let mut frame = [1; 323];
        stream.read_exact(&mut frame).unwrap();
        assert_eq!(frame[..3], [0x10, 0x01, 0x40]);
        assert!(frame[3..].iter().all(|&b| b == 0));
    }
    for _ in 0..3 {
        stream.write_all(&message(0x12, &[0; 640])).unwrap();
    }
    let mut kind = [0; 3];
    loop {
        stream.read_exact(&mut kind).unwrap();
        let bytes = u16::from_be_bytes([kind[1], kind[2]]);
        stream.read_exact(&mut vec![0; bytes.into()]).unwrap();
        if kind[0] == 0x12 {
            break;
        }
    }
    let start = std::time::Instant::now();
    for _ in 0..10 {
        let mut frame = [1; 643];
        stream.read_exact(&mut frame).unwrap();
        assert_eq!(frame[..3], [0x12, 0x02, 0x80]);
        assert!(frame[3..].iter().all(|&b| b == 0));
    }
    assert!(
        start.elapsed() >= Duration::from_millis(150),
        "{:?}",
        start.elapsed()
    );
    stream.write_all(&HANG_UP).unwrap();
    // Hung up on in turn.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(&HANG_UP));
}

#[test]
fn what_the_protocol_does_not_have_ends_that_call_alone() {
    let running = serve();
    let mut good = connect(&running);
    good.write_all(&id(50).0).unwrap();
    let audio = message(0x10, &[0; 320]);
    for (n, bytes, reason, text) in [
        (
            51,
            [id(51).0, message(0x10, &[0; 321])].concat(),
            "bad_frame",
            "321 bytes of slin",
        ),
        (
            52,
            [id(52).0, audio.clone(), message(0x12, &[0; 640])].concat(),
            "codec",
            "16000 Hz now",
        ),
        (
            53,
            [id(53).0, id(54).0].concat(),
            "bad_frame",
            "a second UUID",
        ),
        (
            55,
            [id(55).0, message(0xff, &[1])].concat(),
            "hang_up",
            "an error: 1",
        ),
    ] {
        let mut stream = connect(&running);
        stream.write_all(&bytes).unwrap();
        let view = running.ended(&id(n).1);
        assert_eq!(view["reason"], reason, "{view}");
        assert!(view["message"].as_str().unwrap().contains(text), "{view}");
    }
    // No call at all: a bad UUID, audio before it, bytes of anything.
    for bytes in [
        message(0x01, &[1; 15]),
        audio.clone(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
    ] {
        let mut stream = connect(&running);
        stream.write_all(&bytes).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, HANG_UP);
    }
    good.write_all(&audio).unwrap();
    good.write_all(&HANG_UP).unwrap();
    assert_eq!(running.ended(&id(50).1)["reason"], "hang_up");
}

#[test]
fn only_machines_of_the_network_may_speak() {
    let running = serve_with(Options {
        audiosocket: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        allow_from: vec!["10.0.0.0/8".parse().unwrap()],
        ..options()
    });
    let mut stream = connect(&running);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    assert_eq!(running.engine.live(), 0);
    let (_, metrics) = running.get("/metrics");
    let counted = "voxhumana_refused_total{limit=\"allow_from\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

/// Pressed keys neither hold a place for a call nor keep one on the line.
#[test]
fn keys_are_no_sign_of_life() {
    let running = serve_with(Options {
        audiosocket: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        limits: Limits {
            max_start: Duration::from_millis(500),
            max_idle: Duration::from_millis(500),
            ..Limits::default()
        },
        ..options()
    });
    for hello in [Vec::new(), id(7).0] {
        let mut stream = connect(&running);
        stream.write_all(&hello).unwrap();
        let mut keys = stream.try_clone().unwrap();
        let start = std::time::Instant::now();
        let pressed = std::thread::spawn(move || {
            while keys.write_all(&message(0x03, b"5")).is_ok() {
                std::thread::sleep(Duration::from_millis(100));
                if start.elapsed() > PATIENCE {
                    return;
                }
            }
        });
        let mut rest = Vec::new();
        // Its last keys may meet a connection that is closed.
        let _ = stream.read_to_end(&mut rest);
        pressed.join().unwrap();
        assert!(start.elapsed() < PATIENCE, "it goes on");
    }
    assert_eq!(running.ended(&id(7).1)["reason"], "idle");
}
