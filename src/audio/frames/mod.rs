//! Streams of frames without a container: MP1, MP2, MP3, and AAC in ADTS.
//!
//! symphonia's readers believe the first Xing header about all that follows, and one sample rate:
//! joined, edited and streamed files lose their ends there.

mod header;
mod part;
mod tag;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use self::header::{HEADER_BYTES, Header};
use self::part::Part;
use self::tag::InfoTag;
use super::adapt::Adapter;
use super::behind::{believable, tag_bytes};
use super::codec::{self, PacketDecoder};
use super::decoder::{BlockDecoder, StreamFormat, guarded};
use super::layout::Layout;
use super::limits::{MAX_BAD_PACKETS, MAX_UNREAD_BYTES};
use super::source::{ByteReader, Source};
use super::unread::{Unread, UnreadList};
use crate::{Error, Result};

/// Frames in a row that tell a stream at its first byte from anything else.
const FRAMES_AT_START: usize = 3;

/// Frames in a row that tell a stream behind junk: quiet mu-law is full of what could be headers.
const FRAMES_BEHIND_JUNK: usize = 10;

/// Whether a stream of frames starts with the first of these bytes.
pub(crate) fn start_at(head: &[u8]) -> bool {
    in_a_row(head, FRAMES_AT_START)
}

/// Where a stream of frames starts behind junk.
pub(crate) fn find(head: &[u8]) -> Option<usize> {
    (1..head.len()).find(|&at| head[at] == 0xFF && in_a_row(&head[at..], FRAMES_BEHIND_JUNK))
}

/// Whether so many frames follow each other, or fewer up to the end.
fn in_a_row(bytes: &[u8], wanted: usize) -> bool {
    let Some(first) = Header::parse(bytes) else {
        return false;
    };
    let mut at = first.bytes;
    for count in 1..wanted {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.len() < HEADER_BYTES || tag_bytes(rest).is_some() {
            // The end of all; a frame that stands alone must fill it.
            return at == bytes.len() || count >= 2;
        }
        match Header::parse(rest) {
            Some(next) if next.fits(&first) => at += next.bytes,
            _ => return false,
        }
    }
    true
}

/// A recording that is a stream of frames.
pub(crate) struct Frames {
    bytes: ByteReader,
    stream: StreamFormat,
    decoder: Option<Box<dyn PacketDecoder>>,
    /// Header of the last frame.
    last: Option<Header>,
    /// The next frame is where the last one ends.
    in_step: bool,
    part: Part,
    adapter: Adapter,
    block: Vec<Vec<f32>>,
    /// Decoded before the format was known.
    first: Option<Vec<Vec<f32>>>,
    /// Bytes that were of no frame.
    junk: u64,
    /// Zeros since the last frame or tag.
    zeros: u64,
    unread: UnreadList,
    damaged: bool,
    ended: bool,
    /// A container around this one says where it ends.
    is_inside: bool,
}

impl Frames {
    pub(crate) fn open(bytes: ByteReader) -> Result<Self> {
        let mut this = Self {
            bytes,
            stream: StreamFormat::default(),
            decoder: None,
            last: None,
            in_step: false,
            part: Part::default(),
            adapter: Adapter::new((0, 0)),
            block: Vec::new(),
            first: None,
            junk: 0,
            zeros: 0,
            unread: UnreadList::default(),
            damaged: false,
            ended: false,
            is_inside: false,
        };
        guarded("probing", || this.read_first())??;
        Ok(this)
    }

    /// The stream was found inside another container.
    pub(crate) fn inside(&mut self, layout: &Layout) {
        self.stream.container = layout.container.into();
        self.stream.facts = layout.facts.clone();
        self.is_inside = layout.data_bytes.is_some();
        self.damaged |= layout.unfinished;
    }

    /// Decodes the first frame, which tells the format.
    fn read_first(&mut self) -> Result<()> {
        let mut error = None;
        while let Some((header, frame)) = self.next_frame() {
            match self.decode(&header, &frame) {
                Ok(true) => break,
                Ok(false) => {}
                Err(e) => {
                    error.get_or_insert(e);
                }
            }
            if self.part.seen > MAX_BAD_PACKETS as u64 {
                break;
            }
        }
        let (Some(decoder), Some(header), false) =
            (&self.decoder, self.last, self.block.is_empty())
        else {
            return Err(error.unwrap_or_else(|| Error::Malformed {
                reason: "no packet of it could be decoded".into(),
            }));
        };
        let (rate, channels) = decoder.format();
        let name = codec::name(header.codec);
        self.stream.container = name.clone();
        self.stream.codec = name;
        self.stream.sample_rate_hz = rate;
        self.stream.channels = channels;
        self.stream.declared_frames = self.part.declared_samples(&header).or_else(|| {
            let frames = self.bytes.left()? / header.bytes as u64 + 1;
            Some(frames * header.samples as u64)
        });
        self.adapter = Adapter::new((rate, channels));
        let mut first = vec![Vec::new(); channels];
        self.give(&mut first)?;
        self.first = Some(first);
        Ok(())
    }

    /// The next frame; tags and junk before it are passed.
    fn next_frame(&mut self) -> Option<(Header, Vec<u8>)> {
        loop {
            let first = self.bytes.peek(1).first().copied()?;
            // A longer look only where a tag may be.
            if matches!(first, b'I' | b'T' | b'A' | b'L')
                && let Some(bytes) = tag_bytes(self.bytes.peek(1 << 12))
            {
                let left = self.bytes.left();
                self.bytes.skip(believable(bytes, left));
                self.zeros = 0;
                continue;
            }
            let header = Header::parse(self.bytes.peek(HEADER_BYTES));
            if let Some(header) = header
                && self.last.is_none_or(|last| last.codec == header.codec)
            {
                let bytes = self.bytes.peek(header.bytes + HEADER_BYTES);
                let next = bytes.get(header.bytes..).unwrap_or_default();
                let leads_on = match Header::parse(next) {
                    Some(next) => next.kind == header.kind,
                    None => next.len() < HEADER_BYTES || tag_bytes(next).is_some(),
                };
                let in_step = self.in_step && self.last.is_some_and(|last| last.fits(&header));
                if bytes.len() < header.bytes && (in_step || self.last.is_none()) {
                    // The last frame was cut off.
                    self.damaged = true;
                    self.bytes.skip(u64::MAX);
                    return None;
                }
                if bytes.len() >= header.bytes && (leads_on || in_step) {
                    let frame = bytes[..header.bytes].to_vec();
                    self.bytes.skip(header.bytes as u64);
                    self.in_step = true;
                    // Longer than padding that somebody would write inside a stream.
                    let zeros = std::mem::take(&mut self.zeros);
                    if zeros > MAX_UNREAD_BYTES && self.last.is_some() {
                        let reason = "they are all zero";
                        self.unread.add("between the frames", zeros, reason);
                    }
                    return Some((header, frame));
                }
            }
            self.in_step = false;
            // Zeros are padding, a few of them.
            self.junk += u64::from(first != 0);
            self.zeros += u64::from(first == 0);
            self.bytes.skip(1);
        }
    }

    /// Decodes a frame into `block`; `false` for one that holds no audio, or is broken.
    fn decode(&mut self, header: &Header, frame: &[u8]) -> Result<bool> {
        if let Some(tag) = InfoTag::parse(frame, header) {
            self.part.next = Some(tag);
            self.decoder = None;
            self.last = Some(*header);
            return Ok(false);
        }
        let same = |last: Header| last.fits(header) && last.channels == header.channels;
        if self.decoder.is_none() || !self.last.is_some_and(same) {
            self.decoder = None;
            self.last = Some(*header);
            let mut params = AudioCodecParameters::new();
            params
                .for_codec(header.codec)
                .with_sample_rate(header.rate_hz)
                .with_channels(Channels::Discrete(header.channels as u16));
            self.decoder = Some(codec::for_track(&params)?);
        }
        self.last = Some(*header);
        self.part.seen += 1;
        let Some(decoder) = &mut self.decoder else {
            return Ok(false);
        };
        let data = frame[header.before..].to_vec();
        let duration = Duration::new(header.samples as u64);
        let packet = Packet::new(0, Timestamp::new(0), duration, data);
        if decoder.decode(&packet, &mut self.block).is_err() {
            self.damaged = true;
            self.block.clear();
            return Ok(false);
        }
        Ok(true)
    }

    /// Hands `block` on, less delay and padding.
    fn give(&mut self, planes: &mut [Vec<f32>]) -> Result<()> {
        let Some(decoder) = &self.decoder else {
            return Ok(());
        };
        let format = decoder.format();
        if !self.adapter.takes(format) {
            let bytes = self.last.map_or(0, |last| last.bytes as u64);
            let channels = match format.1 {
                1 => "1 channel".to_owned(),
                n => format!("{n} channels"),
            };
            let reason = format!("the recording starts with {}", self.stream.channels);
            self.unread
                .add(format!("frames with {channels}"), bytes, reason);
            return Ok(());
        }
        if format != self.part.format && self.part.next.is_none() {
            self.part.next = Some(InfoTag {
                frames: None,
                ..InfoTag::default()
            });
        }
        if let Some(tag) = self.part.next.take() {
            self.finish_part(planes)?;
            self.part.start(tag, format);
        }
        let ready = self.part.take(&self.block);
        self.adapter.push(self.part.format, &ready, planes)
    }

    /// The padding at the end of a part is left out, if it is there as its tag says.
    fn finish_part(&mut self, planes: &mut [Vec<f32>]) -> Result<()> {
        self.damaged |= self.part.is_short();
        let rest = self.part.finish();
        if rest.first().is_some_and(|plane| !plane.is_empty()) {
            self.adapter.push(self.part.format, &rest, planes)?;
        }
        Ok(())
    }

    fn end(&mut self, planes: &mut [Vec<f32>]) -> Result<()> {
        self.ended = true;
        self.finish_part(planes)?;
        self.adapter.finish(planes);
        if self.junk > MAX_UNREAD_BYTES {
            let reason = format!("no frame of {} starts there", self.stream.codec);
            self.unread.add("between the frames", self.junk, reason);
        }
        self.damaged |= self.bytes.missing() > 0;
        Ok(())
    }

    fn advance(&mut self, planes: &mut [Vec<f32>]) -> Result<()> {
        for _ in 0..MAX_BAD_PACKETS {
            let Some((header, frame)) = self.next_frame() else {
                return self.end(planes);
            };
            match self.decode(&header, &frame) {
                Ok(true) => return self.give(planes),
                Ok(false) => {}
                Err(e) => {
                    let bytes = frame.len() as u64;
                    self.unread
                        .add("frames of another kind", bytes, e.to_string());
                }
            }
        }
        self.damaged = true;
        self.end(planes)
    }
}

impl BlockDecoder for Frames {
    fn format(&self) -> &StreamFormat {
        &self.stream
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        if let Some(first) = self.first.take() {
            for (plane, samples) in planes.iter_mut().zip(first) {
                plane.extend(samples);
            }
            return Ok(true);
        }
        if self.ended {
            return Ok(false);
        }
        // A decoder that panicked is in no state to go on, but what it gave before is good.
        match guarded("decoding", || self.advance(planes)) {
            Ok(done) => done?,
            Err(_) => {
                self.damaged = true;
                self.ended = true;
            }
        }
        Ok(true)
    }

    fn damaged(&self) -> bool {
        self.damaged
    }

    fn unread(&self) -> Vec<Unread> {
        self.unread.list()
    }

    fn rest(&mut self) -> Option<Source> {
        // Without a container, frames were looked for up to the last byte.
        if !self.is_inside {
            return None;
        }
        let nothing = ByteReader::new(Source::Stream(Box::new(std::io::empty())));
        Some(std::mem::replace(&mut self.bytes, nothing).into_source())
    }
}
