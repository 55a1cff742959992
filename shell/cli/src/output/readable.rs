//! Text of other people, made fit for a terminal.

/// The text in one line, without what steers a terminal or turns the direction of reading.
///
/// Names and values of a bill may hold anything: an escape sequence, a line break that forges a line of ours, a mark that shows what
/// follows backwards. Breaks and tabs become spaces, the rest the sign for what cannot be shown.
pub(crate) fn readable(text: &str) -> String {
    let fit = |letter: char| match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(fit).collect()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn what_steers_a_terminal_is_shown_as_nothing_to_show() {
        assert_eq!(readable("Zürich 東京 \u{1f4b0}"), "Zürich 東京 \u{1f4b0}");
        assert_eq!(readable("a\r\nb\tc\u{2028}d"), "a  b c d");
        assert_eq!(readable("\u{1b}[31m\u{9b}2J\u{7}\u{0}\u{7f}"), "\u{fffd}[31m\u{fffd}2J\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(readable("\u{202e}\u{2066}\u{200f}\u{61c}"), "\u{fffd}".repeat(4));
    }
}
