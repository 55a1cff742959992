//! `GetObject` and `HeadObject` ([S3:API_GetObject]).

use super::Operation;
use super::xml::Error;
use crate::server::body::{Piece, Reply};
use crate::server::buckets::Object;
use jiff::Timestamp;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use tenor_wire::{Request, Response};

/// The object, a part of it, or what its headers say of it.
pub(super) fn get(request: &Request, operation: Operation, object: &Object) -> Result<Reply, Error> {
    let tag = format!("\"{}\"", object.tag);
    let names = |header: &str| {
        request.header(header).map(|tags| tags.split(',').any(|each| [tag.as_str(), &object.tag, "*"].contains(&each.trim())))
    };
    if names("if-match") == Some(false) {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(Error::new(412, "PreconditionFailed", message).with("Condition", "If-Match"));
    }
    if names("if-none-match") == Some(true) {
        return Err(Error::new(304, "NotModified", "Not Modified").with_header("etag", tag));
    }
    let asked = request.header("range").map_or(Asked::Whole, |text| range(text, object.size));
    let (status, start, length) = match asked {
        Asked::Whole => (200, 0, object.size),
        Asked::Part { start, length } => (206, start, length),
        Asked::Nothing => {
            let told = request.header("range").unwrap_or_default();
            let error = Error::new(416, "InvalidRange", "The requested range is not satisfiable");
            let error = error.with("RangeRequested", told).with("ActualObjectSize", &object.size.to_string());
            return Err(error.with_header("content-range", format!("bytes */{}", object.size)));
        }
    };
    let modified = Timestamp::from_second(object.at).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers = vec![
        ("etag".to_owned(), tag),
        ("last-modified".to_owned(), modified),
        ("accept-ranges".to_owned(), "bytes".to_owned()),
        ("content-type".to_owned(), "binary/octet-stream".to_owned()),
        ("content-length".to_owned(), length.to_string()),
    ];
    if status == 206 {
        headers.push(("content-range".to_owned(), format!("bytes {start}-{}/{}", start + length - 1, object.size)));
    }
    if operation == Operation::HeadObject {
        return Ok(Reply::Whole(Response { status, headers, body: Vec::new() }));
    }
    let path = &object.file;
    let opened = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        Ok(file)
    });
    let file = opened.map_err(|source| Error::new(500, "InternalError", &format!("cannot read {}: {source}", path.display())))?;
    Ok(Reply::Piece { status, headers, piece: Piece::new(file, length) })
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part {
        start: u64,
        length: u64,
    },
    /// What lies behind the end.
    Nothing,
}

/// Reads a `Range` header. What is no single range of bytes is passed over, as RFC 9110 14.2 has it.
fn range(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else { return Asked::Whole };
    let part = |start: u64, end: u64| if start < end { Asked::Part { start, length: end - start } } else { Asked::Nothing };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Asked::Whole,
        (Ok(first), Ok(last)) => part(first, last.saturating_add(1).min(size)),
        (Ok(first), Err(_)) if last.is_empty() => part(first, size),
        (Err(_), Ok(last)) if first.is_empty() => part(size.saturating_sub(last), size),
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read_as_http_says() {
        let told = [
            "bytes=0-4",
            "bytes=5-",
            "bytes=-3",
            "bytes=8-99",
            "bytes=10-",
            "bytes=-0",
            "bytes=-99",
            "bytes=4-2",
            "bytes=0-1,3-4",
            "items=1-2",
        ];
        insta::assert_snapshot!(told.map(|text| format!("{text} {:?}", range(text, 10))).join("\n"), @r"
        bytes=0-4 Part { start: 0, length: 5 }
        bytes=5- Part { start: 5, length: 5 }
        bytes=-3 Part { start: 7, length: 3 }
        bytes=8-99 Part { start: 8, length: 2 }
        bytes=10- Nothing
        bytes=-0 Nothing
        bytes=-99 Part { start: 0, length: 10 }
        bytes=4-2 Whole
        bytes=0-1,3-4 Whole
        items=1-2 Whole
        ");
    }
}
