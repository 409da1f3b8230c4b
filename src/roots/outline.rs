//! Whether a certificate is drawn exactly as RFC 5280 section 4.1 draws it, tag by tag.
//!
//! x509-parser 0.18.1 is lenient: it takes a SEQUENCE for one whatever its class and form, and texts in names for text whatever their bytes.
//! OpenSSL is not, and loads nothing of a file with one such certificate; so what passes here is what OpenSSL reads.

use super::format::header;

/// Whether `der` is a certificate and nothing else. What stands inside extensions and keys is not looked at: OpenSSL reads it later.
pub(super) fn is_certificate(der: &[u8]) -> bool {
    certificate(der).is_some()
}

fn certificate(der: &[u8]) -> Option<()> {
    Values(der).only(SEQUENCE, |fields| {
        fields.one(SEQUENCE, to_be_signed)?;
        fields.one(SEQUENCE, algorithm)?;
        bit_string(fields)
    })
}

fn to_be_signed(fields: &mut Values<'_>) -> Option<()> {
    fields.optional(VERSION, integer)?;
    integer(fields)?;
    fields.one(SEQUENCE, algorithm)?;
    name(fields)?;
    fields.one(SEQUENCE, |times| time(times).and_then(|()| time(times)))?;
    name(fields)?;
    fields.one(SEQUENCE, |key| {
        key.one(SEQUENCE, algorithm)?;
        bit_string(key)
    })?;
    fields.optional(ISSUER_ID, ignore)?;
    fields.optional(SUBJECT_ID, ignore)?;
    fields.optional(EXTENSIONS, |list| {
        list.one(SEQUENCE, |list| list.each(SEQUENCE, extension))
    })
}

fn algorithm(fields: &mut Values<'_>) -> Option<()> {
    object_identifier(fields)?;
    if !fields.0.is_empty() {
        fields.any()?;
    }
    Some(())
}

fn name(fields: &mut Values<'_>) -> Option<()> {
    fields.one(SEQUENCE, |sets| {
        sets.each(SET, |set| {
            set.each(SEQUENCE, |attribute| {
                object_identifier(attribute)?;
                let (tag, text) = attribute.any()?;
                is_text(tag, text).then_some(())
            })
        })
    })
}

fn extension(fields: &mut Values<'_>) -> Option<()> {
    object_identifier(fields)?;
    if fields.0.first() == Some(&BOOLEAN) && !matches!(fields.any()?.1, [0 | 0xff]) {
        return None;
    }
    fields.contents(OCTET_STRING).map(drop)
}

/// As X.690 section 8.19: no number with padding, none cut off.
fn object_identifier(fields: &mut Values<'_>) -> Option<()> {
    let numbers = fields.contents(OBJECT_IDENTIFIER)?;
    let mut is_start = true;
    for byte in numbers {
        if is_start && *byte == 0x80 {
            return None;
        }
        is_start = *byte < 0x80;
    }
    (is_start && !numbers.is_empty()).then_some(())
}

/// As X.690 section 8.3: in as few octets as it takes.
fn integer(fields: &mut Values<'_>) -> Option<()> {
    match fields.contents(INTEGER)? {
        [] | [0, ..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
        _ => Some(()),
    }
}

fn bit_string(fields: &mut Values<'_>) -> Option<()> {
    let unused = *fields.contents(BIT_STRING)?.first()?;
    (unused <= 7).then_some(())
}

fn time(fields: &mut Values<'_>) -> Option<()> {
    let (tag, _) = fields.any()?;
    matches!(tag, UTC_TIME | GENERALIZED_TIME).then_some(())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "stands in for a reader that may fail"
)]
fn ignore(fields: &mut Values<'_>) -> Option<()> {
    fields.0 = &[];
    Some(())
}

/// Whether the value of an attribute has a type that names have, and is text in it.
fn is_text(tag: u8, bytes: &[u8]) -> bool {
    let is_char = |code: u32| char::from_u32(code).is_some();
    match tag {
        UTF8_STRING => std::str::from_utf8(bytes).is_ok(),
        BMP_STRING => {
            let (units, rest) = bytes.as_chunks();
            rest.is_empty()
                && units
                    .iter()
                    .all(|unit| is_char(u16::from_be_bytes(*unit).into()))
        }
        UNIVERSAL_STRING => {
            let (units, rest) = bytes.as_chunks();
            rest.is_empty() && units.iter().all(|unit| is_char(u32::from_be_bytes(*unit)))
        }
        NUMERIC_STRING | PRINTABLE_STRING | T61_STRING | IA5_STRING | BIT_STRING => true,
        _ => false,
    }
}

/// Values that follow one another.
struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    /// Takes the next value: its tag and its contents, whose length is written in as few octets as it takes.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let tag = *self.0.first()?;
        let (start, length) = header(self.0)?;
        let shortest = match length {
            0..=0x7f => 2,
            0x80..=0xff => 3,
            0x100..=0xffff => 4,
            _ => 5,
        };
        let contents = self.0.get(start..start.checked_add(length)?)?;
        self.0 = &self.0[start + length..];
        (start == shortest).then_some((tag, contents))
    }

    fn contents(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, contents) = self.any()?;
        (found == tag).then_some(contents)
    }

    /// Takes the next value, and reads all of its contents.
    fn one(&mut self, tag: u8, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let mut inside = Values(self.contents(tag)?);
        read(&mut inside)?;
        inside.0.is_empty().then_some(())
    }

    fn optional(&mut self, tag: u8, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        match self.0.first() {
            Some(found) if *found == tag => self.one(tag, read),
            _ => Some(()),
        }
    }

    fn each(&mut self, tag: u8, read: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        while !self.0.is_empty() {
            self.one(tag, &read)?;
        }
        Some(())
    }

    fn only(mut self, tag: u8, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.one(tag, read)?;
        self.0.is_empty().then_some(())
    }
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const T61_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[1]` and `[2]`, unique identifiers; nobody uses them.
const ISSUER_ID: u8 = 0x81;
const SUBJECT_ID: u8 = 0x82;
/// `[0]` and `[3]`, around a value.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    #[test]
    fn the_built_in_roots_are_drawn_so() {
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            assert!(is_certificate(der));
        }
    }

    #[test]
    fn what_openssl_does_not_read_is_no_certificate() {
        let outline = |change: fn(&mut Fields)| {
            let mut fields = Fields::root("A");
            change(&mut fields);
            is_certificate(&fields.sign())
        };
        assert!(outline(|_| {}));
        assert!(outline(|root| root.extensions.clear()));
        let changes: [fn(&mut Fields); 15] = [
            |root| root.subject[0] = 0xb0,
            |root| root.serial = vec![],
            |root| root.serial = vec![0, 0x7f],
            |root| root.serial = vec![0xff, 0x80],
            |root| root.not_after[0] = 0x13,
            |root| root.outer_algorithm[0] = 0x10,
            |root| root.outer_algorithm[2] = 0x04,
            |root| root.outer_algorithm[4] = 0x80,
            |root| root.extensions[0][10] = 2,
            |root| root.subject = distinguished(&[(COMMON_NAME, 0x0c, &[0xff])]),
            |root| root.subject = distinguished(&[(COMMON_NAME, 0x1e, &[0])]),
            |root| root.subject = distinguished(&[(COMMON_NAME, 0x1e, &[0xd8, 0])]),
            |root| root.subject = distinguished(&[(COMMON_NAME, 0x1c, &[0, 0x11, 0, 0])]),
            |root| root.subject = distinguished(&[(COMMON_NAME, 0x8c, b"A")]),
            |root| root.subject = distinguished(&[(&[6, 2, 0x55, 0x84], 0x0c, b"A")]),
        ];
        for (row, change) in changes.into_iter().enumerate() {
            assert!(!outline(change), "row {row}");
        }
        let der = Fields::root("A").sign();
        assert!(!is_certificate(&[&der[..], &[0]].concat()));
        assert!(!is_certificate(&[&[0x10], &der[1..]].concat()));
        assert!(!is_certificate(&der[..der.len() - 1]));
    }
}
