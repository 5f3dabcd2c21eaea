//! What is no recording is an error that says what it looks like; never "0 s of speech".

use voxhumana::audio::RawCodec;
use voxhumana::{AudioReader, DecodeOptions};

use crate::fixtures::*;

fn error(name: &str, bytes: &[u8]) -> String {
    match read_file(name, bytes) {
        Ok(got) => panic!("{name} is read as {}", got.reader.codec()),
        Err(voxhumana::Error::InFile { source, .. }) => source.to_string(),
        Err(e) => e.to_string(),
    }
}

/// A voice of harmonics that come and go, at 8 kHz, with faint noise.
fn voice(level: f64, seed: u32) -> Vec<i16> {
    let mut random = Random(seed);
    (0..24_000)
        .map(|i| {
            let t = f64::from(i) / 8_000.0;
            let wave = |k: i32| (f64::from(k) * 130.0 * t * std::f64::consts::TAU).sin();
            let sum: f64 = (1..20).map(|k| wave(k) / f64::from(k)).sum();
            let faint = f64::from(random.next() % 13) - 6.0;
            (level * sum * (t * 7.0).sin().max(0.0) + faint) as i16
        })
        .collect()
}

/// ITU-T G.711, by search for the nearest code.
fn g711(samples: &[i16], decoded: fn(u8) -> i32) -> Vec<u8> {
    let mut table: Vec<(i32, u8)> = (0..=255).map(|code| (decoded(code), code)).collect();
    table.sort_unstable();
    let nearest = |x: i32| {
        let at = table.partition_point(|(value, _)| *value < x);
        let near = &table[at.saturating_sub(1)..(at + 1).min(256)];
        near.iter()
            .min_by_key(|(value, _)| (value - x).abs())
            .unwrap()
            .1
    };
    samples.iter().map(|&x| nearest(i32::from(x))).collect()
}

fn mulaw(code: u8) -> i32 {
    let code = !code;
    let size = ((((i32::from(code) & 15) << 3) + 132) << (code >> 4 & 7)) - 132;
    if code & 0x80 == 0 { size } else { -size }
}

fn alaw(code: u8) -> i32 {
    let code = code ^ 0x55;
    let step = (i32::from(code) & 15) << 4;
    let size = match code >> 4 & 7 {
        0 => step + 8,
        n => (step + 264) << (n - 1),
    };
    if code & 0x80 == 0 { -size } else { size }
}

const MU_LAW: fn(&[i16]) -> Vec<u8> = |samples| g711(samples, mulaw);
const A_LAW: fn(&[i16]) -> Vec<u8> = |samples| g711(samples, alaw);
const SLIN: fn(&[i16]) -> Vec<u8> =
    |samples| samples.iter().flat_map(|x| x.to_le_bytes()).collect();

#[test]
fn text_is_named_whatever_the_extension() {
    let xml = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code></Error>\n";
    let html = "<!DOCTYPE html>\n<html><head><title>404</title></head></html>\n".repeat(200);
    let base64 = "UklGRqQ4AABXQVZFZm10IBAAAAABAAEAgLsAAAB3AQACABAAZGF0YYA4\n".repeat(40);
    for name in [
        "a.wav", "a.ulaw", "a.alaw", "a.sln", "a.g722", "a.gsm", "a.vox", "a.mp3", "a",
    ] {
        for (text, kind) in [
            (xml, "XML"),
            (&html, "HTML"),
            ("{\"message\": \"Forbidden\"}", "JSON"),
            (&base64, "base64"),
            (&format!("data:audio/wav;base64,{base64}"), "data URL"),
            ("not found", "plain"),
        ] {
            let e = error(name, text.as_bytes());
            assert!(e.contains("text") && e.contains(kind), "{name}: {e}");
            assert!(!e.contains("telephone"), "{name}: {e}");
        }
    }
    for (bytes, kind) in [
        (b"%PDF-1.7 and so on".as_slice(), "PDF"),
        (b"PK\x03\x04 and so on", "zip"),
    ] {
        assert!(error("a.ulaw", bytes).contains(kind));
    }
}

#[test]
fn sound_that_went_through_a_text_conversion_is_known() {
    let wav = wav16(1, 8_000, &voice(5_000.0, 1));
    let lossy = String::from_utf8_lossy(&wav).into_owned();
    let latin: String = wav.iter().map(|&b| char::from(b)).collect();
    for damaged in [lossy, latin] {
        for name in ["a.wav", "a.ulaw"] {
            let e = error(name, damaged.as_bytes());
            assert!(e.contains("UTF-8"), "{e}");
        }
    }
}

#[test]
fn headerless_audio_is_guessed_in_the_error_and_read_when_asked() {
    let cases = [
        (RawCodec::Mulaw, MU_LAW),
        (RawCodec::Alaw, A_LAW),
        (RawCodec::Slin, SLIN),
    ];
    for (codec, encode) in cases {
        for seed in 1..40 {
            let bytes = encode(&voice(8_000.0 / f64::from(seed), seed));
            for name in ["a.raw", "a.wav", "a.mp3", "a"] {
                let e = error(name, &bytes);
                assert!(
                    e.contains(&format!("--raw-codec {codec}")),
                    "{codec} {seed}: {e}"
                );
                assert!(e.contains("without a header"), "{e}");
            }
        }
        let bytes = encode(&voice(5_000.0, 3));
        let mut options = DecodeOptions::default();
        options.guess_raw = true;
        let stream = Box::new(std::io::Cursor::new(bytes.clone()));
        let reader = AudioReader::from_reader(stream, None, &options).unwrap();
        assert!(reader.guessed());
        assert_eq!(reader.container(), "raw");
        // What has a header is no guess.
        let wav = Box::new(std::io::Cursor::new(wav16(1, 8_000, &voice(5_000.0, 3))));
        let reader = AudioReader::from_reader(wav, None, &options).unwrap();
        assert!(!reader.guessed() && reader.container() == "wav");
        let text = Box::new(std::io::Cursor::new("not found".repeat(900)));
        assert!(AudioReader::from_reader(text, None, &options).is_err());
    }
}

#[test]
fn noise_is_never_a_recording() {
    let mut random = Random(77);
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..6_000).map(|_| random.next() as u8).collect();
        error("a.bin", &bytes);
    }
    // Quiet G.711 is full of what could be headers of MPEG frames.
    for seed in 1..200 {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..30_000)
            .map(|_| 0xFF_u8 ^ (random.below(2) as u8 * 0x80) ^ (random.below(6) as u8))
            .collect();
        error("a.bin", &bytes);
    }
}
