//! Is a certificate signed with its own key?

use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    oid_registry::{OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA},
    x509::AlgorithmIdentifier,
};

use super::key::Key;

/// What came of the check of a self-signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SelfSignature {
    Right,
    /// The verifier does not know the algorithm, or not with a key of this size.
    Unknown,
    Wrong,
}

impl SelfSignature {
    pub(super) fn of(certificate: &X509Certificate<'_>, key: &Key) -> Self {
        if !is_size_known(key, &certificate.signature_algorithm) {
            return Self::Unknown;
        }
        match certificate.verify_signature(None) {
            Ok(()) => Self::Right,
            Err(X509Error::SignatureUnsupportedAlgorithm) => Self::Unknown,
            Err(_) => Self::Wrong,
        }
    }
}

pub(super) fn is_sha1(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    [OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA, OID_ECDSA_SHA1].contains(&algorithm.algorithm)
}

/// ring says "wrong" of an RSA key that is smaller or larger than it takes, whatever the signature.
fn is_size_known(key: &Key, algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let smallest = if is_sha1(algorithm) { 1024 } else { 2048 };
    match *key {
        Key::Rsa(bits) => (smallest..=8192).contains(&bits),
        _ => true,
    }
}

/// ecdsa-with-SHA1 (RFC 3279 section 2.2.3), 1.2.840.10045.4.1.
const OID_ECDSA_SHA1: x509_parser::oid_registry::Oid<'static> =
    x509_parser::asn1_rs::oid!(1.2.840.10045.4.1);
