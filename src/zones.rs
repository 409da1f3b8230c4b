//! What users mean by a time zone: selectors, names, aliases, countries.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use crate::{error::Error, notice::Notice, source::Tables, text::escape, zic};

mod files;
mod nearest;

pub use files::ZoneFile;

/// One item of `--zones`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Selector {
    /// `all`: every name.
    All,
    /// `country:CN`: the names that `zone.tab` lists for a country, by its ISO 3166 code in upper case.
    Country(String),
    /// A name, or a pattern of which each `*` stands for any text; upper and lower case do not matter.
    Name(String),
    /// `none`: no time zone at all.
    None,
}

/// The names that were asked for, grouped by the zone that each stands for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    zones: BTreeMap<String, BTreeSet<String>>,
    /// Names that were corrected, or that newer ones have taken the place of.
    pub notices: Vec<Notice>,
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.split_once(':') {
            Some((kind, code)) if kind.eq_ignore_ascii_case("country") => {
                Ok(Self::Country(code.to_ascii_uppercase()))
            }
            _ if text.is_empty() => Err("a name is empty".to_owned()),
            _ if text.eq_ignore_ascii_case("all") => Ok(Self::All),
            _ if text.eq_ignore_ascii_case("none") => Ok(Self::None),
            _ => Ok(Self::Name(text.to_owned())),
        }
    }
}

impl Selection {
    /// Finds everything that the selectors name in `source` and its tables.
    ///
    /// # Errors
    ///
    /// All selectors that match nothing, each with what was probably meant.
    pub fn resolve(
        selectors: &[Selector],
        source: &zic::Source,
        tables: &Tables,
    ) -> Result<Self, Error> {
        let mut selection = Self::default();
        if selectors.contains(&Selector::None) {
            return match selectors {
                [_] => Ok(selection),
                _ => Err(Error::usage("`none` stands beside other time zones")
                    .help("name the zones that are wanted, or only `none`")),
            };
        }
        let unknown = selectors
            .iter()
            .filter_map(|selector| selection.add(selector, source, tables).err())
            .collect::<Vec<_>>();
        if unknown.is_empty() {
            selection.notices.sort();
            selection.notices.dedup();
            Ok(selection)
        } else {
            Err(unknown_zones(&unknown))
        }
    }

    /// Finds the one name that `selector` stands for.
    ///
    /// # Errors
    ///
    /// It matches nothing, or more than one name.
    pub fn resolve_one(
        selector: &Selector,
        source: &zic::Source,
        tables: &Tables,
    ) -> Result<String, Error> {
        let selection = Self::resolve(std::slice::from_ref(selector), source, tables)?;
        let mut names = selection.zones.into_values().flatten();
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            _ => Err(
                Error::usage("a local time zone is one zone, not several and not none")
                    .help("`--localtime` takes a name such as `Asia/Shanghai`"),
            ),
        }
    }

    /// Each zone and the names under which it was asked for, sorted.
    pub fn zones(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.zones
            .iter()
            .map(|(zone, names)| (zone.as_str(), names))
    }

    fn add(
        &mut self,
        selector: &Selector,
        source: &zic::Source,
        tables: &Tables,
    ) -> Result<(), Unknown> {
        match selector {
            Selector::All => self.extend(source.names(), source),
            Selector::Country(code) => self.extend(zones_of(code, source, tables)?, source),
            Selector::Name(pattern) if pattern.contains('*') => {
                let matching = source
                    .names()
                    .filter(|name| matches(pattern, name))
                    .collect::<Vec<_>>();
                if matching.is_empty() {
                    return Err(Unknown::new(
                        pattern,
                        "no time zone has a name of this form",
                    ));
                }
                self.extend(matching, source);
            }
            Selector::Name(name) => self.add_name(name, source, tables)?,
            Selector::None => {}
        }
        Ok(())
    }

    fn add_name(
        &mut self,
        asked: &str,
        source: &zic::Source,
        tables: &Tables,
    ) -> Result<(), Unknown> {
        let is_asked = |name: &&str| name.eq_ignore_ascii_case(asked);
        let Some(name) = source
            .names()
            .find(is_asked)
            .filter(|name| *name != PLACEHOLDER)
        else {
            return Err(Unknown::new(
                asked,
                &nearest::explain(asked, source, tables),
            ));
        };
        if name != asked {
            let message = format!(
                "`{}` is written `{name}`: programs find it only so",
                escape(asked)
            );
            self.notices.push(Notice::warning("zone-case", message));
        }
        if let Some(modern) = modern_name(name, source, tables) {
            let message = format!(
                "`{name}` is an old name that is kept for compatibility; today it is `{modern}`"
            );
            self.notices.push(Notice::info("zone-obsolescent", message));
        }
        self.extend([name], source);
        Ok(())
    }

    fn extend<'a>(&mut self, names: impl IntoIterator<Item = &'a str>, source: &'a zic::Source) {
        for name in names {
            if let Some(zone) = source.canonical(name) {
                self.zones
                    .entry(zone.to_owned())
                    .or_default()
                    .insert(name.to_owned());
            }
        }
    }
}

/// A selector that matches nothing, and what to say about it.
struct Unknown {
    asked: String,
    reason: String,
}

impl Unknown {
    fn new(asked: &str, reason: &str) -> Self {
        Self {
            asked: format!("`{}`", escape(asked)),
            reason: reason.to_owned(),
        }
    }
}

/// Longer names stand out of the column. (A width of more than 65535 makes `format!` panic.)
const WIDEST_COLUMN: usize = 40;

fn unknown_zones(unknown: &[Unknown]) -> Error {
    let width = unknown
        .iter()
        .map(|unknown| unknown.asked.chars().count())
        .max()
        .unwrap_or_default()
        .min(WIDEST_COLUMN);
    let plural = if unknown.len() == 1 { "" } else { "s" };
    let lines = unknown
        .iter()
        .map(|Unknown { asked, reason }| format!("{asked:width$}  {reason}"));
    Error::usage(format!("{} unknown time zone{plural}", unknown.len()))
        .faults(lines)
        .help("`bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too")
}

/// The country for which `zone.tab` lists `name`, by its ISO 3166 code. Old names have none, for the zone that they stand
/// for today may be in another country.
#[must_use]
pub fn country_of<'a>(name: &str, tables: &'a Tables) -> Option<&'a str> {
    let row = rows(&tables.zone).find(|row| row.get(2) == Some(&name))?;
    row.first().copied()
}

/// The names of `zone.tab` for a country.
fn zones_of<'a>(
    code: &str,
    source: &'a zic::Source,
    tables: &'a Tables,
) -> Result<Vec<&'a str>, Unknown> {
    let rows = rows(&tables.zone);
    let names = rows
        .filter(|row| row[0] == code)
        .filter_map(|row| row.get(2).copied())
        .filter(|name| source.canonical(name).is_some())
        .collect::<Vec<_>>();
    if names.is_empty() {
        let asked = format!("country:{code}");
        return Err(Unknown::new(
            &asked,
            &nearest::explain_country(code, tables),
        ));
    }
    Ok(names)
}

/// The modern name for one that is only kept for compatibility: a link that `zone.tab` does not list, other than those
/// for universal time.
fn modern_name<'a>(name: &'a str, source: &'a zic::Source, tables: &Tables) -> Option<&'a str> {
    let zone = source
        .canonical(name)
        .filter(|zone| *zone != name && !zone.starts_with("Etc/"))?;
    let is_listed = rows(&tables.zone).any(|row| row.get(2) == Some(&name));
    (!is_listed).then_some(zone)
}

/// The rows of a table of tab-separated columns, without comments.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// Whether `name` has the form of `pattern`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let last = parts.next_back().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// tzdata's stand-in for "not set": nobody means it.
const PLACEHOLDER: &str = "Factory";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Tzdata;

    fn resolve(selectors: &str) -> Result<Selection, String> {
        let tzdata = Tzdata::builtin();
        let files = tzdata.zic_files();
        let source = zic::Source::parse(&files).unwrap();
        let selectors = selectors
            .split(',')
            .map(|text| text.parse().unwrap())
            .collect::<Vec<_>>();
        Selection::resolve(&selectors, &source, &tzdata.tables).map_err(|error| error.render())
    }

    fn names(selectors: &str) -> Vec<String> {
        let selection = resolve(selectors).unwrap();
        selection
            .zones()
            .flat_map(|(_, names)| names.clone())
            .collect()
    }

    #[test]
    fn names_are_grouped_by_the_zone_they_stand_for() {
        let selection = resolve("PRC,Asia/Tokyo,Asia/Shanghai").unwrap();
        let zones = selection
            .zones()
            .map(|(zone, names)| (zone, names.iter().map(String::as_str).collect()));
        assert_eq!(
            zones.collect::<Vec<(_, Vec<_>)>>(),
            [
                ("Asia/Shanghai", vec!["Asia/Shanghai", "PRC"]),
                ("Asia/Tokyo", vec!["Asia/Tokyo"])
            ]
        );
    }

    #[test]
    fn patterns_match_across_slashes_and_countries_as_zone_tab_says() {
        assert_eq!(names("*/shanghai"), ["Asia/Shanghai"]);
        assert_eq!(names("country:cn"), ["Asia/Shanghai", "Asia/Urumqi"]);
        assert_eq!(names("Country:no"), ["Europe/Oslo"]);
        assert!(names("America/*").contains(&"America/Argentina/Salta".to_owned()));
        assert_eq!(names("ALL").len(), 598);
        assert!(names("none").is_empty());
    }

    #[test]
    fn a_name_in_another_case_is_corrected_with_a_warning() {
        let selection = resolve("asia/shanghai").unwrap();
        assert_eq!(selection.zones().next().unwrap().0, "Asia/Shanghai");
        assert_eq!(
            selection.notices,
            [Notice::warning(
                "zone-case",
                "`asia/shanghai` is written `Asia/Shanghai`: programs find it only so"
            )]
        );
    }

    #[test]
    fn an_old_name_is_taken_with_a_remark_that_tells_the_modern_one() {
        for (old, modern) in [("PRC", "Asia/Shanghai"), ("US/Eastern", "America/New_York")] {
            assert_eq!(
                resolve(old).unwrap().notices,
                [Notice::info(
                    "zone-obsolescent",
                    format!(
                        "`{old}` is an old name that is kept for compatibility; today it is `{modern}`"
                    )
                )]
            );
        }
        assert!(
            resolve("Europe/Oslo,UTC,Etc/GMT+0")
                .unwrap()
                .notices
                .is_empty()
        );
    }

    #[test]
    fn all_unknown_zones_come_in_one_error() {
        assert_eq!(
            resolve("Asia/Shangai,Asia/Tokyo,Mars/Olympus").unwrap_err(),
            "2 unknown time zones\n  \
             `Asia/Shangai`  a similar zone exists: `Asia/Shanghai`\n  \
             `Mars/Olympus`  no similar zone exists\n  \
             help: `bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too"
        );
    }

    #[test]
    fn none_stands_alone() {
        assert!(
            resolve("none,UTC")
                .unwrap_err()
                .starts_with("`none` stands beside other time zones")
        );
    }

    #[test]
    fn each_star_stands_for_any_text() {
        assert!(matches("a*b*c", "AxxbyyC"));
        assert!(matches("*", "anything"));
        assert!(matches("a**", "a"));
        assert!(!matches("a*a", "a"));
        assert!(!matches("a*b*c", "acb"));
    }
}
