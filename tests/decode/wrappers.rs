//! Wrappers of call centres and studios around samples that are read anyway.

use voxhumana::DecodeOptions;
use voxhumana::audio::{RawCodec, RawFormat};

use crate::ffmpeg::{ffmpeg, have_ffmpeg, planes_of, ratio_db};
use crate::fixtures::*;
use crate::sloppy::made;

fn le(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A Wave64 chunk: GUID, size with this header, padding to 8 bytes.
fn chunk64(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let end = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
    let size = (24 + body.len()) as u64;
    let mut out = [name.as_slice(), end, &size.to_le_bytes(), body].concat();
    out.resize(out.len().next_multiple_of(8), 0);
    out
}

fn wave64(format: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [
        chunk64(b"junk", &[1; 5]),
        chunk64(b"fmt ", format),
        chunk64(b"data", data),
    ];
    let riff = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
    let wave = b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
    let body = body.concat();
    let size = (40 + body.len()) as u64;
    [riff.as_slice(), &size.to_le_bytes(), wave, &body].concat()
}

fn sphere(fields: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("NIST_1A\n   1024\n{fields}\nend_head\n").into_bytes();
    header.resize(1_024, b' ');
    header.extend(data);
    header
}

#[test]
fn wave64_is_read() {
    let samples = ramp(6_001);
    let bytes = wave64(&format(1, 1, 8_000, 16), &le(&samples));
    for got in [
        read_file("a.w64", &bytes).unwrap(),
        read_stream(&bytes).unwrap(),
    ] {
        assert_eq!(got.reader.container(), "w64");
        assert!(got.planes[0] == as_float(&samples));
        assert!(!got.reader.truncated());
    }
    let cut = read_file("a.w64", &bytes[..bytes.len() - 3_000]).unwrap();
    assert!(cut.reader.truncated());
    let mulaw = wave64(&format(7, 1, 8_000, 8), &[0x80; 800]);
    assert_eq!(
        read_file("a.w64", &mulaw).unwrap().reader.codec(),
        "pcm_mulaw"
    );
}

#[test]
fn rf64_with_its_sizes_before_junk_is_read() {
    let samples = ramp(4_000);
    let mut ds64 = Vec::new();
    for n in [0_u64, 8_000, 4_000] {
        ds64.extend(n.to_le_bytes());
    }
    ds64.extend([0; 4]);
    let mut bytes = riff(&[
        chunk(b"ds64", &ds64),
        chunk(b"JUNK", &[0; 28]),
        chunk(b"fmt ", &format(1, 1, 8_000, 16)),
        chunk(b"JUNK", &[0; 4_001]),
        chunk(b"data", &le(&samples)),
        chunk(b"LIST", b"INFOISFT\x04\0\0\0abcd"),
    ]);
    bytes[..4].copy_from_slice(b"RF64");
    bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 4;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let got = read_file("a.rf64", &bytes).unwrap();
    assert!(got.planes[0] == as_float(&samples));
    assert!(!got.reader.truncated());
}

#[test]
fn the_time_reference_of_broadcast_wav_is_told() {
    let samples = ramp(800);
    let bext = |reference: u64| {
        let mut body = vec![b'x'; 338];
        body.extend(reference.to_le_bytes());
        body.resize(602, 0);
        riff(&[
            chunk(b"bext", &body),
            chunk(b"fmt ", &format(1, 1, 8_000, 16)),
            chunk(b"data", &le(&samples)),
        ])
    };
    // Ten in the morning; past 2^32 samples; none.
    for (reference, seconds) in [
        (8_000 * 36_000, Some(36_000.0)),
        (5_000_000_000, Some(625_000.0)),
        (0, None),
    ] {
        let got = read_file("a.wav", &bext(reference)).unwrap();
        assert_eq!(got.reader.time_reference_s(), seconds);
        assert!(got.planes[0] == as_float(&samples));
    }
}

#[test]
fn odd_format_tags_are_named_in_hex() {
    for tag in [0x0000_u16, 0x0020, 0x1234, 0x674F] {
        let bytes = riff(&[
            chunk(b"fmt ", &format(tag, 1, 8_000, 8)),
            chunk(b"data", &[7; 99]),
        ]);
        let e = read_file("a.wav", &bytes).unwrap_err().to_string();
        assert!(e.contains(&format!("0x{tag:04x}")), "{e}");
    }
}

#[test]
fn tags_and_line_ends_before_a_header_do_not_matter() {
    let samples = ramp(3_000);
    let tag = [b"ID3\x03\0\0\0\0\0\x40".as_slice(), &[0; 64]].concat();
    let mut unfinished = wav16(1, 8_000, &samples);
    unfinished[4..8].copy_from_slice(&36_u32.to_le_bytes());
    unfinished[40..44].fill(0);
    for (before, wav, truncated) in [
        (tag.clone(), wav16(1, 8_000, &samples), false),
        (
            [tag.clone(), tag.clone()].concat(),
            wav16(1, 8_000, &samples),
            false,
        ),
        (b"\r\n".to_vec(), wav16(1, 8_000, &samples), false),
        (
            b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            wav16(1, 8_000, &samples),
            false,
        ),
        (tag, unfinished, true),
    ] {
        let bytes = [before, wav].concat();
        for got in [
            read_file("a.wav", &bytes).unwrap(),
            read_stream(&bytes).unwrap(),
        ] {
            assert!(got.planes[0] == as_float(&samples));
            let as_file = got.reader.truncated();
            assert_eq!(as_file, truncated);
        }
    }
}

#[test]
fn sphere_is_read_and_shorten_refused_by_name() {
    let samples = ramp(4_000);
    let fields = |coding: &str, bytes: u32, order: &str| {
        format!(
            "sample_rate -i 8000\nchannel_count -i 1\nsample_count -i {}\n\
             sample_n_bytes -i {bytes}\nsample_byte_format -s2 {order}\n\
             sample_coding -s{} {coding}",
            8_000 / (2 * bytes),
            coding.len()
        )
    };
    let big: Vec<u8> = samples.iter().flat_map(|x| x.to_be_bytes()).collect();
    let at = |bytes: Vec<u8>| read_file("a.sph", &bytes);
    for (order, data) in [("01", le(&samples)), ("10", big)] {
        let fields = fields("pcm", 2, order).replace("2000", "4000");
        let got = at(sphere(&fields, &data)).unwrap();
        assert_eq!(got.reader.container(), "nist");
        assert!(got.planes[0] == as_float(&samples));
        assert!(!got.reader.truncated());
    }
    let got = at(sphere(&fields("ulaw", 1, "1"), &[0x80; 4_000])).unwrap();
    assert_eq!(
        (got.reader.codec(), got.planes[0].len()),
        ("pcm_mulaw", 4_000)
    );
    let e = at(sphere(
        &fields("ulaw,embedded-shorten-v2.00", 1, "1"),
        &[7; 99],
    ))
    .unwrap_err();
    assert!(e.to_string().contains("shorten"), "{e}");
}

#[test]
fn caf_of_unknown_or_cut_length_is_read_to_its_end() {
    if !have_ffmpeg() {
        return;
    }
    for options in ["-c:a pcm_s16le", "-ar 8000 -c:a pcm_mulaw"] {
        let whole = made("a.caf", options);
        let want = read_file("a.caf", &whole).unwrap();
        let mut bytes = whole.clone();
        let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 4;
        let size = u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
        // As the format allows where the audio comes last.
        bytes.truncate(at + 8 + size as usize);
        bytes[at..at + 8].fill(0xFF);
        for got in [
            read_file("a.caf", &bytes).unwrap(),
            read_stream(&bytes).unwrap(),
        ] {
            assert!(got.planes == want.planes, "{options}");
            assert!(!got.reader.truncated());
        }
        let got = read_file("a.caf", &whole[..whole.len() / 2]).unwrap();
        assert!(got.reader.truncated());
    }
}

#[test]
fn float_samples_of_another_scale_are_brought_to_one_and_it_is_told() {
    let samples = ramp(30_000);
    let floats = as_float(&samples);
    for (scale, told) in [
        (32_768.0_f32, Some(32_768.0)),
        (10.0, Some(16.0)),
        (1.0, None),
    ] {
        let scaled: Vec<f32> = floats.iter().map(|x| x * scale).collect();
        let bytes = wav_float(1, 8_000, &scaled);
        for got in [
            read_file("a.wav", &bytes).unwrap(),
            read_stream(&bytes).unwrap(),
        ] {
            assert_eq!(got.reader.full_scale(), told);
            assert_eq!(got.planes[0].len(), samples.len());
            let factor = scale / told.unwrap_or(1.0) as f32;
            let near = |(a, b): (&f32, &f32)| (a - b * factor).abs() < 1e-6;
            assert!(got.planes[0].iter().zip(&floats).all(near), "{scale}");
        }
    }
}

#[test]
fn dialogic_adpcm_decodes_as_ffmpeg_does() {
    if !have_ffmpeg() {
        return;
    }
    // Codes of a voice that swells and falls; any bytes are some sound.
    let mut random = Random(5);
    let code = |i: usize, r: u32| (i / 7 % 2 * 8) as u8 | (r % [3, 8][i / 400 % 2]) as u8;
    let codes: Vec<u8> = (0..32_000).map(|i| code(i, random.next())).collect();
    let bytes: Vec<u8> = codes.chunks(2).map(|c| c[0] << 4 | c[1]).collect();
    // ffmpeg knows it in WAV only.
    let mut format = format(0x17, 1, 8_000, 4);
    format[12] = 1;
    let wav = riff(&[chunk(b"fmt ", &format), chunk(b"data", &bytes)]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    std::fs::write(&path, &wav).unwrap();
    let args = ["-i", path.to_str().unwrap(), "-f", "f32le", "-"];
    let theirs = planes_of(&ffmpeg(&args).unwrap(), 1);
    let raw = DecodeOptions::raw(RawFormat {
        codec: RawCodec::Vox,
        sample_rate_hz: 8_000,
        channels: 1,
    });
    let vox = dir.path().join("a.bin");
    std::fs::write(&vox, &bytes).unwrap();
    let (_, forced) = try_read(&vox, &raw).unwrap();
    for ours in [
        read_file("a.wav", &wav).unwrap().planes,
        read_file("a.vox", &bytes).unwrap().planes,
        forced,
    ] {
        assert_eq!(ours[0].len(), 32_000);
        let db = ratio_db(&ours, &theirs);
        println!("{db:.1} dB");
        assert!(db > 80.0, "{db}");
    }
}
