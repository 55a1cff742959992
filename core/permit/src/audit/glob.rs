//! Patterns with `*` and `?`: whether one matches a text, and whether two can match the same text. No backtracking, so no pattern is slow.

/// Whether `pattern`, with `*` for any letters and `?` for one, matches all of `text`, whatever the case.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    // Most are told apart by what stands before the first wildcard.
    let plain = pattern.find(['*', '?', '$']).unwrap_or(pattern.len());
    let begins_alike = text.get(..plain).is_some_and(|begin| begin.eq_ignore_ascii_case(&pattern[..plain]));
    if !begins_alike || plain == pattern.len() {
        return begins_alike && plain == text.len();
    }
    let text: Vec<_> = text.chars().map(|c| Piece::Letter(c.to_ascii_lowercase())).collect();
    meet(&pieces(&pattern.to_ascii_lowercase()), &text)
}

/// Whether an ARN pattern of a policy and the ARN of a resource type, with `${Names}` in it, can mean the same resource.
///
/// When `whole`, a name in the type's ARN has neither `/` nor `:` in it.
pub(super) fn overlap(pattern: &str, type_arn: &str, whole: bool) -> bool {
    meet(&pieces(pattern), &type_pieces(type_arn, whole))
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Letter(char),
    AnyLetter,
    AnyLetters,
    /// Any letters but `/` and `:`.
    Name,
}

/// The pieces of a policy's pattern; a policy variable `${…}` may be anything.
fn pieces(pattern: &str) -> Vec<Piece> {
    with_variables(pattern, Piece::AnyLetters, |c| match c {
        '*' => Piece::AnyLetters,
        '?' => Piece::AnyLetter,
        c => Piece::Letter(c),
    })
}

fn type_pieces(arn: &str, whole: bool) -> Vec<Piece> {
    with_variables(
        arn,
        if whole { Piece::Name } else { Piece::AnyLetters },
        |c| if c == '*' { Piece::AnyLetters } else { Piece::Letter(c) },
    )
}

fn with_variables(text: &str, variable: Piece, letter: impl Fn(char) -> Piece) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let closed = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
        rest = if let Some((_, after)) = closed {
            pieces.push(variable);
            after
        } else {
            pieces.push(letter(c));
            &rest[c.len_utf8()..]
        };
    }
    pieces
}

/// Whether some text is matched by both.
fn meet(left: &[Piece], right: &[Piece]) -> bool {
    // `row[j]`: some text is matched by all of `left` so far and by the first `j` pieces of `right`.
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    skip(&mut row, right);
    for piece in left {
        let mut next = vec![false; right.len() + 1];
        // What repeats may match nothing.
        next[0] = piece.repeats() && row[0];
        for (j, other) in right.iter().enumerate() {
            let step = both(*piece, *other).is_some();
            let ends_both = row[j] && step;
            let left_goes_on = piece.repeats() && next[j] && step;
            let right_goes_on = other.repeats() && row[j + 1] && step;
            let left_is_nothing = piece.repeats() && row[j + 1];
            let right_is_nothing = other.repeats() && next[j];
            next[j + 1] = ends_both || left_goes_on || right_goes_on || left_is_nothing || right_is_nothing;
        }
        row = next;
    }
    row[right.len()]
}

/// Pieces that may match nothing are passed by.
fn skip(row: &mut [bool], right: &[Piece]) {
    for (j, piece) in right.iter().enumerate() {
        row[j + 1] |= row[j] && piece.repeats();
    }
}

/// Whether one letter can be matched by both pieces.
fn both(left: Piece, right: Piece) -> Option<()> {
    let is_name = |c: char| c != '/' && c != ':';
    let fits = match (left, right) {
        (Piece::Letter(a), Piece::Letter(b)) => a == b,
        (Piece::Letter(a), Piece::Name) | (Piece::Name, Piece::Letter(a)) => is_name(a),
        _ => true,
    };
    fits.then_some(())
}

impl Piece {
    const fn repeats(self) -> bool {
        matches!(self, Self::AnyLetters | Self::Name)
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, overlap};
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_iam_matches_them() {
        for (pattern, text) in [("ec2:Describe*", "ec2:DescribeHosts"), ("*", "a:B"), ("S3:get?bject", "s3:GetObject"), ("a*b*c", "axxbc")]
        {
            assert!(matches(pattern, text), "{pattern}");
        }
        for (pattern, text) in
            [("ec2:Describe*", "ec2:RunInstances"), ("s3:Get", "s3:GetObject"), ("s3:?etObject", "s3:etObject"), ("", "a")]
        {
            assert!(!matches(pattern, text), "{pattern}");
        }
    }

    #[test]
    fn an_arn_means_a_kind_of_resource() {
        let (bucket, object) = ("arn:${Partition}:s3:::${BucketName}", "arn:${Partition}:s3:::${BucketName}/${ObjectName}");
        assert!(overlap("arn:aws:s3:::reports-*", bucket, true));
        assert!(!overlap("arn:aws:s3:::reports/*", bucket, true));
        assert!(overlap("arn:aws:s3:::reports/*", object, true) && !overlap("arn:aws:s3:::reports", object, true));
        let secret = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}";
        assert!(!overlap("arn:aws:secretsmanager:*:1:secret:events!connection/x", secret, true));
        assert!(overlap("arn:aws:secretsmanager:*:1:secret:events!connection/x", secret, false));
        assert!(overlap("arn:aws:iam::1:user/${aws:username}", "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}", true));
    }

    /// The definition, letter by letter.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|at| naive(rest, &text[at..])),
            Some((letter, rest)) => {
                text.split_first().is_some_and(|(first, left)| (*letter == b'?' || letter == first) && naive(rest, left))
            }
        }
    }

    proptest! {
        #[test]
        fn matching_is_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(matches(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn patterns_that_both_match_a_text_overlap(a in "[ab*?/]{0,6}", b in "[ab*/]{0,6}", text in "[ab/]{0,6}") {
            if naive(a.as_bytes(), text.as_bytes()) && naive(b.as_bytes(), text.as_bytes()) {
                prop_assert!(overlap(&a, &b, true));
            }
        }

        #[test]
        fn patterns_overlap_only_if_a_text_is_matched_by_both(a in "[ab*?]{0,3}", b in "[ab*]{0,3}") {
            let texts = (0_u32..1 << 8).map(|bits| {
                let length = 31 - (bits | 1).leading_zeros();
                (0..length).map(|bit| if bits >> bit & 1 == 1 { b'a' } else { b'b' }).collect::<Vec<_>>()
            });
            let common = texts.into_iter().any(|text| naive(a.as_bytes(), &text) && naive(b.as_bytes(), &text));
            prop_assert_eq!(overlap(&a, &b, true), common);
        }
    }
}
