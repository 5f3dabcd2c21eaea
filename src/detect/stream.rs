//! Detection while the samples arrive.

use std::fmt;

use super::result::ChannelReport;
use super::scan::Scan;
use crate::Result;
use crate::verdict::Segment;

/// A scan of one channel of a call that is still going on; made by
/// [`Detector::stream`](crate::Detector::stream).
///
/// However the samples are cut into pushes, the result is that of
/// [`Detector::scan_samples`](crate::Detector::scan_samples) on all of them. A segment is given out
/// when no later sample can change it: one window of speech after it began, and about a second for
/// speech detection to look ahead; two seconds more where an offset or a hum is taken out. For
/// several channels that may hear each other, use a [`CallStream`](crate::CallStream).
pub struct Stream {
    scan: Scan,
    name: String,
    given: usize,
}

impl Stream {
    pub(super) fn new(scan: Scan, name: String) -> Self {
        Self {
            scan,
            name,
            given: 0,
        }
    }

    /// Takes the next samples, full scale -1 to 1, any number of them; returns the segments that
    /// have become final.
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteSample`](crate::Error::NonFiniteSample), with the index from the start of
    /// the stream: nothing of these samples was taken, and the stream can go on.
    /// [`Error::Runtime`](crate::Error::Runtime) if the model fails.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Segment>> {
        self.scan.push(&[samples])?;
        let segments = self.scan.segments(0);
        let new = segments.get(self.given..).unwrap_or_default().to_vec();
        self.given += new.len();
        Ok(new)
    }

    /// The report of the speech so far, without the last part that is not a full window yet.
    #[must_use]
    pub fn so_far(&self) -> ChannelReport {
        self.report()
    }

    /// Ends the stream: the report of the whole channel, with all its segments.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`](crate::Error::Runtime) if the model fails.
    pub fn finish(mut self) -> Result<ChannelReport> {
        self.scan.finish()?;
        Ok(self.report())
    }

    fn report(&self) -> ChannelReport {
        // A scan of one channel reports one channel.
        let decisions = self.scan.decisions();
        self.scan
            .reports(std::slice::from_ref(&self.name), &decisions)
            .swap_remove(0)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("frames", &self.scan.frames())
            .field("segments", &self.given)
            .finish_non_exhaustive()
    }
}
