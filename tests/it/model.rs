//! The zone compiler against a slow and obvious model of zic(8), on zones that nobody wrote.
//!
//! The model shares no code with the compiler. It knows no footer, no types and no shrinking: it lists every moment of
//! every rule, day by day, and walks them in order.

use std::{collections::VecDeque, fmt::Write as _};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday, date},
    tz::{Offset, TimeZone},
};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use scratch_bundle::zic::{File, Form, Source};

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_zones_agree_with_a_model_of_zic_8(zone in zone()) {
        let text = zone.source();
        let changes = zone.changes();
        let source = Source::parse(&[File { name: "test", text: &text }]).map_err(|faults| {
            TestCaseError::fail(format!("{faults}\n{text}"))
        })?;
        for form in [Form::Slim, Form::Fat] {
            let compiled = source.compile("Test/Zone", form).unwrap();
            let compiled = compiled.map_err(|fault| TestCaseError::fail(format!("{fault}\n{text}")))?;
            let tzif = compiled.to_tzif();
            let reader = TimeZone::tzif("Test/Zone", &tzif).map_err(|error| {
                TestCaseError::fail(format!("{form:?}: {error}\n{}\n{text}", compiled.footer()))
            })?;
            // jiff 1.0 takes the end of the year for standard time where a footer tells all-year daylight saving time.
            let all_year = compiled.footer().contains(",0/0,J365/");
            let last = changes.last().map_or(i64::MAX, |(at, _)| *at);
            for at in probes(&changes).into_iter().filter(|at| !all_year || *at <= last) {
                let expected = showing(&changes, at);
                let found = read(&reader, at);
                prop_assert_eq!(
                    expected, found.clone(),
                    "{:?} at {} ({}), footer {}, in\n{}", form, at, Timestamp::from_second(at).unwrap(), compiled.footer(), text
                );
            }
        }
    }
}

/// What a clock shows: seconds ahead of universal time, abbreviation, daylight saving time.
type Clock = (i64, String, bool);

/// The moment from which a clock shows something, the first of them being before all time.
type Change = (i64, Clock);

#[derive(Clone, Debug)]
struct Zone {
    eras: Vec<Era>,
    sets: Vec<Vec<Rule>>,
}

#[derive(Clone, Debug)]
struct Era {
    offset: i64,
    rules: Rules,
    format: &'static str,
    /// Not read for the last era.
    until: Moment,
}

#[derive(Clone, Copy, Debug)]
enum Rules {
    Save(i64),
    Set(usize),
}

#[derive(Clone, Debug)]
struct Rule {
    from: i16,
    to: i16,
    moment: Moment,
    save: i64,
    letters: &'static str,
}

/// A moment in a year; `year` is that of an UNTIL.
#[derive(Clone, Copy, Debug)]
struct Moment {
    year: i16,
    month: i8,
    day: Day,
    time: i64,
    clock: char,
}

#[derive(Clone, Copy, Debug)]
enum Day {
    Of(i8),
    Last(Weekday),
    OnOrAfter(Weekday, i8),
    OnOrBefore(Weekday, i8),
}

impl Moment {
    /// Seconds since the epoch by the moment's own clock.
    fn local(&self, year: i16) -> i64 {
        let step = |from: Date, weekday: Weekday, days: i64| {
            let mut day = from;
            while day.weekday() != weekday {
                day = day.checked_add(days.days()).unwrap();
            }
            day
        };
        let first = date(year, self.month, 1);
        let day = match self.day {
            Day::Of(number) => date(year, self.month, number),
            Day::Last(weekday) => step(first.last_of_month(), weekday, -1),
            Day::OnOrAfter(weekday, number) => step(date(year, self.month, number), weekday, 1),
            Day::OnOrBefore(weekday, number) => step(date(year, self.month, number), weekday, -1),
        };
        midnight(day) + self.time
    }

    /// What the moment's own clock shows ahead of universal time.
    fn ahead(&self, offset: i64, save: i64) -> i64 {
        match self.clock {
            'w' => offset + save,
            's' => offset,
            _ => 0,
        }
    }
}

impl Zone {
    /// What zic(8) says that the clocks show, from the beginning to 2110.
    fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let mut start = i64::MIN;
        for (number, era) in self.eras.iter().enumerate() {
            let is_last = number + 1 == self.eras.len();
            let mut save = 0;
            let end = |save| {
                if is_last {
                    i64::MAX
                } else {
                    era.until.local(era.until.year) - era.until.ahead(era.offset, save)
                }
            };
            match era.rules {
                Rules::Save(fixed) => {
                    save = fixed;
                    changes.push((start, era.clock(save, None)));
                }
                Rules::Set(set) => {
                    let rules = &self.sets[set];
                    let standard = rules.iter().filter(|rule| rule.save == 0);
                    let first = standard
                        .min_by_key(|rule| (rule.from, rule.moment.month))
                        .unwrap();
                    changes.push((start, era.clock(0, Some(first.letters))));
                    let mut to_come = occurrences(rules);
                    while let Some((at, rule)) = take_first(&mut to_come, era.offset, save) {
                        if at >= end(save) {
                            break;
                        }
                        save = rule.save;
                        let clock = era.clock(save, Some(rule.letters));
                        if at <= start {
                            changes.last_mut().unwrap().1 = clock;
                        } else {
                            changes.push((at, clock));
                        }
                    }
                }
            }
            start = end(save);
        }
        changes.dedup_by(|later, earlier| later.1 == earlier.1);
        changes
    }

    fn source(&self) -> String {
        let mut text = String::new();
        for (number, rules) in self.sets.iter().enumerate() {
            for rule in rules {
                let to = match rule.to {
                    i16::MAX => "max".to_owned(),
                    to => to.to_string(),
                };
                writeln!(
                    text,
                    "Rule Set{number} {} {to} - {} {} {}",
                    rule.from,
                    rule.moment.written(),
                    duration(rule.save),
                    if rule.letters.is_empty() {
                        "-"
                    } else {
                        rule.letters
                    }
                )
                .unwrap();
            }
        }
        for (number, era) in self.eras.iter().enumerate() {
            let rules = match era.rules {
                Rules::Save(0) => "-".to_owned(),
                Rules::Save(save) => duration(save),
                Rules::Set(set) => format!("Set{set}"),
            };
            let start = if number == 0 { "Zone Test/Zone" } else { "" };
            write!(
                text,
                "{start} {} {rules} {}",
                duration(era.offset),
                era.format
            )
            .unwrap();
            if number + 1 < self.eras.len() {
                write!(text, " {} {}", era.until.year, era.until.written()).unwrap();
            }
            text.push('\n');
        }
        text
    }
}

impl Era {
    fn clock(&self, save: i64, letters: Option<&str>) -> Clock {
        let offset = self.offset + save;
        let is_dst = save != 0;
        let abbreviation = match self.format.split_once('/') {
            Some((standard, daylight)) => if is_dst { daylight } else { standard }.to_owned(),
            None if self.format == "%z" => {
                let (sign, ahead) = (if offset < 0 { '-' } else { '+' }, offset.abs());
                let digits = format!("{:02}{:02}{:02}", ahead / 3600, ahead / 60 % 60, ahead % 60);
                let digits = digits.strip_suffix("00").unwrap_or(&digits);
                let digits = if digits.len() == 4 {
                    digits.strip_suffix("00").unwrap_or(digits)
                } else {
                    digits
                };
                format!("{sign}{digits}")
            }
            None => self.format.replace("%s", letters.unwrap_or_default()),
        };
        (offset, abbreviation, is_dst)
    }
}

impl Moment {
    fn written(&self) -> String {
        let month = &format!("{}", date(2000, self.month, 1).strftime("%B"))[..3];
        let name = |weekday: Weekday| match weekday {
            Weekday::Sunday => "Sun",
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "W",
            Weekday::Thursday => "Thu",
            Weekday::Friday => "F",
            Weekday::Saturday => "Sat",
        };
        let day = match self.day {
            Day::Of(number) => number.to_string(),
            Day::Last(weekday) => format!("last{}", name(weekday)),
            Day::OnOrAfter(weekday, number) => format!("{}>={number}", name(weekday)),
            Day::OnOrBefore(weekday, number) => format!("{}<={number}", name(weekday)),
        };
        format!("{month} {day} {}{}", duration(self.time), self.clock)
    }
}

/// Each rule in each of its years until 2110, with its moment by its own clock; year by year, in no order within one.
fn occurrences(rules: &[Rule]) -> VecDeque<(i64, &Rule)> {
    let years = 1880..=2110;
    let in_year = |year| {
        rules
            .iter()
            .filter(move |rule| (rule.from..=rule.to).contains(&year))
    };
    years
        .flat_map(|year| in_year(year).map(move |rule| (rule.moment.local(year), rule)))
        .collect()
}

/// The one that comes first in universal time, given what a wall clock shows until then.
fn take_first<'a>(
    to_come: &mut VecDeque<(i64, &'a Rule)>,
    offset: i64,
    save: i64,
) -> Option<(i64, &'a Rule)> {
    let at = |(local, rule): &(i64, &Rule)| local - rule.moment.ahead(offset, save);
    let soon = to_come.iter().take(20).enumerate();
    let (first, _) = soon.min_by_key(|(_, occurrence)| at(occurrence))?;
    let occurrence = to_come.remove(first)?;
    Some((at(&occurrence), occurrence.1))
}

/// The start of a day by universal time.
fn midnight(day: Date) -> i64 {
    let timestamp = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
    timestamp.as_second()
}

fn duration(seconds: i64) -> String {
    let (sign, ahead) = (if seconds < 0 { "-" } else { "" }, seconds.abs());
    match (ahead / 3600, ahead / 60 % 60, ahead % 60) {
        (hours, 0, 0) => format!("{sign}{hours}"),
        (hours, minutes, 0) => format!("{sign}{hours}:{minutes:02}"),
        (hours, minutes, seconds) => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn showing(changes: &[Change], at: i64) -> Clock {
    let shown = changes.iter().rev().find(|(from, _)| *from <= at);
    shown.unwrap().1.clone()
}

fn read(reader: &TimeZone, at: i64) -> Clock {
    let info = reader.to_offset_info(Timestamp::from_second(at).unwrap());
    (
        info.offset().seconds().into(),
        info.abbreviation().to_owned(),
        info.dst().is_dst(),
    )
}

/// From 1900 to 2100: each change, the second before it, and a grid; but nothing near two changes within two days, the first
/// of which zic does away with if no wall clock ever showed it.
fn probes(changes: &[Change]) -> Vec<i64> {
    let (from, to) = (midnight(date(1900, 1, 1)), midnight(date(2100, 1, 1)));
    let moments = changes
        .iter()
        .flat_map(|(at, _)| [at.saturating_sub(1), *at]);
    let is_clear = |at: &i64| {
        changes
            .iter()
            .filter(|(change, _)| change.abs_diff(*at) < 172_800)
            .count()
            < 2
    };
    moments
        .chain((from..to).step_by(7_776_000))
        .filter(|at| (from..to).contains(at))
        .filter(is_clear)
        .collect()
}

fn zone() -> impl Strategy<Value = Zone> {
    vec(set(), 1..3).prop_flat_map(|sets| {
        let rules = prop_oneof![
            1 => Just(Rules::Save(0)),
            1 => select(vec![Rules::Save(3600), Rules::Save(1200), Rules::Save(-3600)]),
            4 => (0..sets.len()).prop_map(Rules::Set),
        ];
        let era = (offset(), rules, select(FORMATS.to_vec()), moment()).prop_map(
            |(offset, rules, format, until)| {
                // A format with letters needs rules that have some.
                let format = match rules {
                    Rules::Save(_) if format.contains("%s") => "PERM",
                    _ => format,
                };
                Era {
                    offset,
                    rules,
                    format,
                    until,
                }
            },
        );
        let untils = vec(1901_i16..2090, 4);
        (vec(era, 1..5), untils, Just(sets)).prop_map(|(mut eras, mut untils, sets)| {
            untils.sort_unstable();
            // jiff 1.0 takes the end of the year for standard time where a footer tells all-year daylight saving time.
            if let Some(Era {
                rules: rules @ Rules::Save(_),
                ..
            }) = eras.last_mut()
            {
                *rules = Rules::Save(0);
            }
            for (number, era) in eras.iter_mut().enumerate() {
                // Not at the turn of the year, where all-year daylight saving time ends and starts again.
                era.until.month = era.until.month.clamp(2, 11);
                era.until = era.until.clamped();
                era.until.year = untils[number.min(3)] + i16::try_from(number).unwrap();
            }
            Zone { eras, sets }
        })
    })
}

/// Rules in one or more spans of years, each with a beginning and an end of saving in different months.
fn set() -> impl Strategy<Value = Vec<Rule>> {
    let span = (
        5_i16..40,
        prop_oneof![3 => Just(0_i16), 1 => 1_i16..6],
        moment(),
        moment(),
        1_i8..5,
        saving(),
    );
    (vec(span, 1..5), 1890_i16..1990, any::<bool>()).prop_map(|(spans, start, is_for_ever)| {
        let (mut rules, mut from, count) = (Vec::new(), start, spans.len());
        for (number, (years, gap, starts, mut ends, apart, save)) in spans.into_iter().enumerate() {
            // Not at the turn of the year, which jiff 1.0 takes by universal time.
            let mut starts = starts;
            starts.month = starts.month.clamp(2, 11);
            ends.month = (starts.month - 2 + apart * 2) % 10 + 2;
            let to = if is_for_ever && number + 1 == count {
                i16::MAX
            } else {
                from + years
            };
            let (starts, ends) = (starts.clamped(), ends.clamped());
            // What lasts is standard time: see above.
            let is_last = number + 1 == count && starts.month > ends.month;
            let last_end = if is_last { to.saturating_add(1) } else { to };
            rules.push(Rule {
                from,
                to,
                moment: starts,
                save,
                letters: "D",
            });
            rules.push(Rule {
                from,
                to: last_end,
                moment: ends,
                save: 0,
                letters: if number % 2 == 0 { "S" } else { "" },
            });
            from = to.saturating_add(1 + gap);
        }
        rules
    })
}

impl Moment {
    /// With a day that the month has in every year.
    fn clamped(mut self) -> Self {
        let longest = if self.month == 2 {
            28
        } else {
            date(2001, self.month, 1).days_in_month()
        };
        if let Day::Of(number) | Day::OnOrAfter(_, number) | Day::OnOrBefore(_, number) =
            &mut self.day
        {
            *number = (*number).min(longest);
        }
        self
    }
}

fn moment() -> impl Strategy<Value = Moment> {
    let weekday = || (0_i8..7).prop_map(|number| Weekday::from_sunday_zero_offset(number).unwrap());
    let day = prop_oneof![
        (1_i8..=31).prop_map(Day::Of),
        weekday().prop_map(Day::Last),
        (weekday(), 1_i8..=31).prop_map(|(weekday, number)| Day::OnOrAfter(weekday, number)),
        (weekday(), 1_i8..=31).prop_map(|(weekday, number)| Day::OnOrBefore(weekday, number)),
    ];
    let time = prop_oneof![
        3 => select(vec![0, 3600, 7200, 10_800, 86_400]),
        1 => (-5_i64..50).prop_map(|halves| halves * 1800),
    ];
    (1_i8..=12, day, time, select(vec!['w', 's', 'u'])).prop_map(|(month, day, time, clock)| {
        Moment {
            year: 0,
            month,
            day,
            time,
            clock,
        }
        .clamped()
    })
}

fn offset() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (-12_i64..=14).prop_map(|hours| hours * 3600),
        1 => (-48_i64..=56).prop_map(|quarters| quarters * 900),
        1 => -43_200_i64..50_400,
    ]
}

fn saving() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(3600_i64), 1 => select(vec![1200, 1800, 7200, -3600])]
}

const FORMATS: [&str; 5] = ["LMT", "EE%sT", "AST/ADT", "%z", "WW%sX"];
