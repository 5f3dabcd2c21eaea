//! Vorbis comments, as FLAC and Ogg hold them. (xiph.org, Vorbis I, section 5.)

use super::bytes::{Stop, le32};
use super::found::Found;
use super::mark::{Place, Scheme};
use super::tag::{Kind, Tag};
use super::text::Encoding;

/// Walks `block`. `in_file` tells where in the file a byte of it lies.
pub(super) fn walk(
    found: &mut Found,
    block: &[u8],
    in_file: &dyn Fn(usize) -> u64,
    count: &mut dyn FnMut() -> Result<(), Stop>,
) -> Result<(), Stop> {
    found.look("vorbis comments");
    let vendor = le32(block, 0) as usize;
    let mut at = 8_usize.saturating_add(vendor);
    if block.len() < at {
        return Err(Stop::hides(format!(
            "the vorbis comments at byte {} say a vendor of {vendor} bytes; they have {}",
            in_file(0),
            block.len()
        )));
    }
    let comments = le32(block, at - 4);
    for n in 0..comments {
        count()?;
        let size = le32(block, at) as usize;
        let start = at + 4;
        let Some(rest) = block.get(start..) else {
            return Err(Stop::hides(format!(
                "vorbis comments at byte {}: {comments} are told of, {n} are there",
                in_file(0)
            )));
        };
        let Some(comment) = rest.get(..size) else {
            let problem = format!("says {size} bytes; {} are left", rest.len());
            if name_of(rest).and_then(|name| Kind::of(&name)) == Some(Kind::Label) {
                let place = Place::new("vorbis comment", in_file(start), size as u64);
                found.unreadable(Scheme::Aigc, place, problem.clone());
            }
            return Err(Stop::hides(format!(
                "the vorbis comment at byte {} {problem}",
                in_file(start)
            )));
        };
        read(found, comment, in_file(start));
        at = start + size;
    }
    Ok(())
}

/// The name before `=`, where it starts so.
fn name_of(comment: &[u8]) -> Option<String> {
    // The longest name of interest has 11 characters.
    let end = comment.iter().take(16).position(|&byte| byte == b'=')?;
    Some(String::from_utf8_lossy(&comment[..end]).into_owned())
}

fn read(found: &mut Found, comment: &[u8], at: u64) {
    let Some(name) = name_of(comment) else {
        return;
    };
    let Some(kind) = Kind::of(&name) else {
        return;
    };
    let value = &comment[name.len() + 1..];
    let place = Place::new(format!("vorbis comment {name}"), at, comment.len() as u64);
    if value.len() as u64 > kind.max_bytes() {
        return found.too_large(kind, place);
    }
    let encoding = Encoding::Utf8;
    found.tag(
        kind,
        place,
        &Tag {
            name: &name,
            value,
            encoding,
            home: true,
        },
    );
}
