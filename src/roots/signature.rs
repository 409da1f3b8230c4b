//! Is a certificate signed with its own key?

use p521::ecdsa::signature::Verifier as _;
use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    oid_registry::{
        OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_RSASSAPSS,
        OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA, OID_SIG_ECDSA_WITH_SHA512,
    },
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

use super::key::Key;
use crate::digest::Sha256;

/// What came of the check of a self-signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SelfSignature {
    Right,
    /// The verifier does not know the algorithm, or not with a key of this size.
    Unknown,
    Wrong,
}

impl SelfSignature {
    /// Checks the signature of a certificate, whose digest is `sha256`, or remembers what came of it.
    ///
    /// ECDSA with P-384 takes ring 0.7 ms, twelve times as long as RSA-4096: the 35 such roots of Mozilla's 118 took three
    /// quarters of a whole run. The same bytes have the same signature, so for certificates that are built into the program
    /// the test below does the work once and for all. Any other certificate is checked here.
    pub(super) fn of(certificate: &X509Certificate<'_>, key: &Key, sha256: Sha256) -> Self {
        if *key == Key::Nist(384) && is_proven(sha256) {
            return Self::Right;
        }
        Self::check(certificate, key)
    }

    fn check(certificate: &X509Certificate<'_>, key: &Key) -> Self {
        if *key == Key::Nist(521)
            && certificate.signature_algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA512
        {
            return Self::check_p521(certificate);
        }
        let algorithm = &certificate.signature_algorithm;
        if !is_size_known(key, algorithm) || !is_padding_known(algorithm) {
            return Self::Unknown;
        }
        match certificate.verify_signature(None) {
            Ok(()) => Self::Right,
            Err(X509Error::SignatureUnsupportedAlgorithm) => Self::Unknown,
            Err(_) => Self::Wrong,
        }
    }
}

impl SelfSignature {
    /// x509-parser 0.18.1 does not know P-521, and neither does ring. Remove this when the crate's next release does
    /// (rusticata/x509-parser#228).
    fn check_p521(certificate: &X509Certificate<'_>) -> Self {
        let key = &certificate.public_key().subject_public_key.data;
        let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key);
        let signature = p521::ecdsa::Signature::from_der(&certificate.signature_value.data);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key
                .verify(certificate.tbs_certificate.as_ref(), &signature)
                .map_or(Self::Wrong, |()| Self::Right),
            _ => Self::Wrong,
        }
    }
}

fn is_proven(sha256: Sha256) -> bool {
    let digest = sha256.to_string();
    PROVEN.lines().any(|proven| proven == digest)
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

/// ring says "wrong" of RSASSA-PSS too if the salt is not as long as the digest, or the mask comes from another digest.
fn is_padding_known(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    if algorithm.algorithm != OID_PKCS1_RSASSAPSS {
        return true;
    }
    let parameters = algorithm.parameters.as_ref();
    let Some(Ok(padding)) = parameters.map(RsaSsaPssParams::try_from) else {
        return false;
    };
    let digest = padding.hash_algorithm_oid();
    let length = match () {
        () if *digest == OID_NIST_HASH_SHA256 => 32,
        () if *digest == OID_NIST_HASH_SHA384 => 48,
        () if *digest == OID_NIST_HASH_SHA512 => 64,
        () => return false,
    };
    let has_same_mask = padding
        .mask_gen_algorithm()
        .is_ok_and(|mask| mask.mgf == OID_MGF1 && mask.hash == *digest);
    padding.salt_length() == length && has_same_mask
}

/// The digests of the built-in P-384 certificates whose self-signature is right, sorted.
const PROVEN: &str = include_str!("proven.txt");

/// ecdsa-with-SHA1 (RFC 3279 section 2.2.3), 1.2.840.10045.4.1.
const OID_ECDSA_SHA1: x509_parser::oid_registry::Oid<'static> =
    x509_parser::asn1_rs::oid!(1.2.840.10045.4.1);

/// id-mgf1 (RFC 4055 section 2.2), 1.2.840.113549.1.1.8.
const OID_MGF1: x509_parser::oid_registry::Oid<'static> =
    x509_parser::asn1_rs::oid!(1.2.840.113549.1.1.8);

#[cfg(test)]
mod tests {
    use x509_parser::prelude::FromDer as _;

    use super::*;

    /// Every line is earned: the list is made anew by checking each signature. If the built-in roots have changed, this
    /// test writes the new list and fails once.
    #[test]
    fn what_is_taken_as_proven_is_proven_here() {
        let mut proven = Vec::new();
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let (_, certificate) = X509Certificate::from_der(der).unwrap();
            let key = Key::of(certificate.public_key());
            if key == Key::Nist(384) {
                assert_eq!(
                    SelfSignature::check(&certificate, &key),
                    SelfSignature::Right
                );
                proven.push(format!("{}\n", Sha256::of(der)));
            }
        }
        proven.sort();
        let proven = proven.concat();
        if PROVEN != proven {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/roots/proven.txt");
            std::fs::write(file, proven).unwrap();
            panic!("src/roots/proven.txt was out of date; it is written anew, run the tests again");
        }
    }
}
