//! One side says nothing while the other speaks: a muted microphone, a track that is not sent, or
//! somebody who has left.

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
        for (index, track) in tracks.iter().enumerate() {
            let since_s = track
                .report()
                .speech_spans
                .last()
                .map_or(0.0, |span| span[1]);
            let others_speech_s = tracks
                .iter()
                .filter(|other| other.name != track.name)
                .map(|other| speech_since(other.report(), since_s))
                .sum::<f64>();
            let is_quiet = track.at_s() - since_s >= QUIET_S && others_speech_s >= OTHERS_SPEECH_S;
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
