//! PEM text to the bytes of certificates, without losing a block in silence.
//!
//! The crate `pem` skips a block whose markers it does not understand, and so do most TLS libraries, each in its own cases. So the markers are found here,
//! line by line: whatever looks like one has to be one, and has to have its partner. What lies between two markers is then decoded by `pem`.

use std::{collections::BTreeSet, fmt, str};

use crate::error::Error;

/// A block: the bytes that it encodes, and the line on which it begins, from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Block {
    pub(super) line: usize,
    pub(super) der: Vec<u8>,
}

/// Reads all certificates of `bytes`; `origin` names them in errors, already escaped.
///
/// # Errors
///
/// Refused: what is no PEM text at all, text with a private key, and text with any block that is not a complete, well-formed certificate block. All
/// such blocks are told, each with its line. What a private key holds is never told.
pub(super) fn read(bytes: &[u8], origin: &str) -> Result<Vec<Block>, Error> {
    if let Some(format) = Format::of(bytes) {
        return Err(format.refuse(origin));
    }
    let mut reader = Reader::default();
    for (number, line) in lines(bytes) {
        reader.take(number, line);
    }
    reader.finish(origin)
}

/// What a file is that should have been PEM.
#[derive(Clone, Copy, Debug)]
enum Format {
    Der,
    Empty,
    Html,
    Utf16,
}

impl Format {
    /// Tells the formats that people mistake for PEM; `None` is what may be PEM.
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
        let is_tag = |tag: &[u8]| {
            text.get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag))
        };
        match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'-', ..] | [b'-', 0, ..] => {
                Some(Self::Utf16)
            }
            // A SEQUENCE of 128 bytes or more; its tag is also the digit 0.
            [0x30, 0x80..=0xff, ..] => Some(Self::Der),
            _ if text.is_empty() => Some(Self::Empty),
            _ if is_tag(b"<!doctype") || is_tag(b"<html") || is_tag(b"<?xml") => Some(Self::Html),
            _ => None,
        }
    }

    fn refuse(self, origin: &str) -> Error {
        let (what, help) = match self {
            Self::Der => (
                "is DER, expected PEM text",
                "`openssl x509 -inform DER -in FILE` prints a certificate as PEM",
            ),
            Self::Empty => (
                "is empty, expected certificates as PEM text",
                "curl's current file is at https://curl.se/ca/cacert.pem",
            ),
            Self::Html => (
                "is a web page, expected certificates as PEM text",
                "a proxy or a login page may have answered in place of the server; open the file to see whose page it is",
            ),
            Self::Utf16 => (
                "is UTF-16 text, expected certificates as PEM text in ASCII or UTF-8",
                "`iconv -f UTF-16 -t UTF-8` converts it",
            ),
        };
        Error::refused(format!("`{origin}` {what}")).help(help)
    }
}

/// The lines of a text with any of the three line ends, numbered from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = Some(bytes.strip_prefix(BOM).unwrap_or(bytes));
    let next = move || {
        let text = rest?;
        let Some(end) = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let skip = if text[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = Some(&text[end + skip..]).filter(|rest| !rest.is_empty());
        Some(&text[..end])
    };
    (1..).zip(std::iter::from_fn(next))
}

/// Collects blocks and faults, line by line.
#[derive(Debug, Default)]
struct Reader<'a> {
    blocks: Vec<Block>,
    faults: Vec<Fault>,
    open: Option<Open<'a>>,
    /// A marker was misread, so that its partner tells nothing new.
    is_lost: bool,
    private_keys: Vec<usize>,
}

/// A block whose end has not been seen yet.
#[derive(Debug)]
struct Open<'a> {
    line: usize,
    label: &'a [u8],
    /// The base64 so far, with line ends.
    body: String,
    is_faulty: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, number: usize, line: &'a [u8]) {
        match Line::of(line) {
            Line::Begin(label) => self.begin(number, label),
            Line::End(label) => self.end(number, label),
            Line::Crooked => {
                if is_private(line) {
                    self.private_keys.push(number);
                }
                self.fault(number, What::crooked(line));
                self.open = None;
                self.is_lost = true;
            }
            Line::Text(text) => self.body(number, text),
        }
    }

    fn begin(&mut self, number: usize, label: &'a [u8]) {
        if let Some(open) = self.open.take() {
            self.fault(open.line, What::CutBy(number));
        }
        self.is_lost = false;
        let mut is_faulty = false;
        if is_private(label) {
            self.private_keys.push(number);
        } else if label != LABEL {
            self.fault(number, What::Label(shown(label)));
            is_faulty = true;
        }
        self.open = Some(Open {
            line: number,
            label,
            body: String::new(),
            is_faulty,
        });
    }

    fn end(&mut self, number: usize, label: &'a [u8]) {
        let Some(open) = self.open.take() else {
            if !self.is_lost {
                self.fault(number, What::NoBegin);
            }
            self.is_lost = false;
            return;
        };
        if open.label != label {
            self.fault(number, What::OtherEnd(shown(open.label), shown(label)));
        } else if open.label == LABEL && !open.is_faulty {
            match decode(&open.body) {
                Some(der) => self.blocks.push(Block {
                    line: open.line,
                    der,
                }),
                None => self.fault(open.line, What::Base64),
            }
        }
    }

    fn body(&mut self, number: usize, text: &[u8]) {
        let Some(open) = &mut self.open else {
            return;
        };
        if open.label != LABEL || open.is_faulty {
            return;
        }
        let text = text.trim_ascii();
        let what = if text.is_empty() {
            What::Blank
        } else if text.contains(&b':') {
            What::Header
        } else if let Some(what) = foreign(text) {
            what
        } else {
            open.body.extend(text.iter().copied().map(char::from));
            open.body.push('\n');
            return;
        };
        open.is_faulty = true;
        self.fault(number, what);
    }

    fn fault(&mut self, line: usize, what: What) {
        if let Some(open) = &mut self.open {
            open.is_faulty = true;
        }
        self.faults.push(Fault { line, what });
    }

    fn finish(mut self, origin: &str) -> Result<Vec<Block>, Error> {
        if let Some(open) = self.open.take() {
            self.fault(open.line, What::CutShort);
        }
        if !self.private_keys.is_empty() {
            return Err(refuse_private(origin, &self.private_keys));
        }
        if !self.faults.is_empty() {
            return Err(refuse(origin, self.faults));
        }
        if self.blocks.is_empty() {
            return Err(Error::refused(format!("`{origin}` holds no certificate"))
                .help("expected PEM text: blocks that begin with `-----BEGIN CERTIFICATE-----`"));
        }
        Ok(self.blocks)
    }
}

/// What a line is.
#[derive(Debug)]
enum Line<'a> {
    Begin(&'a [u8]),
    End(&'a [u8]),
    /// It looks like a marker, but is none for every reader.
    Crooked,
    Text(&'a [u8]),
}

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Self {
        let label = |start: &[u8]| {
            line.strip_prefix(start)?
                .trim_ascii_end()
                .strip_suffix(b"-----")
                .filter(|label| is_label(label))
        };
        if let Some(label) = label(BEGIN) {
            Self::Begin(label)
        } else if let Some(label) = label(END) {
            Self::End(label)
        } else if looks_like_marker(line) {
            Self::Crooked
        } else {
            Self::Text(line)
        }
    }
}

/// RFC 7468 section 3, less the hyphens that it allows within a label and that no label has.
fn is_label(label: &[u8]) -> bool {
    !label.is_empty()
        && label
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~') && *byte != b'-')
}

/// Whether a person would take the line for a marker, whatever is wrong with it: its case, its dashes, what stands before or after.
fn looks_like_marker(line: &[u8]) -> bool {
    // Base64 has no dashes, so almost every line ends here.
    if !has(line, b"--") && !has(line, DASH) {
        return false;
    }
    let line = line.to_ascii_uppercase();
    has(&line, b"-----BEGIN")
        || has(&line, b"-----END")
        || (has(&line, b"BEGIN") || has(&line, b"END"))
            && (has(&line, LABEL) || has(&line, PRIVATE_KEY))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_private(label: &[u8]) -> bool {
    has(&label.to_ascii_uppercase(), PRIVATE_KEY)
}

/// The first character that is neither base64 nor a blank.
fn foreign(text: &[u8]) -> Option<What> {
    let is_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ' | b'\t')
    };
    let at = text.iter().position(|byte| !is_base64(byte))?;
    let char = String::from_utf8_lossy(&text[at..]).chars().next();
    Some(What::Foreign(char.unwrap_or(char::REPLACEMENT_CHARACTER)))
}

/// The bytes that a block's base64 stands for.
fn decode(body: &str) -> Option<Vec<u8>> {
    let block = format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n");
    let der = pem::parse(block).ok()?.into_contents();
    Some(der)
}

/// Why a block is not one, and where.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Fault {
    line: usize,
    what: What,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum What {
    Base64,
    Blank,
    /// The line on which the next block begins.
    CutBy(usize),
    CutShort,
    Foreign(char),
    Glued,
    Header,
    Indented,
    Label(String),
    Misspelt,
    NoBegin,
    /// The labels of BEGIN and END.
    OtherEnd(String, String),
}

impl What {
    /// Why a line that looks like a marker is none.
    fn crooked(line: &[u8]) -> Self {
        let starts: Vec<usize> = (0..line.len())
            .filter(|at| {
                [BEGIN, END]
                    .iter()
                    .any(|start| line[*at..].starts_with(start))
            })
            .collect();
        match *starts {
            [at] if !matches!(Line::of(&line[at..]), Line::Crooked) => Self::Indented,
            [] | [_] => Self::Misspelt,
            _ => Self::Glued,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("the block's base64 is damaged or incomplete"),
            Self::Blank => f.write_str("a blank line inside a block"),
            Self::CutBy(line) => {
                write!(f, "the block is cut off: another one begins on line {line} before its END")
            }
            Self::CutShort => f.write_str("the block has no END: the text is cut off"),
            Self::Foreign(char) => {
                let char = crate::text::escape(&char.to_string());
                write!(f, "`{char}` is no base64 character")
            }
            Self::Glued => f.write_str("two markers on one line"),
            Self::Header => f.write_str("a header inside a certificate block"),
            Self::Indented => f.write_str("a marker that does not start its line"),
            Self::Label(label) => write!(f, "expected label `CERTIFICATE`, found `{label}`"),
            Self::Misspelt => f.write_str(
                "looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`",
            ),
            Self::NoBegin => f.write_str("an END without a BEGIN"),
            Self::OtherEnd(begin, end) => {
                write!(f, "expected END of `{begin}`, found END of `{end}`")
            }
        }
    }
}

fn refuse(origin: &str, faults: Vec<Fault>) -> Error {
    let faults: BTreeSet<Fault> = faults.into_iter().collect();
    Error::refused(format!("`{origin}` is damaged PEM text"))
        .faults(
            faults
                .iter()
                .map(|fault| format!("line {}: {}", fault.line, fault.what)),
        )
        .help("get the file again; TLS libraries would load some of it, or nothing")
}

fn refuse_private(origin: &str, lines: &[usize]) -> Error {
    Error::refused(format!("`{origin}` holds a private key"))
        .faults(
            lines
                .iter()
                .map(|line| format!("line {line}: a private key begins")),
        )
        .help("give a file with the CA certificates only, and keep the key out of images")
}

/// A label as it may be shown: whole if it is short.
fn shown(label: &[u8]) -> String {
    let label: String = String::from_utf8_lossy(label).chars().take(40).collect();
    crate::text::escape(&label)
}

const BEGIN: &[u8] = b"-----BEGIN ";

const END: &[u8] = b"-----END ";

const LABEL: &[u8] = b"CERTIFICATE";

const PRIVATE_KEY: &[u8] = b"PRIVATE KEY";

/// UTF-8's byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The first two bytes of U+2010 to U+2015, the dashes that word processors put in place of hyphens.
const DASH: &[u8] = b"\xe2\x80";

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n-----END CERTIFICATE-----\n";

    #[test]
    fn blocks_are_found_between_any_text() {
        let der = vec![0, 1, 2, 3, 4];
        let blocks = |lines: &[usize]| -> Vec<Block> {
            let block = |line: &usize| Block {
                line: *line,
                der: der.clone(),
            };
            lines.iter().map(block).collect()
        };
        for (text, lines) in [
            (A.to_owned(), &[1][..]),
            (format!("{A}{A}"), &[1, 5]),
            (format!("\u{feff}{A}"), &[1]),
            (A.replace('\n', "\r\n"), &[1]),
            (A.replace('\n', "\r"), &[1]),
            (A.trim_end().to_owned(), &[1]),
            (A.replace('\n', " \t\n"), &[1]),
            (A.replace("AAEC\nAwQ=", "AAECAwQ="), &[1]),
            (A.replace("AAEC\n", "\tA\n  AEC\n"), &[1]),
            (format!("## a -- b\n# the END, -- really\n\n{A}"), &[4]),
            (format!("Bag Attributes\n    friendlyName: x\n{A}"), &[3]),
        ] {
            assert_eq!(
                read(text.as_bytes(), "a.pem").unwrap(),
                blocks(lines),
                "{text}"
            );
        }
        let latin1 = [b"# F\xf5tan\xfas\n", A.as_bytes()].concat();
        assert_eq!(read(&latin1, "a.pem").unwrap(), blocks(&[2]));
    }

    #[test]
    fn every_block_that_a_reader_could_lose_is_told_with_its_line() {
        for (text, faults) in [
            (
                A.replace("=\n-----END", "=-----END"),
                &["line 3: a marker that does not start its line"][..],
            ),
            (
                format!("{}{A}", A.trim_end()),
                &["line 4: two markers on one line"],
            ),
            (
                A.replace("-----", "----"),
                &["line 1: MISSPELT", "line 4: MISSPELT"],
            ),
            (
                A.replace("-----B", "    -----B"),
                &["line 1: a marker that does not start its line"],
            ),
            (
                A.replace("-----BEGIN CERTIFICATE-----", "-----begin certificate-----"),
                &["line 1: MISSPELT"],
            ),
            (
                A.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE"),
                &["line 1: MISSPELT"],
            ),
            (
                A.replace("-----BEGIN CERTIFICATE-----", "–—BEGIN CERTIFICATE–—"),
                &["line 1: MISSPELT"],
            ),
            (
                format!("-----BEGIN CERTIFICATE\n{A}"),
                &["line 1: MISSPELT"],
            ),
            (
                format!("{A}{}", A.replace("-----END CERTIFICATE-----\n", "")),
                &["line 5: the block has no END: the text is cut off"],
            ),
            (
                format!("{}{A}", A.replace("-----END CERTIFICATE-----\n", "")),
                &["line 1: the block is cut off: another one begins on line 4 before its END"],
            ),
            (
                A.replace("END CERTIFICATE", "END X"),
                &["line 4: expected END of `CERTIFICATE`, found END of `X`"],
            ),
            (
                A.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
                &["line 1: expected label `CERTIFICATE`, found `TRUSTED CERTIFICATE`"],
            ),
            (
                A.replace("AwQ=", "AwQ"),
                &["line 1: the block's base64 is damaged or incomplete"],
            ),
            (
                A.replace("AwQ=", "Aw=Q"),
                &["line 1: the block's base64 is damaged or incomplete"],
            ),
            (
                A.replace("AwQ=", "A*Q="),
                &["line 3: `*` is no base64 character"],
            ),
            (
                A.replace("AwQ=", "A\u{200b}wQ="),
                &["line 3: `\\u{200b}` is no base64 character"],
            ),
            (
                A.replace("AwQ=", "\nAwQ="),
                &["line 3: a blank line inside a block"],
            ),
            (
                A.replace("AAEC", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAEC"),
                &["line 2: a header inside a certificate block"],
            ),
        ] {
            let misspelt = What::Misspelt.to_string();
            let faults = faults.join("\n  ").replace("MISSPELT", &misspelt);
            assert_eq!(
                read(text.as_bytes(), "a.pem").unwrap_err().render(),
                format!(
                    "`a.pem` is damaged PEM text\n  {faults}\n  \
                     help: get the file again; TLS libraries would load some of it, or nothing"
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_private_key_is_refused_whatever_its_form_and_never_shown() {
        for (label, end) in [
            ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
            (
                "-----BEGIN RSA PRIVATE KEY-----",
                "-----END RSA PRIVATE KEY-----",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----",
                "-----END PRIVATE KEY-----",
            ),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "cut off"),
            ("  -----BEGIN EC PRIVATE KEY-----", ""),
            ("-----begin private key-----", "-----end private key-----"),
        ] {
            let text = format!("{A}{label}\nc2Vj*cmV0\n{end}\nbroken -----BEGIN");
            let rendered = read(text.as_bytes(), "a.pem").unwrap_err().render();
            let (first, rest) = rendered.split_once('\n').unwrap();
            assert_eq!(first, "`a.pem` holds a private key");
            assert!(rest.starts_with("  line 5: a private key begins"), "{rest}");
            assert!(!rest.contains("c2Vj"), "{rest}");
        }
    }

    #[test]
    fn what_is_no_pem_at_all_has_its_own_message() {
        let utf16: Vec<u8> = format!("\u{feff}{A}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, message) in [
            (&b""[..], "`x` is empty, expected certificates as PEM text"),
            (
                b"\xef\xbb\xbf \r\n",
                "`x` is empty, expected certificates as PEM text",
            ),
            (
                b"\n<!DOCTYPE html><p>-----BEGIN",
                "`x` is a web page, expected certificates as PEM text",
            ),
            (
                b"<HTML>",
                "`x` is a web page, expected certificates as PEM text",
            ),
            (
                &utf16,
                "`x` is UTF-16 text, expected certificates as PEM text in ASCII or UTF-8",
            ),
            (
                &utf16[2..],
                "`x` is UTF-16 text, expected certificates as PEM text in ASCII or UTF-8",
            ),
            (b"\x30\x82\x05\x6b", "`x` is DER, expected PEM text"),
            (b"0 is a digit", "`x` holds no certificate"),
            (b"hello\n", "`x` holds no certificate"),
        ] {
            let error = read(bytes, "x").unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(error.render().contains("\n  help: "), "{message}");
        }
    }

    #[test]
    fn a_single_fault_does_not_hide_the_others() {
        let text = [A, &A.replace("AwQ=", "!"), A, &A.replace("AAEC", "?")].concat();
        let rendered = read(text.as_bytes(), "a.pem").unwrap_err().render();
        assert_eq!(
            rendered.lines().skip(1).take(2).collect::<Vec<_>>(),
            [
                "  line 7: `!` is no base64 character",
                "  line 14: `?` is no base64 character"
            ]
        );
    }
}
