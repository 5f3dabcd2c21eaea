//! Chooses the reader by a recording's first bytes.

use std::sync::Arc;

use super::avi::Avi;
use super::behind::{self, tag_bytes};
use super::blocks::Blocks;
use super::chain::Chain;
use super::codec::Decoder;
use super::container::Container;
use super::decoder::BlockDecoder;
use super::frames::Frames;
use super::kind::{self, HEAD_BYTES, Kind};
use super::layout::Layout;
use super::limits::MAX_UNREAD_BYTES;
use super::options::{DecodeOptions, RawFormat};
use super::skipped::Skipped;
use super::source::{ByteReader, Source};
use super::{au, caf, guess, looks, riff, scale, sphere, unsupported, wave64};
use crate::{Error, Result};

/// The decoder for `source`, and for what lies behind the first recording in it.
pub(crate) fn decoder(
    source: Source,
    extension: Option<&str>,
    options: &DecodeOptions,
) -> Result<Box<dyn BlockDecoder>> {
    if let (Some(format), true) = (options.raw, options.raw_force) {
        return raw(ByteReader::new(source), format, false);
    }
    let again = source.again();
    let first = all(source, extension, options)?;
    if !scale::can_be_beyond(first.format()) {
        return Ok(first);
    }
    let again = again.map(|section| || all(Source::Seekable(section), extension, options));
    scale::scaled(first, again)
}

/// The decoder of one recording and those behind it.
fn all(
    source: Source,
    extension: Option<&str>,
    options: &DecodeOptions,
) -> Result<Box<dyn BlockDecoder>> {
    let first = one(source, extension, options)?;
    Ok(Box::new(Chain::new(first, |source| {
        one(source, None, &DecodeOptions::default())
    })))
}

/// The decoder of one recording.
fn one(
    source: Source,
    extension: Option<&str>,
    options: &DecodeOptions,
) -> Result<Box<dyn BlockDecoder>> {
    let mut reader = ByteReader::new(source);
    let head = reader.peek(HEAD_BYTES).to_vec();
    if head.is_empty() {
        return Err(Error::UnsupportedFormat {
            reason: "the file is empty".into(),
        });
    }
    // Samples without a header are those that do not say themselves what they are.
    let has_header = || {
        kind::of(&head).is_some()
            || tag_bytes(&head).is_some()
            || unsupported::is_certain(&head)
            || head.len() >= LEAST_TEXT_BYTES && looks::is_text(&head)
    };
    if let Some(format) = options.raw
        && !has_header()
    {
        return raw(reader, format, false);
    }
    if looks::is_damaged_by_text(&head) {
        return Err(unknown(&head));
    }
    // Before `.mp3`, but also before other kinds, taggers put ID3.
    let mut tags = 0;
    while let Some(bytes) = tag_bytes(reader.peek(HEAD_BYTES)).filter(|_| tags < MAX_TAGS) {
        reader.skip(bytes);
        tags += 1;
    }
    let head = if tags > 0 {
        reader.peek(HEAD_BYTES).to_vec()
    } else {
        head
    };
    if head.is_empty() {
        return Err(Error::Malformed {
            reason: "it ends behind a tag (ID3 or APE), before its audio".into(),
        });
    }
    if let Some(kind) = kind::of(&head) {
        return of_kind(reader, kind, &head, extension, options);
    }
    if let Some(error) = unsupported::by_first_bytes(&head) {
        return Err(error);
    }
    let is_text = looks::is_text(&head);
    let telephone = extension
        .and_then(RawFormat::for_extension)
        .filter(|_| !is_text);
    if let Some(format) = telephone {
        return raw(reader, format, false);
    }
    if let Some((at, kind)) = kind::find(&head).filter(|_| !is_text || head.len() == HEAD_BYTES) {
        reader.skip(at as u64);
        let before = head[..at].iter().filter(|&&b| !behind::is_blank(b)).count() as u64;
        let decoder = of_kind(reader, kind, &head[at..], extension, options)?;
        return Ok(if before > MAX_UNREAD_BYTES {
            let bytes = Arc::new(before.into());
            let what = "before the recording";
            Box::new(Skipped::new(decoder, what, "of no known kind", bytes))
        } else {
            decoder
        });
    }
    match guess::headerless(&head).filter(|_| options.guess_raw && !is_text) {
        Some(format) => raw(reader, format, true),
        None => Err(unknown(&head)),
    }
}

/// So many samples in a row are no letters by chance.
const LEAST_TEXT_BYTES: usize = 64;

/// Most tags before a recording.
const MAX_TAGS: usize = 100;

fn unknown(head: &[u8]) -> Error {
    Error::UnsupportedFormat {
        reason: looks::describe(head),
    }
}

fn of_kind(
    mut reader: ByteReader,
    kind: Kind,
    head: &[u8],
    extension: Option<&str>,
    options: &DecodeOptions,
) -> Result<Box<dyn BlockDecoder>> {
    // Speex and others in Ogg, AC-3 that looks like frames.
    if let Some(error) = unsupported::by_first_bytes(head) {
        return Err(error);
    }
    let is_container = matches!(kind, Kind::Aiff | Kind::Flac | Kind::Ogg | Kind::Matroska)
        || kind == Kind::Mp4
        || kind == Kind::Caf && !caf::is_plain(head);
    if is_container {
        return Ok(Box::new(Container::open(
            reader,
            kind,
            extension,
            &options.tracks,
        )?));
    }
    if let Some(other) = options.tracks.iter().find(|track| *track != "1") {
        return Err(Error::InvalidArgument {
            name: "track",
            value: other.clone(),
            accepted: match kind {
                Kind::Avi => "1: of an AVI file one track is read".into(),
                _ => "1, the only one".into(),
            },
        });
    }
    let layout = match kind {
        Kind::Wav => riff::read_header(&mut reader)?,
        Kind::Wave64 => wave64::read_header(&mut reader)?,
        Kind::Au => au::read_header(&mut reader)?,
        Kind::Sphere => sphere::read_header(&mut reader)?,
        Kind::Avi => return Ok(Box::new(Avi::open(reader, of_layout)?)),
        Kind::Frames => return Ok(Box::new(Frames::open(reader)?)),
        _ => caf::read_header(&mut reader)?,
    };
    of_layout(reader, layout)
}

fn raw(reader: ByteReader, format: RawFormat, guessed: bool) -> Result<Box<dyn BlockDecoder>> {
    let channels = usize::from(format.channels);
    let mut layout = Layout::new(
        "raw",
        format.codec.entry()?,
        format.sample_rate_hz,
        channels,
        0,
    )?;
    layout.facts.guessed = guessed;
    Ok(Box::new(Blocks::new(reader, layout)?))
}

fn of_layout(mut reader: ByteReader, layout: Layout) -> Result<Box<dyn BlockDecoder>> {
    if matches!(layout.codec.decoder, Decoder::Mpeg) {
        if let Some(bytes) = layout.data_bytes {
            reader.limit(bytes);
        }
        let mut inner = Frames::open(reader)?;
        inner.inside(&layout);
        return Ok(Box::new(inner));
    }
    Ok(Box::new(Blocks::new(reader, layout)?))
}
