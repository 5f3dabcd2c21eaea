//! Chooses the reader by a recording's first bytes.

use std::io::Read;

use super::blocks::Blocks;
use super::codec::Decoder;
use super::container::Container;
use super::decoder::BlockDecoder;
use super::layout::Layout;
use super::options::{DecodeOptions, RawFormat};
use super::source::{Counted, Source};
use super::{au, header, riff, unsupported};
use crate::{Error, Result};

/// First bytes looked at.
const HEAD_BYTES: usize = 256;

/// The decoder for `source`.
pub(crate) fn decoder(
    mut source: Source,
    extension: Option<&str>,
    options: &DecodeOptions,
) -> Result<Box<dyn BlockDecoder>> {
    if let (Some(format), true) = (options.raw, options.raw_force) {
        return raw(source, format);
    }
    let head = source.peek(HEAD_BYTES).map_err(|e| Error::Malformed {
        reason: format!("its first bytes cannot be read: {e}"),
    })?;
    if head.is_empty() {
        return Err(Error::UnsupportedFormat {
            reason: "the file is empty".into(),
        });
    }
    if let Some(format) = options.raw
        && !header::is_known(&head, extension)
    {
        return raw(source, format);
    }
    if let Some(error) = unsupported::by_first_bytes(&head) {
        return Err(error);
    }
    if riff::matches(&head) {
        let is_file = source.is_file();
        let mut reader = source.into_reader();
        let layout = riff::read_header(&mut reader, is_file)?;
        return of_layout(reader, layout);
    }
    if head.starts_with(b".snd") {
        let mut reader = source.into_reader();
        let layout = au::read_header(&mut reader)?;
        return of_layout(reader, layout);
    }
    if !has_magic(&head)
        && let Some(format) = extension.and_then(RawFormat::for_extension)
    {
        return raw(source, format);
    }
    container(source, extension, &head)
}

fn raw(source: Source, format: RawFormat) -> Result<Box<dyn BlockDecoder>> {
    let channels = usize::from(format.channels);
    let layout = Layout::new(
        "raw",
        format.codec.entry()?,
        format.sample_rate_hz,
        channels,
        0,
    )?;
    Ok(Box::new(Blocks::new(source.into_reader(), layout)?))
}

fn of_layout(reader: Box<dyn Read + Send + Sync>, layout: Layout) -> Result<Box<dyn BlockDecoder>> {
    if matches!(layout.codec.decoder, Decoder::Mpeg) {
        let bytes = layout.data_bytes.unwrap_or(u64::MAX);
        let (inner, counter) = Counted::new(reader.take(bytes));
        let mut inner = Container::open(Source::Stream(Box::new(inner)), None, false)?;
        inner.inside(&layout, counter);
        return Ok(Box::new(inner));
    }
    Ok(Box::new(Blocks::new(reader, layout)?))
}

fn container(
    source: Source,
    extension: Option<&str>,
    head: &[u8],
) -> Result<Box<dyn BlockDecoder>> {
    let endless = is_endless_matroska(head);
    let again = source.try_clone();
    let first = match Container::open(source, extension, endless) {
        Ok(decoder) => return Ok(Box::new(decoder)),
        Err(e) => e,
    };
    let Some(mut again) = again else {
        return Err(first);
    };
    if let Some(error) = unsupported::in_mp4(&mut again, head) {
        return Err(error);
    }
    // symphonia refuses some files that are shorter than they say, but reads them as streams.
    if let Ok(stream) = again.into_stream()
        && let Ok(decoder) = Container::open(stream, extension, endless)
    {
        return Ok(Box::new(decoder));
    }
    Err(first)
}

/// The EBML header's identifier (RFC 8794, section 11.2.1).
const MATROSKA: &[u8] = b"\x1a\x45\xdf\xa3";

/// Whether the segment has "unknown size" (RFC 8794, section 6.2), as live recorders write it.
fn is_endless_matroska(head: &[u8]) -> bool {
    const SEGMENT_OF_UNKNOWN_SIZE: &[u8] = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
    head.starts_with(MATROSKA)
        && head
            .windows(SEGMENT_OF_UNKNOWN_SIZE.len())
            .any(|w| w == SEGMENT_OF_UNKNOWN_SIZE)
}

/// Whether a container that symphonia reads starts here, so that the extension is wrong.
fn has_magic(head: &[u8]) -> bool {
    let starts = [b"OggS", b"fLaC", b"FORM", b"caff", MATROSKA, b"ID3"];
    starts.iter().any(|m| head.starts_with(m)) || head.get(4..8) == Some(b"ftyp")
}
