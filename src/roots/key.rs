//! Public keys: their kind and size.

use std::fmt;

use x509_parser::{
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521},
    oid_registry::{OID_SIG_ED448, OID_SIG_ED25519},
    public_key::{PublicKey, RSAPublicKey},
    x509::SubjectPublicKeyInfo,
};

/// A public key's kind and size, shown as `RSA-4096`, `P-384`, `Ed25519`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Key {
    /// ECDSA over a NIST curve with this many bits: 256, 384 or 521.
    Nist(u32),
    /// ECDSA over another curve, whose field has this many bits.
    OtherCurve(u32),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// RSA with a modulus of this many bits.
    Rsa(u32),
    /// Something else, by its object identifier.
    Other(String),
}

impl Key {
    pub(super) fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let oid = &info.algorithm.algorithm;
        match info.parsed() {
            Ok(PublicKey::RSA(rsa)) => Self::Rsa(modulus_bits(&rsa)),
            _ if *oid == OID_KEY_TYPE_EC_PUBLIC_KEY => Self::of_curve(info),
            _ if *oid == OID_SIG_ED25519 => Self::Ed25519,
            _ if *oid == OID_SIG_ED448 => Self::Ed448,
            _ => Self::Other(oid.to_id_string()),
        }
    }

    fn of_curve(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let curve = info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.as_oid().ok());
        match curve {
            Some(oid) if oid == OID_EC_P256 => Self::Nist(256),
            Some(oid) if oid == OID_NIST_EC_P384 => Self::Nist(384),
            Some(oid) if oid == OID_NIST_EC_P521 => Self::Nist(521),
            _ => Self::OtherCurve(point_bits(&info.subject_public_key.data)),
        }
    }

    /// Of a kind that Go or rustls does not know.
    pub(super) fn is_rare(&self) -> bool {
        matches!(self, Self::Ed448 | Self::Other(_) | Self::OtherCurve(_))
    }

    /// Smaller than what has been accepted in public roots since 2014: RSA-2048, P-256.
    pub(super) fn is_weak(&self) -> bool {
        match *self {
            Self::Rsa(bits) => bits < 2048,
            Self::Nist(bits) | Self::OtherCurve(bits) => bits < 256,
            Self::Ed25519 | Self::Ed448 | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nist(bits) => write!(f, "P-{bits}"),
            Self::OtherCurve(bits) => write!(f, "EC-{bits}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
            Self::Other(oid) => write!(f, "key type {oid}"),
        }
    }
}

fn modulus_bits(key: &RSAPublicKey<'_>) -> u32 {
    let zeros = key.modulus.iter().take_while(|byte| **byte == 0).count();
    let digits = &key.modulus[zeros..];
    let bits = digits
        .first()
        .map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}

/// The size of the field, from the length of a point on the curve (SEC 1 section 2.3.3).
fn point_bits(point: &[u8]) -> u32 {
    let octets = match point {
        [4, coordinates @ ..] => coordinates.len() / 2,
        [2 | 3, coordinate @ ..] => coordinate.len(),
        _ => 0,
    };
    u32::try_from(octets * 8).unwrap_or(u32::MAX)
}
