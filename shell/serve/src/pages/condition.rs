//! Conditions as links make them: columns that are equal to a value, or have none, joined by AND. One that a person wrote otherwise is left
//! as it is: it is SQL, which is read elsewhere and nowhere else.

/// A column and the value that it has to have; none for no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) column: String,
    pub(crate) value: Option<String>,
}

impl Part {
    /// As SQL.
    pub(crate) fn sql(&self) -> String {
        sql(&self.column, self.value.as_deref())
    }
}

/// That a column has a value; none for no value.
pub(crate) fn sql(column: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("{column} IS NULL"), |value| equals(column, value))
}

/// `column = 'value'`.
pub(crate) fn equals(column: &str, value: &str) -> String {
    format!("{column} = '{}'", value.replace('\'', "''"))
}

/// The condition that demands one thing more.
pub(crate) fn and(condition: Option<&str>, part: &str) -> String {
    match condition {
        None => part.to_owned(),
        Some(before) if parts(before).is_some() => format!("{before} AND {part}"),
        Some(before) => format!("({before}) AND {part}"),
    }
}

/// The condition that demands these; none where they are none.
pub(crate) fn joined<'a>(parts: impl Iterator<Item = &'a Part>) -> Option<String> {
    let all: Vec<_> = parts.map(Part::sql).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// What a condition demands; none where it is of another form.
pub(crate) fn parts(condition: &str) -> Option<Vec<Part>> {
    let (mut all, mut rest) = (Vec::new(), condition.trim());
    loop {
        let (part, behind) = part(rest)?;
        all.push(part);
        match behind.trim_start() {
            "" => return Some(all),
            behind => rest = behind.strip_prefix("AND ")?.trim_start(),
        }
    }
}

fn part(text: &str) -> Option<(Part, &str)> {
    let (column, rest) = column(text)?;
    let rest = rest.trim_start();
    if let Some(behind) = rest.strip_prefix("IS NULL") {
        return Some((Part { column, value: None }, behind));
    }
    let (value, behind) = quoted(rest.strip_prefix('=')?.trim_start())?;
    Some((Part { column, value: Some(value) }, behind))
}

/// A name, or a tag.
fn column(text: &str) -> Option<(String, &str)> {
    if let Some(key) = text.strip_prefix("tag(Tags, ") {
        let (_, behind) = quoted(key)?;
        let behind = behind.strip_prefix(')')?;
        return Some((text[..text.len() - behind.len()].to_owned(), behind));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

/// A text between apostrophes, in which two stand for one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text.strip_prefix('\'')?);
    loop {
        let (before, behind) = rest.split_once('\'')?;
        value.push_str(before);
        match behind.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, and, equals, joined, parts, sql};

    fn read(condition: &str) -> String {
        let line = |part: &Part| format!("{} is {}", part.column, part.value.as_deref().unwrap_or("nothing"));
        parts(condition).map_or_else(|| "other".to_owned(), |parts| parts.iter().map(line).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn what_links_make_is_read_back() {
        assert_eq!(read("ServiceName = 'Amazon EC2'"), "ServiceName is Amazon EC2");
        assert_eq!(
            read("RegionId IS NULL AND tag(Tags, 'Team''s') = 'it''s' AND x_UsageType = ''"),
            "RegionId is nothing; tag(Tags, 'Team''s') is it's; x_UsageType is "
        );
        let made = and(Some(&equals("A", "x' OR '1' = '1")), &sql("B", None));
        assert_eq!(made, "A = 'x'' OR ''1'' = ''1' AND B IS NULL");
        assert_eq!(joined(parts(&made).unwrap().iter()).as_deref(), Some(made.as_str()));
    }

    #[test]
    fn what_a_person_wrote_otherwise_stays_whole() {
        for text in ["", "A = 'x' OR B = 'y'", "A > 3", "(A = 'x')", "A = 'x", "A = 'x' || 'y'", "A = 'x' AND ", "A IS NULLISH"] {
            assert_eq!(read(text), "other", "{text}");
        }
        assert_eq!(and(Some("A > 3 OR A = 1"), &sql("B", Some("y"))), "(A > 3 OR A = 1) AND B = 'y'");
    }
}
