//! One side says nothing while the other speaks: a muted microphone, a track that is not sent, or
//! somebody who has left. The clock is that of the track that has come furthest: one that sends
//! nothing has a clock that stands still.

use voxhumana::ChannelReport;

use super::event::Body;
use super::track::Track;

/// Seconds without speech that are said in an event.
const QUIET_S: f64 = 15.0;
/// Seconds of speech of the others meanwhile; less is a pause of both.
const OTHERS_SPEECH_S: f64 = 8.0;

/// What was said so far, a track each.
#[derive(Debug, Default)]
pub struct Quiet {
    said: Vec<bool>,
}

impl Quiet {
    /// Looks at all tracks after a second of one of them.
    pub fn look(&mut self, tracks: &[Track], events: &mut Vec<Body>) {
        self.said.resize(tracks.len(), false);
        let now_s = tracks.iter().map(|t| t.starts_s() + t.at_s());
        let now_s = now_s.fold(0.0, f64::max);
        for (index, track) in tracks.iter().enumerate() {
            let since_s = track
                .report()
                .speech_spans
                .last()
                .map_or(0.0, |span| span[1]);
            let from_s = track.starts_s() + since_s;
            let others_speech_s = tracks
                .iter()
                .filter(|other| other.name != track.name)
                .map(|other| speech_since(other.report(), from_s - other.starts_s()))
                .sum::<f64>();
            let is_quiet = now_s - from_s >= QUIET_S && others_speech_s >= OTHERS_SPEECH_S;
            if is_quiet && !self.said[index] {
                events.push(Body::Quiet {
                    track: track.name.clone(),
                    since_s,
                    others_speech_s,
                });
            }
            self.said[index] = is_quiet;
        }
    }
}

/// Seconds of speech after a time.
fn speech_since(report: &ChannelReport, since_s: f64) -> f64 {
    let spans = report.speech_spans.iter().rev();
    spans
        .take_while(|span| span[1] > since_s)
        .map(|span| span[1] - span[0].max(since_s))
        .sum()
}
