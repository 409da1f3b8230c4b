//! The checks of one certificate.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use jiff::Timestamp;
use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    extensions::{BasicConstraints, KeyUsage, ParsedExtension, X509Extension},
    nom::{self, error::ErrorKind},
    oid_registry::{
        OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_KEY_USAGE,
        OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    },
    prelude::FromDer,
    public_key::PublicKey,
    time::ASN1Time,
    validate::{Logger, Validator, X509CertificateValidator, X509StructureValidator},
};

use super::{
    Dropped, Reason, Root, Rules,
    finding::{Finding, KEY_USAGE, Provenance, Treatment},
    key::Key,
    name::{self, Holder},
    outline,
    signature::{self, SelfSignature},
};
use crate::{digest::Sha256, text};

/// The judgement of one certificate.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Kept(Root),
    Dropped(Dropped),
    /// Who it is, and everything for which the whole input is refused.
    Refused(String, Vec<Finding>),
}

/// Checks all certificates on all cores. The verdicts are in the order of `ders`, whatever the number of cores.
pub(super) fn check_all(
    ders: &[Cow<'static, [u8]>],
    provenance: Provenance,
    rules: &Rules,
) -> Vec<Verdict> {
    // ECDSA with P-384 takes ten times as long as RSA-4096, and its certificates are the short ones. The slow ones go first, so that
    // no core waits for another at the end.
    let mut order: Vec<usize> = (0..ders.len()).collect();
    order.sort_by_key(|index| ders[*index].len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((index, check(ders[index].clone(), provenance, rules)));
        }
        done
    };

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut done = thread::scope(|scope| {
        // The calling thread works too.
        let others: Vec<_> = (1..cores.min(ders.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}

/// Checks one certificate.
fn check(der: Cow<'static, [u8]>, provenance: Provenance, rules: &Rules) -> Verdict {
    let sha256 = Sha256::of(&der);
    let certificate = match parse(&der) {
        Ok(certificate) => certificate,
        Err(finding) => {
            return Verdict::Refused(format!("certificate {}", sha256.short()), vec![finding]);
        }
    };
    let holder = Holder::of(certificate.subject());
    let key = Key::of(certificate.public_key());
    let mut findings = find(&certificate, &key, sha256, rules.day());
    findings.extend(rules.find(sha256));
    findings.sort();
    findings.dedup();

    let followed_by = |treatment| {
        findings
            .iter()
            .filter(move |finding| finding.treatment(provenance) == treatment)
    };
    let failed: Vec<Finding> = followed_by(Treatment::Fail).cloned().collect();
    if !failed.is_empty() {
        return Verdict::Refused(
            format!("`{}` {}", text::escape(&holder.name), sha256.short()),
            failed,
        );
    }
    if let Some(reason) = followed_by(Treatment::Drop).find_map(Reason::of) {
        return Verdict::Dropped(Dropped {
            name: holder.name,
            sha256,
            reason,
        });
    }
    let validity = certificate.validity();
    Verdict::Kept(Root {
        sha256,
        subject: certificate.subject().as_raw().to_vec(),
        holder,
        key,
        not_before: timestamp(validity.not_before),
        not_after: timestamp(validity.not_after),
        findings,
        provenance,
        // Last, because the certificate borrows it.
        der,
    })
}

/// Parses a certificate that fills all of `der`.
fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Finding> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) if outline::is_certificate(der) => Ok(certificate),
        Ok(([], _)) => Err(Finding::Malformed(NOT_STRICT.to_owned())),
        Ok((rest, _)) => Err(Finding::TrailingBytes(rest.len())),
        Err(nom::Err::Incomplete(_)) => Err(Finding::Malformed(CUT_SHORT.to_owned())),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            Err(Finding::Malformed(match error {
                X509Error::NomError(ErrorKind::Eof | ErrorKind::Complete) => CUT_SHORT.to_owned(),
                X509Error::NomError(_) => "its structure is wrong".to_owned(),
                error => text::escape(&error.to_string()),
            }))
        }
    }
}

/// Everything there is to find in one certificate.
fn find(
    certificate: &X509Certificate<'_>,
    key: &Key,
    sha256: Sha256,
    day: (Timestamp, Timestamp),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    find_in_form(certificate, &mut findings);
    find_in_signature(certificate, key, sha256, &mut findings);
    find_in_validity(certificate, day, &mut findings);
    find_in_role(certificate, &mut findings);
    find_in_serial(certificate.raw_serial(), &mut findings);
    find_in_key(certificate, key, &mut findings);
    for extension in certificate.extensions() {
        findings.extend(find_in_extension(extension));
    }
    findings
}

/// What the crate's own validators say.
fn find_in_form(certificate: &X509Certificate<'_>, findings: &mut Vec<Finding>) {
    // x509-parser 0.18.1 indexes the first byte of both numbers.
    if let Ok(PublicKey::RSA(rsa)) = certificate.public_key().parsed()
        && (rsa.modulus.is_empty() || rsa.exponent.is_empty())
    {
        findings.push(Finding::Malformed(
            "RSA key with an empty number".to_owned(),
        ));
        return;
    }
    if !name::is_sound(certificate.subject()) || !name::is_sound(certificate.issuer()) {
        findings.push(Finding::Malformed("a name is no text".to_owned()));
    }
    let mut remarks = Remarks(findings);
    X509StructureValidator.validate(certificate, &mut remarks);
    X509CertificateValidator.validate(certificate, &mut remarks);
}

/// Takes the validators' remarks.
struct Remarks<'a>(&'a mut Vec<Finding>);

impl Logger for Remarks<'_> {
    fn warn(&mut self, message: &str) {
        // Findings of our own, with their own treatment.
        if message != "Serial number is negative" && !message.starts_with("Unsupported extension") {
            self.0.push(Finding::Form(text::escape(message)));
        }
    }

    fn err(&mut self, message: &str) {
        self.0.push(Finding::Malformed(text::escape(message)));
    }
}

fn find_in_signature(
    certificate: &X509Certificate<'_>,
    key: &Key,
    sha256: Sha256,
    findings: &mut Vec<Finding>,
) {
    let algorithm = &certificate.signature_algorithm;
    if *algorithm != certificate.signature {
        findings.push(Finding::AlgorithmsDiffer);
    }
    if certificate.subject().as_raw() != certificate.issuer().as_raw() {
        findings.push(Finding::NotSelfIssued);
        return;
    }
    if signature::is_sha1(algorithm) {
        findings.push(Finding::Sha1);
    }
    match SelfSignature::of(certificate, key, sha256) {
        SelfSignature::Right => {}
        SelfSignature::Unknown => findings.push(Finding::UnknownSignature(
            algorithm.algorithm.to_id_string(),
            key.clone(),
        )),
        SelfSignature::Wrong => findings.push(Finding::WrongSignature),
    }
}

fn find_in_validity(
    certificate: &X509Certificate<'_>,
    (start, end): (Timestamp, Timestamp),
    findings: &mut Vec<Finding>,
) {
    let validity = certificate.validity();
    // Both ends belong to the validity (RFC 5280 section 4.1.2.5), and count whole seconds.
    if end.as_second() < validity.not_before.timestamp() {
        findings.push(Finding::NotYetValid(timestamp(validity.not_before)));
    }
    if start.as_second() > validity.not_after.timestamp() {
        findings.push(Finding::Expired(timestamp(validity.not_after)));
    }
}

/// May it issue certificates?
fn find_in_role(certificate: &X509Certificate<'_>, findings: &mut Vec<Finding>) {
    // The field counts from zero.
    let version = certificate.version().0 + 1;
    if version < 3 {
        findings.push(Finding::OldVersion(version));
        return;
    }
    let has_no = |oid| {
        !certificate
            .extensions()
            .iter()
            .any(|extension| extension.oid == oid)
    };
    let basic_constraints = certificate.basic_constraints().ok().flatten();
    if !basic_constraints.is_some_and(|extension| extension.value.ca) {
        findings.push(Finding::NotACa);
    }
    if has_no(OID_X509_EXT_KEY_USAGE) {
        findings.push(Finding::Lacks(KEY_USAGE));
    }
    if has_no(OID_X509_EXT_SUBJECT_KEY_IDENTIFIER) {
        findings.push(Finding::Lacks("subjectKeyIdentifier"));
    }
    if has_no(OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER) {
        findings.push(Finding::Lacks("authorityKeyIdentifier"));
    }
}

fn find_in_serial(serial: &[u8], findings: &mut Vec<Finding>) {
    match serial {
        [0x80..=0xff, ..] => findings.push(Finding::NegativeSerial),
        // Baseline Requirements section 7.1: at least 64 bits from a random source.
        _ if serial.len() < 8 => findings.push(Finding::ShortSerial),
        _ => {}
    }
}

fn find_in_key(certificate: &X509Certificate<'_>, key: &Key, findings: &mut Vec<Finding>) {
    if key.is_rare() {
        findings.push(Finding::RareKey(key.clone()));
    }
    if key.is_weak() {
        findings.push(Finding::WeakKey(key.clone()));
    }
    if let Ok(PublicKey::RSA(rsa)) = certificate.public_key().parsed()
        && rsa.try_exponent() != Ok(65537)
    {
        findings.push(Finding::OddExponent);
    }
}

fn find_in_extension(extension: &X509Extension<'_>) -> Vec<Finding> {
    match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(value) => in_basic_constraints(value, extension.critical),
        ParsedExtension::KeyUsage(value) => in_key_usage(*value, extension.critical),
        ParsedExtension::ExtendedKeyUsage(usage) if !(usage.any || usage.server_auth) => {
            vec![Finding::OtherPurpose]
        }
        ParsedExtension::UnsupportedExtension { oid } if extension.critical => {
            vec![Finding::UnknownCritical(oid.to_id_string())]
        }
        ParsedExtension::UnsupportedExtension { oid } => {
            vec![Finding::Form(format!("unknown extension {oid}"))]
        }
        ParsedExtension::AuthorityInfoAccess(_) => vec![Finding::Has("authorityInfoAccess")],
        ParsedExtension::CRLDistributionPoints(_) => vec![Finding::Has("cRLDistributionPoints")],
        ParsedExtension::CertificatePolicies(_) => vec![Finding::Has("certificatePolicies")],
        ParsedExtension::NameConstraints(_) => vec![Finding::Has("nameConstraints")],
        ParsedExtension::SubjectAlternativeName(_) => vec![Finding::Has("subjectAltName")],
        _ => Vec::new(),
    }
}

fn in_basic_constraints(value: &BasicConstraints, is_critical: bool) -> Vec<Finding> {
    let not_critical = (!is_critical).then_some(Finding::NotCritical("basicConstraints"));
    let path_length = value
        .path_len_constraint
        .map(|_| Finding::Has("pathLenConstraint"));
    not_critical.into_iter().chain(path_length).collect()
}

fn in_key_usage(value: KeyUsage, is_critical: bool) -> Vec<Finding> {
    let not_critical = (!is_critical).then_some(Finding::NotCritical(KEY_USAGE));
    let no_cert_sign = (!value.key_cert_sign()).then_some(Finding::NoCertSign);
    not_critical.into_iter().chain(no_cert_sign).collect()
}

/// A certificate's time. The very end of the year 9999, which means "never", is beyond `jiff`'s range and becomes its end.
fn timestamp(time: ASN1Time) -> Timestamp {
    let seconds = time.timestamp();
    let nearest = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(nearest)
}

/// OpenSSL would load nothing of a file with it.
const NOT_STRICT: &str = "a tag, a length, a number or a text is not as RFC 5280 asks";

const CUT_SHORT: &str = "it ends too early";
