//! What the clock of a compiled zone shows, and from when on two of them differ.

use std::{fmt, iter, str::FromStr};

use jiff::{
    Timestamp,
    civil::Date,
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

/// A moment that a user names: `2026-11-24T12:00:00Z`, a day (its start in UTC), or seconds since 1970.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment(pub Timestamp);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = || {
            let date = Date::strptime("%Y-%m-%d", text).ok()?;
            Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
        };
        let epoch = || Timestamp::from_second(text.parse().ok()?).ok();
        let moment = text.parse().ok().or_else(epoch).or_else(day);
        moment.map(Self).ok_or_else(|| {
            "expected a moment with its offset such as `2026-11-24T12:00:00Z`, a day, or seconds since 1970".to_owned()
        })
    }
}

/// The clock's next change: when, and to what.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The first moment at which the clock shows something else.
    pub at: Timestamp,
    /// What it shows from then on.
    #[serde(flatten)]
    pub to: LocalType,
}

impl Change {
    /// The first change after `moment`; `None` if the clock never changes again.
    #[must_use]
    pub fn after(zone: &TimeZone, moment: Timestamp) -> Option<Self> {
        let now = LocalType::of(zone, moment);
        zone.following(moment).find_map(|transition| {
            let at = transition.timestamp();
            let to = LocalType::of(zone, at);
            (to != now).then_some(Self { at, to })
        })
    }
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
    /// What the clock of `zone` shows at a moment.
    #[must_use]
    pub fn of(zone: &TimeZone, at: Timestamp) -> Self {
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

    #[test]
    fn a_moment_is_a_timestamp_a_day_or_seconds() {
        let noon = "2026-11-24T12:00:00Z".parse().unwrap();
        for text in [
            "2026-11-24T12:00:00Z",
            "2026-11-24T13:00+01:00",
            "1795521600",
        ] {
            assert_eq!(text.parse(), Ok(Moment(noon)), "{text}");
        }
        let start = "2026-11-24T00:00:00Z".parse().unwrap();
        assert_eq!("2026-11-24".parse(), Ok(Moment(start)));
        for text in [
            "",
            "now",
            "2026-13-01",
            "2026-11-24T12:00",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
