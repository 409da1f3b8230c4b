//! What each consumer finds in a bundle, and what it would need.

use std::{collections::BTreeSet, fmt};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    Checked,
    bundle::{Bundle, Entry, Kind},
};
use crate::{
    consumers::{Consumer, Need, Thing},
    digest::Sha256,
    lock::day_of,
    roots::{Dropped, Reason, Roots, Rules},
    text,
    tree::TreePath,
};

/// A bundle as its consumers see it.
#[derive(Clone, Debug, Serialize)]
pub struct Inventory {
    /// The digest of the uncompressed archive.
    pub diff_id: Sha256,
    /// How many roots the certificate file holds.
    pub roots: usize,
    /// The names of the time zones.
    pub zones: Vec<String>,
    /// What is looked for, each place once.
    pub sights: Vec<Sight>,
}

/// A place where consumers look, and what they find.
#[derive(Clone, Debug, Serialize)]
pub struct Sight {
    /// Those who look.
    pub consumers: Vec<Consumer>,
    /// Which part or build of them.
    pub reader: &'static str,
    /// The place, absolute.
    pub path: String,
    /// What is there; nothing, if it is missing or of no use.
    pub found: Option<String>,
    /// What to do if nothing is there.
    pub advice: Option<String>,
}

pub(super) fn take(bundle: &Bundle, file: &str, as_of: Timestamp) -> Checked<Inventory> {
    let mut problems = Vec::new();
    let certificates = TreePath::certificates();
    let roots = match contents(bundle, certificates.as_str()) {
        Some(pem) => Rules::new(day_of(as_of))
            .and_then(|rules| Roots::parse_pem(pem, &format!("/{certificates}"), &rules))
            .map(|roots| loaded(&roots))
            .map_err(|error| problems.push(error.render()))
            .unwrap_or_default(),
        None => 0,
    };
    let zones = zones(bundle, &mut problems);
    problems.extend(
        bundle
            .iter()
            .filter_map(|(path, entry)| unusable(bundle, path, entry)),
    );
    if roots == 0 && zones.is_empty() && problems.is_empty() {
        problems.push("there are neither certificates nor time zones in it".to_owned());
    }
    let mut inventory = Inventory {
        diff_id: bundle.diff_id(),
        roots,
        zones,
        sights: Vec::new(),
    };
    inventory.sights = inventory.look(bundle);
    Checked {
        file: file.to_owned(),
        subject: inventory,
        problems,
    }
}

/// How many roots programs load. They know no policy, and `--allow-denied` may have kept what it denies.
fn loaded(roots: &Roots) -> usize {
    let is_denied =
        |dropped: &&Dropped| matches!(dropped.reason, Reason::Denied(_) | Reason::Distrusted(_));
    roots.kept.len() + roots.dropped.iter().filter(is_denied).count()
}

impl Inventory {
    fn look(&self, bundle: &Bundle) -> Vec<Sight> {
        let mut sights: Vec<Sight> = Vec::new();
        for &consumer in Consumer::ALL {
            for need in consumer.needs() {
                let path = format!("/{}", need.path);
                let same = |sight: &&mut Sight| sight.reader == need.reader && sight.path == path;
                if let Some(sight) = sights.iter_mut().find(same) {
                    sight.consumers.push(consumer);
                    continue;
                }
                let found = self.find(bundle, need);
                let advice = found.is_none().then(|| self.advise(consumer, need));
                sights.push(Sight {
                    consumers: vec![consumer],
                    reader: need.reader,
                    path,
                    found,
                    advice,
                });
            }
        }
        sights
    }

    fn find(&self, bundle: &Bundle, need: Need) -> Option<String> {
        if need.thing == Thing::Zones {
            return (!self.zones.is_empty()).then(|| count(self.zones.len(), "zone"));
        }
        let bytes = contents(bundle, need.path)?;
        match need.thing {
            Thing::Roots => {
                let certificates = contents(bundle, TreePath::certificates().as_str());
                (self.roots > 0 && certificates == Some(bytes)).then(|| count(self.roots, "root"))
            }
            Thing::TrustStore => Some(count(entries_of_trust_store(bytes)?, "root")),
            Thing::Zone => bytes.starts_with(b"TZif").then(|| file_name(need.path)),
            Thing::ZonesAsText => {
                let version = bytes
                    .strip_prefix(b"# version ")?
                    .split(|&byte| byte == b'\n')
                    .next()?;
                Some(format!(
                    "tzdata {}",
                    text::escape(&String::from_utf8_lossy(version))
                ))
            }
            _ => Some(file_name(need.path)),
        }
    }

    fn advise(&self, consumer: Consumer, need: Need) -> String {
        let certificates = TreePath::certificates();
        if need.thing == Thing::Roots && (self.roots == 0 || need.path == certificates.as_str()) {
            return "make the bundle with certificates: `--ca all`".to_owned();
        }
        if need.thing == Thing::Zones {
            return "make the bundle with time zones: `--zones`".to_owned();
        }
        let advice = format!("add `--for {consumer}`");
        match need.variable {
            Some(variable) => format!("{advice} or set `{variable}=/{certificates}`"),
            None => advice,
        }
    }
}

impl fmt::Display for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, {}",
            count(self.roots, "root"),
            count(self.zones.len(), "zone")
        )?;
        write!(f, "  sha256 (diff_id) {}", self.diff_id)?;
        let width = self
            .sights
            .iter()
            .map(|sight| sight.who().len())
            .max()
            .unwrap_or_default();
        for sights in self.sights.chunk_by(|one, next| one.who() == next.who()) {
            write!(f, "\n  {:width$}  {}", sights[0].who(), summary(sights))?;
        }
        Ok(())
    }
}

/// One line for places that the same readers look at: all that is missing, else what is found.
fn summary(sights: &[Sight]) -> String {
    let missing: Vec<_> = sights
        .iter()
        .filter(|sight| sight.found.is_none())
        .collect();
    let Some(first) = missing.first() else {
        let found: BTreeSet<_> = sights
            .iter()
            .filter_map(|sight| sight.found.as_deref())
            .collect();
        return Vec::from_iter(found).join(", ");
    };
    let paths: Vec<_> = missing
        .iter()
        .map(|sight| format!("`{}`", sight.path))
        .collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let advice = first.advice.as_deref().unwrap_or_default();
    format!("{} {verb} missing: {advice}", paths.join(", "))
}

impl Sight {
    fn who(&self) -> String {
        let consumers: Vec<_> = self.consumers.iter().map(ToString::to_string).collect();
        format!("{} ({})", consumers.join(", "), self.reader)
    }
}

/// The names below the folder of zones whose file is one that programs can read.
fn zones(bundle: &Bundle, problems: &mut Vec<String>) -> Vec<String> {
    let mut zones = Vec::new();
    for (path, entry) in bundle.iter() {
        let Some(name) = path.strip_prefix(ZONES) else {
            continue;
        };
        if matches!(entry.kind, Kind::Directory | Kind::Special) {
            continue;
        }
        let Some(bytes) = contents(bundle, path).filter(|bytes| bytes.starts_with(b"TZif")) else {
            continue;
        };
        let name = text::escape(name);
        match TimeZone::tzif(&name, bytes) {
            Ok(_) => zones.push(name),
            Err(error) => problems.push(format!("the time zone `{name}` is damaged: {error}")),
        }
    }
    zones
}

/// What nobody, or not everybody, can read.
fn unusable(bundle: &Bundle, path: &str, entry: &Entry) -> Option<String> {
    let shown = text::escape(path);
    match &entry.kind {
        Kind::Symlink(target) if bundle.find(path).is_none() => {
            let target = text::escape(target);
            Some(format!(
                "the link `/{shown}` leads nowhere: `{target}` is not in the bundle"
            ))
        }
        Kind::File(_)
            if OURS.iter().any(|folder| path.starts_with(folder))
                && entry.mode & 0o444 != 0o444 =>
        {
            Some(format!(
                "`/{shown}` has the mode {:04o}: users other than root cannot read it",
                entry.mode
            ))
        }
        Kind::Directory
            if OURS
                .iter()
                .any(|folder| format!("{path}/").starts_with(folder))
                && entry.mode & 0o555 != 0o555 =>
        {
            Some(format!(
                "`/{shown}` has the mode {:04o}: users other than root cannot look into it",
                entry.mode
            ))
        }
        _ => None,
    }
}

fn contents<'a>(bundle: &'a Bundle, path: &str) -> Option<&'a [u8]> {
    match &bundle.find(path)?.1.kind {
        Kind::File(bytes) => Some(bytes),
        _ => None,
    }
}

/// A JKS trust store says how many entries it has after its magic and version.
fn entries_of_trust_store(bytes: &[u8]) -> Option<usize> {
    let count = bytes
        .strip_prefix(b"\xfe\xed\xfe\xed\0\0\0\x02")?
        .first_chunk()?;
    usize::try_from(u32::from_be_bytes(*count)).ok()
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

const ZONES: &str = "usr/share/zoneinfo/";

/// Where consumers look.
const OURS: [&str; 2] = ["etc/", "usr/"];
