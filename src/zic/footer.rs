//! What recurs for ever, as a POSIX TZ string: the footer of RFC 9636 section 3.3.

use super::{
    calendar::{SECONDS_PER_DAY, SECONDS_PER_HOUR, longest},
    expand::abbreviation,
    fault::Fault,
    rule::{Day, Reference, Rule, Save},
    zone::{Era, EraRules},
};

/// A footer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Footer {
    pub(super) text: String,
    /// RFC 9636 section 3.3.1: times of day outside 0 to 24 hours need version 3.
    pub(super) needs_version_3: bool,
}

impl Footer {
    pub(super) fn has_rules(&self) -> bool {
        self.text.contains(',')
    }

    /// Tells what the last era does for ever. `None` if no TZ string can.
    pub(super) fn of(era: &Era, rules: &[Rule]) -> Result<Option<Self>, Fault> {
        if let Some(cycle) = Cycle::of(era, rules)? {
            return Ok(Self::alternating(&cycle));
        }
        let (Ok(standard), Ok(daylight)) = (last_of(rules, false), last_of(rules, true)) else {
            return Ok(None);
        };
        match last_in_force(era, standard, daylight) {
            (save, letters) if save.is_dst => Self::daylight_for_ever(era, save, letters),
            (save, letters) => Self::standard_for_ever(era, save, letters),
        }
    }

    fn standard_for_ever(
        era: &Era,
        save: Save,
        letters: Option<&str>,
    ) -> Result<Option<Self>, Fault> {
        let offset = era.standard_offset + save.seconds;
        let name = quoted(&abbreviation(era, letters, false, offset)?);
        Ok(Some(Self {
            text: format!("{name}{}", clock(-offset)),
            needs_version_3: false,
        }))
    }

    /// RFC 9636 section 3.3.1: daylight saving all year starts at the year's first moment and ends at its last. With a
    /// saving ahead of standard time it is told the other way round, from a standard time that never comes.
    fn daylight_for_ever(
        era: &Era,
        save: Save,
        letters: Option<&str>,
    ) -> Result<Option<Self>, Fault> {
        let offset = era.standard_offset + save.seconds;
        let daylight = quoted(&abbreviation(era, letters, true, offset)?);
        let behind = -save.seconds.abs();
        let standard_offset = offset - behind;
        let standard = if save.seconds < 0 {
            quoted(&abbreviation(era, Some(""), false, standard_offset)?)
        } else {
            "XXX".to_owned()
        };
        Ok(Some(Self {
            text: format!(
                "{standard}{}{daylight}{},0/0,J365/{}",
                clock(-standard_offset),
                clock(-offset),
                clock(SECONDS_PER_DAY + behind)
            ),
            needs_version_3: false,
        }))
    }

    fn alternating(cycle: &Cycle<'_>) -> Option<Self> {
        let Cycle { standard, daylight } = cycle;
        let starts = daylight.moment(standard)?;
        let ends = standard.moment(daylight)?;
        let names = [standard, daylight].map(|phase| quoted(&phase.abbreviation));
        let mut text = format!("{}{}{}", names[0], clock(-standard.offset), names[1]);
        if daylight.offset - standard.offset != SECONDS_PER_HOUR {
            text += &clock(-daylight.offset);
        }
        text = format!("{text},{},{}", starts.text(), ends.text());
        Some(Self {
            text,
            needs_version_3: starts.needs_version_3() || ends.needs_version_3(),
        })
    }
}

/// Two rules that take turns for ever.
pub(super) struct Cycle<'a> {
    standard: Phase<'a>,
    daylight: Phase<'a>,
}

/// What the clock shows from a rule on until the other rule's moment.
pub(super) struct Phase<'a> {
    rule: &'a Rule,
    pub(super) offset: i64,
    pub(super) abbreviation: String,
    standard_offset: i64,
}

impl<'a> Cycle<'a> {
    /// `None` if the last era ends in one kind of time, or more than two rules recur.
    pub(super) fn of(era: &Era, rules: &'a [Rule]) -> Result<Option<Self>, Fault> {
        match (last_of(rules, false), last_of(rules, true)) {
            (Ok(Some(standard)), Ok(Some(daylight))) if standard.recurs() && daylight.recurs() => {
                Ok(Some(Self {
                    standard: Phase::of(era, standard)?,
                    daylight: Phase::of(era, daylight)?,
                }))
            }
            _ => Ok(None),
        }
    }

    /// The phase at a moment, were the two rules all that ever was.
    pub(super) fn phase_at(&self, at: i64) -> Option<&Phase<'a>> {
        let year = i32::try_from(1970 + at.div_euclid(SECONDS_PER_YEAR)).ok()?;
        let Self { standard, daylight } = self;
        let starts = |year| {
            [(standard, daylight), (daylight, standard)]
                .map(|(phase, before)| (phase.start(before, year), phase))
        };
        let near = (year - 1..=year + 1).flat_map(starts);
        let begun = near.filter(|(start, _)| start.is_some_and(|start| start <= at));
        begun
            .max_by_key(|(start, _)| *start)
            .map(|(_, phase)| phase)
    }
}

impl<'a> Phase<'a> {
    fn of(era: &Era, rule: &'a Rule) -> Result<Self, Fault> {
        let offset = era.standard_offset + rule.save.seconds;
        Ok(Self {
            rule,
            offset,
            abbreviation: abbreviation(era, Some(&rule.letters), rule.save.is_dst, offset)?,
            standard_offset: era.standard_offset,
        })
    }

    pub(super) fn is_dst(&self) -> bool {
        self.rule.save.is_dst
    }

    fn start(&self, before: &Self, year: i32) -> Option<i64> {
        let ahead = self
            .rule
            .at
            .reference
            .ahead(self.standard_offset, before.rule.save.seconds);
        Some(self.rule.local_moment(year)? - ahead)
    }

    fn moment(&self, before: &Self) -> Option<Moment> {
        Moment::of(self.rule, self.standard_offset, before.rule.save.seconds)
    }
}

/// When a rule changes the clock, by the wall clock just before: POSIX's `date/time`.
struct Moment {
    date: String,
    /// Whether the date is that of an earlier day, which `time` makes up for.
    is_shifted: bool,
    /// Seconds after the start of that date.
    time: i64,
}

impl Moment {
    /// `None` if POSIX has no word for the date, or the time is out of reach.
    fn of(rule: &Rule, standard_offset: i64, save_before: i64) -> Option<Self> {
        let (date, days) = posix_date(rule.month, rule.day)?;
        let ahead = Reference::Wall.ahead(standard_offset, save_before);
        let behind = rule.at.reference.ahead(standard_offset, save_before);
        let time = days * SECONDS_PER_DAY + rule.at.seconds + ahead - behind;
        (time.abs() < MOST_TIME).then_some(Self {
            date,
            is_shifted: days > 0,
            time,
        })
    }

    fn text(&self) -> String {
        if self.time == DEFAULT_TIME {
            self.date.clone()
        } else {
            format!("{}/{}", self.date, clock(self.time))
        }
    }

    fn needs_version_3(&self) -> bool {
        self.is_shifted || !(0..=SECONDS_PER_DAY).contains(&self.time)
    }
}

/// POSIX's date, and the days by which the rule's day is later. POSIX counts weeks from the first of the month, so that
/// a rule such as `Sun>=10` is told as the Thursday of the second week plus three days.
fn posix_date(month: u8, day: Day) -> Option<(String, i64)> {
    match day {
        Day::Of(29) if month == 2 => None,
        Day::Of(number) => {
            let day_of_year = (1..month)
                .map(|month| u16::from(shortest(month)))
                .sum::<u16>()
                + u16::from(number);
            // The zero-based form counts 29 February and is as good, and shorter, before it.
            Some(if month <= 2 {
                (format!("{}", day_of_year - 1), 0)
            } else {
                (format!("J{day_of_year}"), 0)
            })
        }
        // The fifth week is POSIX's word for the last, which may come earlier.
        Day::OnOrAfter(_, number) if number > 28 => None,
        Day::OnOrAfter(weekday, number) => Some(week_date(
            month,
            weekday,
            (number - 1) / 7 + 1,
            (number - 1) % 7,
        )),
        Day::OnOrBefore(weekday, number) if number == longest(month) => {
            Some(week_date(month, weekday, 5, 0))
        }
        Day::OnOrBefore(_, number) if number < 7 => None,
        Day::OnOrBefore(weekday, number) => Some(week_date(month, weekday, number / 7, number % 7)),
    }
}

/// The `days`th day after a weekday of a week of the month, that day being a `weekday`.
fn week_date(month: u8, weekday: u8, week: u8, days: u8) -> (String, i64) {
    let weekday = (weekday + 7 - days) % 7;
    (format!("M{month}.{week}.{weekday}"), i64::from(days))
}

fn shortest(month: u8) -> u8 {
    longest(month) - u8::from(month == 2)
}

/// The rule of one kind that ends last; `Err` if that is not a single one.
fn last_of(rules: &[Rule], is_dst: bool) -> Result<Option<&Rule>, ()> {
    let of_kind = || rules.iter().filter(|rule| rule.save.is_dst == is_dst);
    let Some(last) = of_kind().max_by_key(|rule| rule.order_of_end()) else {
        return Ok(None);
    };
    let ties = of_kind().filter(|rule| rule.order_of_end() == last.order_of_end());
    if ties.count() > 1 {
        Err(())
    } else {
        Ok(Some(last))
    }
}

/// The saving that stays, and the letters of the rule that set it.
fn last_in_force<'a>(
    era: &Era,
    standard: Option<&'a Rule>,
    daylight: Option<&'a Rule>,
) -> (Save, Option<&'a str>) {
    if let EraRules::Fixed(save) = era.rules {
        return (save, None);
    }
    let last = standard
        .into_iter()
        .chain(daylight)
        .max_by_key(|rule| rule.order_of_end());
    last.map_or((Save::default(), None), |rule| {
        (rule.save, Some(rule.letters.as_str()))
    })
}

/// POSIX: an abbreviation that is not purely letters stands in angle brackets.
fn quoted(abbreviation: &str) -> String {
    if abbreviation.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        abbreviation.to_owned()
    } else {
        format!("<{abbreviation}>")
    }
}

/// `h`, `h:mm` or `h:mm:ss`, with a sign if negative.
fn clock(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (
        seconds.abs() / 3600,
        seconds.abs() / 60 % 60,
        seconds.abs() % 60,
    );
    match (minutes, seconds) {
        (0, 0) => format!("{sign}{hours}"),
        (_, 0) => format!("{sign}{hours}:{minutes:02}"),
        _ => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// On average.
const SECONDS_PER_YEAR: i64 = 31_556_952;

const DEFAULT_TIME: i64 = 2 * SECONDS_PER_HOUR;

/// RFC 9636 section 3.3.1: hours go from -167 to 167.
const MOST_TIME: i64 = 168 * SECONDS_PER_HOUR;
