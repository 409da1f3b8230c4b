//! Zones as zic(8) has them: eras, each with its own standard offset, rules and abbreviations.

use super::{
    calendar::SECONDS_PER_DAY,
    fault::Place,
    rule::{ClockTime, Day, Save},
};

/// A zone line and its continuation lines, oldest first. All but the last era have an end.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) eras: Vec<Era>,
}

/// One line of a zone.
#[derive(Clone, Debug)]
pub(super) struct Era {
    /// STDOFF: seconds of standard time ahead of universal time.
    pub(super) standard_offset: i64,
    pub(super) rules: EraRules,
    pub(super) format: Format,
    pub(super) until: Option<Until>,
    pub(super) place: Place,
}

/// A zone line's RULES column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum EraRules {
    /// `-` or an amount of time: the same saving all the time.
    Fixed(Save),
    /// The name of the rules in force.
    Named(String),
}

/// When an era ends: told by the clocks of that era.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Until {
    pub(super) year: i32,
    pub(super) month: u8,
    pub(super) day: Day,
    pub(super) at: ClockTime,
}

/// A zone line's FORMAT column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Format {
    /// `AST/ADT`: standard and daylight saving time.
    Pair(String, String),
    /// `%z`: the offset itself, with what stands before and after it.
    Offset(String, String),
    /// `E%sT`: a rule's letters, with what stands before and after them.
    Letters(String, String),
    /// `LMT`
    Plain(String),
}

impl Until {
    /// Seconds since the epoch by the era's own clock; `None` on 29 February of a year that has none.
    pub(super) fn local_moment(&self) -> Option<i64> {
        Some(self.day.in_month(self.year, self.month)? * SECONDS_PER_DAY + self.at.seconds)
    }
}

impl Format {
    /// Reads the column. `None` if it has more than one variable part, or an unknown one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let pair = |(first, second): (&str, &str)| (first.to_owned(), second.to_owned());
        if let Some((before, after)) = text.split_once('%') {
            let offset = after.starts_with('z');
            let after = after.strip_prefix(['s', 'z'])?;
            if after.contains('%') || text.contains('/') {
                return None;
            }
            let (before, after) = pair((before, after));
            return Some(if offset {
                Self::Offset(before, after)
            } else {
                Self::Letters(before, after)
            });
        }
        Some(match text.split_once('/').map(pair) {
            Some((standard, daylight)) => Self::Pair(standard, daylight),
            None => Self::Plain(text.to_owned()),
        })
    }

    /// The abbreviation at `offset` seconds ahead of universal time. `None` where letters are needed and there are none.
    pub(super) fn abbreviation(
        &self,
        letters: Option<&str>,
        is_dst: bool,
        offset: i64,
    ) -> Option<String> {
        Some(match self {
            Self::Pair(standard, daylight) => if is_dst { daylight } else { standard }.clone(),
            Self::Offset(before, after) => format!("{before}{}{after}", numeric(offset)),
            Self::Letters(before, after) => format!("{before}{}{after}", letters?),
            Self::Plain(text) => text.clone(),
        })
    }
}

/// zic(8), `%z`: "+hhmmss" or "-hhmmss" without trailing minutes and seconds that are zero.
fn numeric(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (
        offset.abs() / 3600,
        offset.abs() / 60 % 60,
        offset.abs() % 60,
    );
    match (minutes, seconds) {
        (0, 0) => format!("{sign}{hours:02}"),
        (_, 0) => format!("{sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abbreviation(
        format: &str,
        letters: Option<&str>,
        is_dst: bool,
        offset: i64,
    ) -> Option<String> {
        Format::parse(format)
            .unwrap()
            .abbreviation(letters, is_dst, offset)
    }

    #[test]
    fn each_form_of_format_gives_its_abbreviation() {
        assert_eq!(abbreviation("LMT", None, false, 1).as_deref(), Some("LMT"));
        assert_eq!(
            abbreviation("AST/ADT", None, false, 0).as_deref(),
            Some("AST")
        );
        assert_eq!(
            abbreviation("AST/ADT", None, true, 0).as_deref(),
            Some("ADT")
        );
        assert_eq!(
            abbreviation("E%sT", Some("D"), true, 0).as_deref(),
            Some("EDT")
        );
        assert_eq!(abbreviation("E%sT", None, true, 0), None);
        assert_eq!(
            abbreviation("%z", None, false, -12_600).as_deref(),
            Some("-0330")
        );
        assert_eq!(
            abbreviation("%z", None, false, 3_661).as_deref(),
            Some("+010101")
        );
        assert_eq!(abbreviation("%z", None, false, 0).as_deref(), Some("+00"));
    }

    #[test]
    fn a_format_with_two_variable_parts_is_refused() {
        for text in ["%s%s", "%z/%z", "%d", "%", "A/%s"] {
            assert_eq!(Format::parse(text), None, "{text}");
        }
    }
}
