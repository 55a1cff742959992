//! Bytes come out as they went in, from a folder and from a store, or not at all.

use super::*;
use crate::source::{Format, Part, columns};
use proptest::prelude::*;
use std::io::Read;

/// Bytes that gzip cannot shorten.
fn noise(length: usize) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    hash.update(b"noise");
    let mut content = vec![0; length];
    hash.finalize_xof().fill(&mut content);
    content
}

/// One part of a folder and of a store.
fn both(source: &Source) -> [Part; 2] {
    [source.local(""), source.stored("")].map(|location| discover(&location, Some(ReportKind::Focus)).unwrap().remove(0).parts.remove(0))
}

fn whole(part: &Part) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    part.bytes.stream()?.read_to_end(&mut content)?;
    Ok(content)
}

#[test]
fn a_stream_is_the_file_however_many_blocks_it_takes() {
    for length in [1, 256 << 10, (256 << 10) + 1, (8 << 20) + (256 << 10), (17 << 20) + 3] {
        let content = noise(length);
        for part in both(&Source::new(&[("x.csv", content.clone())])) {
            assert!(whole(&part).unwrap() == content, "{length} bytes, local: {}", part.bytes.is_local());
            let copy = part.nearby(TempDir::new().unwrap().path());
            assert!(copy.unwrap().bytes.is_local());
        }
    }
}

#[test]
fn a_copy_nearby_is_the_file() {
    let content = noise(300 << 10);
    let folder = TempDir::new().unwrap();
    for part in both(&Source::new(&[("x.csv", content.clone())])) {
        assert!(whole(&part.nearby(folder.path()).unwrap()).unwrap() == content);
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let source = Source::new(&[("x.csv", noise(20 << 20))]);
    let [here, there] = both(&source);
    let mut streams = [here.bytes.stream().unwrap(), there.bytes.stream().unwrap()];
    for stream in &mut streams {
        stream.read_exact(&mut vec![0; 1 << 20]).unwrap();
    }
    source.put("x.csv", &noise(1000));
    let errors = streams.map(|mut stream| stream.read_to_end(&mut Vec::new()).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @"
    the file ends 19922944 bytes before its size when it was found
    the object was replaced since it was found
    ");
    assert!(here.bytes.range(0, 2000).is_err() && there.bytes.range(0, 10).is_err());
    source.put("x.csv", &noise(21 << 20));
    insta::assert_snapshot!(whole(&here).unwrap_err(), @"the file was replaced or written to since it was found");
    let error = crate::source::SourceError::Read { part: "x".to_owned(), source: whole(&here).unwrap_err() };
    assert_eq!(error.hint(), "it changed while it was read: import again once nothing writes to it");
}

#[test]
fn a_local_file_written_to_or_replaced_while_it_is_read_is_an_error() {
    let source = Source::new(&[("x.csv", noise(1 << 20))]);
    let path = source.folder.path().join("x.csv");
    let [here, _] = both(&source);
    let mut stream = here.bytes.stream().unwrap();
    stream.read_exact(&mut vec![0; 1000]).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    (&file).write_all(b"other").unwrap();
    // A clock may be too coarse to tell two moments of a test apart.
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(9)).unwrap();
    insta::assert_snapshot!(stream.read_to_end(&mut Vec::new()).unwrap_err(), @"the file was replaced or written to since it was found");

    let [here, _] = both(&source);
    let mut stream = here.bytes.stream().unwrap();
    std::fs::File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
    insta::assert_snapshot!(stream.read_to_end(&mut Vec::new()).unwrap_err(), @"the file has grown since it was found");

    fs::write(&path, noise(1 << 20)).unwrap();
    let [here, _] = both(&source);
    let mut open = here.bytes.stream().unwrap();
    let other = source.folder.path().join("other");
    fs::write(&other, noise(1 << 20)).unwrap();
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(fs::metadata(&path).unwrap().modified().unwrap()).unwrap();
    fs::rename(&other, &path).unwrap();
    insta::assert_snapshot!(here.bytes.range(0, 10).unwrap_err(), @"the file was replaced or written to since it was found");
    assert!(open.read_to_end(&mut Vec::new()).is_ok(), "what was opened before is whole, and is what was found");
}

#[test]
fn bare_files_of_one_name_size_and_moment_are_told_apart() {
    let fingerprint = |month: &str| {
        let source = Source::new(&[("bill.csv", focus(month, "1"))]);
        let file = std::fs::File::options().write(true).open(source.folder.path().join("bill.csv")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        discover(&source.local(""), None).unwrap().remove(0).fingerprint
    };
    assert_eq!(fingerprint("2018-10"), fingerprint("2018-10"));
    assert_ne!(fingerprint("2018-10"), fingerprint("2018-11"));
}

#[test]
fn a_reader_that_failed_stays_failed() {
    let source = Source::new(&[("x.csv", noise(1 << 20))]);
    let [_, there] = both(&source);
    let mut stream = there.bytes.stream().unwrap();
    source.put("x.csv", b"other");
    for _ in 0..2 {
        assert!(stream.read(&mut [0; 10]).is_err(), "an error must not turn into an end");
    }
}

#[test]
fn text_is_the_same_in_every_packing() {
    let text = [focus("2018-10", "1"), noise(1000)].concat();
    let halves = [gzip(&text[..500]), gzip(&text[500..])].concat();
    for (name, content) in
        [("x.csv", text.clone()), ("x.csv.gz", gzip(&text)), ("two members.csv.gz", halves), ("x.csv.zip", zip(&[("x.csv", &text)]))]
    {
        for part in both(&Source::new(&[(name, content)])) {
            let mut read = Vec::new();
            part.text().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == text, "{name}");
        }
    }
}

#[test]
fn damage_is_found_at_the_latest_at_the_end() {
    let text = [focus("2018-10", "1"), noise(100 << 10)].concat();
    let packed = zip(&[("x.csv", &text)]);
    for (name, content, at) in [("x.csv.gz", gzip(&text), 50 << 10), ("x.csv.zip", packed, 50 << 10)] {
        let mut content = content;
        content[at] ^= 1;
        for part in both(&Source::new(&[(name, content)])) {
            assert!(part.text().unwrap().read_to_end(&mut Vec::new()).is_err(), "{name}");
        }
    }
}

#[test]
fn the_names_of_columns_are_those_of_the_file() {
    let marked = [b"\xef\xbb\xbf".as_slice(), &focus("2018-10", "1")].concat();
    let wide = parquet(&[("BilledCost", "1"), ("x_Tag:a b", "1")]);
    for (name, content, expected) in
        [("x.csv", marked, FOCUS.trim()), ("x.parquet", wide, "BilledCost,x_Tag:a b"), ("x.csv.gz", gzip(b"\"a,b\",c\r\n"), "a,b,c")]
    {
        for part in both(&Source::new(&[(name, content)])) {
            assert_eq!(columns(&part).unwrap().join(","), expected);
        }
    }
}

#[test]
fn parquet_has_no_text() {
    let [part, _] = both(&Source::new(&[("x.parquet", parquet(&[("a", "1")]))]));
    assert_eq!(part.format, Format::Parquet);
    assert!(part.text().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_range_is_the_slice(length in 1usize..100_000, start in 0usize..100_000, wanted in 0usize..100_000) {
        let content = noise(length);
        let (start, wanted) = (start % length, wanted % length);
        for part in both(&Source::new(&[("x.csv", content.clone())])) {
            let range = part.bytes.range(start as u64, wanted);
            match content.get(start..start + wanted) {
                Some(slice) => prop_assert_eq!(range.unwrap(), slice),
                None => prop_assert!(range.is_err(), "what is past the end cannot be read whole"),
            }
        }
    }
}
