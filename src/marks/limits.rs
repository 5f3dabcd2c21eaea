//! Bounds of the walk; the public ones each have a test in `tests/marks/limits.rs`.

/// Longest AIGC label read, bytes. A label of the standard has about 600.
pub const MAX_LABEL_BYTES: u64 = 64 << 10;

/// Largest C2PA manifest store read, bytes. Stores with thumbnails have about 1 MiB.
pub const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// Most marks listed of one file.
pub const MAX_MARKS: usize = 32;

/// Deepest nesting of a label's JSON.
pub const MAX_JSON_DEPTH: usize = 8;

/// Deepest nesting of boxes, chunks and XML elements.
pub const MAX_BOX_DEPTH: usize = 16;

/// Most chunks, frames, comments, pages and boxes looked at in one file: a fragmented MP4 of a day
/// has about 90,000 boxes.
pub const MAX_ELEMENTS: u32 = 100_000;

/// Largest XMP packet read, bytes. Adobe's own padding makes packets of some 10 kB.
pub(super) const MAX_XMP_BYTES: u64 = 1 << 20;

/// Largest node graph of ComfyUI read, bytes.
pub(super) const MAX_GRAPH_BYTES: u64 = 4 << 20;

/// Largest block of Vorbis comments held in memory, bytes; pictures lie there too.
pub(super) const MAX_COMMENTS_BYTES: u64 = 16 << 20;

/// Largest single CBOR box of a manifest that is parsed, bytes: parsed, it takes some forty times
/// the memory.
pub(super) const MAX_CBOR_BYTES: usize = 1 << 20;

/// Longest text kept of any field, characters.
pub(super) const MAX_TEXT_CHARS: usize = 512;

/// Most members kept of one label.
pub(super) const MAX_FIELDS: usize = 32;
