//! Pairs of ports: RTP on an even one, RTCP on the next (RFC 3550, section 11).

use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::options::PortRange;

/// Two open ports.
#[derive(Debug)]
pub struct Pair {
    /// The number of the first.
    pub port: u16,
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
}

/// Opens ports of a range, one pair after the other.
#[derive(Debug)]
pub struct Ports {
    range: PortRange,
    /// Where to look first: a port that was closed a moment ago may still get its packets.
    next: AtomicUsize,
}

impl Ports {
    pub fn new(range: PortRange) -> Self {
        Self {
            range,
            next: AtomicUsize::new(0),
        }
    }

    pub fn range(&self) -> &PortRange {
        &self.range
    }

    /// A pair that was free; `None` if there is none.
    pub fn pair(&self) -> Option<Pair> {
        let pairs = usize::from((self.range.last - self.range.first).div_ceil(2));
        (0..pairs).find_map(|_| {
            let n = self.next.fetch_add(1, Ordering::Relaxed) % pairs;
            let port = self.range.first + 2 * u16::try_from(n).ok()?;
            let open = |port| {
                let socket = UdpSocket::bind((self.range.address, port)).ok()?;
                socket.set_nonblocking(true).ok().map(|()| socket)
            };
            Some(Pair {
                port,
                rtp: open(port)?,
                rtcp: open(port + 1)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_and_free() {
        // Any pair that is free, from a port that the system gives.
        let near = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let first = near.port().min(65_000) & !1;
        let ports = Ports::new(PortRange {
            address: near.ip(),
            first,
            last: first + 199,
        });
        let open: Vec<Pair> = std::iter::from_fn(|| ports.pair()).collect();
        assert!(!open.is_empty() && open.len() <= 100, "{}", open.len());
        assert!(open.iter().all(|pair| pair.port.is_multiple_of(2)));
        let (free, taken) = (open[0].port, open.len());
        drop(open);
        // All of them are free again.
        let again: Vec<u16> = std::iter::from_fn(|| ports.pair().map(|p| p.port))
            .take(taken)
            .collect();
        assert!(again.contains(&free), "{free}: {again:?}");
    }
}
