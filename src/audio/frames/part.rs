//! A part of a stream of frames: what one encoder wrote, from one info tag to the next.

use super::header::Header;
use super::tag::InfoTag;
use crate::audio::adapt::Format;

/// Counts differ by the tag's own frame.
const SLACK_FRAMES: u64 = 1;

#[derive(Default)]
pub(super) struct Part {
    tag: InfoTag,
    pub(super) format: Format,
    /// Frames decoded.
    pub(super) seen: u64,
    /// Samples still to leave out at the start.
    skip: usize,
    /// The last samples, which may be padding.
    held: Vec<Vec<f32>>,
    /// The tag of the part that comes with the next block.
    pub(super) next: Option<InfoTag>,
}

impl Part {
    pub(super) fn start(&mut self, tag: InfoTag, format: Format) {
        self.tag = tag;
        self.format = format;
        self.seen = 1;
        self.skip = tag.delay;
    }

    /// Takes a block; gives what is surely no padding.
    pub(super) fn take(&mut self, block: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let skip = self.skip.min(block.first().map_or(0, Vec::len));
        self.skip -= skip;
        self.held.resize(block.len(), Vec::new());
        for (held, samples) in self.held.iter_mut().zip(block) {
            held.extend_from_slice(&samples[skip..]);
        }
        let more = |frames: u64| self.seen > frames + SLACK_FRAMES;
        if self.tag.frames.is_some_and(more) {
            // Edited or joined: the tag knows nothing of this end.
            self.tag.padding = 0;
        }
        let held = self.held.first().map_or(0, Vec::len);
        let n = held.saturating_sub(self.tag.padding);
        self.held
            .iter_mut()
            .map(|plane| plane.drain(..n).collect())
            .collect()
    }

    /// Takes what is no padding after all.
    pub(super) fn finish(&mut self) -> Vec<Vec<f32>> {
        let as_told = |frames: u64| self.seen.abs_diff(frames) <= SLACK_FRAMES;
        let held = std::mem::take(&mut self.held);
        if self.tag.frames.is_none_or(as_told) {
            return Vec::new();
        }
        held
    }

    /// Whether frames are missing.
    pub(super) fn is_short(&self) -> bool {
        self.tag
            .frames
            .is_some_and(|frames| self.seen + SLACK_FRAMES < frames)
    }

    /// Samples a channel by the first tag.
    pub(super) fn declared_samples(&self, header: &Header) -> Option<u64> {
        let tag = self.next.as_ref().unwrap_or(&self.tag);
        let samples = tag.frames? * header.samples as u64;
        Some(samples.saturating_sub((tag.delay + tag.padding) as u64))
    }
}
