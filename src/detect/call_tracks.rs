//! The tracks of one live call, each with a clock of its own, compared with each other.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::speech::Crosstalk;

/// The tracks of one live call, of which one may hear the other: line echo, a loudspeaker near the
/// microphone.
///
/// A telephone system sends each side of a call by itself: they need not start together, one may
/// pause, and packets are lost. So each is a [`Stream`](crate::Stream) of its own, and those that
/// [join](crate::Stream::join) one `CallTracks` are compared as they come: what leaks from one into
/// another does not count there, and no [voices](crate::ChannelReport::voices) are looked for in
/// them. Where all come without a gap, each report is that of a
/// [scan](crate::Detector::scan_channels) with a channel for each track.
///
/// A track of which nothing has come is taken for silent when another is 0.4 s ahead, and what
/// comes of it later is not compared; up to eight tracks are. Cheap to clone.
///
/// ```
/// use voxhumana::{CallTracks, Detector, TrackStart};
///
/// # fn main() -> voxhumana::Result<()> {
/// let detector = Detector::bundled()?;
/// let call = CallTracks::new();
/// let mut caller = detector.stream(8_000)?;
/// caller.join(&call, TrackStart::Call)?;
/// let mut agent = detector.stream(16_000)?;
/// agent.join(&call, TrackStart::Call)?;
/// for _ in 0..100 {
///     caller.push(&[0.0; 160])?;
///     agent.push(&[0.0; 320])?;
/// }
/// // The end of each belongs to the comparison, so all end before one is finished.
/// caller.end()?;
/// agent.end()?;
/// assert_eq!(caller.finish()?.crosstalk_s, 0.0);
/// assert_eq!(agent.finish()?.speech_s, 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CallTracks(Arc<Mutex<Crosstalk>>);

impl CallTracks {
    /// A call without tracks.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Crosstalk::live())))
    }

    /// Who panicked with it has left it as it was after a frame, at worst with one track ahead.
    pub(super) fn lock(&self) -> MutexGuard<'_, Crosstalk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CallTracks {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CallTracks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTracks").finish_non_exhaustive()
    }
}
