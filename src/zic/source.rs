//! All records of a source together: checked one by one, then against each other.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    fault::{Fault, Faults, Place, quote},
    line::fields,
    parse::{Keyword, Line},
    rule::Rule,
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

#[derive(Clone, Debug)]
struct Link {
    target: String,
    place: Place,
}

impl Source {
    /// Reads all files as one source, as zic does with the files that it is given.
    ///
    /// # Errors
    ///
    /// All lines that are wrong in themselves; if there are none, all names that stand for nothing.
    pub fn parse(files: &[File<'_>]) -> Result<Self, Faults> {
        let mut source = Self::default();
        let mut faults = Faults::default();
        for file in files {
            source.read(*file, &mut faults);
        }
        if faults.is_empty() {
            source.check_names(&mut faults);
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
    #[must_use]
    pub fn canonical<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let target = self.follow(name)?;
        self.zones.contains_key(target).then_some(target)
    }

    pub(super) fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.get(self.canonical(name)?)
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
        // The zone whose last era has an end, so that the next line must continue it.
        let mut open: Option<(String, Zone)> = None;
        for text in file.text.lines() {
            place.line += 1;
            let Some(fields) = fields(text) else {
                faults.push(Fault::new(&place, "a quotation mark has no partner"));
                continue;
            };
            if fields.is_empty() {
                continue;
            }
            let line = Line {
                fields,
                place: &place,
            };
            let read = match open.take() {
                Some((name, zone)) => line
                    .continuation()
                    .and_then(|era| zone.and_then(era))
                    .map(|zone| self.take_zone(name, zone, &mut open)),
                None => self.record(&line, &mut open),
            };
            if let Err(fault) = read {
                faults.push(fault);
            }
        }
        if let Some((name, _)) = open {
            let missing = format!("zone {} has no line without UNTIL at its end", quote(&name));
            faults.push(Fault::new(&place, missing));
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            faults.push(Fault::new(
                &place,
                "the last line has no line end: is the file cut off",
            ));
        }
    }

    fn record(&mut self, line: &Line<'_>, open: &mut Option<(String, Zone)>) -> Result<(), Fault> {
        match line.keyword()? {
            Keyword::Link => {
                let (name, target) = line.link()?;
                let place = line.place.clone();
                self.links.insert(name, Link { target, place });
            }
            Keyword::Rule => {
                let (name, rule) = line.rule()?;
                self.rules.entry(name).or_default().push(rule);
            }
            Keyword::Zone => {
                let (name, era) = line.zone()?;
                if let Some(earlier) = self.zones.get(&name) {
                    let earlier = earlier.eras.first().map_or(0, |era| era.place.line);
                    return Err(Fault::in_field(
                        line.place,
                        "NAME",
                        format!(
                            "zone {} is defined already, in line {earlier}",
                            quote(&name)
                        ),
                    ));
                }
                self.take_zone(name, Zone { eras: vec![era] }, open);
            }
        }
        Ok(())
    }

    fn take_zone(&mut self, name: String, zone: Zone, open: &mut Option<(String, Zone)>) {
        if zone.eras.last().is_some_and(|era| era.until.is_some()) {
            *open = Some((name, zone));
        } else {
            self.zones.insert(name, zone);
        }
    }

    fn check_names(&self, faults: &mut Faults) {
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
        for (name, link) in &self.links {
            if self.canonical(name).is_none() {
                let dangling = format!(
                    "expected a zone or a link to one, found {}",
                    quote(&link.target)
                );
                faults.push(Fault::in_field(&link.place, "TARGET", dangling));
            }
        }
    }

    /// Follows links to a name that is none. A link beats a zone of the same name. `None` on a loop.
    fn follow<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut name = name;
        for _ in 0..=self.links.len() {
            match self.links.get(name) {
                Some(link) => name = &link.target,
                None => return Some(name),
            }
        }
        None
    }
}

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
            parse("Z A 0 Nobody X\nL Mars B\nL D C\nL C D\n").unwrap_err(),
            "`test` line 1, RULES: expected a rule's name or an amount of time, found `Nobody`\n\
             `test` line 2, TARGET: expected a zone or a link to one, found `Mars`\n\
             `test` line 3, TARGET: expected a zone or a link to one, found `D`\n\
             `test` line 4, TARGET: expected a zone or a link to one, found `C`"
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
            "`test` line 2, UNTIL: expected a time after the UNTIL of the line before\n\
             `test` line 3, first word: expected `Rule`, `Zone` or `Link`, found `0`"
        );
    }

    #[test]
    fn a_text_that_was_cut_off_is_noticed() {
        assert_eq!(
            parse("Z A 0 - X").unwrap_err(),
            "`test` line 1: the last line has no line end: is the file cut off"
        );
    }
}
