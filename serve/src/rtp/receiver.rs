//! One pair of ports: datagrams in, as long as somebody takes them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc::Sender;

use super::packet::Datagram;
use super::ports::Pair;
use crate::engine::Engine;
use crate::options::Options;

/// Longest datagram that is taken, bytes: 40 ms of L16 at 48 kHz have 3840 and a header.
const MAX_DATAGRAM: usize = 8_192;

/// Once the sender has been quiet for so long, another one is listened to: senders move to another
/// port or machine (RFC 3550, section 8.2), and what came first may have been a stray packet.
const QUIET: Duration = Duration::from_millis(200);

/// A datagram that has come.
#[derive(Debug)]
pub struct Arrived {
    /// The number of its pair of ports.
    pub lane: usize,
    pub datagram: Datagram,
    pub at: Instant,
}

/// Hands on what comes, until nobody takes it any more.
pub async fn receive(
    lane: usize,
    pair: Pair,
    engine: Engine,
    options: Arc<Options>,
    sender: Sender<Arrived>,
) {
    if let Err(error) = try_receive(lane, pair, &engine, &options, &sender).await {
        tracing::warn!(%error, "rtp: a port was lost");
    }
}

async fn try_receive(
    lane: usize,
    pair: Pair,
    engine: &Engine,
    options: &Options,
    sender: &Sender<Arrived>,
) -> io::Result<()> {
    let rtp = UdpSocket::from_std(pair.rtp)?;
    let rtcp = UdpSocket::from_std(pair.rtcp)?;
    let (mut audio, mut control) = (vec![0; MAX_DATAGRAM], vec![0; MAX_DATAGRAM]);
    // The first machine that is allowed to send is the one that does, and when it did last.
    let mut peer: Option<(SocketAddr, Instant)> = None;
    let mut has_refused = false;
    loop {
        let (from, bytes, is_audio) = tokio::select! {
            // A BYE comes right behind the last packet; where both are there, they are taken so.
            biased;
            () = sender.closed() => return Ok(()),
            received = rtp.recv_from(&mut audio) => {
                let (n, from) = received?;
                (from, &audio[..n], true)
            }
            received = rtcp.recv_from(&mut control) => {
                let (n, from) = received?;
                (from, &control[..n], false)
            }
        };
        let is_allowed = options.allows(from.ip());
        // Once: a stranger may send many.
        if !is_allowed && !std::mem::replace(&mut has_refused, true) {
            engine.meters().refused("allow_from");
            tracing::warn!(peer = %from, "rtp: refused, not in --allow-from");
        }
        let is_known = match peer {
            Some((peer, _)) if is_audio && peer == from => true,
            Some((_, last)) if is_audio => last.elapsed() > QUIET && is_allowed,
            Some((peer, _)) => peer.ip() == from.ip(),
            None => is_audio && is_allowed,
        };
        if !is_known || bytes.len() == MAX_DATAGRAM {
            continue;
        }
        let Some(datagram) = Datagram::read(bytes) else {
            continue;
        };
        if is_audio {
            peer = Some((from, Instant::now()));
        }
        let arrived = Arrived {
            lane,
            datagram,
            at: Instant::now(),
        };
        if sender.send(arrived).await.is_err() {
            return Ok(());
        }
    }
}
