//! Hundreds of damaged files of every container: each is an error or a finite read, no panic.

use std::panic::catch_unwind;

use crate::ffmpeg::{ffmpeg, have_ffmpeg};
use crate::fixtures::*;

/// Damaged copies of each file, read once as a file and once as a stream; `VOXHUMANA_COPIES` sets
/// another number, for a long run.
fn copies() -> u32 {
    let wanted = std::env::var("VOXHUMANA_COPIES");
    wanted.ok().and_then(|n| n.parse().ok()).unwrap_or(150)
}

/// Samples a damaged file may give: the hour of filled gaps that is the limit, at 48 kHz, and some.
const MOST_SAMPLES: usize = 48_000 * 4_000;

fn damage(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(4) {
        // Headers are where the damage is interesting.
        let reach = if random.below(2) == 0 {
            200
        } else {
            bytes.len()
        };
        let at = random.below(reach.min(bytes.len()));
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => {
                let value = [0, u32::MAX, 0x7fff_ffff, 0x8000_0000, 1][random.below(5)];
                for (b, v) in bytes[at..].iter_mut().zip(value.to_le_bytes()) {
                    *b = v;
                }
            }
            3 => bytes.truncate(at.max(1)),
            4 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let piece: Vec<u8> = bytes[at..].iter().take(64).copied().collect();
                bytes.splice(at..at, piece);
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

/// Makes the checksums of Ogg's pages good again, so that the damage reaches the decoders.
pub fn mend_ogg(bytes: &mut [u8]) {
    let mut at = 0;
    while bytes.len() >= at + 27 && bytes[at..].starts_with(b"OggS") {
        let segments = usize::from(bytes[at + 26]);
        let Some(table) = bytes.get(at + 27..at + 27 + segments) else {
            return;
        };
        let body: usize = table.iter().map(|&n| usize::from(n)).sum();
        let end = (at + 27 + segments + body).min(bytes.len());
        bytes[at + 22..at + 26].fill(0);
        // RFC 3533, section 6: polynomial 0x04c11db7, no reflection, no final inversion.
        let mut crc = 0_u32;
        for &byte in &bytes[at..end] {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = (crc << 1) ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 };
            }
        }
        bytes[at + 22..at + 26].copy_from_slice(&crc.to_le_bytes());
        at = end;
    }
}

fn survive(name: &str, original: &[u8]) {
    assert!(
        read_file(name, original).is_ok(),
        "{name} is no good to start with"
    );
    let mut random = Random(0x9e37_79b9);
    let (mut read, mut refused) = (0, 0);
    for copy in 0..copies() {
        let mut bytes = damage(original, &mut random);
        if copy % 4 > 0 {
            mend_ogg(&mut bytes);
        }
        for as_file in [true, false] {
            let result = catch_unwind(|| {
                if as_file {
                    read_file(name, &bytes)
                } else {
                    read_stream(&bytes)
                }
            });
            let Ok(result) = result else {
                panic!("{name}: damaged copy {copy} panics");
            };
            match result {
                Ok(got) => {
                    read += 1;
                    assert!(got.planes[0].len() < MOST_SAMPLES, "{name}: copy {copy}");
                    assert!(got.planes.iter().flatten().all(|x| x.is_finite()));
                }
                Err(e) => {
                    refused += 1;
                    assert!(!e.to_string().is_empty());
                }
            }
        }
    }
    println!("{name}: {read} read, {refused} refused");
}

#[test]
fn damaged_wav_and_au_files_do_no_harm() {
    survive("a.wav", &wav16(2, 8_000, &ramp(4_000)));
    survive("float.wav", &wav_float(1, 8_000, &as_float(&ramp(2_000))));
    // Small values, so that ADPCM's block headers are good ones.
    let noise: Vec<u8> = (0..4_096_u32).map(|i| (i * 131 % 7) as u8).collect();
    for (tag, align) in [(2_u16, 256_u16), (0x11, 256), (0x31, 65), (0x28F, 1)] {
        if tag > 0x11 && !cfg!(feature = "telephony") {
            continue;
        }
        let mut body = format(tag, 1, 8_000, 8);
        body[12..14].copy_from_slice(&align.to_le_bytes());
        let bytes = riff(&[
            chunk(b"fmt ", &body),
            chunk(b"fact", &[9, 9, 0, 0]),
            chunk(b"data", &noise),
        ]);
        survive("codec.wav", &bytes);
    }
    survive("a.au", &au(1, 8_000, 1, 4_096, &noise));
}

#[test]
fn damaged_files_of_other_containers_do_no_harm() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, options) in [
        ("a.mp3", "-c:a libmp3lame -ar 16000"),
        ("mp3.wav", "-c:a libmp3lame -ar 16000"),
        ("a.flac", "-c:a flac"),
        ("a.ogg", "-c:a libvorbis"),
        ("a.opus", "-c:a libopus"),
        ("flac.ogg", "-c:a flac"),
        ("a.m4a", "-c:a aac"),
        ("alac.m4a", "-c:a alac"),
        ("opus.mp4", "-c:a libopus"),
        ("a.aac", "-c:a aac"),
        ("a.mkv", "-c:a pcm_s16le"),
        ("a.webm", "-c:a libopus"),
        ("a.aiff", "-c:a pcm_s16be"),
        ("a.caf", "-c:a alac"),
        ("pcm.caf", "-c:a pcm_s16le"),
        ("a.w64", "-c:a pcm_s16le"),
        ("a.avi", "-c:a pcm_mulaw"),
        ("a.mov", "-c:a pcm_mulaw"),
        ("mulaw.mkv", "-c:a pcm_mulaw"),
        ("two.mkv", "-map 0 -map 0 -c:a:0 libopus -c:a:1 pcm_s16le"),
        ("two.mp4", "-map 0 -map 0 -c:a aac"),
    ] {
        let path = dir.path().join(name);
        let mut args = vec!["-f", "lavfi", "-i", "anoisesrc=d=0.4:r=8000:a=0.3:seed=1"];
        args.extend(options.split_whitespace());
        args.push(path.to_str().unwrap());
        ffmpeg(&args).unwrap();
        survive(name, &std::fs::read(&path).unwrap());
    }
}
