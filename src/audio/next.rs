//! Where in a file something starts once more.

use std::io::{BufReader, Read};

use super::source::Section;

/// Bytes by which a start is told, at most.
const START_BYTES: usize = 64;

/// Bytes that are read at a time.
const PART: usize = 1 << 16;

/// Where `starts` says that something starts, behind the first byte.
pub(crate) fn start(file: Section, starts: &dyn Fn(&[u8]) -> bool) -> Option<u64> {
    let mut reader = BufReader::with_capacity(PART, file);
    let mut window = Vec::new();
    // Of the window in the file.
    let mut at = 0;
    loop {
        let read = reader.by_ref().take(PART as u64).read_to_end(&mut window);
        let is_end = read.ok()? == 0;
        let unsure = if is_end { 0 } else { START_BYTES };
        let known = window.len().saturating_sub(unsure);
        let first = usize::from(at == 0);
        let found = (first..known).find(|&i| starts(&window[i..]));
        if let Some(found) = found {
            return Some(at + found as u64);
        }
        if is_end {
            return None;
        }
        window.drain(..known);
        at += known as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_wherever_the_parts_meet() {
        for place in [1, 100, PART - 70, PART - 3, PART, 3 * PART - 5] {
            let mut bytes = vec![0; 3 * PART + 9];
            bytes[..5].copy_from_slice(b"magic");
            bytes[place..place + 5].copy_from_slice(b"magic");
            let section = Section::new(std::io::Cursor::new(bytes)).unwrap();
            let found = start(section, &|bytes| bytes.starts_with(b"magic"));
            assert_eq!(found, Some(place as u64));
        }
        let none = Section::new(std::io::Cursor::new(b"magic".to_vec())).unwrap();
        assert_eq!(start(none, &|bytes| bytes.starts_with(b"magic")), None);
    }
}
