//! Feeding a call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use voxhumana::CallTracks;

use super::Engine;
use super::call::{Call, ROOM, Work};
use super::event::EndReason;
use super::order::Place;
use super::track::{NewTrack, Track};

/// Longest name of a track, bytes: it stands in every event.
pub const MAX_TRACK_NAME_BYTES: usize = 256;

/// The way into one call, for the one connection that feeds it. Ends the call when dropped.
pub struct CallInput {
    engine: Engine,
    call: Arc<Call>,
    tracks: Vec<NewTrack>,
    compared: CallTracks,
    started: Instant,
    second: Instant,
    frames: u32,
    ended: bool,
}

/// Why a frame or a track is not taken: the call has to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The reason.
    pub reason: EndReason,
    /// The same in words.
    pub message: String,
}

impl Broken {
    pub(crate) fn new(reason: EndReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

impl CallInput {
    pub(super) fn new(engine: Engine, call: Arc<Call>) -> Self {
        Self {
            engine,
            call,
            tracks: Vec::new(),
            compared: CallTracks::new(),
            started: Instant::now(),
            second: Instant::now(),
            frames: 0,
            ended: false,
        }
    }

    /// The call.
    #[must_use]
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }

    /// When the call has lasted as long as it may.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.started + self.engine.limits().max_call
    }

    /// The number of the track of this name, which is added if it is new.
    ///
    /// # Errors
    ///
    /// If it has changed its codec or rate, if they are none that are decoded, or if there are too
    /// many tracks.
    pub fn track(&mut self, track: &NewTrack) -> Result<usize, Broken> {
        if let Some(index) = self.tracks.iter().position(|t| t.name == track.name) {
            let known = &self.tracks[index];
            if known == track {
                return Ok(index);
            }
            return Err(Broken::new(
                EndReason::Codec,
                format!(
                    "track {} was declared as {} at {} Hz and is {} at {} Hz now",
                    track.name,
                    known.codec,
                    known.sample_rate_hz,
                    track.codec,
                    track.sample_rate_hz
                ),
            ));
        }
        if track.name.len() > MAX_TRACK_NAME_BYTES {
            let message =
                format!("the name of a track is longer than {MAX_TRACK_NAME_BYTES} bytes");
            return Err(Broken::new(EndReason::BadFrame, message));
        }
        let index = self.tracks.len();
        let most = self.engine.limits().max_tracks;
        if index >= most {
            let message = format!("more tracks than --max-tracks allows ({most})");
            return Err(Broken::new(EndReason::TooManyTracks, message));
        }
        let new = Track::new(self.engine.detector(), track, index, &self.compared)
            .map_err(|error| Broken::new(EndReason::Codec, error.to_string()))?;
        self.tracks.push(track.clone());
        self.engine.0.put(&self.call, Work::Track(Box::new(new)));
        Ok(index)
    }

    /// Hands a frame of a track to the workers, and waits while they are busy with those before.
    ///
    /// # Errors
    ///
    /// If it is longer than a frame may be.
    pub async fn frame(
        &mut self,
        track: usize,
        payload: Vec<u8>,
        place: Place,
    ) -> Result<(), Broken> {
        let most = self.engine.limits().max_frame_bytes;
        if payload.len() > most {
            return Err(Broken::new(
                EndReason::FrameTooLarge,
                format!(
                    "a frame of {} bytes; --max-frame-bytes allows {most}",
                    payload.len()
                ),
            ));
        }
        self.pace().await;
        // Behind it: a sender that is held back is no work that is late.
        let received = Instant::now();
        let cost = u32::try_from(payload.len().div_ceil(1_024))
            .unwrap_or(ROOM)
            .clamp(1, ROOM);
        // Closed when the call is over: there is nothing left to do.
        let Ok(room) = self.call.room.acquire_many(cost).await else {
            return Ok(());
        };
        room.forget();
        self.engine.0.put(
            &self.call,
            Work::Frame {
                track,
                payload,
                place,
                received,
                cost,
            },
        );
        Ok(())
    }

    /// Counts packets of a track that were dropped before they became frames.
    pub fn strays(&self, track: usize, count: u64) {
        self.engine.0.put(&self.call, Work::Strays { track, count });
    }

    /// Lets a sender wait that has sent as many frames as fit into a second.
    async fn pace(&mut self) {
        const SECOND: Duration = Duration::from_secs(1);
        if self.second.elapsed() >= SECOND {
            self.second = Instant::now();
            self.frames = 0;
        }
        self.frames += 1;
        if self.frames > self.engine.limits().max_frames_per_s {
            tokio::time::sleep(SECOND.saturating_sub(self.second.elapsed())).await;
            self.second = Instant::now();
            self.frames = 1;
        }
    }

    /// Ends the call, once all frames are scored. Only the first end counts.
    pub fn end(&mut self, reason: EndReason, message: Option<String>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.engine.0.put(&self.call, Work::End { reason, message });
        }
    }
}

impl Drop for CallInput {
    fn drop(&mut self) {
        self.end(EndReason::Disconnected, None);
    }
}
