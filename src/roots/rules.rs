//! The rules by which certificates are judged.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};

use super::{Finding, Prefix, policy::Policy};
use crate::{digest::Sha256, error::Error};

/// A day and a policy: with the same rules, the same certificates are kept.
///
/// A certificate is valid on a day, in UTC, if it is valid at any moment of it: one that a company made this morning can
/// be used today.
#[derive(Clone, Debug)]
pub struct Rules {
    as_of: Date,
    policy: Policy,
    allowed: Vec<Prefix>,
}

impl Rules {
    /// The built-in policy, and validity judged as of a day.
    ///
    /// # Errors
    ///
    /// Unable: the policy compiled into the program is damaged.
    pub fn new(as_of: Date) -> Result<Self, Error> {
        Ok(Self {
            as_of,
            policy: Policy::builtin()?,
            allowed: Vec::new(),
        })
    }

    /// Keeps the roots with these fingerprints although the policy denies them.
    #[must_use]
    pub fn allow_denied(mut self, fingerprints: impl IntoIterator<Item = Prefix>) -> Self {
        self.allowed.extend(fingerprints);
        self
    }

    /// The day as of which certificates are valid or not.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The first and the last second of the day.
    pub(super) fn day(&self) -> (Timestamp, Timestamp) {
        let at = |time| {
            // Only the very end of the year 9999 is beyond a `Timestamp`.
            Offset::UTC
                .to_timestamp(self.as_of.to_datetime(time))
                .unwrap_or(Timestamp::MAX)
        };
        (at(Time::midnight()), at(LAST_SECOND))
    }

    /// The version of the built-in policy: the day on which it was last compared with its sources, as `2026-11-24`.
    #[must_use]
    pub fn policy_version(&self) -> &str {
        self.policy.version()
    }

    /// The fingerprints of denied roots that are to be kept.
    pub(super) fn allowed(&self) -> &[Prefix] {
        &self.allowed
    }

    /// What the policy says of one certificate.
    pub(super) fn find(&self, sha256: Sha256) -> Vec<Finding> {
        let is_allowed = self.allowed.iter().any(|prefix| prefix.matches(sha256));
        let mut findings = self.policy.find(sha256, self.day().0);
        for finding in &mut findings {
            if let Finding::Denied(reason) = finding
                && is_allowed
            {
                *finding = Finding::Allowed(std::mem::take(reason));
            }
        }
        findings
    }
}

const LAST_SECOND: Time = Time::constant(23, 59, 59, 0);
