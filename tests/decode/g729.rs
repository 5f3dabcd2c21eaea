//! G.729, which ffmpeg decodes but does not encode: a stored stream stands in for its encoder.
//!
//! `tests/data/speech.g729` holds 4 s of an agent spoken by Flite 2.2 (Debian's, voice slt), coded
//! by bcg729 1.1.1 (Debian's libbcg729), an encoder that is no part of this crate, without its
//! voice activity detection.

#![cfg(feature = "g729")]

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use voxhumana::DecodeOptions;
use voxhumana::audio::{RawCodec, RawFormat};

use crate::ffmpeg::{ffmpeg, have_ffmpeg, planes_of, ratio_db};
use crate::fixtures::{chunk, read_file, riff, try_read};

/// SHA-256 of the 16-bit samples that the decoder of bcg729 1.1.1 gives.
const BCG729: &str = "5cad26dbd802e9f2745eba8ef6ca479e618e305fa171e22662e23347c72c2132";

/// Least ratio of ffmpeg's signal to the difference, dB. ffmpeg has the post-filter of the main
/// body of G.729, whose pitch lags are fractions of a sample; this decoder has that of Annex A,
/// whose lags are whole. Measured: 22.5 dB.
const MIN_DB: f64 = 20.0;

fn stream() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/speech.g729")
}

/// WAV with G.729 inside: blocks of 10 bytes, 0 bits a sample.
fn wav(data: &[u8]) -> Vec<u8> {
    let mut format = Vec::new();
    for word in [0x83_u16, 1, 8_000, 0, 1_000, 0, 10, 0] {
        format.extend(word.to_le_bytes());
    }
    riff(&[chunk(b"fmt ", &format), chunk(b"data", data)])
}

#[test]
fn g729_is_decoded_bit_for_bit_with_and_without_a_header() {
    let raw = DecodeOptions::raw(RawFormat {
        codec: RawCodec::G729,
        sample_rate_hz: RawCodec::G729.usual_sample_rate_hz(),
        channels: 1,
    });
    let (reader, named) = try_read(&stream(), &raw).unwrap();
    assert_eq!(
        (reader.container(), reader.codec(), reader.sample_rate_hz()),
        ("raw", "g729", 8_000)
    );
    assert!(!reader.truncated());
    let samples: Vec<u8> = named[0]
        .iter()
        .flat_map(|x| ((x * 32_768.0) as i16).to_le_bytes())
        .collect();
    assert_eq!(samples.len(), 2 * 32_000);
    let digest: String = Sha256::digest(&samples)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(digest, BCG729);

    let (_, by_extension) = try_read(&stream(), &DecodeOptions::default()).unwrap();
    assert!(by_extension == named);
    let in_wav = read_file("a.wav", &wav(&std::fs::read(stream()).unwrap())).unwrap();
    assert_eq!(in_wav.reader.container(), "wav");
    assert_eq!(in_wav.reader.codec(), "g729");
    assert!(in_wav.planes == named && !in_wav.reader.truncated());
}

#[test]
fn g729_is_what_ffmpeg_decodes() {
    if !have_ffmpeg() {
        return;
    }
    let (_, ours) = try_read(&stream(), &DecodeOptions::default()).unwrap();
    let path = stream();
    let path = path.to_str().unwrap();
    let bytes = ffmpeg(&["-f", "g729", "-i", path, "-f", "f32le", "-"]).unwrap();
    let theirs = planes_of(&bytes, 1);
    assert_eq!(ours[0].len(), theirs[0].len());
    let db = ratio_db(&ours, &theirs);
    assert!(db > MIN_DB, "{db:.1} dB");
}

#[test]
fn half_a_frame_at_the_end_is_told() {
    let bytes = std::fs::read(stream()).unwrap();
    let got = read_file("a.g729", &bytes[..1_005]).unwrap();
    assert_eq!(got.planes[0].len(), 8_000);
    assert!(got.reader.truncated());
}
