//! Opus of many channels without places (RFC 7845, section 5.1.1.3; RFC 8486), which symphonia
//! refuses by its header, though its own part would be to hand packets on.

use super::describe::TrackInfo;

/// Length of a page's header before its lacing values (RFC 3533, section 6).
const PAGE_BYTES: usize = 27;

/// Mapping families whose table is that of family 1: ambisonics, and channels of any meaning.
const FAMILIES: [u8; 3] = [2, 254, 255];

/// The first page as symphonia takes it, one channel of family 0, and the track with its own
/// header.
pub(super) fn discrete(head: &[u8]) -> Option<(Vec<u8>, TrackInfo)> {
    let segments = usize::from(*head.get(PAGE_BYTES - 1)?);
    let table = head.get(PAGE_BYTES..PAGE_BYTES + segments)?;
    let body = PAGE_BYTES + segments;
    let end = body + table.iter().map(|&n| usize::from(n)).sum::<usize>();
    let opus_head = head.get(body..end)?;
    let family = *opus_head.get(18)?;
    if !head.starts_with(b"OggS") || !opus_head.starts_with(b"OpusHead") {
        return None;
    }
    if !FAMILIES.contains(&family) {
        return None;
    }
    let mut page = head[..end].to_vec();
    page[body + 9] = 1;
    page[body + 18] = 0;
    page[22..26].fill(0);
    let crc = crc(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    let info = TrackInfo {
        id: u32::from_le_bytes([head[14], head[15], head[16], head[17]]),
        is_audio: true,
        header: Some(opus_head.into()),
        ..TrackInfo::default()
    };
    Some((page, info))
}

/// The checksum of a page: polynomial 0x04c11db7, neither reflected nor inverted.
fn crc(page: &[u8]) -> u32 {
    page.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            (crc << 1) ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 }
        })
    })
}
