//! The interface of all decoders of packets.

use symphonia::core::packet::Packet;

/// A packet that could not be decoded. Why does not matter: it is skipped, and the recording is
/// reported as damaged.
#[derive(Debug)]
pub(crate) struct BadPacket;

/// Turns packets into planar samples.
pub(crate) trait PacketDecoder: Send {
    /// Sample rate in Hz and channels, as far as known before the first packet (0 where not).
    fn format(&self) -> (u32, usize);
    /// Decodes one packet; `planes` is overwritten. Delay and padding that the packet marks are
    /// cut off.
    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket>;
}

/// The one plane of a mono packet, emptied.
pub(crate) fn plane(planes: &mut Vec<Vec<f32>>) -> &mut Vec<f32> {
    planes.resize(1, Vec::new());
    planes[0].clear();
    &mut planes[0]
}

/// 16-bit samples of a mono packet, as the planes of a decoder.
#[cfg(feature = "telephony")]
pub(crate) fn mono(samples: &[i16], planes: &mut Vec<Vec<f32>>) {
    plane(planes).extend(samples.iter().map(|&s| f32::from(s) / 32_768.0));
}
