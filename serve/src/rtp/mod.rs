//! RTP and RTCP: calls that a telephone system describes in SDP, and sends over UDP.
//!
//! | file | what it does |
//! |---|---|
//! | `sdp.rs` | an offer to its tracks, and the answer |
//! | `ports.rs` | pairs of ports from the range |
//! | `packet.rs` | datagrams to packets |
//! | `receiver.rs` | one pair of ports |
//! | `source.rs` | whose packets are heard, where there are several |
//! | `timeline.rs` | numbers and times of a sender, beyond the bits that packets have for them |
//! | `lane.rs` | all of that for one track |
//! | `call.rs` | one call |

mod call;
mod lane;
mod packet;
mod ports;
mod receiver;
mod sdp;
mod source;
mod timeline;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::engine::{Call, EndReason, Engine, MAX_TRACK_NAME_BYTES, NewCall, Permit, Refusal};
use crate::options::{Options, PortRange};
use lane::Lane;
use ports::Ports;
use sdp::Offer;

/// Packets of a call that wait for their turn; what comes beyond waits in the system's buffers.
const WAITING: usize = 64;

/// The way in over RTP.
pub struct Rtp {
    ports: Ports,
    options: Arc<Options>,
}

/// Why an offer is declined.
#[derive(Debug)]
pub enum Declined {
    /// It cannot be read, or has no audio to be sent.
    Sdp(String),
    /// Its codecs are none that are decoded.
    Codec(String),
    /// It has more tracks than a call may have.
    Tracks(String),
    /// No port of the range can be had.
    Ports(Refusal),
}

impl Rtp {
    /// For the ports of `range`.
    pub fn new(range: PortRange, options: Arc<Options>) -> Self {
        Self {
            ports: Ports::new(range),
            options,
        }
    }

    /// Starts the call that `offer` describes; gives the answer in SDP.
    ///
    /// # Errors
    ///
    /// Why it is declined.
    pub fn call(
        &self,
        engine: &Engine,
        permit: Permit,
        offer: &[u8],
        peer_id: Option<String>,
    ) -> Result<(Arc<Call>, Vec<u8>), Declined> {
        let offer = Offer::read(offer)?;
        let medias = offer.medias();
        let most = engine.limits().max_tracks;
        if medias.len() > most {
            let n = medias.len();
            return Err(Declined::Tracks(format!(
                "{n} tracks; --max-tracks allows {most}"
            )));
        }
        if medias
            .iter()
            .any(|m| m.track.name.len() > MAX_TRACK_NAME_BYTES)
        {
            return Err(Declined::Sdp(format!(
                "the label of a track is longer than {MAX_TRACK_NAME_BYTES} bytes"
            )));
        }
        // All that can fail comes before the call starts, so that who is declined leaves nothing.
        for media in &medias {
            voxhumana::audio::PayloadDecoder::new(media.track.codec, media.track.sample_rate_hz)
                .map_err(|error| Declined::Codec(error.to_string()))?;
        }
        let mut pairs = Vec::new();
        for _ in &medias {
            let pair = self.ports.pair().map_err(|refusal| {
                engine.refused(&refusal);
                Declined::Ports(refusal)
            })?;
            pairs.push(pair);
        }
        let ports: Vec<u16> = pairs.iter().map(|pair| pair.port).collect();
        let answer = offer.answer(self.ports.range().address, &ports);

        let new = NewCall {
            protocol: "rtp",
            peer_id,
            is_lossy: true,
            ..NewCall::default()
        };
        let mut input = engine.start(permit, new);
        let call = Arc::clone(input.call());
        let mut lanes = Vec::new();
        for media in medias {
            match input.track(&media.track) {
                Ok(track) => lanes.push(Lane::new(track, media)),
                Err(broken) => {
                    let message = broken.message.clone();
                    input.end(broken.reason, Some(broken.message));
                    return Err(Declined::Codec(message));
                }
            }
        }
        let (sender, arrivals) = mpsc::channel(WAITING);
        for (lane, pair) in pairs.into_iter().enumerate() {
            let (sender, options) = (sender.clone(), Arc::clone(&self.options));
            let engine = engine.clone();
            tokio::spawn(receiver::receive(lane, pair, engine, options, sender));
        }
        let engine = engine.clone();
        tokio::spawn(async move {
            let (reason, message) =
                match call::until_end(&engine, &mut input, lanes, arrivals).await {
                    // A worker has ended it, or will know better.
                    None => (EndReason::Internal, None),
                    Some(broken) => (broken.reason, broken.message),
                };
            input.end(reason, message);
        });
        Ok((call, answer))
    }
}
