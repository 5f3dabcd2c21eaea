//! Recordings behind one another in one file, read as one.

use super::adapt::Adapter;
use super::behind::{self, Behind};
use super::decoder::{BlockDecoder, StreamFormat};
use super::kind::HEAD_BYTES;
use super::limits::{MAX_PARTS, MAX_UNREAD_BYTES};
use super::source::{ByteReader, Source};
use super::unread::{Unread, UnreadList};
use super::unsupported;
use crate::Result;

/// Where what was not read lies.
const BEHIND: &str = "behind the recording";

/// Opens one recording.
pub(crate) type Open = fn(Source) -> Result<Box<dyn BlockDecoder>>;

/// A recording and those behind it.
pub(crate) struct Chain {
    current: Box<dyn BlockDecoder>,
    open: Open,
    format: StreamFormat,
    adapter: Adapter,
    block: Vec<Vec<f32>>,
    parts: usize,
    /// Of those that have ended.
    unread: UnreadList,
    damaged: bool,
    ended: bool,
}

impl Chain {
    pub(crate) fn new(first: Box<dyn BlockDecoder>, open: Open) -> Self {
        let format = first.format().clone();
        Self {
            adapter: Adapter::new((format.sample_rate_hz, format.channels)),
            current: first,
            open,
            format,
            block: Vec::new(),
            parts: 1,
            unread: UnreadList::default(),
            damaged: false,
            ended: false,
        }
    }

    /// Goes on behind the recording that has ended; `false` if nothing more is read.
    fn next_part(&mut self) -> bool {
        self.damaged |= self.current.damaged();
        self.unread.extend(self.current.unread());
        let Some(rest) = self.current.rest() else {
            return false;
        };
        let mut reader = ByteReader::new(rest);
        let behind = behind::look(&mut reader);
        if behind == Behind::Nothing {
            return false;
        }
        let head = reader.peek(HEAD_BYTES).to_vec();
        let left = reader.left();
        let reason = if behind == Behind::Unknown || self.parts >= MAX_PARTS {
            let known = unsupported::by_first_bytes(&head);
            let bytes = left.unwrap_or_else(|| reader.skip(u64::MAX));
            if bytes <= MAX_UNREAD_BYTES {
                return false;
            }
            let reason = known.map_or_else(|| "of no known kind".into(), |e| e.to_string());
            self.unread.add(BEHIND, bytes, reason);
            return false;
        } else {
            match (self.open)(reader.into_source()) {
                Ok(next) if self.takes(next.format()) => {
                    self.parts += 1;
                    self.current = next;
                    return true;
                }
                Ok(next) => {
                    let more = next.format().channels;
                    format!("it has {more} channels, the first {}", self.format.channels)
                }
                Err(e) => e.to_string(),
            }
        };
        // Of a stream, what is left is not known, and was begun.
        self.unread
            .add(BEHIND, left.unwrap_or(head.len() as u64), reason);
        false
    }

    fn takes(&self, format: &StreamFormat) -> bool {
        self.adapter.takes((format.sample_rate_hz, format.channels))
    }
}

impl BlockDecoder for Chain {
    fn format(&self) -> &StreamFormat {
        &self.format
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let current = self.current.format();
        let format = (current.sample_rate_hz, current.channels);
        if self.parts == 1 {
            if self.current.next_packet(planes)? {
                return Ok(true);
            }
        } else {
            self.block.resize(format.1, Vec::new());
            self.block.iter_mut().for_each(Vec::clear);
            match self.current.next_packet(&mut self.block) {
                Ok(true) => {
                    self.adapter.push(format, &self.block, planes)?;
                    return Ok(true);
                }
                Ok(false) => {}
                // The first of them can be scanned all the same.
                Err(_) => self.damaged = true,
            }
        }
        if !self.next_part() {
            self.adapter.finish(planes);
            self.ended = true;
        }
        Ok(true)
    }

    fn damaged(&self) -> bool {
        self.damaged || self.current.damaged()
    }

    fn unread(&self) -> Vec<Unread> {
        let mut all = self.unread.clone();
        if !self.ended {
            all.extend(self.current.unread());
        }
        all.list()
    }
}
