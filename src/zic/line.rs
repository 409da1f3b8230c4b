//! The lexical rules of zic(8): a line is fields separated by white space, words may be shortened.

use std::borrow::Cow;

/// Splits a line into its fields.
///
/// `#` starts a comment and `"` encloses white space and `#`. A field that is just `-` stands for nothing and is
/// returned empty. `None` means that a quotation mark has no partner.
pub(super) fn fields(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start_matches(is_space);
    while !rest.is_empty() && !rest.starts_with('#') {
        let (field, after) = first_field(rest)?;
        fields.push(if field == "-" {
            Cow::Borrowed("")
        } else {
            field
        });
        rest = after.trim_start_matches(is_space);
    }
    Some(fields)
}

/// The value that `word` names in `table`: by a whole name, or by a prefix that only one name has.
///
/// Upper and lower case do not matter.
pub(super) fn lookup<T: Copy>(word: &str, table: &[(&str, T)]) -> Option<T> {
    let exact = |(name, value): &(&str, T)| name.eq_ignore_ascii_case(word).then_some(*value);
    let by_prefix = |(name, value): &(&str, T)| has_prefix(name, word).then_some(*value);
    table.iter().find_map(exact).or_else(|| {
        let mut found = table.iter().filter_map(by_prefix);
        found.next().filter(|_| found.next().is_none())
    })
}

/// Whether `text` starts with `prefix`, which must not be empty; upper and lower case do not matter.
pub(super) fn has_prefix(text: &str, prefix: &str) -> bool {
    !prefix.is_empty()
        && text
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn first_field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text
        .find(|c| is_space(c) || c == '#' || c == '"')
        .unwrap_or(text.len());
    let (plain, rest) = text.split_at(end);
    if !rest.starts_with('"') {
        return Some((Cow::Borrowed(plain), rest));
    }
    let mut field = plain.to_owned();
    let mut rest = rest;
    while let Some(quoted) = rest.strip_prefix('"') {
        let (inside, after) = quoted.split_once('"')?;
        let end = after
            .find(|c| is_space(c) || c == '#' || c == '"')
            .unwrap_or(after.len());
        field += inside;
        field += &after[..end];
        rest = &after[end..];
    }
    Some((Cow::Owned(field), rest))
}

/// zic(8): "White space characters are space, form feed, carriage return, newline, tab, and vertical tab."
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\x0c' | '\r' | '\n' | '\t' | '\x0b')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_white_space_up_to_a_comment() {
        assert_eq!(
            fields("R  A\t1 - 2 # no").unwrap(),
            ["R", "A", "1", "", "2"]
        );
        assert_eq!(fields("a#b c").unwrap(), ["a"]);
        assert_eq!(fields("a b\r").unwrap(), ["a", "b"]);
        assert!(fields(" \t # all comment").unwrap().is_empty());
    }

    #[test]
    fn quotation_marks_enclose_white_space_and_number_signs() {
        assert_eq!(
            fields(r#"a "b # c" d"e f"g"h""#).unwrap(),
            ["a", "b # c", "de fgh"]
        );
        assert_eq!(fields(r#""" x"#).unwrap(), ["", "x"]);
        assert_eq!(fields(r#"a "b"#), None);
    }

    #[test]
    fn a_word_may_be_shortened_as_long_as_it_is_unique() {
        let months = [("January", 1), ("June", 6), ("July", 7)];
        assert_eq!(lookup("ja", &months), Some(1));
        assert_eq!(lookup("JUNE", &months), Some(6));
        assert_eq!(lookup("ju", &months), None);
        assert_eq!(lookup("junes", &months), None);
        assert_eq!(lookup("", &months), None);
        assert_eq!(lookup("may", &[("may", 1), ("maybe", 2)]), Some(1));
    }
}
