//! A recording with a part that is passed over, and said so.

use super::decoder::{BlockDecoder, StreamFormat};
use super::source::Source;
use super::unread::{Unread, UnreadList};
use crate::Result;

pub(crate) struct Skipped {
    inner: Box<dyn BlockDecoder>,
    part: Unread,
}

impl Skipped {
    pub(crate) fn new(inner: Box<dyn BlockDecoder>, what: &str, bytes: u64) -> Self {
        Self {
            inner,
            part: Unread {
                what: what.into(),
                bytes,
                reason: "of no known kind".into(),
            },
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
        list.extend(vec![self.part.clone()]);
        list.extend(self.inner.unread());
        list.list()
    }

    fn rest(&mut self) -> Option<Source> {
        self.inner.rest()
    }
}
