//! All records of a source together: checked one by one, then against each other.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use super::{
    fault::{Fault, Faults, Place, quote},
    line::fields,
    parse::{Keyword, Line},
    rule::Rule,
    work::check_work,
    zone::{Era, EraRules, Zone},
};

/// One text of a release, such as `asia` or `tzdata.zi`.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The name that faults are told with.
    pub name: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// Time zone source: rules, zones and links that fit together.
#[derive(Clone, Debug, Default)]
pub struct Source {
    rules: BTreeMap<String, Vec<Rule>>,
    zones: BTreeMap<String, Zone>,
    links: BTreeMap<String, Link>,
}

/// Another name. Once all links are resolved, the target is a zone.
#[derive(Clone, Debug)]
struct Link {
    target: String,
    place: Place,
}

/// What the next line has to be.
enum Expected {
    Record,
    /// The line after one with an UNTIL; of the zone nothing is kept if a line of it is wrong.
    Continuation(Option<(String, Zone)>),
}

impl Source {
    /// Reads all files as one source, as zic does with the files that it is given.
    ///
    /// # Errors
    ///
    /// All lines that are wrong in themselves; if there are none, all names that stand for nothing, and zones that ask
    /// for work out of proportion.
    pub fn parse(files: &[File<'_>]) -> Result<Self, Faults> {
        let mut source = Self::default();
        let mut faults = Faults::default();
        for file in files {
            source.read(*file, &mut faults);
        }
        if faults.is_empty() {
            source.resolve_links(&mut faults);
            source.check_rules(&mut faults);
        }
        if faults.is_empty() {
            check_work(&source, &mut faults);
        }
        if faults.is_empty() {
            Ok(source)
        } else {
            Err(faults)
        }
    }

    /// Every name of a zone or link, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let only_zones = self
            .zones
            .keys()
            .filter(|name| !self.links.contains_key(*name));
        let mut names = self
            .links
            .keys()
            .chain(only_zones)
            .map(String::as_str)
            .collect::<Vec<_>>();
        names.sort_unstable();
        names.into_iter()
    }

    /// The zone that `name` stands for: itself, or the end of its links. `None` if there is no such name.
    ///
    /// A link beats a zone of the same name.
    #[must_use]
    pub fn canonical(&self, name: &str) -> Option<&str> {
        match self.links.get(name) {
            Some(link) => Some(&link.target),
            None => self
                .zones
                .get_key_value(name)
                .map(|(name, _)| name.as_str()),
        }
    }

    pub(super) fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.get(self.canonical(name)?)
    }

    /// The zones themselves, with their names.
    pub(super) fn zones(&self) -> impl Iterator<Item = (&str, &Zone)> {
        self.zones.iter().map(|(name, zone)| (name.as_str(), zone))
    }

    /// All rules, by name.
    pub(super) fn rule_sets(&self) -> impl Iterator<Item = (&str, &[Rule])> {
        let sets = self.rules.iter();
        sets.map(|(name, rules)| (name.as_str(), rules.as_slice()))
    }

    pub(super) fn rules_of(&self, era: &Era) -> &[Rule] {
        match &era.rules {
            EraRules::Fixed(_) => &[],
            EraRules::Named(name) => self.rules.get(name).map_or(&[], Vec::as_slice),
        }
    }

    fn read(&mut self, file: File<'_>, faults: &mut Faults) {
        let mut place = Place {
            file: Arc::from(file.name),
            line: 0,
        };
        let mut expected = Expected::Record;
        for text in file.text.lines() {
            place.line += 1;
            match fields_of(text, &place) {
                Err(fault) => faults.push(fault),
                Ok(fields) if fields.is_empty() => {}
                Ok(fields) => {
                    let line = Line {
                        fields,
                        place: &place,
                    };
                    expected = match expected {
                        Expected::Record => self.record(&line, faults),
                        Expected::Continuation(zone) => self.continuation(&line, zone, faults),
                    };
                }
            }
        }
        check_end(file.text, &place, &expected, faults);
    }

    fn record(&mut self, line: &Line<'_>, faults: &mut Faults) -> Expected {
        let read = line.keyword().and_then(|keyword| match keyword {
            Keyword::Link => self.link(line),
            Keyword::Rule => self.rule(line),
            Keyword::Zone => self.zone_line(line),
        });
        read.unwrap_or_else(|fault| {
            faults.push(fault);
            // A wrong zone line may have an UNTIL all the same; what continues it is then no record.
            match line.keyword() {
                Ok(Keyword::Zone) if line.fields.len() > 5 => Expected::Continuation(None),
                _ => Expected::Record,
            }
        })
    }

    fn link(&mut self, line: &Line<'_>) -> Result<Expected, Fault> {
        let (name, target) = line.link()?;
        let place = line.place.clone();
        self.links.insert(name, Link { target, place });
        Ok(Expected::Record)
    }

    fn rule(&mut self, line: &Line<'_>) -> Result<Expected, Fault> {
        let (name, rule) = line.rule()?;
        self.rules.entry(name).or_default().push(rule);
        Ok(Expected::Record)
    }

    fn zone_line(&mut self, line: &Line<'_>) -> Result<Expected, Fault> {
        let (name, era) = line.zone()?;
        if let Some(first) = self.zones.get(&name).and_then(|zone| zone.eras.first()) {
            let (
                name,
                Place {
                    file,
                    line: earlier,
                },
            ) = (quote(&name), &first.place);
            let twice = if *file == line.place.file {
                format!("zone {name} is defined already, in line {earlier}")
            } else {
                format!(
                    "zone {name} is defined already, in {} line {earlier}",
                    quote(file)
                )
            };
            return Err(Fault::in_field(line.place, "NAME", twice));
        }
        Ok(self.take(name, Zone { eras: vec![era] }))
    }

    fn continuation(
        &mut self,
        line: &Line<'_>,
        zone: Option<(String, Zone)>,
        faults: &mut Faults,
    ) -> Expected {
        let read = line.continuation().and_then(|era| match zone {
            Some((name, zone)) => zone.and_then(era).map(|zone| Some((name, zone))),
            None => Ok(None),
        });
        match read {
            Ok(Some((name, zone))) => return self.take(name, zone),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
        if line.fields.len() > 3 {
            Expected::Continuation(None)
        } else {
            Expected::Record
        }
    }

    /// Keeps a zone that is whole; one whose last era has an end goes on in the next line.
    fn take(&mut self, name: String, zone: Zone) -> Expected {
        if zone.eras.last().is_some_and(|era| era.until.is_some()) {
            Expected::Continuation(Some((name, zone)))
        } else {
            self.zones.insert(name, zone);
            Expected::Record
        }
    }

    fn check_rules(&self, faults: &mut Faults) {
        for era in self.zones.values().flat_map(|zone| &zone.eras) {
            if let EraRules::Named(name) = &era.rules
                && !self.rules.contains_key(name)
            {
                let unknown = format!(
                    "expected a rule's name or an amount of time, found {}",
                    quote(name)
                );
                faults.push(Fault::in_field(&era.place, "RULES", unknown));
            }
        }
    }

    /// Makes each link lead to a zone. zic does so after it has read everything, so links may come in any order.
    fn resolve_links(&mut self, faults: &mut Faults) {
        let ends = self.link_ends();
        for (name, link) in &mut self.links {
            if let Some(end) = ends.get(name) {
                link.target.clone_from(end);
            } else {
                let dangling = format!(
                    "expected a zone or a link to one, found {}",
                    quote(&link.target)
                );
                faults.push(Fault::in_field(&link.place, "TARGET", dangling));
            }
        }
    }

    /// The zone at the end of each link, for all that lead to one. Every link is followed once, however long the chains.
    fn link_ends(&self) -> BTreeMap<String, String> {
        let mut ends: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for name in self.links.keys() {
            let (mut here, mut passed) = (name.as_str(), Vec::new());
            let end = loop {
                if let Some(end) = ends.get(here) {
                    break *end;
                }
                let Some(link) = self.links.get(here) else {
                    break self.zones.contains_key(here).then_some(here);
                };
                // A chain that comes back to itself has no end.
                ends.insert(here, None);
                passed.push(here);
                here = &link.target;
            };
            ends.extend(passed.into_iter().map(|name| (name, end)));
        }
        let found = ends.into_iter();
        found
            .filter_map(|(name, end)| Some((name.to_owned(), end?.to_owned())))
            .collect()
    }
}

fn fields_of<'a>(text: &'a str, place: &Place) -> Result<Vec<Cow<'a, str>>, Fault> {
    if text.len() > LONGEST_LINE {
        let found = text.len();
        let long = format!("expected at most {LONGEST_LINE} bytes in a line, found {found}");
        return Err(Fault::new(place, long));
    }
    if text.contains('\0') {
        return Err(Fault::new(place, "expected text, found a NUL byte"));
    }
    fields(text).ok_or_else(|| Fault::new(place, "a quotation mark has no partner"))
}

/// What the end of a file tells: as zic does, this takes a last line without a line end for a file that was cut off.
fn check_end(text: &str, place: &Place, expected: &Expected, faults: &mut Faults) {
    if let Expected::Continuation(Some((name, _))) = expected {
        let missing = format!("zone {} has no line without UNTIL at its end", quote(name));
        faults.push(Fault::new(place, missing));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        let cut = "the last line has no line end: the file may be cut off";
        faults.push(Fault::new(place, cut));
    }
}

/// zic 2026c's own limit, which is POSIX's least `LINE_MAX` without the line end.
const LONGEST_LINE: usize = 2047;

impl Zone {
    /// Adds an era. zic refuses one that ends before it starts.
    fn and_then(mut self, era: Era) -> Result<Self, Fault> {
        let moment = |era: &Era| era.until.and_then(|until| until.local_moment());
        if let (Some(previous), Some(this)) = (self.eras.last().and_then(moment), moment(&era))
            && this <= previous
        {
            let early = "expected a time after the UNTIL of the line before";
            return Err(Fault::in_field(&era.place, "UNTIL", early));
        }
        self.eras.push(era);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Source, String> {
        Source::parse(&[File { name: "test", text }]).map_err(|faults| faults.to_string())
    }

    #[test]
    fn names_are_resolved_through_chains_in_any_order() {
        let source = parse("L B C\nL A B\nZ A 0 - X\n").unwrap();
        assert_eq!(source.names().collect::<Vec<_>>(), ["A", "B", "C"]);
        assert_eq!(source.canonical("C"), Some("A"));
        assert_eq!(source.canonical("D"), None);
    }

    #[test]
    fn a_link_beats_a_zone_of_the_same_name() {
        let source = parse("Z A 0 - X\nZ B 1 - Y\nL A B\n").unwrap();
        assert_eq!(source.canonical("B"), Some("A"));
        assert_eq!(source.names().collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn faults_of_all_lines_come_together() {
        assert_eq!(
            parse("Foo\nR a\nZ A \"x\nZ A 0 - X 1999\n").unwrap_err(),
            "`test` line 1, first word: expected `Rule`, `Zone` or `Link`, found `Foo`\n\
             `test` line 2: expected 10 fields on a Rule line, found 2\n\
             `test` line 3: a quotation mark has no partner\n\
             `test` line 4: zone `A` has no line without UNTIL at its end"
        );
    }

    #[test]
    fn names_that_stand_for_nothing_are_faults() {
        assert_eq!(
            parse("L Mars B\nL D C\nL C D\nL C E\nZ A 0 Nobody X\n").unwrap_err(),
            "`test` line 1, TARGET: expected a zone or a link to one, found `Mars`\n\
             `test` line 2, TARGET: expected a zone or a link to one, found `D`\n\
             `test` line 3, TARGET: expected a zone or a link to one, found `C`\n\
             `test` line 4, TARGET: expected a zone or a link to one, found `C`\n\
             `test` line 5, RULES: expected a rule's name or an amount of time, found `Nobody`"
        );
    }

    #[test]
    fn a_zone_is_defined_once_and_its_eras_are_in_order() {
        assert_eq!(
            parse("Z A 0 - X\nZ A 0 - X\n").unwrap_err(),
            "`test` line 2, NAME: zone `A` is defined already, in line 1"
        );
        assert_eq!(
            parse("Z A 0 - X 1999\n0 - X 1999\n0 - X\n").unwrap_err(),
            "`test` line 2, UNTIL: expected a time after the UNTIL of the line before"
        );
    }

    #[test]
    fn a_text_that_was_cut_off_is_noticed() {
        assert_eq!(
            parse("Z A 0 - X").unwrap_err(),
            "`test` line 1: the last line has no line end: the file may be cut off"
        );
    }

    #[test]
    fn a_wrong_line_of_a_zone_does_not_make_the_lines_after_it_wrong() {
        assert_eq!(
            parse("Z A x - X 1999\n0 - Y 2000\n0 - %d 2001\n0 - Z\nZ B 0 - X\n").unwrap_err(),
            "`test` line 1, STDOFF: expected a time such as `-5:30`, found `x`\n\
             `test` line 3, FORMAT: expected at most one of `%s`, `%z` and `/`, found `%d`"
        );
    }

    #[test]
    fn a_chain_of_many_links_is_followed_once() {
        let mut text = "Z L0 0 - X\n".to_owned();
        text.extend((0..100_000).map(|number| format!("L L{number} L{}\n", number + 1)));
        assert_eq!(parse(&text).unwrap().canonical("L100000"), Some("L0"));
    }

    #[test]
    fn what_is_no_line_of_text_is_refused() {
        let long = "#".repeat(3000);
        assert_eq!(
            parse(&format!("{long}\n#\0\n")).unwrap_err(),
            "`test` line 1: expected at most 2047 bytes in a line, found 3000\n\
             `test` line 2: expected text, found a NUL byte"
        );
    }
}
