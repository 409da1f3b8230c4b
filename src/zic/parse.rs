//! Fields to records: the Rule, Zone and Link lines of zic(8).

use std::borrow::Cow;

use super::{
    calendar::{SECONDS_PER_HOUR, longest},
    fault::{Fault, Place, quote},
    line::{has_prefix, lookup},
    rule::{ClockTime, Day, LastYear, Reference, Rule, Save},
    zone::{Era, EraRules, Format, Until},
};

/// What a line that does not continue a zone may be.
#[derive(Clone, Copy)]
pub(super) enum Keyword {
    Link,
    Rule,
    Zone,
}

/// The fields of one line, and where it stands.
pub(super) struct Line<'a> {
    pub(super) fields: Vec<Cow<'a, str>>,
    pub(super) place: &'a Place,
}

impl Line<'_> {
    pub(super) fn keyword(&self) -> Result<Keyword, Fault> {
        lookup(&self.fields[0], &KEYWORDS)
            .ok_or_else(|| self.expected("first word", "`Rule`, `Zone` or `Link`", &self.fields[0]))
    }

    /// `Rule NAME FROM TO - IN ON AT SAVE LETTER/S`
    pub(super) fn rule(&self) -> Result<(String, Rule), Fault> {
        let [_, name, from, to, kind, month, day, at, save, letters] =
            self.exactly("a Rule line")?;
        if name.is_empty() || name.starts_with(STARTS_AN_AMOUNT) {
            return Err(self.expected(
                "NAME",
                "a name that does not start with a digit or `-`",
                name,
            ));
        }
        if !kind.is_empty() {
            return Err(self.expected("the reserved column", "`-`", kind));
        }
        let (from, to) = self.years(from, to)?;
        let month = self.month("IN", month)?;
        let rule = Rule {
            from,
            to,
            month,
            day: self.day("ON", day, month)?,
            at: self.clock_time("AT", at)?,
            save: self.save("SAVE", save)?,
            letters: letters.clone().into_owned(),
            place: self.place.clone(),
        };
        Ok((name.clone().into_owned(), rule))
    }

    /// `Zone NAME STDOFF RULES FORMAT [UNTIL]`
    pub(super) fn zone(&self) -> Result<(String, Era), Fault> {
        let [_, name, era @ ..] = &self.fields[..] else {
            return Err(self.too_few("a Zone line", "5 to 9"));
        };
        let era = self.era_fields(era, "a Zone line", "5 to 9");
        Ok((self.zone_name("NAME", name)?, era?))
    }

    /// `STDOFF RULES FORMAT [UNTIL]`: a continuation line.
    pub(super) fn continuation(&self) -> Result<Era, Fault> {
        self.era_fields(&self.fields, "a Zone continuation line", "3 to 7")
    }

    /// `Link TARGET LINK-NAME`, returned the other way round.
    pub(super) fn link(&self) -> Result<(String, String), Fault> {
        let [_, target, name] = self.exactly("a Link line")?;
        Ok((
            self.zone_name("LINK-NAME", name)?,
            self.zone_name("TARGET", target)?,
        ))
    }

    fn era_fields(&self, fields: &[Cow<'_, str>], what: &str, count: &str) -> Result<Era, Fault> {
        let [offset, rules, format, until @ ..] = fields else {
            return Err(self.too_few(what, count));
        };
        Ok(Era {
            standard_offset: self.duration("STDOFF", offset)?,
            rules: self.era_rules(rules)?,
            format: Format::parse(format).ok_or_else(|| {
                self.expected("FORMAT", "at most one of `%s`, `%z` and `/`", format)
            })?,
            until: self.until(until)?,
            place: self.place.clone(),
        })
    }

    fn era_rules(&self, text: &str) -> Result<EraRules, Fault> {
        if text.is_empty() || text.starts_with(STARTS_AN_AMOUNT) {
            Ok(EraRules::Fixed(self.save("RULES", text)?))
        } else {
            Ok(EraRules::Named(text.to_owned()))
        }
    }

    /// zic(8): "a specification with trailing fields omitted is taken as the earliest moment".
    fn until(&self, fields: &[Cow<'_, str>]) -> Result<Option<Until>, Fault> {
        if fields.len() > 4 {
            return Err(self.expected("UNTIL", "a year, month, day and time", &fields[4]));
        }
        let Some(year) = fields.first() else {
            return Ok(None);
        };
        let month = fields
            .get(1)
            .map_or(Ok(1), |month| self.month("UNTIL", month))?;
        Ok(Some(Until {
            year: self.year("UNTIL", year)?,
            month,
            day: fields
                .get(2)
                .map_or(Ok(Day::Of(1)), |day| self.day("UNTIL", day, month))?,
            at: self.clock_time("UNTIL", fields.get(3).map_or("0", |at| at))?,
        }))
    }

    /// A name that may become a path below `usr/share/zoneinfo`: zic(8) asks for components that are not `.` or `..`.
    fn zone_name(&self, field: &'static str, name: &str) -> Result<String, Fault> {
        let bad = |part: &str| {
            matches!(part, "" | "." | "..") || !part.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if name.split('/').any(bad) {
            return Err(self.expected(field, "a name such as `Asia/Tokyo`", name));
        }
        Ok(name.to_owned())
    }

    fn years(&self, from: &str, to: &str) -> Result<(i32, LastYear), Fault> {
        let first = if has_prefix("minimum", from) {
            OBSOLETE_MINIMUM
        } else {
            self.year("FROM", from)?
        };
        let last = match lookup(to, &LAST_YEARS) {
            Some(ToWord::Maximum) => LastYear::Forever,
            Some(ToWord::Only) => LastYear::Finite(first),
            None => LastYear::Finite(self.year("TO", to)?),
        };
        if last < LastYear::Finite(first) {
            return Err(self.expected("TO", &format!("a year not before {first}"), to));
        }
        Ok((first, last))
    }

    fn year(&self, field: &'static str, text: &str) -> Result<i32, Fault> {
        text.parse()
            .map_err(|_| self.expected(field, "a year", text))
    }

    fn month(&self, field: &'static str, text: &str) -> Result<u8, Fault> {
        lookup(text, &MONTHS).ok_or_else(|| self.expected(field, "a month such as `Mar`", text))
    }

    /// `5`, `lastSun`, `Sun>=8` or `Sun<=25`; `month` limits the number.
    fn day(&self, field: &'static str, text: &str, month: u8) -> Result<Day, Fault> {
        let bad = || {
            self.expected(
                field,
                "a day of that month such as `5`, `lastSun` or `Sun>=8`",
                text,
            )
        };
        let number = |text: &str| {
            let number = text.parse().map_err(|_| bad())?;
            (1..=longest(month))
                .contains(&number)
                .then_some(number)
                .ok_or_else(bad)
        };
        let weekday = |text: &str| lookup(text, &WEEKDAYS).ok_or_else(bad);
        if let Some((name, day)) = text.split_once(">=") {
            Ok(Day::OnOrAfter(weekday(name)?, number(day)?))
        } else if let Some((name, day)) = text.split_once("<=") {
            Ok(Day::OnOrBefore(weekday(name)?, number(day)?))
        } else if has_prefix(text, "last") {
            Ok(Day::OnOrBefore(weekday(&text[4..])?, longest(month)))
        } else {
            number(text).map(Day::Of)
        }
    }

    /// A time with a suffix: `w` wall (also without one), `s` standard, `u`, `g` or `z` universal.
    fn clock_time(&self, field: &'static str, text: &str) -> Result<ClockTime, Fault> {
        let (time, reference) = match text.as_bytes().last().map(u8::to_ascii_lowercase) {
            Some(b'w') => (&text[..text.len() - 1], Reference::Wall),
            Some(b's') => (&text[..text.len() - 1], Reference::Standard),
            Some(b'u' | b'g' | b'z') => (&text[..text.len() - 1], Reference::Universal),
            _ => (text, Reference::Wall),
        };
        let seconds = parse_duration(time).ok_or_else(|| {
            self.expected(field, "a time such as `2:00`, `2:00s` or `1:00u`", text)
        })?;
        Ok(ClockTime { seconds, reference })
    }

    /// An amount of saving. zic(8): suffix `s` for standard time, `d` for daylight saving; "the default is standard
    /// time if the amount is zero and daylight saving time otherwise".
    fn save(&self, field: &'static str, text: &str) -> Result<Save, Fault> {
        let (amount, marked) = match text.as_bytes().last().map(u8::to_ascii_lowercase) {
            Some(b's') => (&text[..text.len() - 1], Some(false)),
            Some(b'd') => (&text[..text.len() - 1], Some(true)),
            _ => (text, None),
        };
        let seconds = parse_duration(amount)
            .filter(|seconds| seconds.abs() <= SECONDS_PER_HOUR * 24)
            .ok_or_else(|| {
                self.expected(
                    field,
                    "an amount of time up to a day such as `1:00` or `0`",
                    text,
                )
            })?;
        Ok(Save {
            seconds,
            is_dst: marked.unwrap_or(seconds != 0),
        })
    }

    fn duration(&self, field: &'static str, text: &str) -> Result<i64, Fault> {
        parse_duration(text).ok_or_else(|| self.expected(field, "a time such as `-5:30`", text))
    }

    fn exactly<const N: usize>(&self, what: &str) -> Result<&[Cow<'_, str>; N], Fault> {
        let found = self.fields.len();
        (&self.fields[..]).try_into().map_err(|_| {
            Fault::new(
                self.place,
                format!("expected {N} fields on {what}, found {found}"),
            )
        })
    }

    fn too_few(&self, what: &str, count: &str) -> Fault {
        let found = self.fields.len();
        Fault::new(
            self.place,
            format!("expected {count} fields on {what}, found {found}"),
        )
    }

    fn expected(&self, field: &'static str, expected: &str, found: &str) -> Fault {
        Fault::in_field(
            self.place,
            field,
            format!("expected {expected}, found {}", quote(found)),
        )
    }
}

/// `h`, `h:m`, `h:m:s` with an optional sign and fraction of a second; nothing is zero. Seconds are rounded to the
/// nearest whole one, and halves to the even one, as zic(8) says.
fn parse_duration(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if text.is_empty() {
        return (sign == 1).then_some(0);
    }
    let mut parts = text.split(':');
    let hours = parts.next().and_then(whole)?;
    let minutes = parts.next().map_or(Some(0), whole)?;
    let (seconds, fraction) = parts.next().map_or(Some((0, "")), seconds_and_fraction)?;
    if parts.next().is_some() || hours > MOST_HOURS || minutes > 59 || seconds > 60 {
        return None;
    }
    let total = hours * SECONDS_PER_HOUR + minutes * 60 + seconds;
    Some(sign * (total + i64::from(rounds_up(total, fraction))))
}

fn seconds_and_fraction(text: &str) -> Option<(i64, &str)> {
    match text.split_once('.') {
        None => Some((whole(text)?, "")),
        Some((seconds, fraction)) => {
            let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
            digits.then_some((whole(seconds)?, fraction))
        }
    }
}

fn rounds_up(seconds: i64, fraction: &str) -> bool {
    let half_or_less = fraction.trim_end_matches('0');
    match half_or_less.as_bytes() {
        [] => false,
        [b'5'] => seconds % 2 == 1,
        [first, ..] => *first >= b'5',
    }
}

fn whole(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// zic(8) has no limit; no clock is set by more, and sums stay far from overflow.
const MOST_HOURS: i64 = 10_000;

/// Rule names cannot start so, and amounts of time do. zic(8) keeps `+` free as well, yet the tzdata.zi of 2017c has a
/// rule of that name.
const STARTS_AN_AMOUNT: fn(char) -> bool = |c| c.is_ascii_digit() || c == '-';

/// zic(8): `minimum` in FROM is obsolete; zic 2022g and later take it as the year before 1901.
const OBSOLETE_MINIMUM: i32 = 1900;

#[derive(Clone, Copy)]
enum ToWord {
    Maximum,
    Only,
}

const KEYWORDS: [(&str, Keyword); 3] = [
    ("Link", Keyword::Link),
    ("Rule", Keyword::Rule),
    ("Zone", Keyword::Zone),
];

const LAST_YEARS: [(&str, ToWord); 2] = [("maximum", ToWord::Maximum), ("only", ToWord::Only)];

const MONTHS: [(&str, u8); 12] = [
    ("January", 1),
    ("February", 2),
    ("March", 3),
    ("April", 4),
    ("May", 5),
    ("June", 6),
    ("July", 7),
    ("August", 8),
    ("September", 9),
    ("October", 10),
    ("November", 11),
    ("December", 12),
];

const WEEKDAYS: [(&str, u8); 7] = [
    ("Sunday", 0),
    ("Monday", 1),
    ("Tuesday", 2),
    ("Wednesday", 3),
    ("Thursday", 4),
    ("Friday", 5),
    ("Saturday", 6),
];

#[cfg(test)]
mod tests {
    use super::{super::line::fields, *};

    fn place() -> Place {
        Place {
            file: "test".into(),
            line: 1,
        }
    }

    fn rule(text: &str) -> Result<(String, Rule), String> {
        let fields = fields(text).unwrap();
        let place = &place();
        Line { fields, place }
            .rule()
            .map_err(|fault| fault.to_string())
    }

    fn zone(text: &str) -> Result<(String, Era), String> {
        let fields = fields(text).unwrap();
        let place = &place();
        Line { fields, place }
            .zone()
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_rule_line_may_be_shortened_as_in_tzdata_zi() {
        let (name, rule) = rule("R s 1919 o - O lastSu 23s 0 -").unwrap();
        assert_eq!(
            (name.as_str(), rule.from, rule.to),
            ("s", 1919, LastYear::Finite(1919))
        );
        assert_eq!((rule.month, rule.day), (10, Day::OnOrBefore(0, 31)));
        assert_eq!(
            (rule.at.seconds, rule.at.reference),
            (23 * 3600, Reference::Standard)
        );
        assert_eq!((rule.save, rule.letters.as_str()), (Save::default(), ""));
    }

    #[test]
    fn negative_saving_is_daylight_saving_unless_it_is_marked_standard() {
        let save = |text: &str| rule(&format!("R a 1 o - Ja 1 0 {text} -")).unwrap().1.save;
        assert_eq!((save("-1").seconds, save("-1").is_dst), (-3600, true));
        assert_eq!((save("-1s").seconds, save("-1s").is_dst), (-3600, false));
        assert_eq!((save("0d").seconds, save("0d").is_dst), (0, true));
        assert!(!save("0").is_dst);
    }

    #[test]
    fn durations_are_rounded_to_the_nearest_even_second() {
        for (text, seconds) in [
            ("", 0),
            ("-1", -3600),
            ("24", 86_400),
            ("0:20:08", 1208),
            ("-0:44:30", -2670),
            ("0:0:1.5", 2),
            ("0:0:2.5", 2),
            ("0:0:2.51", 3),
            ("0:0:2.49", 2),
            ("-0:0:1.50", -2),
        ] {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
        for text in [
            "-", "1:", ":1", "1:60", "1:2:61", "1:2:3:4", "x", "+1", "1:2:3.", "99999", "--1",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_an_era_is_the_earliest_moment_of_what_is_given() {
        let until = |text: &str| {
            zone(&format!("Z A/B 1 - X {text}"))
                .unwrap()
                .1
                .until
                .unwrap()
        };
        assert_eq!(until("1995").local_moment(), Some(788_918_400));
        assert_eq!(until("1995 Mar").local_moment(), Some(794_016_000));
        assert_eq!(until("1995 Mar lastSun").local_moment(), Some(796_176_000));
        assert_eq!(until("1995 Mar 26 2u").local_moment(), Some(796_183_200));
    }

    #[test]
    fn each_fault_names_field_expectation_and_finding() {
        for (line, expected) in [
            (
                "R a 1 o - Foo 1 0 0 -",
                "IN: expected a month such as `Mar`, found `Foo`",
            ),
            (
                "R a 1 o - Ju 1 0 0 -",
                "IN: expected a month such as `Mar`, found `Ju`",
            ),
            (
                "R 1a 1 o - Ja 1 0 0 -",
                "NAME: expected a name that does not start with a digit or `-`, found `1a`",
            ),
            ("R a x o - Ja 1 0 0 -", "FROM: expected a year, found `x`"),
            (
                "R a 5 4 - Ja 1 0 0 -",
                "TO: expected a year not before 5, found `4`",
            ),
            (
                "R a 1 o uspres Ja 1 0 0 -",
                "the reserved column: expected `-`, found `uspres`",
            ),
            (
                "R a 1 o - Fe 30 0 0 -",
                "ON: expected a day of that month such as `5`, `lastSun` or `Sun>=8`, found `30`",
            ),
            (
                "R a 1 o - Fe 1 25x 0 -",
                "AT: expected a time such as `2:00`, `2:00s` or `1:00u`, found `25x`",
            ),
            (
                "R a 1 o - Fe 1 0 25 -",
                "SAVE: expected an amount of time up to a day such as `1:00` or `0`, found `25`",
            ),
        ] {
            assert_eq!(
                rule(line).unwrap_err(),
                format!("`test` line 1, {expected}")
            );
        }
        assert_eq!(
            rule("R a 1").unwrap_err(),
            "`test` line 1: expected 10 fields on a Rule line, found 3"
        );
        assert_eq!(
            zone("Z ../a 1 - X").unwrap_err(),
            "`test` line 1, NAME: expected a name such as `Asia/Tokyo`, found `../a`"
        );
        assert_eq!(
            zone("Z A/B 1 - %s%s").unwrap_err(),
            "`test` line 1, FORMAT: expected at most one of `%s`, `%z` and `/`, found `%s%s`"
        );
        assert_eq!(
            zone("Z A/B 1 -").unwrap_err(),
            "`test` line 1: expected 5 to 9 fields on a Zone line, found 4"
        );
    }
}
