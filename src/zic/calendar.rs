//! The proleptic Gregorian calendar in whole days.

/// Days from 1970-01-01 to the first day of `month` (1 to 12) in `year`.
pub(super) fn days_to_month(year: i32, month: u8) -> i64 {
    // Years are counted from March, so that the leap day is the last of a year.
    let march_year = i64::from(year) - i64::from(month < 3);
    let months_since_march = (i64::from(month) + 9) % 12;
    let leap_days =
        march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    march_year * 365 + leap_days + (months_since_march * 153 + 2) / 5 - DAYS_FROM_MARCH_OF_YEAR_0
}

/// The day of the week of a day counted from 1970-01-01, a Thursday; 0 is Sunday.
pub(super) fn weekday(days: i64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a remainder by 7 is 0 to 6"
    )]
    let weekday = (days + 4).rem_euclid(7) as u8;
    weekday
}

pub(super) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of `month` (1 to 12) in a leap year.
pub(super) fn longest(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) const SECONDS_PER_HOUR: i64 = 3600;
pub(super) const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// 0000-03-01 to 1970-01-01.
const DAYS_FROM_MARCH_OF_YEAR_0: i64 = 719_468;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_month_of_a_thousand_years_agrees_with_jiff() {
        for year in 1500..2500 {
            for month in 1..=12 {
                let first = date(year, i8::try_from(month).unwrap(), 1);
                let days = days_to_month(i32::from(year), month);
                let expected = first - date(1970, 1, 1);
                assert_eq!(days, i64::from(expected.get_days()), "{first}");
                assert_eq!(
                    i8::try_from(weekday(days)).unwrap(),
                    first.weekday().to_sunday_zero_offset(),
                    "{first}"
                );
            }
            assert_eq!(is_leap(i32::from(year)), date(year, 1, 1).in_leap_year());
        }
    }
}
