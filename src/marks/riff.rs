//! RIFF, RIFX, RF64 and BW64: chunks from the first to the end of the file, past the audio.

use super::bytes::{Bytes, Stop, be32, le32, name};
use super::found::Found;
use super::id3;
use super::limits::{MAX_MANIFEST_BYTES, MAX_XMP_BYTES};
use super::mark::{Place, Scheme};
use super::tag::{Kind, Tag};
use super::text::Encoding;

/// The size of a chunk whose length was not known when its header was written, and in RF64 of one
/// whose length is in `ds64`.
const UNKNOWN: u32 = u32::MAX;

struct Chunk {
    id: [u8; 4],
    /// First byte of its content.
    at: u64,
    bytes: u64,
}

impl Chunk {
    fn name(&self) -> String {
        format!("riff chunk {}", name(&self.id))
    }

    fn place(&self) -> Place {
        Place::new(self.name(), self.at, self.bytes)
    }
}

/// Walks the file from `start` on, where it begins.
pub(super) fn walk(bytes: &mut Bytes<'_>, found: &mut Found, start: u64) -> Result<(), Stop> {
    found.look("riff chunks");
    let head: [u8; 12] = bytes.array(start)?;
    let word = if head.starts_with(b"RIFX") {
        be32
    } else {
        le32
    };
    let riff_bytes = word(&head, 4);
    let mut long_data = None;
    let mut at = start + 12;
    while at + 8 <= bytes.len() {
        bytes.element()?;
        let head: [u8; 8] = bytes.array(at)?;
        let id = [head[0], head[1], head[2], head[3]];
        if !id.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return no_chunk(bytes, at);
        }
        let size = word(&head, 4);
        let mut chunk = Chunk {
            id,
            at: at + 8,
            bytes: u64::from(size),
        };
        if &id == b"data" {
            match (size, long_data) {
                (UNKNOWN, Some(length)) => chunk.bytes = length,
                // A pipe's writer, which cannot go back, adds nothing after its audio.
                (UNKNOWN, None) => return Err(unknown_length(at)),
                (0, _) if riff_bytes == UNKNOWN || riff_bytes == 0 => {
                    return Err(unknown_length(at));
                }
                _ => {}
            }
        }
        if bytes.hold(&chunk.name(), chunk.at, chunk.bytes).is_err() {
            return Err(too_long(bytes, found, &chunk));
        }
        if &id == b"ds64" && chunk.bytes >= 16 {
            let sizes: [u8; 16] = bytes.array(chunk.at)?;
            let (low, high) = (le32(&sizes, 8), le32(&sizes, 12));
            long_data = Some(u64::from(high) << 32 | u64::from(low));
        }
        look_into(bytes, found, &chunk, word)?;
        at = chunk.at + chunk.bytes + chunk.bytes % 2;
    }
    Ok(())
}

fn unknown_length(at: u64) -> Stop {
    Stop::ends(format!(
        "the audio at byte {at} has no length: what follows it cannot be seen"
    ))
}

/// Writers that pad to whole sectors fill with zeros; anything else is what a wrong size leads to.
fn no_chunk(bytes: &mut Bytes<'_>, at: u64) -> Result<(), Stop> {
    let rest = bytes.head(at, 64 << 10)?;
    if rest.iter().all(|&byte| byte == 0) && at + rest.len() as u64 == bytes.len() {
        return Ok(());
    }
    Err(Stop::hides(format!(
        "no chunk at byte {at}: a size before it is wrong"
    )))
}

/// The chunk ends behind the file. One that would hold a mark is a mark that cannot be read.
fn too_long(bytes: &Bytes<'_>, found: &mut Found, chunk: &Chunk) -> Stop {
    let problem = format!(
        "says {} bytes; the file has {} more",
        chunk.bytes,
        bytes.len() - chunk.at
    );
    let scheme = match &chunk.id {
        id if id.eq_ignore_ascii_case(b"AIGC") => Some(Scheme::Aigc),
        b"C2PA" => Some(Scheme::C2pa),
        _ => None,
    };
    if let Some(scheme) = scheme {
        found.unreadable(scheme, chunk.place(), problem.clone());
    }
    Stop::hides(format!("{} at byte {} {problem}", chunk.name(), chunk.at))
}

fn look_into(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    chunk: &Chunk,
    word: fn(&[u8], usize) -> u32,
) -> Result<(), Stop> {
    match &chunk.id {
        id if id.eq_ignore_ascii_case(b"AIGC") => text(bytes, found, chunk, Kind::Label, true),
        b"C2PA" if chunk.bytes > MAX_MANIFEST_BYTES => {
            let problem = format!("more than the limit of {MAX_MANIFEST_BYTES} bytes");
            found.unreadable(Scheme::C2pa, chunk.place(), problem);
            Ok(())
        }
        b"C2PA" => {
            let store = bytes.read(chunk.at, chunk.bytes)?;
            let end = chunk.at + chunk.bytes + chunk.bytes % 2;
            found.manifest(bytes, chunk.place(), chunk.at - 8..end, &store);
            Ok(())
        }
        id if id.eq_ignore_ascii_case(b"id3 ") => {
            let end = chunk.at + chunk.bytes;
            id3::tag(bytes, found, chunk.at..end, "riff chunk id3 ").map(|_| ())
        }
        b"_PMX" if chunk.bytes > MAX_XMP_BYTES => Err(Stop::hides(format!(
            "an xmp packet of {} bytes, more than the limit of {MAX_XMP_BYTES}",
            chunk.bytes
        ))),
        b"_PMX" => {
            let packet = bytes.read(chunk.at, chunk.bytes)?;
            found.xmp(&chunk.place(), &packet);
            Ok(())
        }
        b"LIST" => info(bytes, found, chunk, word),
        _ => Ok(()),
    }
}

fn text(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    chunk: &Chunk,
    kind: Kind,
    home: bool,
) -> Result<(), Stop> {
    if chunk.bytes > kind.max_bytes() {
        found.too_large(kind, chunk.place());
        return Ok(());
    }
    let value = bytes.read(chunk.at, chunk.bytes)?;
    let (name, encoding) = (name(&chunk.id), Encoding::Utf8);
    found.tag(
        kind,
        chunk.place(),
        &Tag {
            name: &name,
            value: &value,
            encoding,
            home,
        },
    );
    Ok(())
}

/// `LIST` of type `INFO`: texts under four letters.
fn info(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    list: &Chunk,
    word: fn(&[u8], usize) -> u32,
) -> Result<(), Stop> {
    if list.bytes < 4 || &bytes.array::<4>(list.at)? != b"INFO" {
        return Ok(());
    }
    found.look("riff info");
    let end = list.at + list.bytes;
    let mut at = list.at + 4;
    while at + 8 <= end {
        bytes.element()?;
        let head: [u8; 8] = bytes.array(at)?;
        let chunk = Chunk {
            id: [head[0], head[1], head[2], head[3]],
            at: at + 8,
            bytes: u64::from(word(&head, 4)),
        };
        if chunk.at + chunk.bytes > end {
            if chunk.id.eq_ignore_ascii_case(b"AIGC") {
                let problem = format!("says {} bytes, more than its list has", chunk.bytes);
                found.unreadable(Scheme::Aigc, chunk.place(), problem);
            }
            found.hidden(Stop::hides(format!(
                "the info at byte {at} says {} bytes; its list ends at byte {end}",
                chunk.bytes
            )));
            return Ok(());
        }
        if let Some(kind) = Kind::of(&name(&chunk.id)) {
            text(bytes, found, &chunk, kind, false)?;
        }
        at = chunk.at + chunk.bytes + chunk.bytes % 2;
    }
    Ok(())
}
