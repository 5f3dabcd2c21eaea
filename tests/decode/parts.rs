//! More audio behind the audio: joined files, further chunks, sizes that count too little.

use crate::ffmpeg::have_ffmpeg;
use crate::fixtures::*;
use crate::sloppy::made;

fn seconds(got: &Decoded) -> f64 {
    got.planes[0].len() as f64 / f64::from(got.reader.sample_rate_hz())
}

/// As a file and as a stream.
fn both(bytes: &[u8]) -> [Decoded; 2] {
    [
        read_file("a.wav", bytes).unwrap(),
        read_stream(bytes).unwrap(),
    ]
}

fn padded(mut bytes: Vec<u8>, zeros: usize) -> Vec<u8> {
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

fn id3v2() -> Vec<u8> {
    [b"ID3\x03\0\0\0\0\x01\x48".as_slice(), &[b'x'; 200]].concat()
}

#[test]
fn recordings_behind_one_another_are_read_as_one() {
    let (a, b) = (ramp(7_001), ramp(5_000));
    let want = as_float(&[a.as_slice(), &b].concat());
    let wav = |x: &[i16]| wav16(1, 8_000, x);
    let big: Vec<u8> = b.iter().flat_map(|x| x.to_be_bytes()).collect();
    let au_b = au(3, 8_000, 1, big.len() as u32, &big);
    let list = chunk(b"LIST", b"INFOISFT\x04\0\0\0abcd");
    for bytes in [
        [wav(&a), wav(&b)].concat(),
        [wav(&a), list.clone(), wav(&b)].concat(),
        [padded(wav(&a), 3_000), wav(&b)].concat(),
        [wav(&a), id3v2(), wav(&b), id3v2()].concat(),
        [wav(&a), b"\r\n".to_vec(), au_b.clone()].concat(),
        [
            wav(&a[..7_000]),
            wav(&a[7_000..]),
            wav(&b),
            padded(list, 700),
        ]
        .concat(),
    ] {
        for got in both(&bytes) {
            assert!(got.planes[0] == want, "{}", got.planes[0].len());
            assert!(!got.reader.truncated());
            assert!(got.reader.unread().is_empty());
        }
    }
}

#[test]
fn a_part_of_another_rate_keeps_its_length_and_of_one_channel_goes_to_all() {
    let bytes = [
        wav16(2, 16_000, &ramp(32_000)),
        wav16(1, 8_000, &ramp(16_000)),
    ]
    .concat();
    for got in both(&bytes) {
        assert_eq!(got.planes.len(), 2);
        assert_eq!(got.planes[0].len(), 16_000 + 32_000);
        assert!(got.planes[0][20_000..] == got.planes[1][20_000..]);
        assert!(!got.reader.truncated());
    }
}

#[test]
fn a_part_with_more_channels_is_told() {
    let second = wav16(2, 8_000, &ramp(20_000));
    let bytes = [wav16(1, 8_000, &ramp(8_000)), second.clone()].concat();
    for (i, got) in both(&bytes).iter().enumerate() {
        assert_eq!(got.planes[0].len(), 8_000);
        assert!(got.reader.truncated());
        let unread = got.reader.unread();
        assert!(unread[0].reason.contains("2 channels"), "{unread:?}");
        if i == 0 {
            assert_eq!(unread[0].bytes, second.len() as u64);
        }
    }
}

#[test]
fn further_chunks_of_audio_are_read() {
    let samples = ramp(9_000);
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let bytes = riff(&[
        chunk(b"fmt ", &format(1, 1, 8_000, 16)),
        chunk(b"data", &data[..6_000]),
        chunk(b"LIST", b"INFOISFT\x04\0\0\0abcd"),
        chunk(b"data", &data[6_000..6_000]),
        chunk(b"data", &data[6_000..]),
    ]);
    for got in both(&bytes) {
        assert!(got.planes[0] == as_float(&samples));
        assert!(!got.reader.truncated());
    }
}

#[test]
fn sizes_that_count_too_little_do_not_hide_the_rest() {
    let samples = ramp(60_000);
    let want = as_float(&samples);
    for (counted, riff_size) in [
        (8_000_u32, 8_036_u32),
        (8_001, 8_037),
        (2, 38),
        (0, 120_036),
    ] {
        let mut bytes = wav16(2, 8_000, &samples);
        bytes[4..8].copy_from_slice(&riff_size.to_le_bytes());
        bytes[40..44].copy_from_slice(&counted.to_le_bytes());
        for got in both(&bytes) {
            assert_eq!(got.planes[0].len(), 30_000, "{counted}");
            assert!(got.planes[0].iter().eq(want.iter().step_by(2)), "{counted}");
            assert!(got.reader.truncated());
        }
    }
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_be_bytes()).collect();
    let got = read_file("a.au", &au(3, 8_000, 1, 8_000, &data)).unwrap();
    assert!(got.planes[0] == want && got.reader.truncated());
}

#[test]
fn what_is_no_audio_behind_it_is_told_or_explains_itself() {
    let wav = wav16(1, 8_000, &ramp(8_000));
    let text = "a transcript of the call, line by line\n".repeat(100);
    let zip = [b"PK\x03\x04".as_slice(), &vec![0xA5; 5_000]].concat();
    for (behind, named) in [(zip, "zip"), (text.into_bytes(), "no known kind")] {
        for got in both(&[wav.clone(), behind.clone()].concat()) {
            assert_eq!(got.planes[0].len(), 8_000);
            assert!(got.reader.truncated());
            let unread = got.reader.unread();
            assert_eq!(unread[0].bytes, behind.len() as u64);
            assert!(unread[0].reason.contains(named), "{unread:?}");
        }
    }
    for small in [vec![0xA5; 900], vec![0; 60_000], id3v2()] {
        for got in both(&[wav.clone(), small].concat()) {
            assert_eq!(got.planes[0].len(), 8_000);
            assert!(!got.reader.truncated());
        }
    }
}

#[test]
fn joined_files_of_every_kind_are_read_whole() {
    if !have_ffmpeg() {
        return;
    }
    for (name, options) in [
        ("a.mp3", "-c:a libmp3lame -ar 16000 -b:a 32k"),
        ("a.mp3", "-c:a libmp3lame -q:a 5 -ac 1"),
        ("a.mp2", "-c:a mp2"),
        ("a.aac", "-c:a aac -ar 16000"),
        ("a.opus", "-c:a libopus -b:a 24k"),
        ("a.ogg", "-c:a libvorbis"),
        ("a.flac", "-c:a flac"),
        ("a.m4a", "-c:a aac"),
        ("b.m4a", "-c:a aac -movflags faststart"),
        ("a.mkv", "-c:a libopus"),
        ("a.caf", "-c:a pcm_s16le"),
        ("b.caf", "-c:a alac"),
        ("a.aiff", "-c:a pcm_s16be"),
        ("a.w64", "-c:a pcm_s16le"),
        ("mp3.wav", "-c:a libmp3lame"),
    ] {
        let one = made(name, options);
        let single = read_file(name, &one).unwrap();
        for (count, between) in [(2, Vec::new()), (3, id3v2())] {
            let joined = vec![one.clone(); count].join(between.as_slice());
            let got = read_file(name, &joined).unwrap();
            let (want, have) = (single.planes[0].len() * count, got.planes[0].len());
            assert!(
                have.abs_diff(want) <= 3_000,
                "{name}: {have} of {want} samples"
            );
            assert!(!got.reader.truncated(), "{name} {:?}", got.reader.unread());
        }
    }
}

#[test]
fn mp3_loses_delay_and_padding_in_every_part() {
    if !have_ffmpeg() {
        return;
    }
    let one = made(
        "a.mp3",
        "-c:a libmp3lame -ar 16000 -ac 1 -b:a 32k -write_xing 1",
    );
    let got = read_file("a.mp3", &[one.clone(), one.clone()].concat()).unwrap();
    assert_eq!(got.planes[0].len(), 2 * 80_000);
    let (first, second) = got.planes[0].split_at(80_000);
    assert!(
        first == second,
        "the second part starts where the first does"
    );
    // A header that counts a quarter, and one that counts more than there is.
    let at = one
        .windows(4)
        .position(|w| w == b"Xing" || w == b"Info")
        .unwrap()
        + 8;
    let frames = u32::from_be_bytes(one[at..at + 4].try_into().unwrap());
    for (counted, truncated) in [(frames / 4, false), (frames * 3, true), (0, false)] {
        let mut bytes = one.clone();
        bytes[at..at + 4].copy_from_slice(&counted.to_be_bytes());
        let got = read_file("a.mp3", &bytes).unwrap();
        assert!(
            (seconds(&got) - 5.0).abs() < 0.1,
            "{counted}: {}",
            seconds(&got)
        );
        assert_eq!(got.reader.truncated(), truncated, "{counted}");
    }
}

#[test]
fn a_rate_that_changes_keeps_the_time() {
    if !have_ffmpeg() {
        return;
    }
    for (name, codec) in [("a.aac", "-c:a aac"), ("a.mp3", "-c:a libmp3lame")] {
        let made = |rate: u32| made(name, &format!("{codec} -ar {rate} -ac 1 -t 3"));
        for rates in [[16_000, 44_100], [44_100, 16_000], [8_000, 48_000]] {
            if name == "a.mp3" && rates[0] == 8_000 {
                continue;
            }
            let joined = [made(rates[0]), made(rates[1])].concat();
            for got in both(&joined) {
                assert_eq!(got.reader.sample_rate_hz(), rates[0]);
                assert!(
                    (seconds(&got) - 6.0).abs() < 0.3,
                    "{name} {rates:?} {}",
                    seconds(&got)
                );
                assert!(!got.reader.truncated(), "{name} {rates:?}");
            }
        }
    }
}

#[test]
fn tags_behind_flac_take_no_sound_away() {
    if !have_ffmpeg() {
        return;
    }
    let flac = made("a.flac", "-c:a flac");
    let want = read_file("a.flac", &flac).unwrap();
    let mut id3v1 = b"TAGname".to_vec();
    id3v1.resize(128, 0);
    // A footer that counts itself and 40 bytes of items.
    let mut ape = vec![7; 40];
    ape.extend(b"APETAGEX\xd0\x07\0\0\x48\0\0\0\x01\0\0\0\0\0\0\0");
    ape.extend([0; 8]);
    for tags in [id3v1.clone(), id3v2(), ape.clone(), [ape, id3v1].concat()] {
        let got = read_file("a.flac", &[flac.clone(), tags].concat()).unwrap();
        assert!(got.planes == want.planes);
        assert!(!got.reader.truncated());
    }
}
