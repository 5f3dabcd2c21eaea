//! Detection while the samples of several channels arrive.

use std::fmt;

use super::call_tracks::CallTracks;
use super::channels::{Mixer, check_count, common_length, names};
use super::detector::Detector;
use super::result::ChannelReport;
use super::scan::Scan;
use crate::speech::TrackStart;
use crate::verdict::Segment;
use crate::{Error, Result};

/// A scan of all channels of a call that is still going on; made by
/// [`Detector::call_stream`](crate::Detector::call_stream).
///
/// As [`Stream`](crate::Stream), and the channels are compared: what leaks from one into another
/// does not count there. That takes no longer than speech detection does. An offset or a hum in one
/// of them delays all, by two seconds.
pub struct CallStream {
    scan: Scan,
    mixer: Mixer,
    names: Vec<String>,
    channels: usize,
    given: Vec<usize>,
}

impl CallStream {
    /// Takes the next samples, full scale -1 to 1: one slice per channel, all of one length.
    /// Returns the segments that have become final, each with the index of its channel.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for another number of slices, or slices of different lengths;
    /// else as [`Stream::push`](crate::Stream::push).
    pub fn push(&mut self, channels: &[&[f32]]) -> Result<Vec<(usize, Segment)>> {
        if channels.len() != self.channels {
            return Err(Error::InvalidArgument {
                name: "number of channels",
                value: channels.len().to_string(),
                accepted: format!("{}, as the stream was made", self.channels),
            });
        }
        common_length(channels)?;
        self.mixer.push(&mut self.scan, channels)?;
        let mut new = Vec::new();
        for (channel, given) in self.given.iter_mut().enumerate() {
            let segments = self.scan.segments(channel);
            let fresh = segments.get(*given..).unwrap_or_default();
            new.extend(fresh.iter().map(|&segment| (channel, segment)));
            *given += fresh.len();
        }
        Ok(new)
    }

    /// The reports of the speech so far, without the last parts that are not full windows yet.
    #[must_use]
    pub fn so_far(&self) -> Vec<ChannelReport> {
        self.scan.reports(&self.names, &self.scan.decisions())
    }

    /// Brings an earlier report of the first channel up to date.
    pub(super) fn refresh_first(&self, report: &mut ChannelReport) {
        self.scan.refresh_first(report);
    }

    /// Lets the only channel be compared with the other tracks of its call.
    pub(super) fn join(&mut self, tracks: &CallTracks, start: TrackStart) -> Result<()> {
        self.scan.join(tracks, start)
    }

    /// Ends the samples.
    pub(super) fn end(&mut self) -> Result<()> {
        self.scan.end()
    }

    /// Ends the stream: the reports of all channels, with all their segments.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if the model fails.
    pub fn finish(mut self) -> Result<Vec<ChannelReport>> {
        self.scan.finish()?;
        Ok(self.so_far())
    }
}

impl Detector {
    /// A scan of all channels of a call that goes on while the samples arrive.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a sample rate that [`Detector::stream`] does not take, no or
    /// more than [`MAX_CHANNELS`](crate::audio::MAX_CHANNELS) channels, or another number of
    /// channels than of names.
    pub fn call_stream(&self, sample_rate_hz: u32, channels: usize) -> Result<CallStream> {
        check_count(channels)?;
        let names = names(&self.settings, channels, &[])?;
        Ok(CallStream {
            scan: self.start(sample_rate_hz, names.len(), 1)?,
            mixer: Mixer::new(&self.settings),
            channels,
            given: vec![0; names.len()],
            names,
        })
    }
}

impl fmt::Debug for CallStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallStream")
            .field("frames", &self.scan.frames())
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
