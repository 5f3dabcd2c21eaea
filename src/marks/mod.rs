//! The declarations of a file itself about how it was made: labels of GB 45438-2025 (`AIGC`),
//! manifests of C2PA, the IPTC's source type in XMP, and the tags that generators leave.
//!
//! "The file says" and "it sounds" are two findings. Marks never touch a score or a verdict, and no
//! mark makes a recording bona fide: a recorder can sign a played-back clone. No mark means that
//! nothing is known. A mark is of the whole file, not of one voice in it. Marks can be copied and
//! forged, so each tells its [`Integrity`].
//!
//! The containers are walked by their own structure, never searched for bytes: RIFF past the audio,
//! ID3v2.2 to 2.4, the Vorbis comments of FLAC and Ogg, the boxes of MP4. Nothing is inflated, no
//! entity expanded, no URL opened, nothing rewritten. What a file may ask for is bounded by
//! [`MAX_LABEL_BYTES`], [`MAX_MANIFEST_BYTES`], [`MAX_MARKS`], [`MAX_JSON_DEPTH`],
//! [`MAX_BOX_DEPTH`] and [`MAX_ELEMENTS`]; where a size that lies hides a part of the file, the
//! state is [`DeclaredState::Unreadable`] and [`Looked::problem`] says why.
//!
//! | container | looked at | not seen |
//! |---|---|---|
//! | WAV (RIFF, RIFX, RF64, BW64) | `AIGC`, `C2PA`, `id3 `, `_PMX`, `LIST` | behind endless audio |
//! | MP3, AAC | ID3v2 at the start, and at the end with a footer | APE tags, ID3v1 |
//! | FLAC | Vorbis comments, ID3v2 before them | other blocks |
//! | Ogg (Vorbis, Opus, FLAC) | Vorbis comments of every stream | pictures in them |
//! | MP4, M4A, MOV | `keys` and `ilst`, `uuid` of C2PA and XMP, `XMP_` | tracks of metadata |
//! | others | nothing | all; [`Looked::places`] is empty |
//!
//! ```
//! let declared = voxhumana::marks::read("examples/data/sample-call.wav")?;
//! assert_eq!(declared.state, voxhumana::marks::DeclaredState::None);
//! assert!(declared.looked.whole_file);
//! # Ok::<(), voxhumana::Error>(())
//! ```

mod aigc;
mod atom;
mod bytes;
mod c2pa;
mod declared;
mod flac;
mod found;
mod id3;
mod id3_frame;
mod json;
mod limits;
mod mark;
mod mp4;
mod mp4_items;
mod ogg;
mod riff;
mod source_type;
mod synchsafe;
mod tag;
mod text;
mod vorbis;
mod walk;
mod xmp;

pub use declared::{Declared, DeclaredState, Looked};
pub use limits::{
    MAX_BOX_DEPTH, MAX_ELEMENTS, MAX_JSON_DEPTH, MAX_LABEL_BYTES, MAX_MANIFEST_BYTES, MAX_MARKS,
};
pub use mark::{Integrity, Mark, Place, Says, Scheme};
pub use walk::{read, read_from};
