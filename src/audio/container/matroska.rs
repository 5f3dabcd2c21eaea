//! Tracks of Matroska and WebM (RFC 9559; EBML, RFC 8794).

use super::describe::{ENCRYPTED, ReadSeek, TrackInfo, number};
use super::edits::{Edit, Edits};
use crate::audio::codec::{self, Sign};
use crate::audio::layout::Layout;
use crate::audio::riff::{Words, parse_format};

pub(super) const EBML: u64 = 0x1A45_DFA3;
const SEGMENT: u64 = 0x1853_8067;
pub(super) const CLUSTER: u64 = 0x1F43_B675;
const TRACKS: u64 = 0x1654_AE6B;
const TRACK_ENTRY: u64 = 0xAE;
const TRACK_NUMBER: u64 = 0xD7;
const TRACK_TYPE: u64 = 0x83;
const NAME: u64 = 0x536E;
const LANGUAGE: u64 = 0x22_B59C;
const LANGUAGE_BCP47: u64 = 0x22_B59D;
const CODEC_ID: u64 = 0x86;
const CODEC_PRIVATE: u64 = 0x63A2;
const AUDIO: u64 = 0xE1;
const SAMPLING_FREQUENCY: u64 = 0xB5;
const CHANNELS: u64 = 0x9F;
const BIT_DEPTH: u64 = 0x6264;
const ENCODINGS: u64 = 0x6D80;
const ENCODING: u64 = 0x6240;
const ENCODING_SCOPE: u64 = 0x5032;
const COMPRESSION: u64 = 0x5034;
const COMPRESSION_ALGORITHM: u64 = 0x4254;
const COMPRESSION_SETTINGS: u64 = 0x4255;
const ENCRYPTION: u64 = 0x5035;

/// Most elements of one level that are looked at.
const MAX_ELEMENTS: usize = 10_000;

/// Longest element that is read, bytes.
const MAX_ELEMENT_BYTES: u64 = 1 << 20;

/// A track of sound has this type.
const AUDIO_TRACK: u64 = 2;

/// An element: its identifier, and where its content lies.
pub(super) struct Place {
    id: u64,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// A number of variable length at `at`, with its marker or without, and its own length.
fn variable(file: &mut dyn ReadSeek, at: u64, keep_marker: bool) -> Option<(u64, u64)> {
    let first = file.read_at(at, 1)?[0];
    let length = u64::from(first.leading_zeros()) + 1;
    let bytes = file.read_at(at, usize::try_from(length).ok().filter(|&n| n <= 8)?)?;
    let value = number(&bytes);
    let marker = 1 << (7 * length);
    Some((
        if keep_marker {
            value
        } else {
            value & (marker - 1)
        },
        length,
    ))
}

/// The element at `at`, which ends at `end` at the latest; one of unknown size does there.
fn element(file: &mut dyn ReadSeek, at: u64, end: u64) -> Option<Place> {
    let (id, id_bytes) = variable(file, at, true)?;
    let (size, size_bytes) = variable(file, at + id_bytes, false)?;
    let start = at + id_bytes + size_bytes;
    let is_unknown = size == (1 << (7 * size_bytes)) - 1;
    let end = if is_unknown {
        end
    } else {
        end.min(start.saturating_add(size))
    };
    (start <= end).then_some(Place { id, start, end })
}

/// The elements inside, up to the first that `stop` is the identifier of.
fn children(file: &mut dyn ReadSeek, parent: &Place, stop: u64) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = parent.start;
    while at < parent.end && found.len() < MAX_ELEMENTS {
        match element(file, at, parent.end) {
            Some(place) if place.id != stop && place.end > at => {
                at = place.end;
                found.push(place);
            }
            _ => break,
        }
    }
    found
}

pub(super) fn tracks(file: &mut dyn ReadSeek) -> Option<Vec<TrackInfo>> {
    let segment = segment(file)?;
    let inside = children(file, &segment, CLUSTER);
    let tracks = inside.iter().find(|place| place.id == TRACKS)?;
    let entries = children(file, tracks, CLUSTER);
    let entries = entries.iter().filter(|place| place.id == TRACK_ENTRY);
    Some(entries.filter_map(|entry| track(file, entry)).collect())
}

/// The segment of the file, up to its end or, if its size is not known, that of the file.
pub(super) fn segment(file: &mut dyn ReadSeek) -> Option<Place> {
    let end = file.seek(std::io::SeekFrom::End(0)).ok()?;
    let head = element(file, 0, end).filter(|place| place.id == EBML)?;
    element(file, head.end, end).filter(|place| place.id == SEGMENT)
}

/// Whether a file starts here: what every one says of itself is its type of document.
pub(super) fn starts(bytes: &[u8]) -> bool {
    let names: [&[u8]; 2] = [b"\x42\x82\x84webm", b"\x42\x82\x88matroska"];
    bytes.starts_with(&(EBML as u32).to_be_bytes())
        && names.iter().any(|name| {
            let mut all = bytes.windows(name.len());
            all.any(|part| part == *name)
        })
}

fn content(file: &mut dyn ReadSeek, place: &Place) -> Option<Vec<u8>> {
    let bytes = place.end - place.start;
    (bytes <= MAX_ELEMENT_BYTES).then(|| file.read_at(place.start, bytes as usize))?
}

/// What was done to the packets (RFC 9559, section 5.1.4.1.31). Of several encodings the last one
/// counts; nobody writes several.
fn encodings(file: &mut dyn ReadSeek, place: &Place, info: &mut TrackInfo) {
    for encoding in children(file, place, CLUSTER) {
        if encoding.id != ENCODING {
            continue;
        }
        // Frames, unless it says otherwise.
        let (mut scope, mut algorithm, mut settings) = (1, None, Vec::new());
        for part in children(file, &encoding, CLUSTER) {
            match part.id {
                ENCODING_SCOPE => scope = content(file, &part).map_or(1, |b| number(&b)),
                ENCRYPTION => info.changed_by = Some(ENCRYPTED),
                COMPRESSION => {
                    algorithm.get_or_insert(0);
                    for part in children(file, &part, CLUSTER) {
                        let Some(bytes) = content(file, &part) else {
                            continue;
                        };
                        match part.id {
                            COMPRESSION_ALGORITHM => algorithm = Some(number(&bytes)),
                            COMPRESSION_SETTINGS => settings = bytes,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if scope & 1 == 0 {
            continue;
        }
        match algorithm {
            Some(3) => info.stripped = settings,
            Some(0) => info.changed_by = Some("compressed by matroska (zlib)"),
            Some(1) => info.changed_by = Some("compressed by matroska (bzlib)"),
            Some(_) => info.changed_by = Some("compressed by matroska"),
            None => {}
        }
    }
}

fn track(file: &mut dyn ReadSeek, entry: &Place) -> Option<TrackInfo> {
    let mut info = TrackInfo::default();
    let mut codec_id = String::new();
    let mut private = Vec::new();
    let (mut rate, mut channels, mut bits) = (8_000.0, 1, 0);
    let mut language_bcp47 = None;
    for place in children(file, entry, CLUSTER) {
        let Some(bytes) = content(file, &place) else {
            continue;
        };
        let text = || {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches('\0').trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        match place.id {
            TRACK_NUMBER => info.id = u32::try_from(number(&bytes)).ok()?,
            TRACK_TYPE => info.is_audio = number(&bytes) == AUDIO_TRACK,
            NAME => info.title = text(),
            LANGUAGE => info.language = text(),
            LANGUAGE_BCP47 => language_bcp47 = text(),
            CODEC_ID => codec_id = text().unwrap_or_default(),
            CODEC_PRIVATE => private = bytes,
            ENCODINGS => encodings(file, &place, &mut info),
            AUDIO => {
                for part in children(file, &place, CLUSTER) {
                    let bytes = content(file, &part)?;
                    match part.id {
                        SAMPLING_FREQUENCY if bytes.len() == 4 => {
                            rate = f64::from(f32::from_bits(number(&bytes) as u32));
                        }
                        SAMPLING_FREQUENCY if bytes.len() == 8 => {
                            rate = f64::from_bits(number(&bytes));
                        }
                        CHANNELS => channels = number(&bytes) as usize,
                        BIT_DEPTH => bits = number(&bytes) as u16,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    info.language = language_bcp47
        .or(info.language)
        .filter(|language| language != "und");
    let is_pcm8 = codec_id == "A_PCM/INT/LIT" && bits == 8;
    info.layout = match codec_id.as_str() {
        "A_MS/ACM" => Some(parse_format(
            "matroska",
            &private,
            &Words { big_endian: false },
        )),
        _ if is_pcm8 => codec::by_sign(|sign| sign == Sign::WavBits(1, 8))
            .map(|codec| Layout::new("matroska", codec, rate.round() as u32, channels, 0)),
        // Only asked where symphonia does not know it.
        _ => Some(Err(codec::unsupported(codec_id.clone()))),
    };
    // What a decoder needs to start has times before 0. Opus' own header says how much that is.
    if codec_id != "A_OPUS" {
        info.edits = Edits::new(vec![Edit::Media(0.0, f64::INFINITY)]);
    }
    Some(info)
}
