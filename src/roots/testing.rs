//! Certificates for tests, made field by field, so that each test can get one of them wrong.

#![allow(dead_code, reason = "each user needs some of it")]

use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};

/// The fields of a certificate. What [`Fields::root`] makes is a flawless root; each test changes what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) signature_xor: u8,
}

impl Fields {
    pub(crate) fn root(name: &str) -> Self {
        let name = named(name);
        Self {
            version: Some(2),
            serial: vec![0x7f; 16],
            issuer: name.clone(),
            not_before: time("20200101000000Z"),
            not_after: time("20400101000000Z"),
            subject: name,
            extensions: vec![
                basic_constraints(true, true),
                key_usage(true, 0b0000_0110),
                extension(SUBJECT_KEY_IDENTIFIER, false, &tlv(0x04, &[&[7; 20]])),
                extension(
                    AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &tlv(0x30, &[&tlv(0x80, &[&[7; 20]])]),
                ),
            ],
            inner_algorithm: tlv(0x30, &[ECDSA_WITH_SHA256]),
            outer_algorithm: tlv(0x30, &[ECDSA_WITH_SHA256]),
            signature_xor: 0,
        }
    }

    /// The certificate, signed with its own new P-256 key.
    pub(crate) fn sign(&self) -> Vec<u8> {
        self.sign_with(&KeyPair::generate().unwrap())
    }

    pub(crate) fn sign_with(&self, key: &KeyPair) -> Vec<u8> {
        self.sign_for(&key.subject_public_key_info(), key)
    }

    /// The certificate for the key in `info`, signed with `key`.
    pub(crate) fn sign_for(&self, info: &[u8], key: &KeyPair) -> Vec<u8> {
        let version = self
            .version
            .map(|version| tlv(0xa0, &[&tlv(0x02, &[&[version]])]));
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let extensions = (!extensions.is_empty()).then(|| tlv(0xa3, &[&tlv(0x30, &extensions)]));
        let inner = tlv(
            0x30,
            &[
                &version.unwrap_or_default(),
                &tlv(0x02, &[&self.serial]),
                &self.inner_algorithm,
                &self.issuer,
                &tlv(0x30, &[&self.not_before, &self.not_after]),
                &self.subject,
                info,
                &extensions.unwrap_or_default(),
            ],
        );
        let mut signature = key.sign(&inner).unwrap();
        *signature.last_mut().unwrap() ^= self.signature_xor;
        let signature = tlv(0x03, &[&[0], &signature]);
        tlv(0x30, &[&inner, &self.outer_algorithm, &signature])
    }
}

/// Tag, length, value.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut whole = vec![tag];
    match u16::try_from(value.len()).unwrap().to_be_bytes() {
        [0, length @ ..0x80] => whole.push(length),
        [0, length] => whole.extend([0x81, length]),
        [high, low] => whole.extend([0x82, high, low]),
    }
    whole.extend(value);
    whole
}

/// A name with an organization and a common name.
pub(crate) fn named(name: &str) -> Vec<u8> {
    distinguished(&[
        (ORGANIZATION, 0x0c, b"Example"),
        (COMMON_NAME, 0x0c, name.as_bytes()),
    ])
}

/// A name of (attribute, string tag, value).
pub(crate) fn distinguished(attributes: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(oid, tag, value)| tlv(0x31, &[&tlv(0x30, &[oid, &tlv(*tag, &[value])])]))
        .collect();
    tlv(0x30, &sets.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A time in the form that its year asks for (RFC 5280 section 4.1.2.5).
pub(crate) fn time(text: &str) -> Vec<u8> {
    let year: u16 = text[..4].parse().unwrap();
    if (1950..2050).contains(&year) {
        tlv(0x17, &[&text.as_bytes()[2..]])
    } else {
        tlv(0x18, &[text.as_bytes()])
    }
}

pub(crate) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    tlv(0x30, &[oid, critical, &tlv(0x04, &[value])])
}

pub(crate) fn basic_constraints(critical: bool, ca: bool) -> Vec<u8> {
    let ca: &[u8] = if ca { &[0x01, 0x01, 0xff] } else { &[] };
    extension(BASIC_CONSTRAINTS, critical, &tlv(0x30, &[ca]))
}

/// The bits as in RFC 5280 from the right of their first octet: 0b110 is keyCertSign and cRLSign.
pub(crate) fn key_usage(critical: bool, bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).unwrap();
    extension(KEY_USAGE, critical, &tlv(0x03, &[&[unused, bits]]))
}

/// PEM with 64 columns and LF.
pub(crate) fn to_pem(der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), config)
}

pub(crate) const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
pub(crate) const ORGANIZATION: &[u8] = &[0x06, 3, 0x55, 4, 10];
pub(crate) const UNIT: &[u8] = &[0x06, 3, 0x55, 4, 11];
pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x06, 3, 0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x06, 3, 0x55, 0x1d, 15];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x06, 3, 0x55, 0x1d, 19];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x06, 3, 0x55, 0x1d, 32];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x06, 3, 0x55, 0x1d, 35];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x06, 3, 0x55, 0x1d, 37];
/// 2.5.29.99, which nobody has assigned.
pub(crate) const UNKNOWN_EXTENSION: &[u8] = &[0x06, 3, 0x55, 0x1d, 99];
pub(crate) const ECDSA_WITH_SHA256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(crate) const ECDSA_WITH_SHA384: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
pub(crate) const ECDSA_WITH_SHA512: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
pub(crate) const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];
