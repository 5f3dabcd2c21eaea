//! Ogg: the comment packets of its streams. (RFC 3533; RFC 7845 for Opus.)

use std::ops::Range;

use super::bytes::{Bytes, Stop, be32, le32};
use super::found::Found;
use super::limits::MAX_COMMENTS_BYTES;
use super::vorbis;

/// Most streams side by side.
const MAX_STREAMS: usize = 64;

/// Longest page: 27 bytes of header, 255 sizes, 255 segments of 255 bytes.
const MAX_PAGE_BYTES: u64 = 27 + 255 + 255 * 255;

struct Page {
    serial: u32,
    begins: bool,
    /// Sizes of its segments.
    segments: Vec<u8>,
    /// Its content in the file.
    content: Range<u64>,
}

/// A stream whose second packet, the comments, is being gathered.
struct Stream {
    serial: u32,
    packets: usize,
    packet: Vec<u8>,
    /// Where each part of the packet begins: in the packet, and in the file.
    parts: Vec<(usize, u64)>,
}

pub(super) fn walk(bytes: &mut Bytes<'_>, found: &mut Found) -> Result<(), Stop> {
    found.look("vorbis comments");
    let mut streams: Vec<Stream> = Vec::new();
    let mut at = 0;
    let mut one_link = None;
    while at < bytes.len() {
        let page = page(bytes, at).map_err(|stop| match streams.is_empty() || open(&streams) {
            true => stop,
            // Behind whole comments only another link could have more.
            false => Stop::ends(stop.reason),
        })?;
        at = page.content.end;
        if page.begins {
            if streams.len() == MAX_STREAMS {
                return Err(Stop::hides(format!("more than {MAX_STREAMS} streams")));
            }
            let (packet, parts) = (Vec::new(), Vec::new());
            streams.push(Stream {
                serial: page.serial,
                packets: 0,
                packet,
                parts,
            });
        }
        let stream = streams
            .iter_mut()
            .rev()
            .find(|stream| stream.serial == page.serial);
        if let Some(stream) = stream.filter(|stream| stream.packets < 2) {
            gather(bytes, found, stream, &page)?;
        }
        if !open(&streams) {
            // With one link, nothing but audio follows; the last page tells.
            let known = |serial| streams.iter().any(|stream| stream.serial == serial);
            if *one_link.get_or_insert_with(|| last_serial(bytes).is_some_and(known)) {
                return Ok(());
            }
        }
    }
    match open(&streams) {
        true => Err(Stop::hides("the file ends within the vorbis comments")),
        false => Ok(()),
    }
}

/// Whether the comments of a stream are still to come.
fn open(streams: &[Stream]) -> bool {
    streams.iter().any(|stream| stream.packets < 2)
}

fn page(bytes: &mut Bytes<'_>, at: u64) -> Result<Page, Stop> {
    bytes.element()?;
    bytes.hold("an ogg page", at, 27)?;
    let head: [u8; 27] = bytes.array(at)?;
    if &head[..5] != b"OggS\0" {
        return Err(Stop::hides(format!("no ogg page at byte {at}")));
    }
    let segments = bytes.read(at + 27, u64::from(head[26]))?;
    let start = at + 27 + segments.len() as u64;
    let size = segments.iter().map(|&size| u64::from(size)).sum();
    bytes.hold("the ogg page", start, size)?;
    Ok(Page {
        serial: le32(&head, 14),
        begins: head[5] & 2 != 0,
        segments,
        content: start..start + size,
    })
}

/// Adds the page's packets, as far as the comments go.
fn gather(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    stream: &mut Stream,
    page: &Page,
) -> Result<(), Stop> {
    let content = bytes.read(page.content.start, page.content.end - page.content.start)?;
    let mut from = 0;
    while stream.packets < 2 {
        // A packet ends with its first segment of less than 255 bytes.
        let mut ends = false;
        let mut size = 0;
        let first = page.segments.len() - from;
        for &segment in &page.segments[from..] {
            from += 1;
            size += usize::from(segment);
            if segment < 255 {
                ends = true;
                break;
            }
        }
        if first == 0 {
            return Ok(());
        }
        let start: usize = page.segments[..page.segments.len() - first]
            .iter()
            .map(|&size| usize::from(size))
            .sum();
        if stream.packet.len() + size > MAX_COMMENTS_BYTES as usize {
            return Err(Stop::hides(format!(
                "a packet of more than {MAX_COMMENTS_BYTES} bytes of comments"
            )));
        }
        stream
            .parts
            .push((stream.packet.len(), page.content.start + start as u64));
        stream
            .packet
            .extend_from_slice(&content[start..start + size]);
        if ends {
            if stream.packets == 1 {
                comments(bytes, found, stream)?;
            }
            stream.packets += 1;
            stream.packet.clear();
            stream.parts.clear();
        }
    }
    Ok(())
}

fn comments(bytes: &mut Bytes<'_>, found: &mut Found, stream: &Stream) -> Result<(), Stop> {
    let packet = &stream.packet;
    let head = match packet[..] {
        [3, b'v', b'o', b'r', b'b', b'i', b's', ..] => 7,
        [b'O', b'p', b'u', b's', b'T', b'a', b'g', b's', ..] => 8,
        // FLAC in Ogg: the second packet is a block of comments, with its header.
        [4 | 0x84, high, mid, low, ..]
            if be32(&[0, high, mid, low], 0) as usize + 4 == packet.len() =>
        {
            4
        }
        // Speex, and streams without comments.
        _ => return Ok(()),
    };
    let in_file = |offset: usize| {
        let at = head + offset;
        let part = stream.parts.partition_point(|(start, _)| *start <= at);
        let (start, byte) = stream.parts[part.saturating_sub(1)];
        byte + (at - start) as u64
    };
    vorbis::walk(found, &packet[head..], &in_file, &mut || bytes.element())
}

/// The stream of the page that ends with the file, if one does.
fn last_serial(bytes: &mut Bytes<'_>) -> Option<u32> {
    let from = bytes.len().saturating_sub(MAX_PAGE_BYTES);
    let tail = bytes.head(from, MAX_PAGE_BYTES).ok()?;
    let signs = tail.windows(5).enumerate().rev();
    let mut starts = signs.filter(|(_, sign)| *sign == b"OggS\0");
    starts.find_map(|(at, _)| {
        let segments = usize::from(*tail.get(at + 26)?);
        let sizes = tail.get(at + 27..at + 27 + segments)?;
        let size: usize = sizes.iter().map(|&size| usize::from(size)).sum();
        let ends = at + 27 + segments + size == tail.len();
        ends.then(|| le32(&tail, at + 14))
    })
}
