//! Recordings that are recognised only to say what they are.

use std::io::{Read, Seek, SeekFrom};

use super::codec::{self, Sign};
use crate::Error;

/// Bytes searched for an MP4's sample description, at the start and at the end of the file: the
/// index lies at one of them.
const MP4_SEARCH_BYTES: u64 = 1 << 20;

/// Files that are no recordings, or none that is read, by their first bytes; what to do with those
/// that ffmpeg does not read either.
const CONTAINERS: &[(&[u8], &str, Option<&str>)] = &[
    (b"FLV\x01", "FLV", None),
    (b"Creative Voice File\x1a", "VOC", None),
    (b"nut/multimedia container\0", "NUT", None),
    (b"MMMD", "MMF", None),
    (b"\x64\xa3\x01\0", "IRCAM", None),
    (b"\x64\xa3\x02\0", "IRCAM", None),
    (b"\0\x01\xa3\x64", "IRCAM", None),
    (b"\0\x02\xa3\x64", "IRCAM", None),
    (
        b"PK\x03\x04",
        "zip",
        Some("unpack it first, e.g. with unzip"),
    ),
    (
        b"\x1f\x8b\x08",
        "gzip",
        Some("unpack it first, e.g. with gunzip"),
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "7z",
        Some("unpack it first, e.g. with 7z x"),
    ),
    (
        b"%PDF",
        "PDF",
        Some("it holds no sound; fetch the recording again"),
    ),
];

/// A sync byte every 188 bytes (ISO/IEC 13818-1), or every 192 behind a time of 4 (Blu-ray).
fn is_transport_stream(head: &[u8]) -> bool {
    let syncs = |first: usize, every: usize| {
        let mut at = (0..4).map(|i| first + i * every);
        at.all(|at| head.get(at) == Some(&0x47))
    };
    head.first() == Some(&0x47) && head.get(188) == Some(&0x47) || syncs(4, 192)
}

/// A QuickTime movie of before `ftyp`: its first box, and what it may be.
fn is_old_quicktime(head: &[u8]) -> bool {
    let size = head
        .get(..4)
        .map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    let boxes: [&[u8]; 3] = [b"moov", b"mdat", b"wide"];
    let is_box = |at: usize| {
        head.get(at..at + 4)
            .is_some_and(|name| boxes.contains(&name))
    };
    let next = (size as usize).saturating_add(4);
    is_box(4) && (size == 1 || size >= 8)
        || matches!(head.get(4..8), Some(b"free" | b"skip" | b"pnot")) && size >= 8 && is_box(next)
}

/// A program stream (ISO/IEC 13818-1), as DVDs have it.
fn is_program_stream(head: &[u8]) -> bool {
    head.starts_with(b"\0\0\x01\xba")
}

/// AAC in LOAS (ISO/IEC 14496-3): a sync word, and the length up to the next one.
fn is_loas(head: &[u8]) -> bool {
    let sync = |at: usize| matches!(head.get(at..at + 2), Some([0x56, b]) if b & 0xE0 == 0xE0);
    let next = |at: usize| {
        let &[_, b, c] = head.get(at..at + 3)? else {
            return None;
        };
        Some(at + 3 + (usize::from(b & 0x1F) << 8 | usize::from(c)))
    };
    let mut at = 0;
    for _ in 0..3 {
        match next(at) {
            Some(then) if sync(at) => at = then,
            _ => return false,
        }
    }
    true
}

/// Whether ffmpeg reads what starts so, though nothing here does.
pub(crate) fn is_for_ffmpeg(head: &[u8]) -> bool {
    let mut known = CONTAINERS.iter();
    known.any(|(magic, _, advice)| advice.is_none() && head.starts_with(magic))
        || by_layout(head).is_some()
}

/// The name of a container that more than a few first bytes tell.
fn by_layout(head: &[u8]) -> Option<&'static str> {
    type Is = fn(&[u8]) -> bool;
    let kinds: [(Is, &str); 4] = [
        (is_transport_stream, "MPEG-TS"),
        (is_program_stream, "MPEG-PS"),
        (is_loas, "LATM/LOAS"),
        (is_old_quicktime, "QuickTime (without ftyp)"),
    ];
    let found = kinds.iter().find(|(is, _)| is(head));
    found.map(|(_, name)| *name)
}

/// Whether what starts so is of such a kind beyond doubt. Signs of fewer than three bytes are not:
/// headerless samples may be like them.
pub(crate) fn is_certain(head: &[u8]) -> bool {
    let starts = |magic: &[u8]| magic.len() > 2 && head.starts_with(magic);
    CONTAINERS.iter().any(|(magic, ..)| starts(magic))
        || by_layout(head).is_some()
        || codec::by_sign(|sign| matches!(sign, Sign::Start(magic) if starts(magic))).is_some()
}

/// The error for a file of a kind that no reader here knows.
pub(crate) fn by_first_bytes(head: &[u8]) -> Option<Error> {
    let codec = codec::by_sign(|sign| match sign {
        Sign::Start(magic) => head.starts_with(magic),
        // The first page's header has 28 bytes, since it holds one packet (RFC 3533, section 6).
        Sign::Ogg(magic) => head.starts_with(b"OggS") && head.get(28..36) == Some(magic),
        _ => false,
    });
    if let Some(codec) = codec {
        return Some(codec.unsupported());
    }
    let mut known = CONTAINERS.iter();
    let known = known.find(|(magic, ..)| head.starts_with(magic));
    let (container, advice) = match (by_layout(head), known) {
        (Some(container), _) => (container, None),
        (None, known) => known.map(|&(_, container, advice)| (container, advice))?,
    };
    Some(Error::UnsupportedFormat {
        reason: format!(
            "{container} files are not read; {}",
            advice.unwrap_or(codec::CONVERT)
        ),
    })
}

/// The error for an MP4 whose audio track symphonia does not know, by its sample entry.
pub(crate) fn in_mp4(file: &mut (impl Read + Seek), head: &[u8]) -> Option<Error> {
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
    let mut names = entries.filter_map(|w| w.get(16..20));
    let codec = names.find_map(|name| {
        codec::by_sign(|sign| matches!(sign, Sign::Mp4(entry) if entry.as_slice() == name))
    })?;
    Some(codec.unsupported_in("mov"))
}
