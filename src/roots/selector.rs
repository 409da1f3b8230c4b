//! Selectors: which roots a user means.

use std::{fmt, str::FromStr};

use super::Root;
use crate::digest::Sha256;

/// Names roots: `all`, `none`, `cn:TEXT`, `org:TEXT`, `sha256:HEX`.
///
/// A text is compared with whole values, in any case; `*` in it stands for any characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Selector {
    /// Every root.
    All,
    /// No root.
    None,
    /// Roots with this common name, or what stands in its place.
    CommonName(Pattern),
    /// Roots whose subject names this organization.
    Organization(Pattern),
    /// The root with this fingerprint.
    Sha256(Prefix),
}

impl Selector {
    /// Whether it means `root`.
    #[must_use]
    pub fn matches(&self, root: &Root) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::CommonName(pattern) => {
                root.common_names().iter().any(|name| pattern.matches(name))
            }
            Self::Organization(pattern) => root
                .organizations()
                .iter()
                .any(|name| pattern.matches(name)),
            Self::Sha256(prefix) => prefix.matches(root.sha256()),
        }
    }
}

impl FromStr for Selector {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        match text {
            "all" => return Ok(Self::All),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let (kind, value) = text.split_once(':').ok_or(NotASelector::Kind)?;
        match kind {
            "cn" => value.parse().map(Self::CommonName),
            "org" => value.parse().map(Self::Organization),
            "sha256" => value.parse().map(Self::Sha256),
            _ => Err(NotASelector::Kind),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::CommonName(pattern) => write!(f, "cn:{pattern}"),
            Self::Organization(pattern) => write!(f, "org:{pattern}"),
            Self::Sha256(prefix) => write!(f, "sha256:{prefix}"),
        }
    }
}

/// Several selectors, as one argument: separated by commas.
///
/// Names hold commas too (`GoDaddy.com, Inc.`), so a comma separates only where a selector follows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selectors(pub Vec<Selector>);

impl FromStr for Selectors {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',') {
            match parts.last_mut() {
                Some(last) if !begins_selector(part) => {
                    last.push(',');
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
        parts
            .iter()
            .map(|part| part.trim().parse())
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A text with `*` as wildcard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern {
    written: String,
    /// In lower case, between the asterisks.
    pieces: Vec<String>,
}

impl Pattern {
    /// Whether the whole of `value` fits.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| *only == value);
        };
        let Some(mut rest) = value.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            let Some((_, after)) = rest.split_once(piece.as_str()) else {
                return false;
            };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}

impl FromStr for Pattern {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        if text.trim().is_empty() {
            return Err(NotASelector::Empty);
        }
        Ok(Self {
            written: text.to_owned(),
            pieces: text
                .to_lowercase()
                .split('*')
                .map(ToOwned::to_owned)
                .collect(),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The start of a fingerprint: 8 to 64 hexadecimal digits, in lower case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Prefix(String);

impl Prefix {
    /// Reads a selector of the kind `sha256:`.
    ///
    /// # Errors
    ///
    /// It is none of that kind.
    pub fn of_selector(text: &str) -> Result<Self, NotASelector> {
        text.strip_prefix("sha256:")
            .ok_or(NotASelector::Fingerprint)?
            .parse()
    }

    /// Whether the fingerprint begins so.
    #[must_use]
    pub fn matches(&self, sha256: Sha256) -> bool {
        sha256.to_string().starts_with(&self.0)
    }
}

impl FromStr for Prefix {
    type Err = NotASelector;

    /// Colons between the digits, as `openssl x509 -fingerprint` prints them, are skipped.
    fn from_str(text: &str) -> Result<Self, NotASelector> {
        let digits = text.replace(':', "").to_ascii_lowercase();
        if !(8..=64).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(NotASelector::Fingerprint);
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no [`Selector`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotASelector {
    /// Nothing after `cn:` or `org:`.
    Empty,
    /// Not 8 to 64 hexadecimal digits after `sha256:`.
    Fingerprint,
    /// None of the known kinds.
    Kind,
}

impl fmt::Display for NotASelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "expected a name after `cn:` or `org:`",
            Self::Fingerprint => "expected `sha256:` and 8 to 64 hexadecimal digits",
            Self::Kind => "expected `all`, `none`, `cn:TEXT`, `org:TEXT` or `sha256:HEX`",
        })
    }
}

impl std::error::Error for NotASelector {}

fn begins_selector(text: &str) -> bool {
    let text = text.trim_start();
    ["cn:", "org:", "sha256:"]
        .iter()
        .any(|kind| text.starts_with(kind))
        || matches!(text.trim_end(), "all" | "none" | "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_values_in_any_case() {
        for (pattern, value, fits) in [
            ("ISRG Root X1", "ISRG Root X1", true),
            ("isrg root x1", "ISRG Root X1", true),
            ("ISRG", "ISRG Root X1", false),
            ("ISRG*", "ISRG Root X1", true),
            ("*x1", "ISRG Root X1", true),
            ("*root*", "ISRG Root X1", true),
            ("i*o*o*1", "ISRG Root X1", true),
            ("i*x*x1", "ISRG Root X1", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "", true),
            ("FŐTANÚSÍTVÁNY", "Főtanúsítvány", true),
            ("a.c", "abc", false),
        ] {
            let fitted = pattern.parse::<Pattern>().unwrap().matches(value);
            assert_eq!(fitted, fits, "{pattern} {value}");
        }
    }

    #[test]
    fn a_comma_separates_only_before_a_selector() {
        for (text, selectors) in [
            ("all", &["all"][..]),
            ("cn:A,org:B", &["cn:A", "org:B"]),
            ("cn:A, org:B", &["cn:A", "org:B"]),
            (
                "org:GoDaddy.com, Inc.,cn:B",
                &["org:GoDaddy.com, Inc.", "cn:B"],
            ),
            ("sha256:96BCEC06,none", &["sha256:96bcec06", "none"]),
            ("sha256:96:BC:EC:06", &["sha256:96bcec06"]),
        ] {
            let parsed: Selectors = text.parse().unwrap();
            let shown: Vec<String> = parsed.0.iter().map(ToString::to_string).collect();
            assert_eq!(shown, selectors);
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for (text, error) in [
            ("", NotASelector::Kind),
            ("All", NotASelector::Kind),
            ("ISRG Root X1", NotASelector::Kind),
            ("CN:x", NotASelector::Kind),
            ("cn:", NotASelector::Empty),
            ("org: ", NotASelector::Empty),
            ("cn:A,,cn:B", NotASelector::Kind),
            ("sha256:96bcec0", NotASelector::Fingerprint),
            ("sha256:96bcec0g", NotASelector::Fingerprint),
            ("sha256:", NotASelector::Fingerprint),
        ] {
            assert_eq!(text.parse::<Selectors>(), Err(error), "{text}");
        }
    }
}
