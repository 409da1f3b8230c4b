//! What may be found in a certificate, and what follows from it.

use std::fmt;

use jiff::Timestamp;

use super::key::Key;

/// Something about a certificate that a reader may want to know, or that keeps it out.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Finding {
    /// An inner and an outer signature algorithm that differ.
    AlgorithmsDiffer,
    /// Denied by the policy for this reason, but kept because the user insists.
    Allowed(String),
    /// Browsers accept it only for these names, which a PEM file cannot say.
    Constrained(String),
    /// Denied by the policy for this reason.
    Denied(String),
    /// Browsers distrust what it issues after this moment, which a PEM file cannot say.
    DistrustAfter(Timestamp),
    /// As [`Finding::DistrustAfter`], so long ago that nothing issued before can still be valid.
    Distrusted(Timestamp),
    /// A basicConstraints or keyUsage extension that is not marked as critical.
    NotCritical(&'static str),
    /// Its validity ended then.
    Expired(Timestamp),
    /// A remark on its form, by the X.509 parser.
    Form(String),
    /// Another kept root has the same subject, but another key.
    SharedSubject,
    /// Not marked as a certificate authority.
    NotACa,
    /// Its issuer is someone else: an intermediate or cross-signed certificate.
    NotSelfIssued,
    /// A keyUsage extension that does not allow to sign certificates.
    NoCertSign,
    /// No extension of this name.
    Lacks(&'static str),
    /// Its validity begins then.
    NotYetValid(Timestamp),
    /// It holds an extension of this name, unusual in a root.
    Has(&'static str),
    /// The serial number is below zero; Go 1.23 and later skip such certificates.
    NegativeSerial,
    /// An RSA exponent other than 65537.
    OddExponent,
    /// An extendedKeyUsage extension that does not allow TLS servers.
    OtherPurpose,
    /// Signed with SHA-1; harmless in a self-signature.
    Sha1,
    /// A serial number of less than 64 bits.
    ShortSerial,
    /// It is not a DER-encoded X.509 certificate, as told.
    Malformed(String),
    /// Bytes after the certificate, as many as told.
    TrailingBytes(usize),
    /// A critical extension that the parser does not know, by its object identifier.
    UnknownCritical(String),
    /// A kind of key that TLS libraries are not sure to know.
    RareKey(Key),
    /// A self-signature that could not be checked: its algorithm (object identifier) and key.
    UnknownSignature(String, Key),
    /// A certificate of version 1 or 2, which cannot say that it is an authority.
    OldVersion(u32),
    /// A key smaller than RSA-2048 or P-256.
    WeakKey(Key),
    /// A self-signature that does not fit.
    WrongSignature,
}

/// How a certificate came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Provenance {
    /// In a published bundle: one certificate that is of no use does not spoil it.
    Public,
    /// By the user's own hand: one certificate that is of no use is a mistake.
    Extra,
}

/// What follows from a [`Finding`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Treatment {
    /// Nothing, but it stands in the root's findings.
    Note,
    /// A remark.
    Info,
    /// A warning.
    Warn,
    /// The certificate is left out.
    Drop,
    /// The whole input is refused.
    Fail,
}

impl Finding {
    /// What follows for a certificate that came in this way.
    pub(super) fn treatment(&self, provenance: Provenance) -> Treatment {
        use Provenance::{Extra, Public};

        match (self.grade(), provenance) {
            (Grade::Broken, _) | (Grade::Useless, Extra) => Treatment::Fail,
            (Grade::Useless, Public) => Treatment::Drop,
            (Grade::Doubtful, _) | (Grade::Odd, Extra) => Treatment::Warn,
            (Grade::Odd, Public) | (Grade::Unchecked, _) | (Grade::Usual, Extra) => Treatment::Info,
            (Grade::Usual, Public) => Treatment::Note,
        }
    }

    fn grade(&self) -> Grade {
        match self {
            Self::AlgorithmsDiffer
            | Self::Malformed(_)
            | Self::TrailingBytes(_)
            | Self::WrongSignature => Grade::Broken,
            Self::Denied(_)
            | Self::Distrusted(_)
            | Self::Expired(_)
            | Self::NotACa
            | Self::NotYetValid(_) => Grade::Useless,
            Self::Allowed(_)
            | Self::NegativeSerial
            | Self::NoCertSign
            | Self::NotSelfIssued
            | Self::OldVersion(_)
            | Self::OtherPurpose
            | Self::RareKey(_)
            | Self::UnknownCritical(_)
            | Self::WeakKey(_) => Grade::Doubtful,
            Self::Lacks(name) if *name == KEY_USAGE => Grade::Odd,
            Self::Constrained(_)
            | Self::DistrustAfter(_)
            | Self::NotCritical(_)
            | Self::SharedSubject => Grade::Odd,
            Self::UnknownSignature(..) => Grade::Unchecked,
            Self::Form(_)
            | Self::Has(_)
            | Self::Lacks(_)
            | Self::OddExponent
            | Self::Sha1
            | Self::ShortSerial => Grade::Usual,
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmsDiffer => "algorithms-differ",
            Self::Allowed(_) => "allowed",
            Self::Denied(_) => "denied",
            Self::Constrained(_) | Self::DistrustAfter(_) => "limited",
            Self::Distrusted(_) => "distrusted",
            Self::Expired(_) => "expired",
            Self::Form(_) => "form",
            Self::Has(_) => "unusual-extension",
            Self::Lacks(_) => "missing-extension",
            Self::Malformed(_) => "malformed",
            Self::NegativeSerial => "negative-serial",
            Self::NoCertSign => "no-cert-sign",
            Self::NotACa => "not-a-ca",
            Self::NotCritical(_) => "not-critical",
            Self::NotSelfIssued => "not-self-issued",
            Self::NotYetValid(_) => "not-yet-valid",
            Self::OddExponent => "odd-exponent",
            Self::OldVersion(_) => "old-version",
            Self::OtherPurpose => "other-purpose",
            Self::RareKey(_) => "rare-key",
            Self::Sha1 => "sha1",
            Self::SharedSubject => "shared-subject",
            Self::ShortSerial => "short-serial",
            Self::TrailingBytes(_) => "trailing-bytes",
            Self::UnknownCritical(_) => "unknown-critical-extension",
            Self::UnknownSignature(..) => "unchecked-signature",
            Self::WeakKey(_) => "weak-key",
            Self::WrongSignature => "wrong-signature",
        }
    }
}

impl Finding {
    /// What roots with this finding have in common, and what is this one's own.
    pub(super) fn gist(&self) -> (String, Option<String>) {
        let own = match self {
            Self::Constrained(names) => format!("only for {names}"),
            Self::DistrustAfter(moment) => format!("nothing issued after {}", date(*moment)),
            _ => return (self.to_string(), None),
        };
        (
            "browsers trust these only within limits, which a PEM file cannot tell; `--exclude-ca` leaves them out".to_owned(),
            Some(own),
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmsDiffer => {
                f.write_str("the signature algorithm inside differs from the one outside")
            }
            Self::Allowed(reason) => write!(f, "kept although it is denied: {reason}"),
            Self::Constrained(names) => write!(f, "browsers accept it only for {names}"),
            Self::Denied(reason) => write!(f, "denied: {reason}"),
            Self::DistrustAfter(moment) => write!(
                f,
                "browsers distrust what it issues after {}",
                date(*moment)
            ),
            Self::Distrusted(moment) => {
                write!(f, "browsers distrust what it issued after {}", date(*moment))
            }
            Self::Expired(end) => write!(f, "expired on {}", date(*end)),
            Self::Form(remark) => f.write_str(remark),
            Self::Has(name) => write!(f, "has {name}"),
            Self::Lacks(name) => write!(f, "has no {name}"),
            Self::Malformed(why) => write!(f, "not an X.509 certificate in DER: {why}"),
            Self::NegativeSerial => {
                f.write_str("negative serial number, which Go 1.23 and later do not load")
            }
            Self::NoCertSign => f.write_str("keyUsage does not allow to sign certificates"),
            Self::NotACa => f.write_str("not a certificate authority (no CA:TRUE)"),
            Self::NotCritical(name) => write!(f, "{name} is not marked as critical"),
            Self::NotSelfIssued => f.write_str(
                "issued by someone else, so its signature was not checked and OpenSSL trusts it only with X509_V_FLAG_PARTIAL_CHAIN",
            ),
            Self::NotYetValid(start) => write!(f, "not valid before {}", date(*start)),
            Self::OddExponent => f.write_str("RSA exponent other than 65537"),
            Self::OldVersion(version) => {
                write!(f, "version {version}, which cannot say that it is a certificate authority")
            }
            Self::OtherPurpose => f.write_str("extendedKeyUsage does not allow TLS servers"),
            Self::RareKey(key) => write!(f, "{key}, which many TLS libraries do not know"),
            Self::Sha1 => f.write_str("self-signed with SHA-1"),
            Self::SharedSubject => f.write_str("shares its subject with another root"),
            Self::ShortSerial => f.write_str("serial number of less than 64 bits"),
            Self::TrailingBytes(1) => f.write_str("1 byte after the certificate"),
            Self::TrailingBytes(count) => write!(f, "{count} bytes after the certificate"),
            Self::UnknownCritical(oid) => write!(f, "unknown critical extension {oid}"),
            Self::UnknownSignature(algorithm, key) => write!(
                f,
                "self-signature not checked: no verifier for algorithm {algorithm} with {key}"
            ),
            Self::WeakKey(key) => write!(f, "weak key: {key}"),
            Self::WrongSignature => f.write_str("the self-signature is wrong"),
        }
    }
}

/// How bad a finding is, whatever the way in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Grade {
    /// The certificate is not what its issuer made.
    Broken,
    /// It works for many, and may not for some.
    Doubtful,
    /// A departure from the rules that no library minds.
    Odd,
    /// Nothing is known against it, but nothing for it either.
    Unchecked,
    /// It is what it says, and nobody can use it.
    Useless,
    /// Many good roots are so.
    Usual,
}

/// A day in UTC, as `2030-06-04`.
pub(super) fn date(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

pub(super) const KEY_USAGE: &str = "keyUsage";
