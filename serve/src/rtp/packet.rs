//! Datagrams to packets of RTP and RTCP.

use rtcp_types::{Compound, Packet as Rtcp};
use rtp_types::RtpPacket;

/// Second bytes of RTCP, where both come over one port (RFC 5761, section 4).
const RTCP_TYPES: std::ops::RangeInclusive<u8> = 192..=223;

/// One packet of audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub ssrc: u32,
    pub number: u16,
    pub timestamp: u32,
    pub payload_type: u8,
    pub payload: Vec<u8>,
}

/// What a datagram says.
#[derive(Debug, PartialEq, Eq)]
pub enum Datagram {
    Audio(Packet),
    /// These senders have left.
    Bye(Vec<u32>),
    /// Other RTCP: a sign of life, also of a caller on hold (RFC 3550, section 6.3.5).
    Report,
}

impl Datagram {
    /// Reads it; `None` where it is of no concern, or no RTP at all.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.get(1).is_some_and(|kind| RTCP_TYPES.contains(kind)) {
            let packets = Compound::parse(bytes).ok()?;
            let (mut left, mut any) = (Vec::new(), false);
            for packet in packets.flatten() {
                any = true;
                if let Rtcp::Bye(bye) = packet {
                    left.extend(bye.ssrcs());
                }
            }
            return match left.is_empty() {
                true => any.then_some(Self::Report),
                false => Some(Self::Bye(left)),
            };
        }
        let packet = RtpPacket::parse(bytes).ok()?;
        Some(Self::Audio(Packet {
            ssrc: packet.ssrc(),
            number: packet.sequence_number(),
            timestamp: packet.timestamp(),
            payload_type: packet.payload_type(),
            payload: packet.payload().to_vec(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_with_csrcs_extensions_and_padding() {
        // RFC 3550, section 5.1: version 2, padding, extension, one CSRC.
        let bytes = [
            0xb1, 0x80, 0x12, 0x34, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 1, 2, 3,
            4, 0xaa, 0xbb, 0, 2,
        ];
        let expected = Packet {
            ssrc: 7,
            number: 0x1234,
            timestamp: 5,
            payload_type: 0,
            payload: vec![0xaa, 0xbb],
        };
        assert_eq!(Datagram::read(&bytes), Some(Datagram::Audio(expected)));
    }

    #[test]
    fn a_bye_is_told_from_audio_also_behind_a_report() {
        // An empty receiver report and a BYE of two senders (RFC 3550, sections 6.4.2 and 6.6).
        let bytes = [
            0x80, 201, 0, 1, 0, 0, 0, 7, 0x82, 203, 0, 2, 0, 0, 0, 7, 0, 0, 0, 8,
        ];
        assert_eq!(Datagram::read(&bytes), Some(Datagram::Bye(vec![7, 8])));
        assert_eq!(Datagram::read(&bytes[..8]), Some(Datagram::Report));
        assert_eq!(Datagram::read(&bytes[..6]), None);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..50_000 {
            let mut bytes = vec![0; random.usize(0..80)];
            random.fill(&mut bytes);
            if let Some(first) = bytes.first_mut() {
                *first = *first & 0x3f | 0x80;
            }
            let _ = Datagram::read(&bytes);
        }
    }
}
