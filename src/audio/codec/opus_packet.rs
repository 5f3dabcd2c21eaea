//! The length of Opus' packets, which containers are asked about as well.

/// Longest packet, samples a channel: 120 ms (RFC 6716, section 3.2.5).
pub(crate) const MAX_PACKET_FRAMES: usize = 5_760;

/// Samples a channel in a packet at 48 kHz, from its first bytes (RFC 6716, section 3.1).
pub(crate) fn packet_frames(packet: &[u8]) -> Option<usize> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        // SILK: 10, 20, 40, 60 ms.
        config @ 0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        // Hybrid: 10, 20 ms.
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        // CELT: 2.5, 5, 10, 20 ms.
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3f),
    };
    Some(frame * count).filter(|n| (1..=MAX_PACKET_FRAMES).contains(n))
}
