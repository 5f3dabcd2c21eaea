//! Files as recorders really write them: wrong sizes, cut ends, junk, wrong names.

use crate::ffmpeg::{ffmpeg, have_ffmpeg, write_source};
use crate::fixtures::*;

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn a_plain_wav_comes_back_sample_for_sample() {
    let samples = ramp(40_000);
    let bytes = wav16(2, 8_000, &samples);
    for got in [
        read_file("a.wav", &bytes).unwrap(),
        read_stream(&bytes).unwrap(),
    ] {
        assert_eq!(got.reader.container(), "wav");
        assert_eq!(got.reader.codec(), "pcm_s16le");
        assert_eq!(got.reader.sample_rate_hz(), 8_000);
        assert_eq!(got.reader.declared_duration_s(), Some(2.5));
        assert!(!got.reader.truncated());
        let want = as_float(&samples);
        for (c, plane) in got.planes.iter().enumerate() {
            let want: Vec<f32> = want.iter().skip(c).step_by(2).copied().collect();
            assert!(plane == &want);
        }
    }
}

#[test]
fn sizes_that_were_never_written_do_not_hide_the_audio() {
    let samples = ramp(10_000);
    let good = wav16(1, 8_000, &samples);
    for (riff_size, data_size) in [
        (0, 0),
        (36, 0),
        (u32::MAX, u32::MAX),
        (0, u32::MAX),
        (u32::MAX, 0),
        (0x7fff_ff24, 0x7fff_ff00),
        (good.len() as u32, 20_002),
        (20_036, 2_000_000_000),
    ] {
        let mut bytes = good.clone();
        put(&mut bytes, 4, riff_size);
        put(&mut bytes, 40, data_size);
        let got = read_file("a.wav", &bytes).unwrap();
        assert!(
            got.planes[0] == as_float(&samples),
            "{riff_size} {data_size}"
        );
        assert!(got.reader.truncated(), "{riff_size} {data_size}");
    }
}

#[test]
fn a_stream_of_unknown_length_is_whole_when_it_ends() {
    let samples = ramp(10_000);
    let mut bytes = wav16(1, 8_000, &samples);
    put(&mut bytes, 4, u32::MAX);
    put(&mut bytes, 40, u32::MAX);
    let got = read_stream(&bytes).unwrap();
    assert!(got.planes[0] == as_float(&samples));
    assert!(!got.reader.truncated());
}

#[test]
fn chunks_before_and_after_the_audio_are_stepped_over() {
    let samples = ramp(3_000);
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let bytes = riff(&[
        chunk(b"bext", &[7; 603]),
        chunk(b"JUNK", &[0; 28]),
        chunk(b"fmt ", &format(1, 1, 8_000, 16)),
        chunk(b"LIST", b"INFOICMT\x03\0\0\0hi\0"),
        chunk(b"data", &data),
        chunk(b"id3 ", &[1; 99]),
    ]);
    let got = read_file("a.wav", &bytes).unwrap();
    assert!(got.planes[0] == as_float(&samples));
    assert!(!got.reader.truncated());
}

#[test]
fn a_cut_last_sample_is_dropped_and_told() {
    let samples = ramp(1_000);
    let mut bytes = wav16(2, 8_000, &samples);
    bytes.truncate(bytes.len() - 3);
    let got = read_file("a.wav", &bytes).unwrap();
    assert_eq!(got.planes[0].len(), 499);
    assert!(got.reader.truncated());
}

#[test]
fn dialects_of_wav_are_read() {
    let samples = ramp(2_000);
    let want = as_float(&samples);
    // Extensible, 16 valid bits.
    let mut extensible = format(0xFFFE, 1, 16_000, 16);
    extensible.extend([22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0]);
    extensible.extend([0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let bytes = riff(&[chunk(b"fmt ", &extensible), chunk(b"data", &data)]);
    assert!(read_file("a.wav", &bytes).unwrap().planes[0] == want);
    // Big-endian.
    let mut rifx = b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x3e\x80".to_vec();
    rifx.extend(32_000_u32.to_be_bytes());
    rifx.extend([0, 2, 0, 16]);
    rifx.extend(b"data");
    rifx.extend(4_000_u32.to_be_bytes());
    rifx.extend(samples.iter().flat_map(|s| s.to_be_bytes()));
    let got = read_file("a.wav", &rifx).unwrap();
    assert_eq!(got.reader.codec(), "pcm_s16be");
    assert!(got.planes[0] == want);
    // BW64, sizes in ds64.
    let mut ds64 = Vec::new();
    for n in [0_u64, 4_000, 2_000] {
        ds64.extend(n.to_le_bytes());
    }
    ds64.extend([0; 4]);
    let mut bw64 = riff(&[
        chunk(b"ds64", &ds64),
        chunk(b"fmt ", &format(1, 1, 16_000, 16)),
        chunk(b"data", &data),
        chunk(b"axml", &[32; 50]),
    ]);
    bw64[..4].copy_from_slice(b"BW64");
    put(&mut bw64, 4, u32::MAX);
    let at = bw64.windows(4).position(|w| w == b"data").unwrap();
    put(&mut bw64, at + 4, u32::MAX);
    let got = read_file("a.wav", &bw64).unwrap();
    assert!(got.planes[0] == want);
    assert!(!got.reader.truncated());
}

#[test]
fn au_files_of_unknown_or_wrong_size_are_read_to_their_end() {
    let samples = ramp(4_000);
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_be_bytes()).collect();
    for (size, truncated) in [(8_000, false), (u32::MAX, false), (9_000, true)] {
        let got = read_file("a.wav", &au(3, 8_000, 1, size, &data)).unwrap();
        assert_eq!(got.reader.container(), "au");
        assert!(got.planes[0] == as_float(&samples));
        assert_eq!(got.reader.truncated(), truncated, "size {size}");
    }
}

#[test]
fn telephone_files_are_known_by_their_extension() {
    let bytes: Vec<u8> = (0..16_000_u32).map(|i| (i * 31 % 251) as u8).collect();
    let cases = [
        ("a.ulaw", "pcm_mulaw", 8_000, 16_000),
        ("a.alaw", "pcm_alaw", 8_000, 16_000),
        ("a.sln16", "pcm_s16le", 16_000, 8_000),
        ("a.SLN", "pcm_s16le", 8_000, 8_000),
        #[cfg(feature = "telephony")]
        ("a.g722", "adpcm_g722", 16_000, 32_000),
        #[cfg(feature = "telephony")]
        ("a.gsm", "gsm", 8_000, 16_000 / 33 * 160),
    ];
    for (name, codec, rate, frames) in cases {
        let got = read_file(name, &bytes).unwrap();
        assert_eq!(got.reader.container(), "raw");
        assert_eq!(got.reader.codec(), codec);
        assert_eq!(got.reader.sample_rate_hz(), rate);
        assert_eq!(got.planes[0].len(), frames, "{name}");
    }
    // A wrong name does not matter where the bytes say what they are.
    let got = read_file("a.ulaw", &wav16(1, 16_000, &ramp(500))).unwrap();
    assert_eq!(got.reader.codec(), "pcm_s16le");
}

/// Files that ffmpeg makes: name, options, least share of the audio that must be left when the
/// last 40 % of the bytes are missing (Ogg loses the page that is cut, here about a second).
const MADE: &[(&str, &str, f64)] = &[
    ("a.mp3", "-c:a libmp3lame", 0.55),
    ("a.flac", "-c:a flac", 0.5),
    ("a.ogg", "-c:a libvorbis", 0.35),
    ("a.opus", "-c:a libopus", 0.35),
    ("a.m4a", "-c:a aac -movflags faststart", 0.5),
    ("a.mkv", "-c:a aac", 0.5),
    ("a.webm", "-c:a libopus", 0.5),
    ("a.aac", "-c:a aac", 0.5),
    ("mp3.wav", "-c:a libmp3lame", 0.55),
    ("a.aiff", "-c:a pcm_s16be", 0.55),
    ("a.caf", "-c:a pcm_s16le", 0.55),
];

/// The source of the ffmpeg tests, 5 s, as ffmpeg writes it with these options.
pub fn made(name: &str, options: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source.wav");
    write_source(&source);
    let path = dir.path().join(name);
    let mut args = vec!["-i", source.to_str().unwrap()];
    args.extend(options.split_whitespace());
    args.push(path.to_str().unwrap());
    ffmpeg(&args).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_stream_cut_in_the_middle_is_read_to_the_cut() {
    if !have_ffmpeg() {
        return;
    }
    for (name, options, share) in MADE {
        let mut bytes = made(name, options);
        bytes.truncate(bytes.len() * 6 / 10);
        let got = read_file(name, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        let seconds = got.planes[0].len() as f64 / 48_000.0;
        println!("{name}: {seconds:.2} s of 5 s left");
        assert!(seconds > 5.0 * share, "{name}: {seconds} s left");
        assert!(seconds < 4.5, "{name}: {seconds} s left");
        assert!(got.reader.truncated(), "{name} is not called truncated");
    }
}

#[test]
fn noise_in_the_middle_is_stepped_over_and_what_follows_keeps_its_place() {
    if !have_ffmpeg() {
        return;
    }
    for (name, options, _) in MADE {
        let mut bytes = made(name, options);
        let whole = read_file(name, &bytes).unwrap();
        let mut random = Random(7);
        let middle = bytes.len() / 2;
        for byte in &mut bytes[middle..middle + 3_000] {
            *byte = random.next() as u8;
        }
        let got = read_file(name, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (before, after) = (whole.planes[0].len(), got.planes[0].len());
        println!("{name}: {before} samples, {after} with noise in them");
        // MPEG frames carry no time: the lost ones are missing.
        let lost = if name.ends_with("mp3") || name.ends_with("aac") || *name == "mp3.wav" {
            30_000
        } else if ["a.webm", "a.mkv"].contains(name) {
            // Matroska is a tree: the rest of the damaged branch (here the whole rest) is lost.
            130_000
        } else {
            4_800
        };
        assert!(
            before.abs_diff(after) <= lost,
            "{name}: {before} and {after} samples"
        );
        // Noise looks like any other samples of PCM.
        let seen = !["a.aiff", "a.caf"].contains(name);
        assert_eq!(got.reader.truncated(), seen, "{name}");
    }
}

#[test]
fn mp3_is_found_behind_junk_and_tags_whatever_its_name() {
    if !have_ffmpeg() {
        return;
    }
    let plain = made("a.mp3", "-c:a libmp3lame -id3v2_version 0");
    let whole = read_file("a.mp3", &plain).unwrap();
    let mut tag = b"ID3\x03\0\0\0\0\x0f\x50".to_vec();
    tag.extend(vec![0; 2_000]);
    let mut random = Random(99);
    // Junk without the sync byte 0xFF.
    let junk: Vec<u8> = (0..5_000).map(|_| (random.next() as u8) & 0x7f).collect();
    for (before, unread) in [(tag, 0), (junk[..800].to_vec(), 0), (junk, 4_800)] {
        let mut bytes = before;
        bytes.extend(&plain);
        let got = read_file("a.wav", &bytes).unwrap();
        assert_eq!(got.reader.codec(), "mp3");
        assert!(got.planes == whole.planes);
        assert_eq!(got.reader.truncated(), unread > 0);
        let told: u64 = got.reader.unread().iter().map(|part| part.bytes).sum();
        assert!(told >= unread, "{told}");
    }
}

#[test]
fn live_matroska_is_whole_when_it_ends() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source.wav");
    write_source(&source);
    let args = [
        "-i",
        source.to_str().unwrap(),
        "-c:a",
        "libopus",
        "-f",
        "webm",
        "-",
    ];
    let bytes = ffmpeg(&args).unwrap();
    for got in [
        read_stream(&bytes).unwrap(),
        read_file("a.webm", &bytes).unwrap(),
    ] {
        assert!(got.planes[0].len() >= 240_000);
        assert!(!got.reader.truncated());
    }
}
