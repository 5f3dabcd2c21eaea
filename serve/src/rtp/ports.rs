//! Pairs of ports: RTP on an even one, RTCP on the next (RFC 3550, section 11).

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An address, and the ports on it that calls may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The address, which answers name.
    pub address: IpAddr,
    /// The first port, even.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl FromStr for PortRange {
    type Err = String;

    /// `ADDR:FIRST-LAST`, as `127.0.0.1:20000-20999` or `[::1]:20000-20999`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}`; accepted: ADDR:FIRST-LAST, e.g. 127.0.0.1:20000-20999, FIRST even")
        };
        let (address, last) = text.rsplit_once('-').ok_or_else(wrong)?;
        let address: SocketAddr = address.parse().map_err(|_| wrong())?;
        let last: u16 = last.parse().map_err(|_| wrong())?;
        let first = address.port();
        if first == 0 || !first.is_multiple_of(2) || last <= first {
            return Err(wrong());
        }
        let address = address.ip();
        Ok(Self {
            address,
            first,
            last,
        })
    }
}

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
    fn ranges_are_read() {
        let range: PortRange = "127.0.0.1:20000-20999".parse().unwrap();
        let expected = PortRange {
            address: [127, 0, 0, 1].into(),
            first: 20_000,
            last: 20_999,
        };
        assert_eq!(range, expected);
        assert!("[::1]:20000-20001".parse::<PortRange>().is_ok());
        for wrong in [
            "",
            "127.0.0.1",
            "127.0.0.1:20000",
            "127.0.0.1:20001-20999",
            "127.0.0.1:20000-20000",
            "127.0.0.1:0-9",
            "127.0.0.1:20000-70000",
        ] {
            let error = wrong.parse::<PortRange>().unwrap_err();
            assert!(error.contains("accepted: ADDR:FIRST-LAST"), "{error}");
        }
    }

    #[test]
    fn pairs_are_even_and_free() {
        // Any pair that is free, from a port that the system gives.
        let near = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
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
