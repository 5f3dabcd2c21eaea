//! Pairs of ports: RTP on an even one, RTCP on the next (RFC 3550, section 11).

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::Refusal;
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

    /// A pair that was free.
    ///
    /// # Errors
    ///
    /// If there is none, or if the system opens none at all.
    pub fn pair(&self) -> Result<Pair, Refusal> {
        let (first, last) = (self.range.first, self.range.last);
        let pairs = usize::from((last - first).div_ceil(2));
        for _ in 0..pairs {
            let n = self.next.fetch_add(1, Ordering::Relaxed) % pairs;
            let port = first + 2 * u16::try_from(n).unwrap_or(0);
            match self.open(port) {
                Ok(pair) => return Ok(pair),
                Err(error) if is_of_the_port(&error) => {}
                // Another port would be no better.
                Err(error) => {
                    let error = error.to_string();
                    return Err(Refusal::Socket { error });
                }
            }
        }
        Err(Refusal::Ports { first, last })
    }

    fn open(&self, port: u16) -> io::Result<Pair> {
        let open = |port| {
            let socket = UdpSocket::bind((self.range.address, port))?;
            socket.set_nonblocking(true).map(|()| socket)
        };
        Ok(Pair {
            port,
            rtp: open(port)?,
            rtcp: open(port + 1)?,
        })
    }
}

/// Whether an error is that of one port, which another may not have.
fn is_of_the_port(error: &io::Error) -> bool {
    let kinds = [ErrorKind::AddrInUse, ErrorKind::PermissionDenied];
    kinds.contains(&error.kind())
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
        let open: Vec<Pair> = std::iter::from_fn(|| ports.pair().ok()).collect();
        assert!(!open.is_empty() && open.len() <= 100, "{}", open.len());
        assert!(open.iter().all(|pair| pair.port.is_multiple_of(2)));
        let (free, taken) = (open[0].port, open.len());
        drop(open);
        // All of them are free again.
        let again: Vec<u16> = std::iter::from_fn(|| ports.pair().map(|p| p.port).ok())
            .take(taken)
            .collect();
        assert!(again.contains(&free), "{free}: {again:?}");
    }

    /// That there is no port, and that the system gives none, are two things.
    #[test]
    fn what_the_system_says_is_said() {
        let range = |address: [u8; 4], first| PortRange {
            address: address.into(),
            first,
            last: first + 1,
        };
        // Of TEST-NET-1, which no machine has.
        let strange = Ports::new(range([192, 0, 2, 1], 20_000)).pair();
        assert!(
            matches!(strange, Err(Refusal::Socket { .. })),
            "{strange:?}"
        );
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port() & !1;
        let full = Ports::new(range([127, 0, 0, 1], port)).pair();
        assert!(matches!(full, Err(Refusal::Ports { .. })), "{full:?}");
    }
}
