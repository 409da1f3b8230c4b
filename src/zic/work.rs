//! How much work the zones of a source ask for, before any of it is done.
//!
//! A few lines can ask for billions of years, and a few thousand for each other's rules. The unit is one rule looked up
//! in one year of one era; no transition comes without one. All of 2026f takes about a million of them.

use std::collections::BTreeMap;

use super::{
    expand::Horizon,
    fault::{Fault, Faults},
    footer::Footer,
    form::Form,
    rule::Rule,
    source::Source,
    zone::{Era, EraRules, Zone},
};

/// Adds a fault for each zone that asks for too much, and one where all together do.
pub(super) fn check_work(source: &Source, faults: &mut Faults) {
    let sets = source.rule_sets();
    let spans = sets.map(|(name, rules)| (name, Span::of(rules)));
    let spans = spans.collect::<BTreeMap<_, _>>();
    let mut total = 0;
    for (_, zone) in source.zones() {
        let work = work_of(zone, source, &spans);
        if work > MOST_IN_A_ZONE {
            faults.push(too_much(zone, "this zone", MOST_IN_A_ZONE));
        } else {
            total += work;
        }
        if total > MOST {
            faults.push(too_much(zone, "all zones up to this one", MOST));
            return;
        }
    }
}

/// The rules of one name, as far as they decide how much work they are.
struct Span {
    rules: u64,
    first_year: i32,
}

impl Span {
    fn of(rules: &[Rule]) -> Self {
        Self {
            rules: rules.len() as u64,
            first_year: rules.iter().map(|rule| rule.from).min().unwrap_or_default(),
        }
    }

    fn work_until(&self, year: i32) -> u64 {
        let years = i64::from(year) - i64::from(self.first_year) + 1;
        self.rules * (1 + u64::try_from(years).unwrap_or_default())
    }
}

fn work_of(zone: &Zone, source: &Source, spans: &BTreeMap<&str, Span>) -> u64 {
    let until = |last_year: i32| {
        let eras = zone.eras.iter().map(|era| {
            let year = era.until.map_or(last_year, |until| until.year);
            match &era.rules {
                EraRules::Fixed(_) => 1,
                EraRules::Named(name) => spans
                    .get(name.as_str())
                    .map_or(1, |span| span.work_until(year)),
            }
        });
        eras.fold(0, u64::saturating_add)
    };
    // Only then is it worth while to go through the rules themselves.
    let least = until(i32::MIN);
    if least > MOST_IN_A_ZONE {
        return least;
    }
    let horizon = Horizon::of(source, zone, Form::Fat);
    let has_footer = |era: &Era| matches!(Footer::of(era, source.rules_of(era)), Ok(Some(_)));
    match zone.eras.last() {
        Some(era) if !has_footer(era) => until(horizon.extended().last_year()),
        _ => until(horizon.last_year()),
    }
}

fn too_much(zone: &Zone, what: &str, most: u64) -> Fault {
    let place = zone.eras.first().map(|era| era.place.clone());
    let much =
        format!("expected at most {most} rules times years to look up in {what}, found more");
    Fault::new(&place.unwrap_or_default(), much)
}

/// The largest of 2026f, America/Montevideo, takes 23,328.
const MOST_IN_A_ZONE: u64 = 4_000_000;

/// Twenty times what 2026f takes; no more transitions than this can come out of one source.
const MOST: u64 = 20_000_000;

#[cfg(test)]
mod tests {
    use super::super::source::File;
    use super::*;

    fn faults(text: &str) -> String {
        Source::parse(&[File { name: "test", text }])
            .map_or_else(|faults| faults.to_string(), |_| String::new())
    }

    #[test]
    fn a_zone_that_asks_for_millions_of_years_is_refused() {
        let rules = "R a 1 9999999 - Mar 1 0 1 D\nR a 1 9999999 - Oct 1 0 0 S\n";
        assert_eq!(
            faults(&format!("{rules}Z A 0 a X%sT\n")),
            "`test` line 3: expected at most 4000000 rules times years to look up in this zone, found more"
        );
        assert_eq!(
            faults("R a -2147483648 ma - Mar 1 0 0 -\nZ A 0 - LMT 1900\n0 a X%sT\n")
                .lines()
                .count(),
            1
        );
    }

    #[test]
    fn a_single_rule_in_a_distant_year_is_no_work() {
        assert_eq!(faults("R a 9999999 o - Mar 1 0 0 -\nZ A 0 a XXX\n"), "");
    }

    #[test]
    fn many_zones_under_many_rules_are_refused_together() {
        let rules = (1900..2100).map(|year| format!("R a {year} ma - Mar 1 0 0 -\n"));
        let zones = (0..1000).map(|number| format!("Z A{number} 0 a XXX\n"));
        let text = rules.chain(zones).collect::<String>();
        assert!(faults(&text).contains("in all zones up to this one, found more"));
    }
}
