//! Places that `make.py`'s tools do not write, each by the words of its standard.

use std::io::Cursor;

use voxhumana::marks::{Declared, DeclaredState, read_from};

use super::limits::{LABEL, atom, chunk, wav};

const AUDIO: &[u8] = &[0xFF, 0xFB, 0x90, 0, 0, 0, 0, 0];

fn declared(bytes: Vec<u8>) -> Declared {
    read_from(Cursor::new(bytes)).unwrap()
}

/// One synthetic mark, whose place has this name, with a deviation that says this.
fn synthetic(bytes: Vec<u8>, place: &str, deviation: &str) {
    let declared = declared(bytes);
    assert_eq!(
        declared.state,
        DeclaredState::Synthetic,
        "{place}: {declared:?}"
    );
    let [mark] = &declared.marks[..] else {
        panic!("{place}: {declared:?}");
    };
    assert_eq!(mark.place.name, place);
    let told = mark.deviations.join("; ");
    assert!(told.contains(deviation), "{place}: {told}");
}

fn packet() -> Vec<u8> {
    let label = LABEL.replace('"', "&quot;");
    let name = "http://www.tc260.org.cn/ns/AIGC/1.0/";
    format!("<x xmlns:t=\"{name}\" t:AIGC=\"{label}\"/>").into_bytes()
}

fn mp4(boxes: &[u8]) -> Vec<u8> {
    [&atom(b"ftyp", b"M4A \0\0\0\0"), boxes].concat()
}

/// `moov/udta/meta` with a handler and a list of one item.
fn items(handler: &[u8], before: &[u8], item: &[u8]) -> Vec<u8> {
    let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 13]].concat());
    let meta = [&[0; 4], &hdlr[..], before, &atom(b"ilst", item)].concat();
    mp4(&atom(b"moov", &atom(b"udta", &atom(b"meta", &meta))))
}

fn data(value: &[u8]) -> Vec<u8> {
    atom(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], value].concat())
}

fn syncsafe(n: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(n >> shift & 0x7F).unwrap())
}

fn tag(version: u8, flags: u8, frames: &[u8]) -> Vec<u8> {
    [
        b"ID3",
        &[version, 0, flags][..],
        &syncsafe(frames.len()),
        frames,
    ]
    .concat()
}

/// A frame of version 3 or 4, of less than 128 bytes or by version 3.
fn frame(id: &[u8], flags: u8, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap().to_be_bytes();
    [id, &size, &[0, flags], content].concat()
}

fn txxx() -> Vec<u8> {
    [b"\x03AIGC\0", LABEL.as_bytes()].concat()
}

#[test]
fn a_list_of_info_in_riff() {
    let info = [b"INFO".to_vec(), chunk(b"AIGC", LABEL.as_bytes())].concat();
    synthetic(
        wav(&[chunk(b"LIST", &info)]),
        "riff chunk AIGC",
        "elsewhere",
    );
}

#[test]
fn xmp_in_riff_mp4_and_id3() {
    synthetic(
        wav(&[chunk(b"_PMX", &packet())]),
        "riff chunk _PMX xmp AIGC",
        "",
    );
    let id = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
    let uuid = atom(b"uuid", &[id, &packet()[..]].concat());
    synthetic(mp4(&uuid), "mp4 uuid box of xmp xmp AIGC", "");
    let quicktime = atom(b"moov", &atom(b"udta", &atom(b"XMP_", &packet())));
    synthetic(mp4(&quicktime), "mp4 box XMP_ xmp AIGC", "");
    let private = frame(b"PRIV", 0, &[b"XMP\0", &packet()[..]].concat());
    let file = [tag(3, 0, &private), AUDIO.to_vec()].concat();
    synthetic(file, "id3v2 frame PRIV xmp AIGC", "");
}

#[test]
fn items_of_mp4_without_keys_and_with_keys_of_quicktime() {
    let keyless = atom(b"AIGC", &data(LABEL.as_bytes()));
    synthetic(items(b"mdir", b"", &keyless), "mp4 item AIGC", "elsewhere");

    let keys = [&[0; 4], &1_u32.to_be_bytes()[..], &atom(b"mdta", b"AIGC")].concat();
    let keyed = atom(&1_u32.to_be_bytes(), &data(LABEL.as_bytes()));
    let keys = atom(b"keys", &keys);
    synthetic(items(b"mdta", &keys, &keyed), "mp4 item AIGC", "");
    // QuickTime's `meta` has no version, and may lie in `moov` itself.
    let hdlr = atom(b"hdlr", &[&[0; 8], &b"mdta"[..], &[0; 13]].concat());
    let meta = [hdlr, keys, atom(b"ilst", &keyed)].concat();
    synthetic(
        mp4(&atom(b"moov", &atom(b"meta", &meta))),
        "mp4 item AIGC",
        "",
    );
}

#[test]
fn id3_of_version_two_and_unsynchronised() {
    let content = txxx();
    let size = u32::try_from(content.len()).unwrap().to_be_bytes();
    let two = tag(2, 0, &[b"TXX", &size[1..], &content].concat());
    synthetic([two, AUDIO.to_vec()].concat(), "id3v2 frame TXX AIGC", "");

    // A frame before it has bytes that are put apart, which moves the label in the file.
    let frames = [
        frame(b"PCNT", 0, b"\xff\xe0\xff\x00"),
        frame(b"TXXX", 0, &content),
    ]
    .concat();
    let mut apart = Vec::new();
    for (i, &byte) in frames.iter().enumerate() {
        apart.push(byte);
        let next = frames.get(i + 1);
        if byte == 0xFF && next.is_some_and(|&next| next == 0 || next & 0xE0 == 0xE0) {
            apart.push(0);
        }
    }
    assert_eq!(apart.len(), frames.len() + 2);
    let file = [tag(3, 0x80, &apart), AUDIO.to_vec()].concat();
    let mark = declared(file.clone()).marks.remove(0);
    let start = usize::try_from(mark.place.offset).unwrap();
    assert!(file[start..].starts_with(b"\x03AIGC\0{"), "{mark:?}");
    synthetic(file, "id3v2 frame TXXX AIGC", "");
}

#[test]
fn id3_before_flac_at_the_end_and_twice() {
    let one = tag(4, 0, &frame(b"TXXX", 0, &txxx()));
    let flac = [&one[..], b"fLaC\x80\0\0\0\xff\xf8"].concat();
    synthetic(flac, "id3v2 frame TXXX AIGC", "");

    let padded = [
        tag(4, 0, &frame(b"TIT2", 0, b"\x03a")),
        one.clone(),
        AUDIO.to_vec(),
    ]
    .concat();
    synthetic(padded, "id3v2 frame TXXX AIGC", "");

    let body = &one[10..];
    let mut head = tag(4, 0x10, body);
    let foot = [b"3DI", &head[3..10]].concat();
    head.extend(foot);
    let behind = [AUDIO, &head, &[b"TAG", &[0; 125][..]].concat()].concat();
    synthetic(behind, "id3v2 frame TXXX AIGC", "");
    synthetic([AUDIO, &head].concat(), "id3v2 frame TXXX AIGC", "");
}

#[test]
fn hidden_frames_are_told() {
    let compressed = tag(4, 0, &frame(b"TXXX", 0x08, &txxx()));
    let short = tag(4, 0, &frame(b"TXXX", 0, &txxx()));
    let mut less = short.clone();
    less[6..10].copy_from_slice(&syncsafe(0));
    for (mut file, told) in [
        (compressed, "compressed or encrypted"),
        (less, "lies a frame and no audio"),
        (short[..short.len() - 4].to_vec(), "are left"),
    ] {
        file.extend(if told == "are left" { &[][..] } else { AUDIO });
        let declared = declared(file);
        let problem = declared.looked.problem.as_deref().unwrap_or_default();
        assert_eq!(declared.state, DeclaredState::Unreadable, "{told}");
        assert!(problem.contains(told), "{told}: {problem}");
    }
}

#[test]
fn a_last_block_of_flac_that_is_not_the_last_is_told() {
    let declared = declared(b"fLaC\x80\0\0\0\x04\0\0\x04abcd".to_vec());
    assert_eq!(declared.state, DeclaredState::Unreadable);
    assert!(
        declared
            .looked
            .problem
            .is_some_and(|problem| problem.contains("no flac frame"))
    );
}

#[test]
fn a_tag_before_a_wav_hides_nothing_behind_it() {
    let file = wav(&[chunk(b"AIGC", LABEL.as_bytes())]);
    let tagged = [tag(4, 0, b""), file.clone()].concat();
    synthetic(file, "riff chunk AIGC", "");
    synthetic(tagged.clone(), "riff chunk AIGC", "");
    let at = declared(tagged.clone()).marks[0].place.offset as usize;
    assert!(tagged[at..].starts_with(LABEL.as_bytes()), "{at}");
}
