//! A recording with a part that is passed over, and said so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::decoder::{BlockDecoder, StreamFormat};
use super::source::Source;
use super::unread::{Unread, UnreadList};
use crate::Result;

pub(crate) struct Skipped {
    inner: Box<dyn BlockDecoder>,
    what: &'static str,
    reason: &'static str,
    /// Its bytes; whoever passes them over counts on while the recording is read.
    bytes: Arc<AtomicU64>,
}

impl Skipped {
    pub(crate) fn new(
        inner: Box<dyn BlockDecoder>,
        what: &'static str,
        reason: &'static str,
        bytes: Arc<AtomicU64>,
    ) -> Self {
        Self {
            inner,
            what,
            reason,
            bytes,
        }
    }
}

impl BlockDecoder for Skipped {
    fn format(&self) -> &StreamFormat {
        self.inner.format()
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        self.inner.next_packet(planes)
    }

    fn damaged(&self) -> bool {
        self.inner.damaged()
    }

    fn unread(&self) -> Vec<Unread> {
        let mut list = UnreadList::default();
        let bytes = self.bytes.load(Ordering::Relaxed);
        if bytes > 0 {
            list.add(self.what, bytes, self.reason);
        }
        list.extend(self.inner.unread());
        list.list()
    }

    fn rest(&mut self) -> Option<Source> {
        self.inner.rest()
    }
}
