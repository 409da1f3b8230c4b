//! What is wrong in time zone source text, and where.

use std::fmt;

/// One thing that is wrong in the source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    place: Place,
    field: Option<&'static str>,
    message: String,
}

/// A line of a source file; lines count from 1, and 0 is the file as a whole.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) file: std::sync::Arc<str>,
    pub(super) line: usize,
}

impl Fault {
    pub(super) fn new(place: &Place, message: impl Into<String>) -> Self {
        Self {
            place: place.clone(),
            field: None,
            message: message.into(),
        }
    }

    /// A fault in the field that zic(8) calls `field`.
    pub(super) fn in_field(place: &Place, field: &'static str, message: impl Into<String>) -> Self {
        Self {
            place: place.clone(),
            field: Some(field),
            message: message.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.place.file.escape_debug())?;
        if self.place.line > 0 {
            write!(f, " line {}", self.place.line)?;
        }
        if let Some(field) = self.field {
            write!(f, ", {field}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Everything that is wrong in the source, in the order of its lines.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    kept: Vec<Fault>,
    further: usize,
}

impl Faults {
    /// So many are kept; the rest is only counted, since one slip can make each of a million lines wrong.
    const MOST: usize = 20;

    /// Adds one.
    pub fn push(&mut self, fault: Fault) {
        if self.kept.len() < Self::MOST {
            self.kept.push(fault);
        } else {
            self.further += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.len() + self.further
    }

    /// A line for each fault, the last one telling how many are left out.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let rest = (self.further > 0).then(|| format!("and {} more", self.further));
        self.kept.iter().map(Fault::to_string).chain(rest)
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self {
            kept: vec![fault],
            further: 0,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Faults {}

/// Text of the source as an error shows it: in backticks, escaped, and cut where it is long.
pub(super) fn quote(text: &str) -> String {
    const MOST: usize = 40;
    let shown = text.chars().take(MOST).collect::<String>();
    let rest = if shown.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_file_line_and_field() {
        let place = Place {
            file: "asia".into(),
            line: 7,
        };
        let fault = Fault::in_field(&place, "IN", "expected a month, found `Foo`");
        assert_eq!(
            fault.to_string(),
            "`asia` line 7, IN: expected a month, found `Foo`"
        );
    }

    #[test]
    fn faults_beyond_the_twentieth_are_counted() {
        let mut faults = Faults::default();
        for _ in 0..25 {
            faults.push(Fault::new(&Place::default(), "bad"));
        }
        assert_eq!(faults.count(), 25);
        assert_eq!(faults.lines().count(), 21);
        assert_eq!(faults.lines().last().as_deref(), Some("and 5 more"));
    }

    #[test]
    fn quoted_text_is_escaped_and_cut() {
        assert_eq!(quote("a\u{1b}b"), r"`a\u{1b}b`");
        assert_eq!(quote(&"x".repeat(50)), format!("`{}…`", "x".repeat(40)));
    }
}
