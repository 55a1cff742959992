//! The one form of JSON inside an entry: no space, no second way to write a text or a number, no member twice.

/// Values lie no deeper in each other.
pub(crate) const DEPTH_MAX: usize = 8;

/// Whether an object is written in the one form: whole numbers, `\"` and `\\` as the only escapes, no spaces, and every member once.
pub(crate) fn is_one_form(json: &str) -> bool {
    split(json).is_some_and(|(_, rest)| rest.is_empty())
}

/// The object in the one form that a text begins with, and what follows it.
pub(crate) fn split(json: &str) -> Option<(&str, &str)> {
    let rest = if json.starts_with('{') { value(json, DEPTH_MAX)? } else { return None };
    Some(json.split_at(json.len() - rest.len()))
}

/// What follows the value that a text begins with.
fn value(json: &str, depth: usize) -> Option<&str> {
    let deeper = depth.checked_sub(1);
    match json.as_bytes().first()? {
        b'{' => object(&json[1..], deeper?),
        b'[' => array(&json[1..], deeper?),
        b'"' => text(json).map(|(_, rest)| rest),
        b'-' | b'0'..=b'9' => number(json),
        _ => ["null", "true", "false"].into_iter().find_map(|word| json.strip_prefix(word)),
    }
}

fn object(mut json: &str, depth: usize) -> Option<&str> {
    let mut names = Vec::new();
    if let Some(rest) = json.strip_prefix('}') {
        return Some(rest);
    }
    loop {
        let (name, rest) = text(json)?;
        if names.contains(&name) {
            return None;
        }
        names.push(name);
        json = value(rest.strip_prefix(':')?, depth)?;
        match json.strip_prefix(',') {
            Some(rest) => json = rest,
            None => return json.strip_prefix('}'),
        }
    }
}

fn array(mut json: &str, depth: usize) -> Option<&str> {
    if let Some(rest) = json.strip_prefix(']') {
        return Some(rest);
    }
    loop {
        json = value(json, depth)?;
        match json.strip_prefix(',') {
            Some(rest) => json = rest,
            None => return json.strip_prefix(']'),
        }
    }
}

/// A text as it stands, and what follows it.
fn text(json: &str) -> Option<(&str, &str)> {
    let inside = json.strip_prefix('"')?;
    let (mut at, bytes) = (0, inside.as_bytes());
    loop {
        at += bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
        match bytes[at] {
            b'"' => return Some((&inside[..at], &inside[at + 1..])),
            b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => at += 2,
            _ => return None,
        }
    }
}

/// Whole, without leading zeros; nothing is not written as less than nothing.
fn number(json: &str) -> Option<&str> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let whole = if digits.starts_with('0') { count == 1 && digits.len() == json.len() } else { count > 0 };
    let rest = &digits[count..];
    (whole && !rest.starts_with(['.', 'e', 'E'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::is_one_form;

    #[test]
    fn what_can_be_written_in_two_ways_is_in_one() {
        for good in ["{}", r#"{"a":1,"b":[0,-7,{"a":null}],"c":"ü \" \\ /"}"#, r#"{"a":18446744073709551616,"b":[],"c":true}"#] {
            assert!(is_one_form(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "{",
            "{ }",
            "{} ",
            r#"{"a": 1}"#,
            r#"{"a":1 ,"b":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\n"}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e2}"#,
            r#"{"a":-0}"#,
            r#"{"a":01}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":"#,
            r#"{"a":[[[[[[[[1]]]]]]]]}"#,
        ] {
            assert!(!is_one_form(bad), "{bad}");
        }
    }
}
