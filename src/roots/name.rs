//! Distinguished names, made readable.

use x509_parser::{
    asn1_rs::{Any, Tag},
    oid_registry::{
        OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME, OID_X509_ORGANIZATIONAL_UNIT, Oid,
    },
    x509::X509Name,
};

use crate::text;

/// What people call the holder of `name`: its last common name, else its last unit, else its organization. Escaped.
pub(super) fn shown(name: &X509Name<'_>) -> String {
    [
        &OID_X509_COMMON_NAME,
        &OID_X509_ORGANIZATIONAL_UNIT,
        &OID_X509_ORGANIZATION_NAME,
    ]
    .into_iter()
    .find_map(|oid| values(name, oid).pop())
    .map_or_else(|| NAMELESS.to_owned(), |value| text::escape(&value))
}

/// The values of one kind of attribute, in their order, as text; not escaped.
pub(super) fn values(name: &X509Name<'_>, oid: &Oid<'_>) -> Vec<String> {
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
