//! Recurring moments: the rules of zic(8), and the days and times of day that rules and UNTIL columns share.

use super::{
    calendar::{SECONDS_PER_DAY, days_to_month, is_leap, weekday},
    fault::Place,
};

/// One rule line: from `from` to `to`, the clock changes on `day` of `month` at `at` to `save`.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) from: i32,
    pub(super) to: LastYear,
    pub(super) month: u8,
    pub(super) day: Day,
    pub(super) at: ClockTime,
    pub(super) save: Save,
    /// What replaces `%s` in a zone's FORMAT.
    pub(super) letters: String,
    pub(super) place: Place,
}

/// A rule's TO column. The order of variants makes a recurring rule the last of all.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum LastYear {
    Finite(i32),
    /// `maximum`: the rule holds for ever.
    Forever,
}

/// How much is added to standard time, and whether that counts as daylight saving.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Save {
    pub(super) seconds: i64,
    pub(super) is_dst: bool,
}

/// A day within a month; it may fall outside that month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Day {
    /// `5`
    Of(u8),
    /// `Sun>=8`: the first such weekday (0 is Sunday) on or after the day.
    OnOrAfter(u8, u8),
    /// `Sat<=30`: the last such weekday on or before the day. `lastSun` is a special case, with the month's last day.
    OnOrBefore(u8, u8),
}

/// A time of day, in seconds after the day's start by the clock that `reference` names; it may lie outside the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ClockTime {
    pub(super) seconds: i64,
    pub(super) reference: Reference,
}

/// The clock by which a time of day is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Reference {
    /// What the clock on the wall shows, saving included.
    #[default]
    Wall,
    /// Standard time, whether or not saving is in force.
    Standard,
    /// Universal time.
    Universal,
}

impl Rule {
    pub(super) fn recurs(&self) -> bool {
        self.to == LastYear::Forever
    }

    pub(super) fn holds_in(&self, year: i32) -> bool {
        self.from <= year && LastYear::Finite(year) <= self.to
    }

    /// The moment in `year`, in seconds since the epoch by the rule's own clock.
    ///
    /// `None` on 29 February of a year that has none.
    pub(super) fn local_moment(&self, year: i32) -> Option<i64> {
        Some(self.day.in_month(year, self.month)? * SECONDS_PER_DAY + self.at.seconds)
    }

    /// Whether this rule ends later than `other`, so that its effect is what lasts.
    pub(super) fn order_of_end(&self) -> (LastYear, u8, u8) {
        match self.to {
            LastYear::Forever => (self.to, 0, 0),
            LastYear::Finite(_) => (self.to, self.month, self.day.number()),
        }
    }
}

impl Day {
    /// Days since 1970-01-01. `None` on 29 February of a year that has none, where zic refuses rather than guesses.
    pub(super) fn in_month(self, year: i32, month: u8) -> Option<i64> {
        let missing = month == 2 && self.number() == 29 && !is_leap(year);
        let number = match self {
            Self::OnOrBefore(..) if missing => 28,
            _ if missing => return None,
            _ => self.number(),
        };
        let day = days_to_month(year, month) + i64::from(number) - 1;
        Some(match self {
            Self::Of(_) => day,
            Self::OnOrAfter(wanted, _) => day + days_between(weekday(day), wanted),
            Self::OnOrBefore(wanted, _) => day - days_between(wanted, weekday(day)),
        })
    }

    /// The day of the month that the column names.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Of(number) | Self::OnOrAfter(_, number) | Self::OnOrBefore(_, number) => number,
        }
    }
}

impl Reference {
    /// What the clock shows ahead of universal time, in seconds.
    pub(super) fn ahead(self, standard_offset: i64, save: i64) -> i64 {
        match self {
            Self::Wall => standard_offset + save,
            Self::Standard => standard_offset,
            Self::Universal => 0,
        }
    }
}

/// Days from one weekday to the next occurrence of another, 0 if they are the same.
fn days_between(from: u8, to: u8) -> i64 {
    (i64::from(to) - i64::from(from)).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u8, day: u8) -> i64 {
        Day::Of(day).in_month(year, month).unwrap()
    }

    #[test]
    fn a_weekday_on_or_after_a_day_may_leave_the_month() {
        // 2026-08-29 is a Saturday.
        assert_eq!(
            Day::OnOrAfter(6, 29).in_month(2026, 8),
            Some(day(2026, 8, 29))
        );
        assert_eq!(
            Day::OnOrAfter(5, 29).in_month(2026, 8),
            Some(day(2026, 9, 4))
        );
    }

    #[test]
    fn a_weekday_on_or_before_a_day_may_leave_the_month() {
        // 2026-10-01 is a Thursday.
        assert_eq!(
            Day::OnOrBefore(4, 1).in_month(2026, 10),
            Some(day(2026, 10, 1))
        );
        assert_eq!(
            Day::OnOrBefore(5, 1).in_month(2026, 10),
            Some(day(2026, 9, 25))
        );
    }

    #[test]
    fn the_29th_of_february_exists_in_leap_years_only() {
        assert_eq!(Day::Of(29).in_month(2023, 2), None);
        assert_eq!(Day::OnOrAfter(0, 29).in_month(2023, 2), None);
        assert_eq!(Day::Of(29).in_month(2024, 2), Some(day(2024, 3, 1) - 1));
        assert_eq!(
            Day::OnOrBefore(0, 29).in_month(2023, 2),
            Some(day(2023, 2, 26))
        );
        assert_eq!(
            Day::OnOrBefore(0, 29).in_month(2024, 2),
            Some(day(2024, 2, 25))
        );
    }

    #[test]
    fn a_recurring_rule_ends_after_every_other() {
        assert!(LastYear::Forever > LastYear::Finite(i32::MAX));
    }
}
