//! Detection while the samples arrive.

use super::call_stream::CallStream;
use super::call_tracks::CallTracks;
use super::detector::Detector;
use super::result::ChannelReport;
use crate::Result;
use crate::speech::TrackStart;
use crate::verdict::Segment;

/// A scan of one channel of a call that is still going on; made by
/// [`Detector::stream`](crate::Detector::stream).
///
/// However the samples are cut into pushes, the result is that of
/// [`Detector::scan_samples`](crate::Detector::scan_samples) on all of them. A segment is given out
/// when no later sample can change it: one window of speech after it began, and about a second for
/// speech detection to look ahead; two seconds more where an offset or a hum is taken out. For
/// several channels that may hear each other, use a [`CallStream`](crate::CallStream) if they come
/// together, and [`Stream::join`] if each has a clock of its own.
#[derive(Debug)]
pub struct Stream(CallStream);

impl Stream {
    /// Lets the stream be compared with the other tracks of its call. Before its first samples: one
    /// that has heard something, or has joined a call, stays as it is, and so does one that finds
    /// eight tracks there.
    ///
    /// # Errors
    ///
    /// As [`Detector::stream`].
    pub fn join(&mut self, call: &CallTracks, start: TrackStart) -> Result<()> {
        self.0.join(call, start)
    }

    /// Takes the next samples, full scale -1 to 1, any number of them; returns the segments that
    /// have become final.
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteSample`](crate::Error::NonFiniteSample), with the index from the start of
    /// the stream, and [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a sample
    /// beyond [`MAX_SAMPLE`](crate::audio::MAX_SAMPLE): nothing of these samples was taken, and the
    /// stream can go on. [`Error::Runtime`](crate::Error::Runtime) if the model fails: the windows
    /// that it was given do not count.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Segment>> {
        let new = self.0.push(&[samples])?;
        Ok(new.into_iter().map(|(_, segment)| segment).collect())
    }

    /// The report of the speech so far, without the last part that is not a full window yet. Two
    /// [voices](ChannelReport::voices) are told apart at the end alone, so that the verdict of
    /// [`Stream::finish`] may be another than the last one here; of a party's own track, by
    /// [`Detector::without_voices`](crate::Detector::without_voices), it is not.
    #[must_use]
    pub fn so_far(&self) -> ChannelReport {
        // A call of one channel reports one channel.
        self.0.so_far().swap_remove(0)
    }

    /// Brings a report that [`Stream::so_far`] of this stream gave out earlier up to date: the same
    /// as a new one, but for its index and name, which stay, and without copying what has not
    /// changed. For who looks every second of a long call.
    pub fn refresh(&self, report: &mut ChannelReport) {
        self.0.refresh_first(report);
    }

    /// Ends the samples; what is pushed later is not heard. Of use for the tracks of one call
    /// alone: all of them end before one is finished, so that they are compared to the end.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`](crate::Error::Runtime) if the model fails.
    pub fn end(&mut self) -> Result<()> {
        self.0.end()
    }

    /// Ends the stream: the report of the whole channel, with all its segments.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`](crate::Error::Runtime) if the model fails.
    pub fn finish(self) -> Result<ChannelReport> {
        Ok(self.0.finish()?.swap_remove(0))
    }
}

/// What services rely on; a call stream is in it.
const _: () = {
    const fn can_be_sent<T: Send>() {}
    can_be_sent::<Stream>();
};

impl Detector {
    /// A scan of one channel that goes on while the samples arrive.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a sample rate outside
    /// [`MIN_SAMPLE_RATE_HZ`](crate::audio::MIN_SAMPLE_RATE_HZ) to
    /// [`MAX_SAMPLE_RATE_HZ`](crate::audio::MAX_SAMPLE_RATE_HZ).
    pub fn stream(&self, sample_rate_hz: u32) -> Result<Stream> {
        self.call_stream(sample_rate_hz, 1).map(Stream)
    }
}
