//! One call over RTP, from its first packet to its last.

use std::time::Instant;

use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep_until, timeout_at};

use super::lane::{Frame, Lane};
use super::receiver::Arrived;
use crate::engine::{Broken, CallInput, EndReason, Engine};

/// Why a call has ended.
pub struct Ended {
    pub reason: EndReason,
    pub message: Option<String>,
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        Self {
            reason: broken.reason,
            message: Some(broken.message),
        }
    }
}

impl From<EndReason> for Ended {
    fn from(reason: EndReason) -> Self {
        Self {
            reason,
            message: None,
        }
    }
}

/// Hands all packets on; says why there are no more. `None` if the call was ended elsewhere.
pub async fn until_end(
    engine: &Engine,
    input: &mut CallInput,
    mut lanes: Vec<Lane>,
    mut arrivals: Receiver<Arrived>,
) -> Option<Ended> {
    let call = input.call().clone();
    let mut frames = Vec::new();
    // The clock of the call starts with its first packet.
    let mut start = None;
    let mut idle_by = Instant::now() + engine.limits().max_idle;
    let ended: Ended = loop {
        let now = Instant::now();
        let due = lanes.iter().filter_map(|lane| lane.due(now)).min();
        let waited = async {
            match due {
                Some(due) => sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let (until, late) = if input.deadline() < idle_by {
            (input.deadline(), EndReason::TooLong)
        } else {
            (idle_by, EndReason::Idle)
        };
        let arrived = tokio::select! {
            biased;
            () = call.over() => return None,
            () = engine.stop().cancelled() => break EndReason::Shutdown.into(),
            arrived = timeout_at(until.into(), arrivals.recv()) => match arrived {
                Err(_) => break late.into(),
                Ok(None) => break EndReason::Disconnected.into(),
                Ok(Some(arrived)) => Some(arrived),
            },
            // After what has come already: that may be what was waited for.
            () = waited => None,
        };
        match arrived {
            Some(Arrived { lane, datagram, at }) => {
                let start = *start.get_or_insert(at);
                idle_by = Instant::now() + engine.limits().max_idle;
                let Some(lane) = lanes.get_mut(lane) else {
                    continue;
                };
                let taken = lane.take(datagram, at, at - start, &mut frames);
                let taken = taken.and(hand_on(input, lane, &mut frames).await);
                if let Err(broken) = taken {
                    break broken.into();
                }
            }
            None => {
                for lane in &mut lanes {
                    lane.take_due(Instant::now(), &mut frames);
                    if let Err(broken) = hand_on(input, lane, &mut frames).await {
                        return Some(broken.into());
                    }
                }
            }
        }
        let now = Instant::now();
        if lanes.iter().all(|lane| lane.has_left(now)) {
            break EndReason::HangUp.into();
        }
    };
    for lane in &mut lanes {
        lane.flush(Instant::now(), &mut frames);
        // The call ends in any case, with the reason that came first.
        let _ = hand_on(input, lane, &mut frames).await;
        input.strays(lane.track, lane.take_strays());
    }
    Some(ended)
}

async fn hand_on(
    input: &mut CallInput,
    lane: &mut Lane,
    frames: &mut Vec<Frame>,
) -> Result<(), Broken> {
    // Behind a frame, for which there has to be room, so that they do not pile up.
    let strays = if frames.is_empty() {
        0
    } else {
        lane.take_strays()
    };
    for Frame { payload, place } in frames.drain(..) {
        input.frame(lane.track, payload, place).await?;
    }
    if strays > 0 {
        input.strays(lane.track, strays);
    }
    Ok(())
}
