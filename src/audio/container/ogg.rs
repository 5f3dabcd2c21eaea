//! What symphonia does not say of Ogg (RFC 3533): the order of its tracks, those that it does not
//! know, where it ends, and what lies between its pages. And Opus of many channels without places
//! (RFC 7845, section 5.1.1.3; RFC 8486), which it refuses by its header, though its own part would
//! be to hand packets on.

use std::io::{Read, Seek, SeekFrom};

use super::describe::{ReadSeek, TrackInfo};
use crate::audio::behind;
use crate::audio::codec::{self, Sign, opus_packet_frames};
use crate::audio::kind::{self, Kind};
use crate::audio::source::Section;

/// Length of a page's header before its lacing values (RFC 3533, section 6).
const PAGE_BYTES: usize = 27;

/// Mapping families whose table is that of family 1: ambisonics, and channels of any meaning.
const FAMILIES: [u8; 3] = [2, 254, 255];

/// First bytes of streams that are no sound: Theora, Skeleton, CMML, Kate, Dirac, VP8, subtitles.
const NO_SOUND: [&[u8]; 7] = [
    b"\x80theora",
    b"fishead\0",
    b"CMML",
    b"\x80kate",
    b"BBCD",
    b"OVP80",
    b"text",
];

/// Bytes that are searched for the next page behind a hole, at first and at most.
const HOLE_BYTES: usize = 1 << 12;
const MAX_HOLE_BYTES: usize = 1 << 20;

/// A page.
struct Page<'a> {
    serial: u32,
    /// The first of its stream.
    begins: bool,
    /// With its header.
    bytes: u64,
    /// The start of what it holds.
    body: &'a [u8],
}

/// The page at the start of `head`, which may end inside its body.
fn page(head: &[u8]) -> Option<Page<'_>> {
    if !head.starts_with(b"OggS\0") {
        return None;
    }
    let segments = usize::from(*head.get(PAGE_BYTES - 1)?);
    let table = head.get(PAGE_BYTES..PAGE_BYTES + segments)?;
    let body: u64 = table.iter().map(|&n| u64::from(n)).sum();
    let start = PAGE_BYTES + segments;
    let there = head.len().min(start + body as usize);
    Some(Page {
        serial: u32::from_le_bytes([head[14], head[15], head[16], head[17]]),
        begins: head[5] & 2 != 0,
        bytes: start as u64 + body,
        body: &head[start..there],
    })
}

/// The tracks in the order of the file.
pub(super) fn tracks(mut head: &[u8]) -> Vec<TrackInfo> {
    let mut found = Vec::new();
    while let Some(page) = page(head).filter(|page| page.begins) {
        let codec =
            codec::by_sign(|sign| matches!(sign, Sign::Ogg(magic) if page.body.starts_with(magic)));
        let name = String::from_utf8_lossy(&page.body[..page.body.len().min(8)]);
        let unknown = || codec::unsupported(format!("unknown ({})", name.escape_default()));
        found.push(TrackInfo {
            id: page.serial,
            is_audio: !NO_SOUND.iter().any(|magic| page.body.starts_with(magic)),
            // Only asked where symphonia does not know it.
            layout: Some(Err(codec.map_or_else(unknown, codec::Codec::unsupported))),
            ..TrackInfo::default()
        });
        head = head.get(page.bytes as usize..).unwrap_or_default();
    }
    found
}

/// What a walk over the pages has found.
#[derive(Default)]
pub(super) struct Walk {
    /// Where symphonia has to stop, if something else follows.
    pub(super) end: Option<u64>,
    /// Bytes between pages.
    pub(super) lost: u64,
    /// Bytes of pages whose checksum is wrong: symphonia leaves them out.
    pub(super) broken: u64,
    /// Where the checksum of the first of those lies, and what it should be.
    pub(super) first_broken: Option<(u64, [u8; 4])>,
    /// Each stream.
    pub(super) streams: Vec<Stream>,
}

/// A stream, as a walk over its pages has found it.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) serial: u32,
    /// Of its pages.
    pub(super) bytes: u64,
    /// The position of its last page.
    granule: u64,
    /// Pages of sound whose length is known, and those of them whose position is half as long again
    /// behind the one before.
    known: u64,
    too_long: u64,
}

impl Stream {
    /// Whether its positions run ahead of its sound throughout: what is missing between two packets
    /// is missing now and then.
    pub(super) fn runs_ahead(&self) -> bool {
        const MIN_PAGES: u64 = 4;
        self.known >= MIN_PAGES && self.too_long * 2 > self.known
    }

    fn take(&mut self, page: &[u8], is_opus: bool) {
        self.bytes += page.len() as u64;
        let granule = page.get(6..14).and_then(|bytes| bytes.try_into().ok());
        // -1 is that of a page on which no packet ends.
        let granule = granule.map(u64::from_le_bytes).filter(|&g| g != u64::MAX);
        if let (Some(granule), true) = (granule, is_opus) {
            let sound = opus_frames(page);
            if sound > 0 {
                self.known += 1;
                let step = granule.saturating_sub(self.granule);
                self.too_long += u64::from(step * 2 > sound * 3);
            }
            self.granule = granule;
        }
    }
}

/// Frames at 48 kHz of the packets of Opus that start on a page.
fn opus_frames(page: &[u8]) -> u64 {
    let segments = usize::from(page[PAGE_BYTES - 1]);
    let mut at = PAGE_BYTES + segments;
    let mut goes_on = page[5] & 1 != 0;
    let mut frames = 0;
    for &n in &page[PAGE_BYTES..PAGE_BYTES + segments] {
        if !goes_on && let Some(packet) = page.get(at..) {
            frames += opus_packet_frames(packet).unwrap_or(0) as u64;
        }
        goes_on = n == u8::MAX;
        at += usize::from(n);
    }
    frames
}

/// Walks over the pages of a file.
pub(super) fn walk(section: &Section) -> Walk {
    let mut file = section.from(0);
    let (mut found, mut at) = (Walk::default(), 0);
    // Whether the first streams have all begun, and cannot be gone on with.
    let (mut begun, mut is_discrete) = (false, false);
    let mut opus = Vec::new();
    while at < section.len() {
        let head = read_some(&mut file, at, PAGE_BYTES + 255 + 32);
        let Some(page) = page(&head) else {
            let (other, next) = behind_hole(&mut file, at);
            match next.filter(|_| !other) {
                Some(bytes) => {
                    found.lost += bytes;
                    at += bytes;
                    continue;
                }
                None => {
                    found.end = Some(at);
                    break;
                }
            }
        };
        if page.begins && begun && (is_discrete || !goes_on(page.body)) {
            found.end = Some(at);
            break;
        }
        is_discrete |= page.begins && opus_family(page.body).is_some_and(is_of_many);
        begun |= !page.begins;
        let (serial, bytes) = (page.serial, page.bytes);
        if page.begins && page.body.starts_with(b"OpusHead") {
            opus.push(serial);
        }
        let known = found.streams.iter().position(|s| s.serial == serial);
        if known.is_none() && found.streams.len() < MAX_STREAMS {
            found.streams.push(Stream {
                serial,
                ..Stream::default()
            });
        }
        if let Some(mut page) = file.read_at(at, bytes as usize) {
            let stream = found.streams.iter_mut().find(|s| s.serial == serial);
            if let Some(stream) = stream {
                stream.take(&page, opus.contains(&serial) && begun);
            }
            let said = [page[22], page[23], page[24], page[25]];
            page[22..26].fill(0);
            let sum = crc(&page).to_le_bytes();
            if sum != said {
                found.broken += bytes;
                found.first_broken.get_or_insert((at + 22, sum));
            }
        }
        at += bytes;
    }
    found
}

/// Whether something else than a page starts at `at`, where none does, and how far the next page is
/// away. Looks ever further ahead, so that many small holes cost no more than they are long.
fn behind_hole(file: &mut Section, at: u64) -> (bool, Option<u64>) {
    let mut bytes = HOLE_BYTES;
    loop {
        let hole = read_some(file, at, bytes);
        // Not here: what starts as a page and is none was cut inside its header.
        let next = hole.windows(5).skip(1).position(|w| w == b"OggS\0");
        if next.is_some() || hole.len() < bytes || bytes >= MAX_HOLE_BYTES {
            let other = kind::of(&hole).is_some_and(|kind| kind != Kind::Ogg)
                || behind::tag_bytes(&hole).is_some();
            return (other, next.map(|before| before as u64 + 1));
        }
        bytes *= 4;
    }
}

/// Most streams whose bytes are counted.
const MAX_STREAMS: usize = 100;

/// Up to `n` bytes at `at`.
fn read_some(file: &mut Section, at: u64, n: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(at)).is_ok() {
        // What cannot be read ends it, as the end does.
        let _ = file.take(n as u64).read_to_end(&mut bytes);
    }
    bytes
}

/// Whether symphonia goes on with a link of the chain that begins so.
fn goes_on(body: &[u8]) -> bool {
    let known: [&[u8]; 2] = [b"\x01vorbis", b"\x7fFLAC"];
    known.iter().any(|magic| body.starts_with(magic))
        || NO_SOUND.iter().any(|magic| body.starts_with(magic))
        || opus_family(body).is_some_and(|family| !is_of_many(family))
}

fn opus_family(body: &[u8]) -> Option<u8> {
    body.starts_with(b"OpusHead")
        .then(|| body.get(18).copied())?
}

fn is_of_many(family: u8) -> bool {
    FAMILIES.contains(&family)
}

/// The first page as symphonia takes it, one channel of family 0; the serial number of its stream,
/// and its own header.
pub(super) fn discrete(head: &[u8]) -> Option<(Vec<u8>, u32, Box<[u8]>)> {
    let segments = usize::from(*head.get(PAGE_BYTES - 1)?);
    let table = head.get(PAGE_BYTES..PAGE_BYTES + segments)?;
    let body = PAGE_BYTES + segments;
    let end = body + table.iter().map(|&n| usize::from(n)).sum::<usize>();
    let opus_head = head.get(body..end)?;
    let family = *opus_head.get(18)?;
    if !head.starts_with(b"OggS") || !opus_head.starts_with(b"OpusHead") {
        return None;
    }
    if !is_of_many(family) {
        return None;
    }
    let mut page = head[..end].to_vec();
    page[body + 9] = 1;
    page[body + 18] = 0;
    page[22..26].fill(0);
    let crc = crc(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    let serial = u32::from_le_bytes([head[14], head[15], head[16], head[17]]);
    Some((page, serial, opus_head.into()))
}

/// The checksum of a page: polynomial 0x04c11db7, neither reflected nor inverted.
fn crc(page: &[u8]) -> u32 {
    page.iter().fold(0, |crc, &byte| {
        let at = (crc >> 24) as u8 ^ byte;
        crc << 8 ^ CRC_TABLE[usize::from(at)]
    })
}

/// What each byte does to the checksum.
const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let (mut crc, mut bit) = ((byte as u32) << 24, 0);
        while bit < 8 {
            crc = (crc << 1) ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
