//! Untrusted text, made safe to print.

use std::fmt::Write as _;

/// `text` with every character that could steer a terminal or hide shown as `\u{…}`.
///
/// That is: control characters, line and paragraph separators, the marks that turn the direction of writing, and characters of no width. Letters of
/// every script stay as they are, and so do the joiners (U+200C, U+200D), which Persian and Indic names need.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "{}", char.escape_unicode());
        } else {
            escaped.push(char);
        }
    }
    escaped
}

fn is_unsafe(char: char) -> bool {
    char.is_control() || INVISIBLE.iter().any(|range| range.contains(&char))
}

/// Characters that show nothing themselves, or change how their neighbours are shown (Unicode 17, UAX #9 and #31).
const INVISIBLE: [std::ops::RangeInclusive<char>; 10] = [
    '\u{ad}'..='\u{ad}',
    '\u{61c}'..='\u{61c}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e007f}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_stay_whole() {
        for name in [
            "ISRG Root X1",
            "NetLock Arany (Class Gold) Főtanúsítvány",
            "中国金融认证中心",
            "هیئت گواهی‌نامه",
            "ศูนย์รับรอง",
            "क्‍ष 🔒",
        ] {
            assert_eq!(escape(name), name);
        }
    }

    #[test]
    fn what_steers_a_terminal_or_hides_is_shown_as_its_code() {
        for (text, shown) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("one\r\ntwo\tthree", "one\\u{d}\\u{a}two\\u{9}three"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("evil\u{202e}tac.pem", "evil\\u{202e}tac.pem"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\u{0}", "\\u{0}"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }
}
