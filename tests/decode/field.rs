//! Faults that recorders and transfers make, tried from outside: what is left is read, and what is
//! not is told.

use voxhumana::DecodeOptions;
use voxhumana::audio::{RawCodec, RawFormat};

use crate::ffmpeg::have_ffmpeg;
use crate::fixtures::*;
use crate::sloppy::made;

fn seconds(got: &Decoded) -> f64 {
    got.planes[0].len() as f64 / f64::from(got.reader.sample_rate_hz())
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.15
}

/// What is told to be unread: bytes, and why.
fn unread(got: &Decoded) -> String {
    let all = got.reader.unread();
    all.iter()
        .map(|u| format!("{u}"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn position(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|w| w == what).unwrap()
}

#[test]
fn a_wrong_block_length_does_not_change_the_bits_of_wav() {
    let samples = ramp(8_000);
    for (channels, align) in [(1, 1), (1, 4), (1, 0), (2, 2), (2, 3), (2, 8)] {
        let mut bytes = wav16(channels, 8_000, &samples);
        bytes[32..34].copy_from_slice(&u16::to_le_bytes(align));
        let got = read_file("a.wav", &bytes).unwrap();
        assert_eq!(got.reader.codec(), "pcm_s16le", "{channels} {align}");
        assert_eq!(got.planes[0].len(), 8_000 / usize::from(channels));
        assert!(!got.reader.truncated());
    }
    // 24 bits in containers of 32 are common.
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|&x| (i32::from(x) << 16).to_le_bytes())
        .collect();
    let mut format = format(1, 1, 8_000, 24);
    format[12] = 4;
    let wide = riff(&[chunk(b"fmt ", &format), chunk(b"data", &data)]);
    assert!(read_file("a.wav", &wide).unwrap().planes[0] == as_float(&samples));
}

#[test]
fn a_header_without_samples_is_no_recording() {
    let wav = wav16(1, 8_000, &[]);
    let mut with_list = wav.clone();
    with_list.extend(chunk(b"LIST", b"INFOISFT\x04\0\0\0abcd"));
    let riff_bytes = with_list.len() as u32 - 8;
    with_list[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
    for (name, bytes) in [
        ("a.wav", wav),
        ("a.wav", with_list),
        ("a.au", au(3, 8_000, 1, 0, &[])),
    ] {
        let error = read_file(name, &bytes).unwrap_err().to_string();
        assert!(error.contains("holds no sound"), "{name}: {error}");
    }
}

#[test]
fn a_tag_that_lies_about_its_size_swallows_nothing() {
    let wav = wav16(1, 8_000, &ramp(8_000));
    // 200 MB by its header, 1000 bytes by what is there.
    let bad = [b"ID3\x03\0\0\x5f\x2f\x42\0".as_slice(), &[0; 1_000]].concat();
    let got = read_file("a.wav", &[wav.clone(), bad.clone(), wav].concat()).unwrap();
    assert_eq!(seconds(&got), 2.0);
    if have_ffmpeg() {
        let mp3 = made("a.mp3", "-c:a libmp3lame -id3v2_version 0 -write_id3v2 0");
        let got = read_file("a.mp3", &[mp3.clone(), bad, mp3].concat()).unwrap();
        assert!(is_near(seconds(&got), 10.0), "{}", seconds(&got));
    }
}

#[test]
fn zeros_inside_mp3_are_told_and_zeros_behind_wav_are_padding() {
    let mut mulaw = riff(&[
        chunk(b"fmt ", &format(7, 1, 8_000, 8)),
        chunk(b"data", &vec![0xA5; 8_000]),
    ]);
    mulaw.resize(mulaw.len() + 500_000, 0);
    let got = read_file("a.wav", &mulaw).unwrap();
    assert_eq!((seconds(&got), got.reader.truncated()), (1.0, false));
    if !have_ffmpeg() {
        return;
    }
    let mut mp3 = made("a.mp3", "-c:a libmp3lame -write_xing 0 -write_id3v2 0");
    let third = mp3.len() / 3;
    mp3[third..2 * third].fill(0);
    let got = read_file("a.mp3", &mp3).unwrap();
    assert!(got.reader.truncated());
    assert!(unread(&got).contains("all zero"), "{}", unread(&got));
}

#[test]
fn sizes_of_aiff_that_were_never_filled_in_are_made_up_for() {
    let samples = ramp(8_000);
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_be_bytes()).collect();
    let aiff = |form: u32, ssnd: u32| {
        let mut comm = [0, 1].to_vec();
        comm.extend(8_000_u32.to_be_bytes());
        comm.extend([0, 16]);
        // 8000 as an 80-bit float.
        comm.extend([0x40, 0x0B, 0xFA, 0, 0, 0, 0, 0, 0, 0]);
        let mut bytes = [b"FORM".as_slice(), &form.to_be_bytes(), b"AIFFCOMM"].concat();
        bytes.extend(18_u32.to_be_bytes());
        bytes.extend(comm);
        bytes.extend([b"SSND".as_slice(), &ssnd.to_be_bytes(), &[0; 8]].concat());
        bytes.extend(&data);
        bytes
    };
    let (form, ssnd) = (16_000 + 8 + 8 + 26 + 4, 16_008);
    for (form, ssnd) in [
        (form, ssnd),
        (0, ssnd),
        (0, 0),
        (form, 0),
        (form, 0x7FFF_FFFF),
        (form, 2_008),
        (100, ssnd),
        (u32::MAX, u32::MAX),
    ] {
        let got =
            read_file("a.aiff", &aiff(form, ssnd)).unwrap_or_else(|e| panic!("{form} {ssnd}: {e}"));
        assert!(got.planes[0] == as_float(&samples), "{form} {ssnd}");
    }
    let two = [aiff(form, ssnd), aiff(form, ssnd)].concat();
    assert_eq!(seconds(&read_file("a.aiff", &two).unwrap()), 2.0);
}

#[test]
fn avi_that_is_cut_broken_or_followed_is_read_on_and_told() {
    if !have_ffmpeg() {
        return;
    }
    let avi = made("a.avi", "-ac 1 -c:a pcm_s16le");
    let whole = read_file("a.avi", &avi).unwrap();
    assert!(!whole.reader.truncated(), "{}", unread(&whole));
    let movi = position(&avi, b"movi");
    let chunks: Vec<usize> = (movi..avi.len() - 4)
        .filter(|&i| &avi[i..i + 4] == b"00wb")
        .collect();
    let middle = chunks[chunks.len() / 4];
    let cut = read_file("a.avi", &avi[..middle + 100]).unwrap();
    assert!(cut.reader.truncated());
    let mut broken = avi.clone();
    broken[middle..middle + 8].copy_from_slice(b"\xF0\x11\x22\x33\xFF\xFF\xFF\x0F");
    let broken = read_file("a.avi", &broken).unwrap();
    assert!(seconds(&broken) > 4.0, "{}", seconds(&broken));
    assert!(unread(&broken).contains("between the chunks"));
    let wav = wav16(1, 48_000, &ramp(48_000));
    let joined = read_file("a.avi", &[avi, wav].concat()).unwrap();
    assert!(is_near(seconds(&joined), 6.0), "{}", seconds(&joined));
    assert!(!joined.reader.truncated(), "{}", unread(&joined));
}

#[test]
fn a_fragmented_mp4_that_was_cut_is_read_to_the_cut() {
    if !have_ffmpeg() {
        return;
    }
    for fragments in [
        "-movflags +frag_keyframe+empty_moov",
        "-movflags +empty_moov -frag_duration 500000",
    ] {
        let mut mp4 = made("a.mp4", &format!("-ac 1 -c:a aac {fragments}"));
        assert!(!read_file("a.mp4", &mp4).unwrap().reader.truncated());
        mp4.truncate(mp4.len() * 7 / 10);
        let got = read_file("a.mp4", &mp4).unwrap();
        assert!((2.5..4.5).contains(&seconds(&got)), "{}", seconds(&got));
        assert!(got.reader.truncated(), "{fragments}");
    }
}

/// A page of Ogg with the checksum that it must have (RFC 3533, section 6).
#[cfg(feature = "opus")]
fn with_checksum(mut page: Vec<u8>) -> Vec<u8> {
    page[22..26].fill(0);
    let sum = page.iter().fold(0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

#[cfg(feature = "opus")]
#[test]
fn what_lies_behind_or_between_the_pages_of_ogg_is_read_or_told() {
    if !have_ffmpeg() {
        return;
    }
    let ogg = made("a.opus", "-ac 1 -c:a libopus");
    let wav = wav16(1, 48_000, &ramp(48_000));
    let many = made("b.opus", "-c:a libopus -mapping_family 255");
    for (bytes, expected) in [
        ([ogg.clone(), wav.clone()].concat(), 6.0),
        ([ogg.clone(), wav, ogg.clone()].concat(), 11.0),
        ([ogg.clone(), ogg.clone()].concat(), 10.0),
        ([many.clone(), many].concat(), 10.0),
    ] {
        let got = read_file("a.opus", &bytes).unwrap();
        assert!(
            is_near(seconds(&got), expected),
            "{expected}: {}",
            seconds(&got)
        );
        assert!(!got.reader.truncated(), "{expected}: {}", unread(&got));
    }
    let noise: Vec<u8> = (0..50_000_u32)
        .map(|i| ((i * i) >> 3) as u8 | 0x80)
        .collect();
    let behind = read_file("a.opus", &[ogg.clone(), noise.clone()].concat()).unwrap();
    assert!(
        unread(&behind).contains("behind the recording"),
        "{}",
        unread(&behind)
    );
    let between = read_file("a.opus", &[ogg.clone(), noise, ogg.clone()].concat()).unwrap();
    assert!(
        unread(&between).contains("between the pages"),
        "{}",
        unread(&between)
    );
    // Holes without number are passed in no time.
    let small = [b"OggS\0\0".as_slice(), &[0; 21], b"x"].concat();
    let began = std::time::Instant::now();
    let holes = read_file("a.opus", &[ogg.clone(), small.repeat(100_000)].concat()).unwrap();
    assert!(holes.reader.truncated() && began.elapsed().as_secs() < 20);
    // A codec that is not decoded, behind the first stream and beside it.
    let page = |serial: u8, flags: u8, body: &[u8]| {
        let mut page = [b"OggS\0".as_slice(), &[flags], &[0; 8], &[serial, 0, 0, 0]].concat();
        page.extend([[0; 8].as_slice(), &[1, body.len() as u8], body].concat());
        with_checksum(page)
    };
    let speex = [page(9, 2, b"Speex   1.2"), page(9, 4, &[7; 200])].concat();
    let chained = read_file("a.ogg", &[ogg.clone(), speex.clone()].concat()).unwrap();
    assert!(unread(&chained).contains("speex"), "{}", unread(&chained));
    let first = 27
        + usize::from(ogg[26])
        + ogg[27..27 + usize::from(ogg[26])]
            .iter()
            .map(|&n| usize::from(n))
            .sum::<usize>();
    let beside = [&ogg[..first], &speex[..], &ogg[first..]].concat();
    let piped = read_stream(&beside).unwrap();
    assert!(unread(&piped).contains("speex"), "{}", unread(&piped));
    let beside = read_file("a.ogg", &beside).unwrap();
    assert!(unread(&beside).contains("track 2"), "{}", unread(&beside));
    assert!(is_near(seconds(&beside), 5.0));
    // A bit that has flipped: the page is left out, and this is said. Also of the first page of
    // sound, and of the comments before it.
    let comments = position(&ogg, b"OpusTags");
    for at in [ogg.len() * 9 / 10, comments + 300, comments + 20] {
        let mut flipped = ogg.clone();
        flipped[at] ^= 16;
        let got = read_file("a.opus", &flipped).unwrap();
        assert!(got.reader.truncated() && seconds(&got) > 3.0, "{at}");
        assert!(unread(&got).contains("checksums"), "{}", unread(&got));
    }
}

#[test]
fn a_live_webm_or_a_bare_flac_behind_another_is_read() {
    if !have_ffmpeg() {
        return;
    }
    let live = made("a.webm", "-ac 1 -c:a libopus -live 1");
    let flac = made("a.flac", "-ac 1 -c:a flac");
    // Nothing but the block that each must have, which is then the last.
    let mut at = 4;
    while flac[at] & 0x80 == 0 {
        at += 4 + usize::from(flac[at + 2]) * 256 + usize::from(flac[at + 3]);
    }
    at += 4 + usize::from(flac[at + 2]) * 256 + usize::from(flac[at + 3]);
    let mut bare = [&flac[..42], &flac[at..]].concat();
    bare[4] |= 0x80;
    let wav = made("a.wav", "-ac 1 -c:a pcm_s16le");
    let mixed = read_file("a.flac", &[flac.clone(), wav, flac.clone()].concat()).unwrap();
    assert!(is_near(seconds(&mixed), 15.0), "{}", seconds(&mixed));
    assert!(!mixed.reader.truncated(), "{}", unread(&mixed));
    for (name, one) in [("a.webm", live), ("a.flac", bare)] {
        let got = read_file(name, &[one.clone(), one.clone(), one].concat()).unwrap();
        assert!(is_near(seconds(&got), 15.0), "{name}: {}", seconds(&got));
        assert!(!got.reader.truncated(), "{name}: {}", unread(&got));
    }
}

#[cfg(feature = "opus")]
#[test]
fn tracks_of_ogg_are_in_the_order_of_the_file() {
    if !have_ffmpeg() {
        return;
    }
    let pages = |bytes: &[u8]| {
        let starts: Vec<usize> = (0..bytes.len())
            .filter(|&i| bytes[i..].starts_with(b"OggS\0"))
            .collect();
        let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
        starts
            .iter()
            .zip(ends.collect::<Vec<_>>())
            .map(|(&a, b)| bytes[a..b].to_vec())
            .collect::<Vec<_>>()
    };
    let with_serial = |bytes: &[u8], serial: u32| {
        let mut pages = pages(bytes);
        for page in &mut pages {
            page[14..18].copy_from_slice(&serial.to_le_bytes());
            *page = with_checksum(std::mem::take(page));
        }
        pages
    };
    let loud = made("a.opus", "-ac 1 -c:a libopus");
    let quiet = made("b.opus", "-ac 1 -af volume=0.05 -c:a libopus");
    for serials in [(1, 2), (2, 1)] {
        let (a, b) = (
            with_serial(&loud, serials.0),
            with_serial(&quiet, serials.1),
        );
        let mut bytes = [a[0].clone(), b[0].clone()].concat();
        for i in 1..a.len().max(b.len()) {
            bytes.extend(a.get(i).into_iter().chain(b.get(i)).flatten());
        }
        let got = read_file("a.ogg", &bytes).unwrap();
        let power = |plane: &[f32]| plane.iter().map(|x| f64::from(x * x)).sum::<f64>();
        assert!(
            power(&got.planes[0]) > 50.0 * power(&got.planes[1]),
            "{serials:?}"
        );
    }
}

#[test]
fn a_movie_without_ftyp_is_named() {
    if !have_ffmpeg() {
        return;
    }
    let mov = made("a.mov", "-ac 1 -c:a pcm_s16le");
    let ftyp = u32::from_be_bytes([mov[0], mov[1], mov[2], mov[3]]) as usize;
    let error = read_file("a.mov", &mov[ftyp..]).unwrap_err().to_string();
    assert!(error.contains("QuickTime"), "{error}");
}

/// Without the bytes from one place to another.
fn without(bytes: &[u8], from: usize, to: usize) -> Vec<u8> {
    [&bytes[..from], &bytes[to..]].concat()
}

#[cfg(feature = "opus")]
#[test]
fn matroska_with_a_hole_is_read_on_behind_it() {
    if !have_ffmpeg() {
        return;
    }
    let clusters = "-cluster_time_limit 500";
    for (name, options) in [
        ("a.webm", format!("-ac 1 -c:a libopus {clusters}")),
        ("a.webm", format!("-ac 1 -c:a libopus -live 1 {clusters}")),
        ("a.mka", format!("-c:a pcm_s16le {clusters}")),
        ("a.mkv", format!("-c:a aac -f matroska {clusters}")),
    ] {
        let whole = made(name, &options);
        let got = read_file(name, &whole).unwrap();
        assert!(!got.reader.truncated(), "{options}: {}", unread(&got));
        let length = seconds(&got);
        let n = whole.len();
        let mut zeroed = whole.clone();
        zeroed[n / 2..n / 2 + n / 30].fill(0);
        for damaged in [without(&whole, n * 2 / 5, n / 2), zeroed] {
            let got = read_file(name, &damaged).unwrap();
            // What is behind the hole has its time.
            assert!(
                is_near(seconds(&got), length),
                "{options}: {}",
                seconds(&got)
            );
            assert!(got.reader.truncated(), "{options}");
        }
        let cut = read_file(name, &whole[..n * 3 / 5]).unwrap();
        assert!(cut.reader.truncated(), "{options}");
        assert!(seconds(&cut) > 0.5 * length, "{options}: {}", seconds(&cut));
    }
    // Holes without number are passed in no time.
    let live = made("a.webm", "-ac 1 -c:a libopus -live 1");
    let broken = b"\x1f\x43\xb6\x75\x88\xe7\x81\0\0\0\0\0\0".repeat(100_000);
    let began = std::time::Instant::now();
    let holes = read_file("a.webm", &[live, broken].concat()).unwrap();
    assert!(holes.reader.truncated() && began.elapsed().as_secs() < 20);
}

#[test]
fn what_ffmpeg_leaves_of_a_file_is_told() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut options = DecodeOptions::default();
        options.ffmpeg = true;
        try_read(&path, &options).unwrap().0
    };
    for (name, options) in [
        ("a.wma", "-c:a wmav2"),
        ("a.wav", "-ar 8000 -ac 1 -c:a adpcm_g726"),
        ("a.flv", "-ar 22050 -c:a libmp3lame"),
    ] {
        let one = made(name, options);
        let alone = read(name, &one);
        assert!(!alone.truncated(), "{name}: {:?}", alone.unread());
        let joined = read(name, &[one.clone(), one.clone()].concat());
        let unread = joined.unread();
        assert!(
            joined.truncated() && unread.len() == 1,
            "{name}: {unread:?}"
        );
        assert!(unread[0].reason.contains("another recording"), "{unread:?}");
        if name != "a.flv" {
            assert!(read(name, &one[..one.len() * 3 / 5]).truncated(), "{name}");
        }
    }
}

#[test]
fn what_is_no_sound_is_not_taken_for_samples_without_a_header() {
    let mulaw = RawFormat {
        codec: RawCodec::Mulaw,
        sample_rate_hz: 8_000,
        channels: 1,
    };
    let mut stream = vec![0xFF; 188 * 20];
    stream.iter_mut().step_by(188).for_each(|sync| *sync = 0x47);
    let html = "<html><body>404, not found: the recording has expired</body></html>".repeat(9);
    for (bytes, named) in [
        (html.into_bytes(), "HTML"),
        (
            [b"\x1f\x8b\x08\0".as_slice(), &[7; 4_000]].concat(),
            "gunzip",
        ),
        (stream, "MPEG-TS"),
        (
            [b"Creative Voice File\x1a".as_slice(), &[7; 4_000]].concat(),
            "VOC",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.raw");
        std::fs::write(&path, &bytes).unwrap();
        let error = try_read(&path, &DecodeOptions::raw(mulaw)).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert!(try_read(&path, &DecodeOptions::raw_forced(mulaw)).is_ok());
    }
}
