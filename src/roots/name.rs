//! Distinguished names, made readable.

use x509_parser::{
    asn1_rs::{Any, Tag},
    oid_registry::{
        OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME, OID_X509_ORGANIZATIONAL_UNIT, Oid,
    },
    x509::X509Name,
};

/// Who a certificate is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Holder {
    /// What people call it: its last common name, else its last unit, else its organization; as it is.
    pub(super) name: String,
    /// Its common names, or what stands in for one, as they are.
    pub(super) common_names: Vec<String>,
    /// Its organizations, as they are.
    pub(super) organizations: Vec<String>,
}

impl Holder {
    pub(super) fn of(name: &X509Name<'_>) -> Self {
        let organizations = values(name, &OID_X509_ORGANIZATION_NAME);
        let common_names = [
            values(name, &OID_X509_COMMON_NAME),
            values(name, &OID_X509_ORGANIZATIONAL_UNIT),
            organizations.clone(),
        ]
        .into_iter()
        .find(|names| !names.is_empty())
        .unwrap_or_default();
        let shown = common_names.last().map_or(NAMELESS, String::as_str);
        Self {
            name: shown.to_owned(),
            common_names,
            organizations,
        }
    }
}

/// Whether every string in the name is one of its kind. OpenSSL refuses a whole file for one that is not.
pub(super) fn is_sound(name: &X509Name<'_>) -> bool {
    name.iter_attributes().all(|attribute| {
        let bytes = attribute.attr_value().data;
        match attribute.attr_value().tag() {
            Tag::BmpString => bytes.len() % 2 == 0,
            Tag::UniversalString => bytes.len() % 4 == 0,
            Tag::Utf8String => std::str::from_utf8(bytes).is_ok(),
            Tag::BitString
            | Tag::Ia5String
            | Tag::NumericString
            | Tag::PrintableString
            | Tag::TeletexString => true,
            _ => false,
        }
    })
}

/// The values of one kind of attribute, in their order, as text; not escaped.
fn values(name: &X509Name<'_>, oid: &Oid<'_>) -> Vec<String> {
    name.iter_attributes()
        .filter(|attribute| attribute.attr_type() == oid)
        .filter_map(|attribute| read(attribute.attr_value()))
        .filter(|value| !value.trim().is_empty())
        .collect()
}

/// A directory string (RFC 5280 section 4.1.2.4) of any of its types.
fn read(value: &Any<'_>) -> Option<String> {
    let bytes = value.data;
    match value.tag() {
        Tag::BmpString => {
            let units = bytes.chunks(2).map(|pair| match *pair {
                [high, low] => u16::from_be_bytes([high, low]),
                _ => 0xfffd,
            });
            Some(
                char::decode_utf16(units)
                    .map(|char| char.unwrap_or('\u{fffd}'))
                    .collect(),
            )
        }
        Tag::UniversalString => Some(
            bytes
                .chunks(4)
                .map(|four| <[u8; 4]>::try_from(four).map_or(0xfffd, u32::from_be_bytes))
                .map(|code| char::from_u32(code).unwrap_or('\u{fffd}'))
                .collect(),
        ),
        // Its real character set (ISO 2022) is hardly ever meant: those who write it write Latin-1.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::Ia5String
        | Tag::NumericString
        | Tag::PrintableString
        | Tag::Utf8String
        | Tag::VisibleString => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// Stands for a subject with neither a common name nor a unit nor an organization.
const NAMELESS: &str = "(no name)";
