//! What of the checked roots goes into the bundle.

use super::{
    Dropped, Finding, Root, Roots, Rules,
    finding::Provenance,
    selector::{Prefix, Selector},
};
use crate::{error::Error, notice::Notice, text};

/// Which roots of a source are taken.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Choice {
    /// What is kept; empty for all. Sorted.
    ca: Vec<Selector>,
    /// What is left out of that. Sorted.
    exclude: Vec<Selector>,
    /// Denied roots that are kept all the same. Sorted.
    allowed: Vec<Prefix>,
}

impl Choice {
    /// The same choice is equal, whatever the order in which it is told.
    #[must_use]
    pub fn new(ca: Vec<Selector>, exclude: Vec<Selector>, allowed: Vec<Prefix>) -> Self {
        let sorted = |mut selectors: Vec<Selector>| {
            selectors.sort_by_cached_key(ToString::to_string);
            selectors.dedup();
            selectors
        };
        let is_all = ca == [Selector::All];
        let mut allowed = allowed;
        allowed.sort();
        allowed.dedup();
        Self {
            ca: if is_all { Vec::new() } else { sorted(ca) },
            exclude: sorted(exclude),
            allowed,
        }
    }

    /// What is kept; empty for all.
    #[must_use]
    pub fn ca(&self) -> &[Selector] {
        &self.ca
    }

    /// What is left out of that.
    #[must_use]
    pub fn exclude(&self) -> &[Selector] {
        &self.exclude
    }

    /// Denied roots that are kept all the same.
    #[must_use]
    pub fn allowed(&self) -> &[Prefix] {
        &self.allowed
    }
}

impl Roots {
    /// Leaves in what is chosen, then adds `extra`.
    ///
    /// # Errors
    ///
    /// Asked wrongly: a selector that matches nothing (all of them in one error, with the nearest names), a denied root to
    /// allow that is not there, or no root left although the user did not ask for none.
    pub fn choose(
        mut self,
        choice: Choice,
        extra: Vec<Self>,
        rules: &Rules,
    ) -> Result<Self, Error> {
        let Choice { ca, exclude, .. } = &choice;
        self.expect_matches(ca, exclude)?;
        let total = self.kept.len();
        let is_chosen = |root: &Root| {
            (ca.is_empty() || ca.iter().any(|selector| selector.matches(root)))
                && !exclude.iter().any(|selector| selector.matches(root))
        };
        // What the user allows may be in the source and yet not chosen, which is no mistake.
        let mut unmet: Vec<&Prefix> = rules.allowed().iter().collect();
        for roots in extra.iter().chain([&self]) {
            unmet.retain(|prefix| !roots.kept.iter().any(|root| is_allowed(root, prefix)));
        }
        if !unmet.is_empty() {
            return Err(refuse_unmet(&unmet));
        }

        self.kept.retain(is_chosen);
        let chosen = self.kept.len();
        let wants_none = *ca == [Selector::None];
        for roots in extra {
            self.add(roots);
        }
        if self.kept.is_empty() && !wants_none {
            return Err(Error::usage("the selectors leave no root in the bundle")
                .help("`--ca none` makes a bundle without roots"));
        }
        if chosen < total && !wants_none {
            let message = format!(
                "only {chosen} of {total} roots are in the bundle: a server that changes its CA may become unreachable"
            );
            self.remarks.push(Notice::warning(PRUNED, message));
        }
        self.choice = choice;
        Ok(self.settle())
    }

    /// Adds roots of the user's own. One that is also in the source counts as the user's.
    fn add(&mut self, extra: Self) {
        for root in extra.kept {
            match self
                .kept
                .iter_mut()
                .find(|known| known.sha256() == root.sha256())
            {
                Some(known) => {
                    let message = format!("the source has it too: {root}");
                    self.remarks.push(Notice::info("duplicate", message));
                    known.provenance = Provenance::Extra;
                }
                None => self.kept.push(root),
            }
        }
        self.remarks.extend(extra.remarks);
    }

    /// Refuses selectors that match no root. A root that was dropped need not be excluded, but may be.
    fn expect_matches(&self, ca: &[Selector], exclude: &[Selector]) -> Result<(), Error> {
        let matches_kept = |selector: &Selector| {
            matches!(selector, Selector::All | Selector::None)
                || self.kept.iter().any(|root| selector.matches(root))
        };
        let matches_dropped = |selector: &Selector| {
            self.dropped
                .iter()
                .any(|dropped| selector.matches_dropped(dropped))
        };
        let idle: Vec<&Selector> = ca
            .iter()
            .filter(|selector| !matches_kept(selector))
            .chain(
                exclude
                    .iter()
                    .filter(|selector| !matches_kept(selector) && !matches_dropped(selector)),
            )
            .collect();
        if idle.is_empty() {
            return Ok(());
        }
        let message = match idle.len() {
            1 => "a root selector matches nothing".to_owned(),
            count => format!("{count} root selectors match nothing"),
        };
        Err(Error::usage(message)
            .faults(idle.iter().map(|selector| self.explain(selector)))
            .help("`bundle roots` lists every root"))
    }

    /// Why a selector matches nothing.
    fn explain(&self, selector: &Selector) -> String {
        let shown = text::escape(&selector.to_string());
        let dropped = self
            .dropped
            .iter()
            .find(|dropped| selector.matches_dropped(dropped));
        if let Some(dropped) = dropped {
            return format!("`{shown}`  was left out: {dropped}");
        }
        let (kind, wanted, names): (_, _, Vec<&String>) = match selector {
            Selector::CommonName(pattern) => (
                "cn",
                pattern,
                self.kept.iter().flat_map(Root::common_names).collect(),
            ),
            Selector::Organization(pattern) => (
                "org",
                pattern,
                self.kept.iter().flat_map(Root::organizations).collect(),
            ),
            Selector::All | Selector::None | Selector::Sha256(_) => {
                return format!("`{shown}`  no root has this fingerprint");
            }
        };
        nearest(&wanted.to_string(), &names).map_or_else(
            || format!("`{shown}`  no root has a similar name"),
            |name| {
                format!(
                    "`{shown}`  a similar name exists: `{kind}:{}`",
                    text::escape(name)
                )
            },
        )
    }
}

/// The code of the notice that not all roots are in the bundle.
pub const PRUNED: &str = "pruned";

impl Selector {
    fn matches_dropped(&self, dropped: &Dropped) -> bool {
        match self {
            Self::CommonName(pattern) => pattern.matches(&dropped.name),
            Self::Sha256(prefix) => prefix.matches(dropped.sha256),
            Self::All | Self::None | Self::Organization(_) => false,
        }
    }
}

fn is_allowed(root: &Root, prefix: &Prefix) -> bool {
    prefix.matches(root.sha256())
        && root
            .findings()
            .iter()
            .any(|finding| matches!(finding, Finding::Allowed(_)))
}

fn refuse_unmet(prefixes: &[&Prefix]) -> Error {
    Error::usage("`--allow-denied` names roots that are not there or not denied")
        .faults(prefixes.iter().map(|prefix| format!("`sha256:{prefix}`")))
        .help("`bundle roots` lists every root that is left out, and why")
}

/// The name that is most like `wanted`, if any is like it at all: part of it, or a slip of the pen away.
fn nearest<'a>(wanted: &str, names: &[&'a String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase().replace('*', "");
    names
        .iter()
        .map(|name| {
            let lower = name.to_lowercase();
            let is_part = lower.contains(&wanted) || wanted.contains(&lower);
            let likeness = strsim::jaro_winkler(&wanted, &lower);
            (
                if is_part { 1.0 + likeness } else { likeness },
                name.as_str(),
            )
        })
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}
