//! What a file is that should have been PEM text.

use super::finding::Provenance;
use crate::error::Error;

/// A form in which certificates come, other than PEM text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    /// One certificate in DER.
    Certificate,
    /// Something else in DER.
    Der,
    Empty,
    Html,
    JavaKeyStore,
    Pkcs7,
    Pkcs12,
    PrivateKey,
    Utf16,
}

impl Format {
    /// Tells by the first bytes; `None` is what may be PEM text.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
        let begins = |start: &[u8]| {
            text.get(..start.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(start))
        };
        match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'-', ..] | [b'-', 0, ..] => {
                Some(Self::Utf16)
            }
            [0xfe, 0xed, 0xfe, 0xed, ..] => Some(Self::JavaKeyStore),
            // A SEQUENCE of 128 bytes or more; its tag is also the digit 0.
            [0x30, 0x80..=0xff, ..] => Some(Self::of_der(bytes)),
            // A key of an elliptic curve is shorter; no text has these bytes.
            [0x30, ..=0x7f, 2, 1, 0 | 1, ..] => Some(Self::PrivateKey),
            _ if text.is_empty() => Some(Self::Empty),
            _ if begins(b"<!doctype") || begins(b"<html") || begins(b"<?xml") => Some(Self::Html),
            _ => None,
        }
    }

    fn of_der(bytes: &[u8]) -> Self {
        let inside = contents(bytes);
        match inside {
            // PKCS #12 (RFC 7292): version 3, then a SEQUENCE.
            [2, 1, 3, 0x30, ..] => Self::Pkcs12,
            // PKCS #8 and PKCS #1 (RFC 5958, RFC 8017) have a version of 0 or 1 first, and so has SEC 1 (RFC 5915).
            [2, 1, 0 | 1, ..] => Self::PrivateKey,
            _ if inside.starts_with(SIGNED_DATA) => Self::Pkcs7,
            // An encrypted PKCS #8 key begins with its algorithm.
            [0x30, ..] if contents(inside).starts_with(ENCRYPTION) => Self::PrivateKey,
            [0x30, ..] => Self::Certificate,
            _ => Self::Der,
        }
    }

    pub(super) fn refuse(self, origin: &str, provenance: Provenance) -> Error {
        if self == Self::PrivateKey {
            return Error::refused(format!("`{origin}` holds a private key")).help(NO_KEYS);
        }
        let expected = match provenance {
            Provenance::Public => "certificates as PEM text",
            Provenance::Extra => "certificates as PEM text, or one in DER",
        };
        let (what, help) = match self {
            Self::Certificate => (
                "is a certificate in DER",
                "`openssl x509 -inform DER -in FILE` prints it as PEM; `--extra-ca` takes DER",
            ),
            Self::Der | Self::PrivateKey => (
                "is DER, but no certificate",
                "`openssl asn1parse -inform DER -in FILE` shows what it is",
            ),
            Self::Empty => (
                "is empty",
                match provenance {
                    Provenance::Public => "curl's current file is at https://curl.se/ca/cacert.pem",
                    Provenance::Extra => "leave the flag out if there is no CA to add",
                },
            ),
            Self::Html => (
                "is a web page",
                "a proxy or a login page may have answered in place of the server; open the file to see whose page it is",
            ),
            Self::JavaKeyStore => (
                "is a Java key store",
                "`keytool -exportcert -rfc -alias NAME -keystore FILE` prints a certificate as PEM",
            ),
            Self::Pkcs7 => (
                "is PKCS #7",
                "`openssl pkcs7 -inform DER -print_certs -in FILE` prints its certificates as PEM",
            ),
            Self::Pkcs12 => (
                "is PKCS #12",
                "`openssl pkcs12 -nokeys -in FILE` prints its certificates as PEM, without keys",
            ),
            Self::Utf16 => (
                "is UTF-16 text",
                "`iconv -f UTF-16 -t UTF-8 FILE` converts it",
            ),
        };
        Error::refused(format!("`{origin}` {what}; expected {expected}")).help(help)
    }
}

/// What stands inside a DER value, without its tag and length; nothing if there is no room for them.
pub(super) fn contents(der: &[u8]) -> &[u8] {
    header(der)
        .and_then(|(header, _)| der.get(header..))
        .unwrap_or_default()
}

/// The lengths of a DER value's tag and length, and of its contents.
pub(super) fn header(der: &[u8]) -> Option<(usize, usize)> {
    match *der.get(1)? {
        length @ ..=0x7f => Some((2, length.into())),
        octets @ 0x81..=0x84 => {
            let octets = usize::from(octets & 0x7f);
            let length = der.get(2..2 + octets)?;
            let length = length
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet));
            Some((2 + octets, length))
        }
        _ => None,
    }
}

/// UTF-8's byte order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

pub(super) const NO_KEYS: &str =
    "give a file with the CA certificates only, and keep the key out of images";

/// signedData (RFC 2315 section 14), 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// The branch of password-based encryption (RFC 8018 appendix C), 1.2.840.113549.1.5.
const ENCRYPTION: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_der_value_is_read_from_its_header() {
        for (der, read) in [
            (&[0x30, 0x7f][..], Some((2, 0x7f))),
            (&[0x30, 0x81, 0x80], Some((3, 0x80))),
            (&[0x30, 0x82, 1, 2], Some((4, 0x102))),
            (&[0x30, 0x82, 1], None),
            (&[0x30, 0x80], None),
            (&[0x30, 0x85, 0, 0, 0, 0, 1], None),
            (&[0x30], None),
        ] {
            assert_eq!(header(der), read, "{der:x?}");
        }
    }

    #[test]
    fn what_is_no_pem_at_all_has_its_own_message() {
        let utf16 = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let der = |inside: &[u8]| [&[0x30, 0x82, 1, 0], inside].concat();
        for (bytes, message) in [
            (vec![], "is empty; expected certificates as PEM text"),
            (
                b"\xef\xbb\xbf \r\n".to_vec(),
                "is empty; expected certificates as PEM text",
            ),
            (
                b"\n<!DOCTYPE html>".to_vec(),
                "is a web page; expected certificates as PEM text",
            ),
            (
                b"<HTML>".to_vec(),
                "is a web page; expected certificates as PEM text",
            ),
            (
                utf16("\u{feff}-----BEGIN"),
                "is UTF-16 text; expected certificates as PEM text",
            ),
            (
                utf16("-----BEGIN"),
                "is UTF-16 text; expected certificates as PEM text",
            ),
            (
                b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(),
                "is a Java key store; expected certificates as PEM text",
            ),
            (
                der(&[0x30, 0x82]),
                "is a certificate in DER; expected certificates as PEM text",
            ),
            (
                der(&[0x31, 0x82]),
                "is DER, but no certificate; expected certificates as PEM text",
            ),
            (
                der(&[2, 1, 3, 0x30]),
                "is PKCS #12; expected certificates as PEM text",
            ),
            (
                der(SIGNED_DATA),
                "is PKCS #7; expected certificates as PEM text",
            ),
            (der(&[2, 1, 0, 2, 0x82]), "holds a private key"),
            (der(&[2, 1, 0, 0x30, 13]), "holds a private key"),
            (der(&[2, 1, 1, 4, 32]), "holds a private key"),
            (
                der(&[&[0x30, 64], ENCRYPTION, &[13]].concat()),
                "holds a private key",
            ),
        ] {
            let error = Format::of(&bytes).unwrap().refuse("x", Provenance::Public);
            assert_eq!(error.to_string(), format!("`x` {message}"));
            assert!(error.render().contains("\n  help: "), "{message}");
        }
        for text in [
            "-----BEGIN CERTIFICATE-----",
            "0 is a digit",
            "# comment",
            "00",
        ] {
            assert_eq!(Format::of(text.as_bytes()), None);
        }
    }
}
