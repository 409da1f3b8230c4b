//! The news of an update, as text for people and as JSON for programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use serde::Serialize;

use super::lost_roots;
use crate::{
    clock::Difference,
    digest::Sha256,
    json,
    lock::{CaLock, Lock, RootLine, ShortDigest, TzdataLock},
    notice::Notice,
    roots::{Root, Roots},
    source::Origin,
    text::escape,
};

/// What an [`UpdateReport`] is made of.
#[derive(Clone, Debug)]
pub struct News<'a> {
    /// Where the lock is.
    pub path: &'a Path,
    /// Whether it is left as it was.
    pub dry_run: bool,
    /// What it said.
    pub old: &'a Lock,
    /// What it says now.
    pub new: &'a Lock,
    /// All roots of the new source.
    pub roots: &'a Roots,
    /// The zones whose bytes change, each with the first difference of its clock, if that is known and there is one.
    pub differences: BTreeMap<String, Option<Difference>>,
}

/// What an update changes.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateReport {
    version: u8,
    lock: LockReport,
    roots: RootsReport,
    tzdata: TzdataReport,
    notices: Vec<Notice>,
}

#[derive(Clone, Debug, Serialize)]
struct LockReport {
    path: String,
    as_of: String,
    /// `unchanged`, `renewed`, or `stale`: there are news, and this was a dry run.
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Renewed,
    Stale,
    Unchanged,
}

#[derive(Clone, Debug, Serialize)]
struct RootsReport {
    before: CaReport,
    after: CaReport,
    added: Vec<Added>,
    removed: Vec<Removed>,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct CaReport {
    source: Origin,
    sha256: Sha256,
    count: usize,
}

/// A root that the lock did not have.
#[derive(Clone, Debug, Serialize)]
struct Added {
    name: String,
    sha256: Sha256,
    not_after: String,
    /// Whether the program carries it too; if not, a second source for it is worth a look.
    builtin: bool,
}

/// A root that the lock has no longer.
#[derive(Clone, Debug, Serialize)]
struct Removed {
    name: String,
    /// The first 16 digits, for the lock holds no more.
    sha256: String,
    /// The code of a dropped certificate, `expired`, or `gone`.
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct TzdataReport {
    before: DataReport,
    after: DataReport,
    changed: Vec<ChangedZone>,
    unchanged: usize,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct DataReport {
    source: Origin,
    sha256: Sha256,
    version: Option<String>,
}

/// A zone whose file changes.
#[derive(Clone, Debug, Serialize)]
struct ChangedZone {
    name: String,
    /// Null if the clock is the same, or the old data cannot be had.
    first_difference: Option<Difference>,
}

impl UpdateReport {
    /// Puts the news and the notices together.
    #[must_use]
    pub fn new(news: News<'_>, mut notices: Vec<Notice>) -> Self {
        notices.sort();
        Self {
            version: 1,
            lock: LockReport::of(&news),
            roots: RootsReport::of(&news),
            tzdata: TzdataReport::of(news),
            notices,
        }
    }

    /// The notices, warnings first.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The report as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::encode(self)
    }
}

/// The report as text.
impl fmt::Display for UpdateReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            lock,
            roots,
            tzdata,
            ..
        } = self;
        writeln!(f, "{lock}")?;
        let mut line = |label: &str, value: &dyn fmt::Display| writeln!(f, "  {label:<9} {value}");
        line("roots", &roots.summary())?;
        for added in &roots.added {
            line("added", added)?;
        }
        for removed in &roots.removed {
            line("removed", removed)?;
        }
        line("tzdata", &tzdata.summary())?;
        for zone in &tzdata.changed {
            line("changed", zone)?;
        }
        line("zones", &tzdata.counts())
    }
}

impl LockReport {
    fn of(news: &News<'_>) -> Self {
        Self {
            path: news.path.display().to_string(),
            as_of: news.new.ca.as_of.to_string(),
            state: match (news.old == news.new, news.dry_run) {
                (true, _) => State::Unchanged,
                (false, true) => State::Stale,
                (false, false) => State::Renewed,
            },
        }
    }
}

impl fmt::Display for LockReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, as_of, state } = self;
        let state = match state {
            State::Renewed => "renewed",
            State::Stale => "would be renewed",
            State::Unchanged => "is up to date",
        };
        write!(f, "{} {state}, certificates as of {as_of}", escape(path))
    }
}

impl RootsReport {
    fn of(news: &News<'_>) -> Self {
        let (old, new) = (&news.old.ca, &news.new.ca);
        Self {
            before: CaReport::of(old),
            after: CaReport::of(new),
            added: added(old, new, news.roots),
            removed: lost_roots(old, new)
                .map(|root| Removed::of(root, new))
                .collect(),
        }
    }

    fn summary(&self) -> String {
        let Self { before, after, .. } = self;
        let source = escape(&after.source.to_string());
        if before.source == after.source {
            return format!("{} from {source}", after.count);
        }
        let old_source = escape(&before.source.to_string());
        format!(
            "{} from {source}, before {} from {old_source}",
            after.count, before.count
        )
    }
}

impl CaReport {
    fn of(lock: &CaLock) -> Self {
        Self {
            source: lock.pin.origin.clone(),
            sha256: lock.pin.sha256,
            count: lock.roots.len(),
        }
    }
}

/// The roots of `new` that `old` does not have, in the order of the roots.
fn added(old: &CaLock, new: &CaLock, roots: &Roots) -> Vec<Added> {
    let digests = |lock: &CaLock| -> BTreeSet<ShortDigest> {
        lock.roots.iter().map(|root| root.sha256.clone()).collect()
    };
    let (old, new) = (digests(old), digests(new));
    let is_added = |root: &&Root| {
        let sha256 = root.sha256().into();
        new.contains(&sha256) && !old.contains(&sha256)
    };
    roots.kept.iter().filter(is_added).map(Added::of).collect()
}

impl Added {
    fn of(root: &Root) -> Self {
        Self {
            name: root.name().to_owned(),
            sha256: root.sha256(),
            not_after: crate::lock::day_of(root.not_after()).to_string(),
            builtin: is_builtin(root),
        }
    }
}

fn is_builtin(root: &Root) -> bool {
    let builtin = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    builtin.iter().any(|der| der.as_ref() == root.der())
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {}, until {}",
            escape(&self.name),
            self.sha256.short(),
            self.not_after
        )?;
        if !self.builtin {
            f.write_str("; new: not among the built-in roots")?;
        }
        Ok(())
    }
}

impl Removed {
    fn of(root: &RootLine, new: &CaLock) -> Self {
        let dropped = new
            .dropped
            .iter()
            .find(|dropped| dropped.sha256 == root.sha256);
        let reason = match dropped {
            Some(dropped) => dropped.reason.clone(),
            None if root.not_after < new.as_of => "expired".to_owned(),
            None => "gone".to_owned(),
        };
        Self {
            name: escape(&root.name),
            sha256: root.sha256.to_string(),
            reason,
        }
    }
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason.as_str() {
            "gone" => "no longer in the source",
            reason => reason,
        };
        write!(f, "`{}` {}: {reason}", self.name, self.sha256)
    }
}

impl TzdataReport {
    fn of(news: News<'_>) -> Self {
        let changed = news.differences.into_iter();
        let changed: Vec<_> = changed
            .map(|(name, first_difference)| ChangedZone {
                name,
                first_difference,
            })
            .collect();
        Self {
            before: DataReport::of(&news.old.tzdata),
            after: DataReport::of(&news.new.tzdata),
            unchanged: news.new.tzdata.zones.len() - changed.len(),
            changed,
        }
    }

    fn summary(&self) -> String {
        let Self { before, after, .. } = self;
        let version = |report: &DataReport| {
            report
                .version
                .clone()
                .unwrap_or_else(|| "of unknown version".to_owned())
        };
        let source = escape(&after.source.to_string());
        if before == after {
            return format!("{} from {source}", version(after));
        }
        let old_source = escape(&before.source.to_string());
        format!(
            "{} from {source}, before {} from {old_source}",
            version(after),
            version(before)
        )
    }

    fn counts(&self) -> String {
        let changed = self.changed.len();
        format!("{changed} changed, {} unchanged", self.unchanged)
    }
}

impl DataReport {
    fn of(lock: &TzdataLock) -> Self {
        Self {
            source: lock.pin.origin.clone(),
            sha256: lock.pin.sha256,
            version: lock.version.as_deref().map(escape),
        }
    }
}

impl fmt::Display for ChangedZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", escape(&self.name))?;
        match &self.first_difference {
            None => f.write_str(": other bytes, no other time is known"),
            Some(Difference { at, before, after }) => {
                let from = at.map_or_else(|| "the beginning".to_owned(), |at| at.to_string());
                write!(f, " from {from} on: {after}, before {before}")
            }
        }
    }
}
