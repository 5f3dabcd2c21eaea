//! Recordings that are recognised only to say what they are.

use std::io::{Read, Seek, SeekFrom};

use super::{codec, names};
use crate::Error;

/// Bytes searched for an MP4's sample description, at the start and at the end of the file: the
/// index lies at one of them.
const MP4_SEARCH_BYTES: u64 = 1 << 20;

/// The error for a file of a kind that no reader here knows.
pub(crate) fn error_for(head: &[u8]) -> Option<Error> {
    const CODECS: &[(&[u8], &str)] = &[
        (b"#!AMR-WB", "amr_wb"),
        (b"#!AMR", "amr_nb"),
        (b"#!SILK_V3", "silk"),
        (b"\x02#!SILK_V3", "silk"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
        (b"wvpk", "wavpack"),
        (b"MAC ", "ape"),
        (b"TTA1", "tta"),
        (b"MPCK", "musepack"),
        (b"MP+", "musepack"),
        (b"\x0b\x77", "ac3"),
        (b".ra\xfd", "realaudio"),
        (b".RMF", "realaudio"),
    ];
    const CONTAINERS: &[(&[u8], &str)] = &[
        (b"FLV\x01", "FLV"),
        (b"riff\x2e\x91\xcf\x11", "Sony Wave64"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b", "gzip"),
        (b"%PDF", "PDF"),
    ];
    if head.starts_with(b"OggS") && head.get(28..36) == Some(b"Speex   ") {
        return Some(codec::unsupported("speex"));
    }
    let name = |list: &[(&[u8], &'static str)]| {
        let found = list.iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|(_, name)| *name)
    };
    if let Some(name) = name(CODECS) {
        return Some(codec::unsupported(name));
    }
    let is_avi = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ");
    // Transport streams: a sync byte every 188 bytes (ISO/IEC 13818-1).
    let is_ts = head.first() == Some(&0x47) && head.get(188) == Some(&0x47);
    let container = match (is_avi, is_ts) {
        (true, _) => "AVI",
        (_, true) => "MPEG-TS",
        _ => name(CONTAINERS)?,
    };
    Some(Error::UnsupportedFormat {
        reason: format!("{container} files are not read; {}", names::CONVERT),
    })
}

/// The codec of an MP4 whose audio track symphonia does not know, by its sample entry.
pub(crate) fn mp4_codec(file: &mut (impl Read + Seek), head: &[u8]) -> Option<String> {
    if head.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(MP4_SEARCH_BYTES).read_to_end(&mut bytes).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(end.saturating_sub(MP4_SEARCH_BYTES)))
        .ok()?;
    file.take(MP4_SEARCH_BYTES).read_to_end(&mut bytes).ok()?;
    file.seek(SeekFrom::Start(0)).ok()?;
    let entries = bytes.windows(20).filter(|w| w.starts_with(b"stsd"));
    // After the name: version and flags, number of entries, the first entry's size and name.
    entries.filter_map(|w| w.get(16..20)).find_map(|entry| {
        Some(match entry {
            b"samr" => "amr_nb".into(),
            b"sawb" => "amr_wb".into(),
            b"ac-3" => "ac3".into(),
            b"ec-3" => "eac3".into(),
            b"ulaw" => "pcm_mulaw in mov".into(),
            b"alaw" => "pcm_alaw in mov".into(),
            b"agsm" => "gsm in mov".into(),
            b"ima4" => "adpcm_ima_qt in mov".into(),
            b"Qclp" | b"sqcp" => "qcelp".into(),
            b"sevc" => "evrc".into(),
            _ => return None,
        })
    })
}
