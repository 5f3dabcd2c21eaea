//! Each named limit, and what is said where it is met.

use std::io::Cursor;

use voxhumana::marks::{
    Declared, DeclaredState, MAX_BOX_DEPTH, MAX_ELEMENTS, MAX_JSON_DEPTH, MAX_LABEL_BYTES,
    MAX_MANIFEST_BYTES, MAX_MARKS, Says, read_from,
};

pub(super) const LABEL: &str = r#"{"Label":"1","ContentProducer":"x"}"#;

fn declared(bytes: Vec<u8>) -> Declared {
    read_from(Cursor::new(bytes)).unwrap()
}

pub(super) fn chunk(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let pad = vec![0; content.len() % 2];
    [id, &size, content, &pad].concat()
}

pub(super) fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
    let format = b"\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0";
    let body = [
        b"WAVE".to_vec(),
        chunk(b"fmt ", format),
        chunk(b"data", &[0; 64]),
    ]
    .concat();
    chunk(b"RIFF", &[body, chunks.concat()].concat())
}

pub(super) fn atom(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&size, kind, content].concat()
}

fn problem(declared: &Declared) -> &str {
    let of_mark = declared
        .marks
        .first()
        .and_then(|mark| mark.problem.as_deref());
    of_mark
        .or(declared.looked.problem.as_deref())
        .unwrap_or_default()
}

fn unreadable(bytes: Vec<u8>, told: &str) {
    let declared = declared(bytes);
    assert_eq!(declared.state, DeclaredState::Unreadable, "{told}");
    assert!(problem(&declared).contains(told), "{told}: {declared:?}");
}

#[test]
fn the_longest_label_is_read_and_a_longer_one_is_told() {
    let limit = usize::try_from(MAX_LABEL_BYTES).unwrap();
    let padded = |n: usize| format!("{LABEL}{}", " ".repeat(n - LABEL.len()));
    let fits = declared(wav(&[chunk(b"AIGC", padded(limit).as_bytes())]));
    assert_eq!(fits.state, DeclaredState::Synthetic);
    unreadable(
        wav(&[chunk(b"AIGC", padded(limit + 1).as_bytes())]),
        "limit of 65536",
    );
}

#[test]
fn a_label_may_be_nested_so_deep() {
    let label = |n: usize| {
        let deep = "[".repeat(n) + &"]".repeat(n);
        wav(&[chunk(
            b"AIGC",
            format!(r#"{{"Label":"1","x":{deep}}}"#).as_bytes(),
        )])
    };
    assert_eq!(
        declared(label(MAX_JSON_DEPTH - 1)).state,
        DeclaredState::Synthetic
    );
    unreadable(label(MAX_JSON_DEPTH), "deeper than 8");
}

#[test]
fn a_manifest_store_has_a_limit() {
    let limit = usize::try_from(MAX_MANIFEST_BYTES).unwrap();
    unreadable(
        wav(&[chunk(b"C2PA", &vec![0; limit + 1])]),
        "limit of 16777216",
    );
    // One that fits is looked into.
    unreadable(
        wav(&[chunk(b"C2PA", &vec![0; limit])]),
        "where a store begins with jumb",
    );
}

#[test]
fn no_more_marks_are_listed() {
    let label = chunk(b"AIGC", LABEL.as_bytes());
    let most = declared(wav(&vec![label.clone(); MAX_MARKS]));
    assert_eq!(
        (most.marks.len(), most.looked.whole_file),
        (MAX_MARKS, true)
    );
    let more = declared(wav(&vec![label; MAX_MARKS + 1]));
    assert_eq!(
        (more.marks.len(), more.looked.whole_file),
        (MAX_MARKS, false)
    );
    assert!(problem(&more).contains("more than 32 marks"), "{more:?}");
    assert_eq!(more.state, DeclaredState::Synthetic);
}

#[test]
fn boxes_have_a_depth() {
    let nested = |n: usize| (0..n).fold(Vec::new(), |inner, _| atom(b"moov", &inner));
    let file = |n| [atom(b"ftyp", b"M4A \0\0\0\0"), nested(n)].concat();
    assert!(declared(file(MAX_BOX_DEPTH)).looked.whole_file);
    unreadable(file(MAX_BOX_DEPTH + 1), "deeper than 16");
}

#[test]
fn the_walk_of_a_file_of_nothing_but_elements_ends() {
    let many = MAX_ELEMENTS as usize + 1;
    let start = std::time::Instant::now();
    unreadable(
        wav(&vec![chunk(b"none", b""); many]),
        "more than 100000 elements",
    );
    let file = [
        atom(b"ftyp", b"M4A \0\0\0\0"),
        atom(b"free", b"").repeat(many),
    ]
    .concat();
    unreadable(file, "more than 100000 elements");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn audio_without_a_length_is_told_and_hides_nothing_that_is_known() {
    let mut file = wav(&[]);
    let at = file.windows(4).position(|id| id == b"data").unwrap() + 4;
    file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let declared = declared(file);
    assert_eq!(declared.state, DeclaredState::None);
    assert!(!declared.looked.whole_file && problem(&declared).contains("no length"));
}

#[test]
fn zeros_to_the_end_of_a_sector_are_no_lie() {
    let mut file = wav(&[]);
    file.resize(4_096, 0);
    let declared = declared(file);
    assert_eq!(
        (declared.state, declared.looked.whole_file),
        (DeclaredState::None, true)
    );
}

#[test]
fn the_letters_of_a_mark_within_samples_are_no_mark() {
    let mut file = wav(&[]);
    let at = file.windows(4).position(|id| id == b"data").unwrap() + 8;
    file[at..at + 43].copy_from_slice(&chunk(b"AIGC", LABEL.as_bytes())[..43]);
    assert_eq!(declared(file).marks, []);
}

#[test]
fn big_endian_and_long_files_are_walked() {
    let swap = |file: &[u8]| {
        // The sizes of RIFFX, of each chunk, are the same numbers the other way round.
        let mut out = file.to_vec();
        out[3] = b'X';
        let mut at = 4;
        let mut first = true;
        while at + 4 <= out.len() {
            let size: [u8; 4] = out[at..at + 4].try_into().unwrap();
            out[at..at + 4].reverse();
            let n = u32::from_le_bytes(size) as usize;
            at += if std::mem::take(&mut first) {
                12
            } else {
                8 + n + n % 2
            };
        }
        out
    };
    let file = wav(&[chunk(b"AIGC", LABEL.as_bytes())]);
    assert_eq!(declared(swap(&file)).marks[0].says, Some(Says::Synthetic));

    let sizes = [[0; 8], 64_u64.to_le_bytes(), [0; 8]].concat();
    let mut data = chunk(b"data", &[0; 64]);
    data[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let label = chunk(b"AIGC", LABEL.as_bytes());
    let long = [
        b"RF64\xff\xff\xff\xffWAVE".to_vec(),
        chunk(b"ds64", &sizes),
        data,
        label,
    ]
    .concat();
    assert_eq!(declared(long).state, DeclaredState::Synthetic);
}

#[test]
fn a_container_that_is_not_known_is_said_to_be_unseen() {
    for bytes in [
        &b""[..],
        b"R",
        b"#!AMR\nabcdefgh",
        b"\x1a\x45\xdf\xa3matroska",
    ] {
        let declared = declared(bytes.to_vec());
        assert_eq!(declared.state, DeclaredState::None);
        assert!(
            !declared.looked.whole_file && declared.looked.places.is_empty(),
            "{bytes:?}"
        );
    }
}
