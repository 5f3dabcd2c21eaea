//! Tracks of MP4, M4A, 3GP and MOV (ISO/IEC 14496-12; Apple, "QuickTime File Format").

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S32BE,
};

use super::describe::{ReadSeek, TrackInfo, number};
use super::edits::{Edit, Edits};
use crate::audio::codec::{self, Decoder, Sign};
use crate::audio::layout::Layout;
use crate::audio::source::Section;

/// Most boxes of one level that are looked at.
const MAX_BOXES: usize = 10_000;

/// Most entries of an edit list.
const MAX_EDITS: u64 = 10_000;

/// Longest box that is read as a whole, bytes.
const MAX_BOX_BYTES: u64 = 1 << 20;

/// A box: its name, and where its content lies.
#[derive(Clone, Copy)]
struct Place {
    name: [u8; 4],
    start: u64,
    end: u64,
}

/// The boxes from `start` to `end`.
fn boxes(file: &mut dyn ReadSeek, start: u64, end: u64) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = start;
    while at + 8 <= end && found.len() < MAX_BOXES {
        let Some(head) = file.read_at(at, 8) else {
            break;
        };
        let (mut size, mut header) = (number(&head[..4]), 8);
        if size == 1 {
            let Some(long) = file.read_at(at + 8, 8) else {
                break;
            };
            (size, header) = (number(&long), 16);
        }
        let next = if size == 0 {
            end
        } else {
            at.saturating_add(size)
        };
        if next < at + header {
            break;
        }
        found.push(Place {
            name: [head[4], head[5], head[6], head[7]],
            start: at + header,
            end: next.min(end),
        });
        at = next;
    }
    found
}

fn child(file: &mut dyn ReadSeek, parent: Place, path: &[&[u8; 4]]) -> Option<Place> {
    let mut place = parent;
    for name in path {
        let inside = boxes(file, place.start, place.end);
        place = *inside.iter().find(|b| b.name == **name)?;
    }
    Some(place)
}

fn content(file: &mut dyn ReadSeek, place: Place) -> Option<Vec<u8>> {
    let bytes = (place.end - place.start).min(MAX_BOX_BYTES);
    file.read_at(place.start, bytes as usize)
}

pub(super) fn tracks(file: &mut dyn ReadSeek) -> Option<Vec<TrackInfo>> {
    let end = file.seek(std::io::SeekFrom::End(0)).ok()?;
    let all = boxes(file, 0, end);
    let moov = *all.iter().find(|b| &b.name == b"moov")?;
    let inside = boxes(file, moov.start, moov.end);
    let mvhd = *inside.iter().find(|b| &b.name == b"mvhd")?;
    let mvhd = content(file, mvhd)?;
    let clock = Clock {
        movie: timescale(&mvhd)?,
        is_fragmented: inside.iter().any(|b| &b.name == b"mvex"),
    };
    let traks = inside.into_iter().filter(|b| &b.name == b"trak");
    Some(traks.filter_map(|trak| track(file, trak, &clock)).collect())
}

struct Clock {
    /// Ticks a second.
    movie: u64,
    /// Lengths in the edit list are those of the first fragment.
    is_fragmented: bool,
}

/// Of `mvhd` and `mdhd`: creation and modification come first, of 4 or 8 bytes each.
fn timescale(head: &[u8]) -> Option<u64> {
    let at = if head.first() == Some(&1) { 20 } else { 12 };
    Some(number(head.get(at..at + 4)?)).filter(|&n| n > 0)
}

fn track(file: &mut dyn ReadSeek, trak: Place, clock: &Clock) -> Option<TrackInfo> {
    let mut part = |path: &[&[u8; 4]]| {
        let place = child(file, trak, path)?;
        content(file, place)
    };
    let tkhd = part(&[b"tkhd"])?;
    let mdhd = part(&[b"mdia", b"mdhd"])?;
    let hdlr = part(&[b"mdia", b"hdlr"])?;
    let id_at = if tkhd.first() == Some(&1) { 20 } else { 12 };
    let media = timescale(&mdhd)?;
    let edits = part(&[b"edts", b"elst"]).map(|elst| edits(&elst, media, clock));
    let name = part(&[b"udta", b"name"]);
    let title = name
        .as_deref()
        .and_then(text)
        .or_else(|| handler_name(&hdlr));
    let stsd = part(&[b"mdia", b"minf", b"stbl", b"stsd"]).unwrap_or_default();
    let is_audio = hdlr.get(8..12) == Some(b"soun");
    Some(TrackInfo {
        id: u32::try_from(number(tkhd.get(id_at..id_at + 4)?)).ok()?,
        is_audio,
        title,
        language: language(&mdhd),
        layout: if is_audio { layout(&stsd) } else { None },
        edits: Edits::new(edits.unwrap_or_default()),
        really: big_endian(&stsd).filter(|_| is_audio),
        ..TrackInfo::default()
    })
}

fn edits(elst: &[u8], media: u64, clock: &Clock) -> Vec<Edit> {
    let is_long = elst.first() == Some(&1);
    let size = if is_long { 20 } else { 12 };
    let count = elst.get(4..8).map_or(0, number).min(MAX_EDITS) as usize;
    let entries = elst
        .get(8..)
        .unwrap_or_default()
        .chunks_exact(size)
        .take(count);
    entries
        .filter_map(|entry| {
            let (length, start) = if is_long {
                (number(&entry[..8]), number(&entry[8..16]) as i64)
            } else {
                (
                    number(&entry[..4]),
                    i64::from(number(&entry[4..8]) as u32 as i32),
                )
            };
            let length_s = length as f64 / clock.movie as f64;
            if start < 0 {
                return (length > 0).then_some(Edit::Empty(length_s));
            }
            let start_s = start as f64 / media as f64;
            let to_the_end = length == 0 || clock.is_fragmented;
            let end_s = if to_the_end {
                f64::INFINITY
            } else {
                start_s + length_s
            };
            Some(Edit::Media(start_s, end_s))
        })
        .collect()
}

/// Three letters of 5 bits (section 8.4.2).
fn language(mdhd: &[u8]) -> Option<String> {
    let at = if mdhd.first() == Some(&1) { 32 } else { 20 };
    let packed = number(mdhd.get(at..at + 2)?);
    let letter = |shift: u32| char::from(0x60 + (packed >> shift & 31) as u8);
    let code: String = [10, 5, 0].map(letter).iter().collect();
    let is_code = code.chars().all(|c| c.is_ascii_lowercase()) && code != "und";
    is_code.then_some(code)
}

/// The name of the handler, where it is the track's: writers put their own there.
fn handler_name(hdlr: &[u8]) -> Option<String> {
    let name = text(hdlr.get(24..)?)?;
    let of_writer = [
        "handler",
        "core media",
        "hdlr",
        "gpac",
        "mainconcept",
        "isomedia",
    ];
    let lower = name.to_lowercase();
    let says_nothing = lower == "sound" || lower == "audio" || lower == "stereo" || lower == "mono";
    (!says_nothing && !of_writer.iter().any(|word| lower.contains(word))).then_some(name)
}

/// Text up to a zero; QuickTime writes its length before it.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = match bytes {
        [length, rest @ ..] if usize::from(*length) == rest.len() && *length > 0 => rest,
        _ => bytes,
    };
    let bytes = bytes.split(|&b| b == 0).next()?;
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let is_text = !text.is_empty() && !text.contains(char::is_control);
    is_text.then(|| text.to_owned())
}

/// The codec of QuickTime's PCM of more than 16 bits, which is big-endian unless an `enda` atom
/// says otherwise; symphonia takes it for little-endian.
fn big_endian(stsd: &[u8]) -> Option<AudioCodecId> {
    let codec = match stsd.get(12..16)? {
        b"in24" => CODEC_ID_PCM_S24BE,
        b"in32" => CODEC_ID_PCM_S32BE,
        b"fl32" => CODEC_ID_PCM_F32BE,
        b"fl64" => CODEC_ID_PCM_F64BE,
        _ => return None,
    };
    let is_little = stsd.windows(6).any(|w| w == b"enda\0\x01");
    (!is_little).then_some(codec)
}

/// The file as symphonia reads it where a fragmented one was cut inside its last `mdat`, whose size
/// becomes that of what is there.
pub(super) fn fitted(section: &Section) -> Option<Section> {
    let mut file = section.from(0);
    let (mut at, mut is_fragmented) = (0, false);
    for _ in 0..MAX_BOXES * 100 {
        let head = file.read_at(at, 8)?;
        let size = match number(&head[..4]) {
            1 => number(&file.read_at(at + 8, 8)?),
            size => size,
        };
        is_fragmented |= &head[4..] == b"moof";
        let next = at.checked_add(size).filter(|_| size >= 8)?;
        if next > section.len() {
            let is_cut = is_fragmented && &head[4..] == b"mdat" && number(&head[..4]) != 1;
            let left = u32::try_from(section.len() - at).ok();
            let left = left.filter(|_| is_cut)?;
            return Some(section.patched(at, &left.to_be_bytes()));
        }
        at = next;
    }
    None
}

/// The codec of a sample entry that symphonia does not know, if its samples are equal blocks.
fn layout(stsd: &[u8]) -> Option<crate::Result<Layout>> {
    let name = stsd.get(12..16)?;
    let codec = codec::by_sign(|sign| matches!(sign, Sign::Mp4(entry) if entry == name));
    let Some(codec) = codec else {
        return Some(Err(codec::unsupported(String::from_utf8_lossy(name))));
    };
    if !matches!(codec.decoder, Decoder::Pcm(_)) {
        return Some(Err(codec.unsupported_in("mov")));
    }
    // Behind size and name: 8 bytes of every entry, 8 of version and vendor, channels, bits, two
    // words, and the rate of 16.16 bits.
    let channels = number(stsd.get(32..34)?) as usize;
    let rate = number(stsd.get(40..42)?) as u32;
    Some(Layout::new("mov", codec, rate, channels, 0))
}
