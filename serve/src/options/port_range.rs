//! Ports of RTP.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

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
}
