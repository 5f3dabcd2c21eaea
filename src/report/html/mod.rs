//! HTML pages for people: one per recording, and an index.
//!
//! A page is one file that needs no other and no network: styles, script, pictures and, on request,
//! the recording are inside it, and its Content-Security-Policy forbids all else. It reads without
//! scripts; they only play and sort. Light and dark, wide and narrow screens, print, keyboards and
//! screen readers are provided for.

mod call;
mod channel;
mod chinese;
mod declared;
mod embedded;
mod english;
mod explanation;
mod facts;
mod format;
mod index;
mod inline;
mod language;
mod name;
mod picture;
mod plot;
mod stretches;
mod template;
#[cfg(test)]
mod tests;
mod texts;

pub use call::CallPage;
pub use embedded::EmbeddedAudio;
pub use index::IndexPage;
pub use language::Language;
pub use name::page_name;
