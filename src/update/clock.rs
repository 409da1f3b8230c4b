//! From when on two files of one zone show different clocks.

use std::{fmt, iter};

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use serde::Serialize;

/// What a clock shows beside the time.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LocalType {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// Such as `CET`.
    pub abbreviation: String,
    /// Whether it is daylight saving time.
    pub is_dst: bool,
}

/// The first instant at which two clocks differ.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// The instant; `None` if they differ from the beginning of time.
    pub at: Option<Timestamp>,
    /// What the old file shows then.
    pub before: LocalType,
    /// What the new file shows then.
    pub after: LocalType,
}

impl Difference {
    /// Compares two TZif files at every change of either, up to the year 9999. `None` if they show the same clock; so a file
    /// may have other bytes and make no difference.
    #[must_use]
    pub fn first(before: &[u8], after: &[u8]) -> Option<Self> {
        // Both files come from this compiler and have been read back already.
        let before = TimeZone::tzif("before", before).ok()?;
        let after = TimeZone::tzif("after", after).ok()?;
        instants(&before, &after).find_map(|at| {
            let (before, after) = (LocalType::of(&before, at), LocalType::of(&after, at));
            (before != after).then(|| Self {
                at: (at > Timestamp::MIN).then_some(at),
                before,
                after,
            })
        })
    }
}

impl LocalType {
    fn of(zone: &TimeZone, at: Timestamp) -> Self {
        let info = zone.to_offset_info(at);
        Self {
            offset: info.offset().seconds(),
            abbreviation: info.abbreviation().to_owned(),
            is_dst: info.dst().is_dst(),
        }
    }
}

/// Shown as `-08:00 PST`.
impl fmt::Display for LocalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = Offset::from_seconds(self.offset).unwrap_or(Offset::UTC);
        write!(f, "{offset} {}", self.abbreviation)
    }
}

/// The beginning of time, and every instant at which the clock of one of the zones changes, in order.
fn instants(one: &TimeZone, other: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let next = |zone: &TimeZone, at| zone.following(at).next().map(|change| change.timestamp());
    iter::successors(Some(Timestamp::MIN), move |at| {
        [one, other]
            .into_iter()
            .filter_map(|zone| next(zone, *at))
            .min()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zic::{File, Form, Source};

    fn compile(text: &str) -> Vec<u8> {
        let file = File { name: "test", text };
        let source = Source::parse(&[file]).unwrap();
        source
            .compile("A/B", Form::Slim)
            .unwrap()
            .unwrap()
            .to_tzif()
    }

    #[test]
    fn a_change_of_offset_is_found_at_its_instant() {
        let old = compile("Z A/B -8 - PST\n");
        let new = compile("Z A/B -8 - PST 2026 N 1 2\n-7 - PDT\n");
        let difference = Difference::first(&old, &new).unwrap();
        assert_eq!(difference.at.unwrap().to_string(), "2026-11-01T10:00:00Z");
        assert_eq!(difference.before.to_string(), "-08 PST");
        assert_eq!(difference.after.to_string(), "-07 PDT");
        assert_eq!(Difference::first(&old, &old), None);
    }

    #[test]
    fn clocks_may_differ_from_the_beginning() {
        let old = compile("Z A/B 1 - AAA\n");
        let new = compile("Z A/B 1 - BBB\n");
        assert_eq!(Difference::first(&old, &new).unwrap().at, None);
    }

    /// A transition after the footer's rules have begun in the other file, and long after 2037, counts as well.
    #[test]
    fn a_single_rule_of_a_far_year_is_found() {
        const YEARLY: &str = "R T 2000 ma - Mar lastSu 1u 1 S\nR T 2000 ma - O lastSu 1u 0 -\n";
        for (extra, instant) in [
            ("R T 2090 o - Jul 1 0u 2 D\n", "2090-07-01T00:00:00Z"),
            ("R T 2199 o - Jul 1 0u 0 -\n", "2199-07-01T00:00:00Z"),
            ("R T 2850 o - Jul 1 0u 2 D\n", "2850-07-01T00:00:00Z"),
        ] {
            for zone in ["Z A/B 1 T XX%sT\n", "Z A/B -3 T XX%sT\n"] {
                let old = compile(&format!("{YEARLY}{zone}"));
                let new = compile(&format!("{YEARLY}{extra}{zone}"));
                for (one, other) in [(&old, &new), (&new, &old)] {
                    let difference = Difference::first(one, other).unwrap();
                    assert_eq!(difference.at.unwrap().to_string(), instant, "{extra}{zone}");
                }
            }
        }
    }

    /// Another reader, asked hour by hour, finds the same first hour, however short the difference lasts.
    #[test]
    fn tz_rs_sees_the_first_difference_at_the_same_hour() {
        const YEARLY: &str =
            "R T 2000 ma - Mar lastSu 1u 1 S\nR T 2000 ma - O lastSu 1u 0 -\nZ A/B 1 T XX%sT\n";
        const YEAR_2090: i64 = 3_786_912_000;
        let old = compile(YEARLY);
        let back = [
            ("Jan 30", "0 -"),
            ("Mar 30", "1 S"),
            ("Jul 30", "1 S"),
            ("O 30", "0 -"),
            ("D 30", "0 -"),
        ];
        for (day, back) in back {
            for saving in ["2 D", "0 -", "1 S", "-1 N"] {
                let new = compile(&format!(
                    "R T 2090 o - {day} 5u {saving}\nR T 2090 o - {day} 7u {back}\n{YEARLY}"
                ));
                let [one, other] =
                    [&old, &new].map(|tzif| tz::TimeZone::from_tz_data(tzif).unwrap());
                let differs = |at: &i64| {
                    one.find_local_time_type(*at).unwrap()
                        != other.find_local_time_type(*at).unwrap()
                };
                let hours = (YEAR_2090..YEAR_2090 + 2 * 366 * 86400).step_by(3600);
                let expected = hours.into_iter().find(differs);
                let found = Difference::first(&old, &new)
                    .map(|difference| difference.at.unwrap().as_second());
                assert_eq!(found, expected, "{day} {saving}");
            }
        }
    }
}
