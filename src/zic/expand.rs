//! Eras and rules to transitions.
//!
//! zic(8) describes each zone line as an era that ends at its UNTIL, and each rule as a moment that recurs. This module
//! walks the eras in order and, within each, the moments of its rules in order of universal time.

use std::{cmp::Reverse, ops::RangeInclusive};

use super::{
    calendar::SECONDS_PER_DAY,
    fault::{Fault, Place, quote},
    footer::Cycle,
    form::Form,
    rule::{LastYear, Reference, Rule, Save},
    source::Source,
    timeline::{LocalType, Marks, Timeline, Transition},
    zone::{Era, EraRules, Until, Zone},
};

/// Walks all eras of `zone`.
pub(super) fn expand(source: &Source, zone: &Zone, horizon: Horizon) -> Result<Timeline, Fault> {
    let mut expansion = Expansion {
        horizon,
        timeline: Timeline::default(),
        initial: None,
        changes: Vec::new(),
    };
    let mut start = None;
    for era in &zone.eras {
        let save = match &era.rules {
            EraRules::Fixed(save) => expansion.fixed_era(era, *save, start)?,
            EraRules::Named(_) => expansion.ruled_era(era, source.rules_of(era), start)?,
        };
        start = era
            .until
            .map(|until| Start::after(era, until, save))
            .transpose()?;
    }
    let cycle = match zone.eras.last() {
        Some(era) => Cycle::of(era, source.rules_of(era))?,
        None => None,
    };
    Ok(expansion.finish(cycle.as_ref()))
}

/// How far into the future recurring rules are followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    form: Form,
    last_year: i32,
}

impl Horizon {
    /// The last year that the zone's lines and rules mention.
    pub(super) fn of(source: &Source, zone: &Zone, form: Form) -> Self {
        let untils = zone
            .eras
            .iter()
            .filter_map(|era| era.until.map(|until| until.year));
        let rules = zone.eras.iter().flat_map(|era| source.rules_of(era));
        let years = rules.map(|rule| match rule.to {
            LastYear::Finite(year) => year,
            LastYear::Forever => rule.from,
        });
        Self {
            form,
            last_year: untils.chain(years).max().unwrap_or(1970),
        }
    }

    /// A whole cycle of the Gregorian calendar and two years more, for rules that no footer can tell: readers may then
    /// repeat the last 400 years for ever, and the end of the table is as good as its middle. Rules older than that must
    /// hold today all the same.
    pub(super) fn extended(self) -> Self {
        Self {
            last_year: self.last_year.saturating_add(402).max(FAT_LAST_YEAR),
            ..self
        }
    }

    pub(super) fn last_year(self) -> i32 {
        match self.form {
            Form::Slim => self.last_year,
            Form::Fat => self.last_year.max(FAT_LAST_YEAR),
        }
    }

    /// Fat files tell what recurs as long as 32-bit time lasts, for readers without a footer.
    fn includes(self, year: i32, local_moment: i64) -> bool {
        year <= self.last_year || local_moment < END_OF_32_BIT_TIME
    }
}

struct Expansion {
    horizon: Horizon,
    timeline: Timeline,
    initial: Option<usize>,
    changes: Vec<Change>,
}

/// A transition of which it is not yet known whether the footer tells it.
#[derive(Clone, Copy)]
struct Change {
    transition: Transition,
    /// It is the last era's start or comes from a rule without end.
    may_recur: bool,
}

/// When an era begins, and by which clock that was told.
#[derive(Clone, Copy)]
struct Start {
    at: i64,
    marks: Marks,
}

impl Start {
    /// UNTIL is told by the clock of the era that it ends, with the saving in force just before.
    fn after(era: &Era, until: Until, save: i64) -> Result<Self, Fault> {
        Ok(Self {
            at: end_of(era, until, save)?,
            marks: Marks::of(until.at.reference),
        })
    }
}

impl Expansion {
    /// An era without rules: one type, and the saving at its end.
    fn fixed_era(&mut self, era: &Era, save: Save, start: Option<Start>) -> Result<i64, Fault> {
        let marks = start.map_or_else(Marks::default, |start| start.marks);
        let index = self.intern(era, save, None, marks)?;
        match start {
            Some(start) => self.change(era, start.at, index, true)?,
            None => self.initial = Some(index),
        }
        Ok(save.seconds)
    }

    /// An era under rules; returns the saving at its end.
    fn ruled_era(&mut self, era: &Era, rules: &[Rule], start: Option<Start>) -> Result<i64, Fault> {
        let mut occurrences = Occurrences::new(rules, era.standard_offset, self.horizon);
        let mut pending_start = start;
        let mut in_force: Option<&Rule> = None;
        let mut save = 0;
        while let Some(occurrence) = occurrences.next(save)? {
            if let Some(until) = era.until
                && occurrence.at >= end_of(era, until, save)?
            {
                break;
            }
            let rule = occurrence.rule;
            save = rule.save.seconds;
            if let Some(start) = pending_start {
                if occurrence.at < start.at {
                    in_force = Some(rule);
                    continue;
                }
                if occurrence.at == start.at {
                    pending_start = None;
                }
            }
            let index = self.intern(
                era,
                rule.save,
                Some(&rule.letters),
                Marks::of(rule.at.reference),
            )?;
            self.standard_is_initial(index);
            self.change(era, occurrence.at, index, rule.recurs())?;
        }
        if let Some(start) = pending_start {
            let index = self.type_before(era, in_force, rules, start.marks)?;
            self.standard_is_initial(index);
            self.change(era, start.at, index, true)?;
        } else if start.is_none() && self.initial.is_none() {
            self.initial = Some(self.type_before(era, None, rules, Marks::default())?);
        }
        Ok(save)
    }

    /// The type where no rule fires: the rule fired last goes on, and before the first rule it is standard time with
    /// the letters of the earliest standard-time rule (zic(8), RULES).
    fn type_before(
        &mut self,
        era: &Era,
        in_force: Option<&Rule>,
        rules: &[Rule],
        marks: Marks,
    ) -> Result<usize, Fault> {
        let (save, letters) = match in_force {
            Some(rule) => (rule.save, Some(rule.letters.as_str())),
            None => (Save::default(), earliest_standard_letters(rules)),
        };
        self.intern(era, save, letters, marks)
    }

    fn intern(
        &mut self,
        era: &Era,
        save: Save,
        letters: Option<&str>,
        marks: Marks,
    ) -> Result<usize, Fault> {
        let offset = era.standard_offset + save.seconds;
        let abbreviation = abbreviation(era, letters, save.is_dst, offset)?;
        let marks = match self.horizon.form {
            Form::Slim => Marks::default(),
            Form::Fat => marks,
        };
        Ok(self.timeline.intern(LocalType {
            offset: checked_offset(offset, &era.place)?,
            is_dst: save.is_dst,
            abbreviation,
            marks,
        }))
    }

    /// Before the first transition a zone that starts under rules keeps its first standard time.
    fn standard_is_initial(&mut self, index: usize) {
        if !self.timeline.types[index].is_dst {
            self.initial.get_or_insert(index);
        }
    }

    fn change(&mut self, era: &Era, at: i64, to: usize, may_recur: bool) -> Result<(), Fault> {
        if self.changes.len() == MOST_TRANSITIONS {
            let most =
                format!("expected at most {MOST_TRANSITIONS} transitions in a zone, found more");
            return Err(Fault::new(&era.place, most));
        }
        if self.timeline.types.len() > MOST_TYPES {
            let most =
                format!("expected at most {MOST_TYPES} kinds of local time in a zone, found more");
            return Err(Fault::new(&era.place, most));
        }
        self.changes.push(Change {
            transition: Transition { at, to },
            may_recur: may_recur && era.until.is_none(),
        });
        Ok(())
    }

    fn finish(mut self, cycle: Option<&Cycle<'_>>) -> Timeline {
        self.changes.sort_by_key(|change| change.transition.at);
        self.timeline.initial = self.initial.unwrap_or(0);
        self.timeline.last_explicit = self.last_explicit(cycle);
        self.timeline.transitions = self
            .changes
            .iter()
            .map(|change| change.transition)
            .collect();
        self.timeline
    }

    /// Going back from the end, what recurs either changes to and fro within a year, or stays as it is.
    fn last_explicit(&self, cycle: Option<&Cycle<'_>>) -> Option<Transition> {
        let alternates = |pair: &[Change]| pair[0].transition.to != pair[1].transition.to;
        let within_a_year =
            |pair: &[Change]| pair[1].transition.at - pair[0].transition.at < LESS_THAN_A_YEAR;
        let to_and_fro = self.changes.windows(2).last().is_some_and(alternates);
        let goes_on = |pair: &&[Change]| {
            pair[0].may_recur
                && cycle.is_none_or(|cycle| self.is_in(cycle, pair[0].transition))
                && alternates(pair) == to_and_fro
                && (!to_and_fro || within_a_year(pair))
        };
        let governed = match self.changes.last() {
            Some(last) if last.may_recur => {
                1 + self.changes.windows(2).rev().take_while(goes_on).count()
            }
            _ => 0,
        };
        let explicit = self.changes.len() - governed;
        self.changes[..explicit]
            .last()
            .map(|change| change.transition)
    }

    /// Whether two rules, had they always taken turns, would show the same from the transition on. Not so if the clock
    /// showed something else before, or an era starts with other letters than theirs.
    fn is_in(&self, cycle: &Cycle<'_>, transition: Transition) -> bool {
        let LocalType {
            offset,
            is_dst,
            abbreviation,
            ..
        } = &self.timeline.types[transition.to];
        cycle.phase_at(transition.at).is_some_and(|phase| {
            (phase.offset, phase.is_dst()) == (i64::from(*offset), *is_dst)
                && phase.abbreviation == *abbreviation
        })
    }
}

impl Marks {
    fn of(reference: Reference) -> Self {
        Self {
            standard: reference != Reference::Wall,
            universal: reference == Reference::Universal,
        }
    }
}

/// The abbreviation in an era, which every reader of TZif must be able to take.
pub(super) fn abbreviation(
    era: &Era,
    letters: Option<&str>,
    is_dst: bool,
    offset: i64,
) -> Result<String, Fault> {
    let text = era
        .format
        .abbreviation(letters, is_dst, offset)
        .ok_or_else(|| {
            Fault::in_field(
                &era.place,
                "FORMAT",
                "has `%s`, and no rule gives the letters for it",
            )
        })?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-';
    if !ABBREVIATION_LENGTHS.contains(&text.len()) || !text.bytes().all(is_plain) {
        let found = quote(&text);
        let bad = format!(
            "expected an abbreviation of 3 to 30 letters, digits, `+` and `-`, found {found}"
        );
        return Err(Fault::in_field(&era.place, "FORMAT", bad));
    }
    Ok(text)
}

/// The moments of a set of rules, in order of universal time.
struct Occurrences<'a> {
    rules: &'a [Rule],
    standard_offset: i64,
    horizon: Horizon,
    /// The year to look at when nothing is pending.
    next_year: Option<i32>,
    /// What is still to come in the year: a queue for each clock, since rules of one clock keep their order whatever
    /// saving is in force. The earliest is the last of its queue.
    pending: [Vec<Pending<'a>>; 3],
}

/// A rule in one year, with its moment by the rule's own clock.
#[derive(Clone, Copy)]
struct Pending<'a> {
    moment: i64,
    rule: &'a Rule,
}

struct Occurrence<'a> {
    at: i64,
    rule: &'a Rule,
}

impl<'a> Occurrences<'a> {
    fn new(rules: &'a [Rule], standard_offset: i64, horizon: Horizon) -> Self {
        Self {
            rules,
            standard_offset,
            horizon,
            next_year: rules.iter().map(|rule| rule.from).min(),
            pending: Default::default(),
        }
    }

    /// The next moment, when `save` is in force until then: it decides what a wall clock shows, and so which of a
    /// year's rules comes first.
    fn next(&mut self, save: i64) -> Result<Option<Occurrence<'a>>, Fault> {
        while self.pending.iter().all(Vec::is_empty) {
            let Some(year) = self
                .next_year
                .filter(|year| *year <= self.horizon.last_year())
            else {
                return Ok(None);
            };
            self.enter(year)?;
            self.next_year = self.year_after(year);
        }
        let Some((queue, first)) = self.earliest(save) else {
            return Ok(None);
        };
        self.pending[queue].pop();
        match self.earliest(save) {
            Some((_, second)) if second.at == first.at => Err(same_moment(first.rule, second.rule)),
            _ => Ok(Some(first)),
        }
    }

    /// The earliest that is pending, and its queue.
    fn earliest(&self, save: i64) -> Option<(usize, Occurrence<'a>)> {
        let heads = self.pending.iter().map(|queue| queue.last()).enumerate();
        let heads = heads.filter_map(|(queue, head)| {
            let Pending { moment, rule } = *head?;
            let at = moment - rule.at.reference.ahead(self.standard_offset, save);
            Some((queue, Occurrence { at, rule }))
        });
        heads.min_by_key(|(_, head)| head.at)
    }

    fn enter(&mut self, year: i32) -> Result<(), Fault> {
        for rule in self.rules.iter().filter(|rule| rule.holds_in(year)) {
            let moment = rule.local_moment(year).ok_or_else(|| {
                Fault::in_field(&rule.place, "ON", format!("{year} has no 29 February"))
            })?;
            if self.horizon.includes(year, moment) {
                self.pending[rule.at.reference as usize].push(Pending { moment, rule });
            }
        }
        for queue in &mut self.pending {
            queue.sort_by_key(|pending| Reverse(pending.moment));
        }
        Ok(())
    }

    /// The next year in which any rule holds, so that a gap of millennia costs nothing.
    fn year_after(&self, year: i32) -> Option<i32> {
        let next = year.checked_add(1)?;
        let still_holds = |rule: &&Rule| LastYear::Finite(next) <= rule.to;
        self.rules
            .iter()
            .filter(still_holds)
            .map(|rule| rule.from.max(next))
            .min()
    }
}

fn same_moment(one: &Rule, other: &Rule) -> Fault {
    let (earlier, later) = in_order(&one.place, &other.place);
    let both = format!(
        "two rules for the same moment: this one and line {}",
        earlier.line
    );
    Fault::new(later, both)
}

fn in_order<'a>(one: &'a Place, other: &'a Place) -> (&'a Place, &'a Place) {
    if one <= other {
        (one, other)
    } else {
        (other, one)
    }
}

fn end_of(era: &Era, until: Until, save: i64) -> Result<i64, Fault> {
    let moment = until.local_moment().ok_or_else(|| {
        let missing = format!("{} has no 29 February", until.year);
        Fault::in_field(&era.place, "UNTIL", missing)
    })?;
    Ok(moment - until.at.reference.ahead(era.standard_offset, save))
}

fn earliest_standard_letters(rules: &[Rule]) -> Option<&str> {
    let standard = rules.iter().filter(|rule| rule.save.seconds == 0);
    standard
        .min_by_key(|rule| (rule.from, rule.month, rule.day.number()))
        .map(|rule| rule.letters.as_str())
}

/// RFC 9636 section 3.2: the offset "SHOULD be in the range \[-89999, 93599\]"; readers refuse others.
fn checked_offset(offset: i64, place: &Place) -> Result<i32, Fault> {
    i32::try_from(offset)
        .ok()
        .filter(|offset| (-89_999..=93_599).contains(offset))
        .ok_or_else(|| {
            let far = format!(
                "expected local time within 25 hours of universal time, found {offset} seconds"
            );
            Fault::new(place, far)
        })
}

/// No zone of 2026f has more than 300; a release written out to the year 9 999 999 is a mistake or an attack.
const MOST_TRANSITIONS: usize = 20_000;

/// TZif stores a type's index in one byte.
const MOST_TYPES: usize = 256;

/// POSIX (Base Definitions, section 8.3, TZ): "no fewer than three bytes"; systems must allow 6. jiff reads up to 30.
const ABBREVIATION_LENGTHS: RangeInclusive<usize> = 3..=30;

/// A rule fires again after a year, give or take a week; what is to alternate with it comes sooner.
const LESS_THAN_A_YEAR: i64 = 357 * SECONDS_PER_DAY;

const FAT_LAST_YEAR: i32 = 2038;
const END_OF_32_BIT_TIME: i64 = 1 << 31;
