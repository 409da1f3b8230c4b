//! The tables of zones and countries, cut to the zones of a tree.
//!
//! Comments are left out. Programs skip them, and they explain rows that are gone.

use std::collections::BTreeSet;

use crate::{
    source::Tables,
    tree::{Tree, TreePath},
};

/// The rows of `zone.tab` or `zone1970.tab` whose zone is in `tree`.
pub(super) fn zones(table: &str, tree: &Tree) -> String {
    rows(table)
        .filter(|row| zone(row).is_some_and(|zone| holds(tree, zone)))
        .map(line)
        .collect()
}

/// The rows of `iso3166.tab` whose country occurs in one of the cut tables of zones.
pub(super) fn countries(tables: &Tables, tree: &Tree) -> String {
    let zones = [&tables.zone, &tables.zone1970]
        .map(|table| zones(table, tree))
        .concat();
    let codes: BTreeSet<&str> = rows(&zones).flat_map(|row| first(row).split(',')).collect();
    rows(&tables.iso3166)
        .filter(|row| codes.contains(first(row)))
        .map(line)
        .collect()
}

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn first(row: &str) -> &str {
    row.split('\t').next().unwrap_or_default()
}

fn zone(row: &str) -> Option<&str> {
    row.split('\t').nth(2)
}

fn holds(tree: &Tree, zone: &str) -> bool {
    TreePath::zone(zone).is_ok_and(|path| tree.at(&path).is_some())
}

fn line(row: &str) -> String {
    format!("{row}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Tzdata;

    fn tree(zones: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for zone in zones {
            tree.file(TreePath::zone(zone).unwrap(), *b"").unwrap();
        }
        tree
    }

    #[test]
    fn rows_stay_for_the_names_that_are_in_the_tree() {
        let tables = Tzdata::builtin().tables;
        let tree = tree(&["Asia/Shanghai", "Europe/Zurich", "Europe/Vaduz", "UTC"]);
        assert_eq!(
            zones(&tables.zone, &tree),
            "CH\t+4723+00832\tEurope/Zurich\n\
             CN\t+3114+12128\tAsia/Shanghai\tBeijing Time\n\
             LI\t+4709+00931\tEurope/Vaduz\n"
        );
        assert_eq!(
            zones(&tables.zone1970, &tree),
            "CH,DE,LI\t+4723+00832\tEurope/Zurich\tBüsingen\n\
             CN\t+3114+12128\tAsia/Shanghai\tBeijing Time\n"
        );
        // Germany is there for Büsingen: a row must not name a country that the table of countries lacks.
        assert_eq!(
            countries(&tables, &tree),
            "CH\tSwitzerland\nCN\tChina\nDE\tGermany\nLI\tLiechtenstein\n"
        );
    }

    #[test]
    fn without_zones_the_tables_are_empty() {
        let tables = Tzdata::builtin().tables;
        let tree = tree(&["PRC"]);
        assert_eq!(zones(&tables.zone, &tree), "");
        assert_eq!(countries(&tables, &tree), "");
    }
}
