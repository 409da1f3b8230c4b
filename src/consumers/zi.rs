//! The zones of a tree as text in the form of `tzdata.zi`, which C++20's `std::chrono` reads instead of compiled zones.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    source::Tzdata,
    tree::{Node, Tree},
};

/// Cuts the text of `tzdata` to the zones in `tree`: its version, the rules that they use, the zones, the links.
///
/// The names are those of the tree: where it holds an alias alone, that is what the zone is called.
pub(super) fn cut(tzdata: &Tzdata, tree: &Tree) -> String {
    let lines: Vec<_> = tzdata
        .sources
        .iter()
        .flat_map(|file| file.text.lines())
        .filter_map(Line::parse)
        .collect();
    let names = Names::of(tree, &lines);
    let rules = names.rules(&lines);

    let version = tzdata.version.as_deref().unwrap_or("unknown");
    let mut text = vec![format!("# version {version}")];
    text.extend(lines.iter().filter_map(|line| match line {
        Line::Rule(name, rest) if rules.contains(name) => {
            Some(format!("R {name} {}", rest.join(" ")))
        }
        _ => None,
    }));
    let mut zone = None;
    for line in &lines {
        match line {
            Line::Zone(name, rest) => {
                zone = names.zones.get(name);
                text.extend(zone.map(|name| format!("Z {name} {}", rest.join(" "))));
            }
            Line::Continuation(fields) => text.extend(zone.map(|_| fields.join(" "))),
            Line::Link(..) | Line::Rule(..) => {}
        }
    }
    text.extend(
        names
            .links
            .iter()
            .map(|(alias, zone)| format!("L {zone} {alias}")),
    );
    text.push(String::new());
    text.join("\n")
}

/// A line of zone compiler input, as far as cutting needs to know it (zic(8)).
enum Line<'a> {
    /// The name of the rule, and what follows.
    Rule(&'a str, Vec<&'a str>),
    /// The name of the zone, and what follows.
    Zone(&'a str, Vec<&'a str>),
    /// More of the zone before.
    Continuation(Vec<&'a str>),
    /// The target, then the other name.
    Link(&'a str, &'a str),
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (line, _comment) = line.split_once('#').unwrap_or((line, ""));
        let fields: Vec<_> = line.split_whitespace().collect();
        match fields[..] {
            [keyword, name, ref rest @ ..] if is(keyword, "Rule") => {
                Some(Self::Rule(name, rest.to_vec()))
            }
            [keyword, name, ref rest @ ..] if is(keyword, "Zone") => {
                Some(Self::Zone(name, rest.to_vec()))
            }
            [keyword, target, alias] if is(keyword, "Link") => Some(Self::Link(target, alias)),
            [] => None,
            _ => Some(Self::Continuation(fields)),
        }
    }
}

/// What the zones are called in the tree.
struct Names<'a> {
    /// From the name in the text to the name that holds the zone in the tree.
    zones: BTreeMap<&'a str, &'a str>,
    /// From every other name in the tree to the one that holds the zone.
    links: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(tree: &'a Tree, lines: &[Line<'a>]) -> Self {
        let targets: BTreeMap<_, _> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Link(target, alias) => Some((*alias, *target)),
                _ => None,
            })
            .collect();
        let mut names = Self {
            zones: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        for (path, node) in tree.iter() {
            let (Some(name), Some(holder)) = (path.zone_name(), tree.follow(path).zone_name())
            else {
                continue;
            };
            match node {
                Node::Directory(_) => {}
                Node::Symlink(_) => {
                    names.links.insert(name, holder);
                }
                Node::File(_) => {
                    names.zones.insert(canonical(name, &targets), name);
                }
            }
        }
        names
    }

    /// The rules that the zones use.
    fn rules(&self, lines: &[Line<'a>]) -> BTreeSet<&'a str> {
        let mut rules = BTreeSet::new();
        let mut kept = false;
        for line in lines {
            match line {
                Line::Zone(name, rest) => {
                    kept = self.zones.contains_key(name);
                    rules.extend(rest.get(1).filter(|_| kept));
                }
                Line::Continuation(fields) => rules.extend(fields.get(1).filter(|_| kept)),
                Line::Link(..) | Line::Rule(..) => {}
            }
        }
        rules
    }
}

/// Follows links, of which a chain has at most as many as there are.
fn canonical<'a>(name: &'a str, targets: &BTreeMap<&'a str, &'a str>) -> &'a str {
    let mut canonical = name;
    for _ in 0..targets.len() {
        match targets.get(canonical) {
            Some(target) => canonical = target,
            None => break,
        }
    }
    canonical
}

/// A keyword may be written short and in any case.
fn is(word: &str, keyword: &str) -> bool {
    keyword
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{source::TextFile, tree::TreePath};

    fn tree(zones: &[&str], links: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for zone in zones {
            tree.file(TreePath::zone(zone).unwrap(), *b"").unwrap();
        }
        for (link, zone) in links {
            tree.symlink(
                TreePath::zone(link).unwrap(),
                &TreePath::zone(zone).unwrap(),
            )
            .unwrap();
        }
        tree
    }

    #[test]
    fn only_what_the_zones_use_is_left() {
        let tree = tree(&["Asia/Tokyo", "Etc/UTC"], &[("Japan", "Asia/Tokyo")]);
        assert_eq!(
            cut(&Tzdata::builtin(), &tree),
            "# version 2026f\n\
             R JP 1948 o - May Sa>=1 24 1 D\n\
             R JP 1948 1951 - S Sa>=8 25 0 S\n\
             R JP 1949 o - Ap Sa>=1 24 1 D\n\
             R JP 1950 1951 - May Sa>=1 24 1 D\n\
             Z Asia/Tokyo 9:18:59 - LMT 1887 D 31 15u\n\
             9 JP J%sT\n\
             Z Etc/UTC 0 - UTC\n\
             L Asia/Tokyo Japan\n"
        );
    }

    #[test]
    fn an_alias_without_its_zone_is_what_the_zone_is_called() {
        let text = cut(&Tzdata::builtin(), &tree(&["Zulu"], &[]));
        assert_eq!(text, "# version 2026f\nZ Zulu 0 - UTC\n");
    }

    /// As IANA's own files are written.
    #[test]
    fn long_lines_come_out_short() {
        let mut tzdata = Tzdata::builtin();
        tzdata.version = None;
        tzdata.sources = vec![TextFile {
            name: "test".to_owned(),
            text: Cow::Borrowed(
                "# Rule\tcomment\nRule\tA\t1990\tonly\t-\tJan\t1\t0:00\t0\t-\nZone\tX/Y\t0:00\t-\tA\t1990 # no more\n\
                 \t\t\t1:00\tA\tB\nZone X/Z 0 - Z\nLink X/Y X/V\nLink X/V X/W\n",
            ),
        }];
        assert_eq!(
            cut(&tzdata, &tree(&["X/W"], &[])),
            "# version unknown\nR A 1990 only - Jan 1 0:00 0 -\nZ X/W 0:00 - A 1990\n1:00 A B\n"
        );
    }
}
