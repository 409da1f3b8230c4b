//! Roots that are kept, and certificates that are dropped.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;

use super::{
    Finding, Key,
    finding::{Provenance, Treatment},
    name::Holder,
};
use crate::{digest::Sha256, notice::Level, text};

/// A root certificate that has passed the checks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Root {
    pub(super) der: Cow<'static, [u8]>,
    pub(super) sha256: Sha256,
    pub(super) subject: Vec<u8>,
    pub(super) holder: Holder,
    pub(super) key: Key,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) findings: Vec<Finding>,
    pub(super) provenance: Provenance,
}

impl Root {
    /// The certificate, in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The digest of the certificate: its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The subject, in DER.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// What people call it: its common name, else its unit or organization; as it is, not escaped.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.holder.name
    }

    /// Its common names or, if it has none, its units or organizations, as they are: not escaped.
    #[must_use]
    pub fn common_names(&self) -> &[String] {
        &self.holder.common_names
    }

    /// The organizations that its subject names, as they are: not escaped.
    #[must_use]
    pub fn organizations(&self) -> &[String] {
        &self.holder.organizations
    }

    /// Its last organization, as it is: not escaped.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.holder.organizations.last().map(String::as_str)
    }

    /// Whether the user added it, as opposed to the source of public roots.
    #[must_use]
    pub fn is_extra(&self) -> bool {
        self.provenance == Provenance::Extra
    }

    /// The kind and size of its key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The first second of its validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// How loud a finding about it is; `None` for what many good roots have.
    #[must_use]
    pub fn level(&self, finding: &Finding) -> Option<Level> {
        match finding.treatment(self.provenance) {
            Treatment::Note => None,
            Treatment::Info => Some(Level::Info),
            Treatment::Warn | Treatment::Drop | Treatment::Fail => Some(Level::Warning),
        }
    }

    /// Everything unusual about it, sorted.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Shown as its name, escaped for terminals, and the start of its fingerprint.
impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", text::escape(self.name()), self.sha256.short())
    }
}

/// A certificate that was left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dropped {
    /// What people call it, as [`Root::name`].
    pub name: String,
    /// Its fingerprint.
    pub sha256: Sha256,
    /// Why it was left out.
    pub reason: Reason,
}

/// Shown as its name, escaped for terminals, the start of its fingerprint, and the reason.
impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {}: {}",
            text::escape(&self.name),
            self.sha256.short(),
            self.reason
        )
    }
}

/// Why a certificate was left out.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reason {
    /// The policy denies it, for this reason.
    Denied(String),
    /// Browsers distrust what it issued after this moment, and all else has run out.
    Distrusted(Timestamp),
    /// Its validity ended then.
    Expired(Timestamp),
    /// It is not marked as a certificate authority.
    NotACa,
    /// Its validity begins then.
    NotYetValid(Timestamp),
}

impl Reason {
    pub(super) fn of(finding: &Finding) -> Option<Self> {
        match finding {
            Finding::Denied(reason) => Some(Self::Denied(reason.clone())),
            Finding::Distrusted(after) => Some(Self::Distrusted(*after)),
            Finding::Expired(end) => Some(Self::Expired(*end)),
            Finding::NotACa => Some(Self::NotACa),
            Finding::NotYetValid(start) => Some(Self::NotYetValid(*start)),
            _ => None,
        }
    }

    fn finding(&self) -> Finding {
        match self {
            Self::Denied(reason) => Finding::Denied(reason.clone()),
            Self::Distrusted(after) => Finding::Distrusted(*after),
            Self::Expired(end) => Finding::Expired(*end),
            Self::NotACa => Finding::NotACa,
            Self::NotYetValid(start) => Finding::NotYetValid(*start),
        }
    }

    /// A stable name for programs and for the lock, such as `denied`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.finding().code()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding().fmt(f)
    }
}
