//! PEM text to the bytes of certificates, without losing a block in silence.
//!
//! The crate `pem` skips a block whose markers it does not understand, and so do most TLS libraries, each in its own cases. So the markers are found here,
//! line by line: whatever looks like one has to be one, and has to have its partner. What lies between two markers is then decoded by `pem`.

use std::{collections::BTreeSet, fmt};

use super::{
    finding::Provenance,
    format::{BOM, Format, NO_KEYS, header},
};
use crate::{error::Error, text};

/// A PEM text that has been read whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Text {
    /// At least one.
    pub(super) blocks: Vec<Block>,
    /// What a TLS library might have stumbled over.
    pub(super) repairs: BTreeSet<Repair>,
}

/// A block: the bytes that it encodes, and the line on which it begins, from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Block {
    pub(super) line: usize,
    pub(super) der: Vec<u8>,
}

/// Reads all certificates of `bytes`; `origin` names them in errors, already escaped.
///
/// In a published bundle a misplaced marker is a sign of damage. In a file of the user's own it is a paste that went
/// wrong, and repaired as long as there is only one way to read it.
///
/// # Errors
///
/// Refused: what is no PEM text at all, text with a private key, and text with any block that is not a complete,
/// well-formed certificate block. All such blocks are told, each with its line. What a private key holds is never told.
pub(super) fn read(bytes: &[u8], origin: &str, provenance: Provenance) -> Result<Text, Error> {
    if let Some(format) = Format::of(bytes) {
        return Err(format.refuse(origin, provenance));
    }
    let mut reader = Reader::new(provenance);
    reader.repairs.extend(Repair::of_whole(bytes));
    for (number, line) in lines(bytes) {
        reader.take(number, line);
    }
    reader.finish(origin)
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

/// What was not as every TLS library wants it, but could be read in one way only.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Repair {
    Bom,
    Cr,
    Crlf,
    Glued,
    Indented,
    Label(String),
    NoLastNewline,
}

impl Repair {
    fn of_whole(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let is_cr = |pair: &[u8]| pair[0] == b'\r' && pair[1] != b'\n';
        let cr = bytes.windows(2).any(is_cr) || bytes.ends_with(b"\r");
        [
            bytes.starts_with(BOM).then_some(Self::Bom),
            cr.then_some(Self::Cr),
            has(bytes, b"\r\n").then_some(Self::Crlf),
            (!bytes.ends_with(b"\n") && !bytes.ends_with(b"\r")).then_some(Self::NoLastNewline),
        ]
        .into_iter()
        .flatten()
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bom => f.write_str("a byte order mark"),
            Self::Cr => f.write_str("line ends CR"),
            Self::Crlf => f.write_str("line ends CRLF"),
            Self::Glued => f.write_str("a marker and other text on one line"),
            Self::Indented => f.write_str("indented lines"),
            Self::Label(label) => write!(f, "the label `{label}`"),
            Self::NoLastNewline => f.write_str("no newline at the end"),
        }
    }
}

/// Collects blocks and faults, line by line.
#[derive(Debug)]
struct Reader<'a> {
    provenance: Provenance,
    blocks: Vec<Block>,
    repairs: BTreeSet<Repair>,
    faults: BTreeSet<Fault>,
    private_keys: BTreeSet<usize>,
    open: Option<Open<'a>>,
    /// A marker was misread, so that its partner tells nothing new.
    is_lost: bool,
}

/// A block whose end has not been seen yet.
#[derive(Debug)]
struct Open<'a> {
    line: usize,
    label: &'a [u8],
    /// The base64 so far, with line ends; `None` for a block that is already known to be of no use.
    body: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(provenance: Provenance) -> Self {
        Self {
            provenance,
            blocks: Vec::new(),
            repairs: BTreeSet::new(),
            faults: BTreeSet::new(),
            private_keys: BTreeSet::new(),
            open: None,
            is_lost: false,
        }
    }

    fn take(&mut self, number: usize, line: &'a [u8]) {
        match Line::of(line) {
            Line::Begin(label) => self.begin(number, label),
            Line::End(label) => self.end(number, label),
            Line::Text(text) => self.body(number, text),
            Line::Crooked => self.mend(number, line),
        }
    }

    fn begin(&mut self, number: usize, label: &'a [u8]) {
        if let Some(open) = self.open.take() {
            self.fault(open.line, What::CutBy(number));
        }
        self.is_lost = false;
        if is_private(label) {
            self.private_keys.insert(number);
        } else if !self.is_known(label) {
            self.fault(number, What::Label(shown(label)));
        }
        self.open = Some(Open {
            line: number,
            label,
            body: self.is_known(label).then(String::new),
        });
    }

    /// Whether a block with this label is a certificate's.
    fn is_known(&self, label: &[u8]) -> bool {
        label == LABEL || self.provenance == Provenance::Extra && OPENSSL_LABELS.contains(&label)
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
            return;
        }
        let Some(body) = open.body else {
            return;
        };
        if label != LABEL {
            self.repairs.insert(Repair::Label(shown(label)));
        }
        match decode(&body) {
            Some(der) => self.blocks.push(Block {
                line: open.line,
                der: if label == TRUSTED {
                    without_trust(der)
                } else {
                    der
                },
            }),
            None => self.fault(open.line, What::Base64),
        }
    }

    fn body(&mut self, number: usize, line: &[u8]) {
        let Some(Open {
            body: Some(body), ..
        }) = &mut self.open
        else {
            return;
        };
        let text = line.trim_ascii();
        if let Some(what) = What::in_body(text) {
            self.fault(number, what);
            if let Some(open) = &mut self.open {
                open.body = None;
            }
            return;
        }
        body.extend(text.iter().copied().map(char::from));
        body.push('\n');
        if line.first().is_some_and(u8::is_ascii_whitespace) {
            self.repairs.insert(Repair::Indented);
        }
    }

    /// Takes a line that looks like a marker, but is none.
    fn mend(&mut self, number: usize, line: &'a [u8]) {
        if is_private(line) {
            self.private_keys.insert(number);
        }
        let pieces = pieces(line);
        let is_mended = pieces.len() > 1 || pieces.first().is_some_and(|piece| *piece != line);
        let is_whole = !pieces
            .iter()
            .any(|piece| matches!(Line::of(piece), Line::Crooked));
        if self.provenance == Provenance::Extra && is_mended && is_whole {
            let is_glued = pieces.len() > 1;
            self.repairs.insert(if is_glued {
                Repair::Glued
            } else {
                Repair::Indented
            });
            for piece in pieces {
                self.take(number, piece);
            }
            return;
        }
        let what = match (is_mended && is_whole, pieces.len()) {
            (false, _) => What::Misspelt,
            (true, 1) => What::Indented,
            (true, _) => What::Glued,
        };
        self.fault(number, what);
        self.open = None;
        self.is_lost = true;
    }

    fn fault(&mut self, line: usize, what: What) {
        self.faults.insert(Fault { line, what });
    }

    fn finish(mut self, origin: &str) -> Result<Text, Error> {
        if let Some(open) = self.open.take() {
            self.fault(open.line, What::CutShort);
        }
        if !self.private_keys.is_empty() {
            return Err(refuse_private(origin, &self.private_keys));
        }
        if !self.faults.is_empty() {
            return Err(refuse(origin, &self.faults, self.provenance));
        }
        if self.blocks.is_empty() {
            return Err(Error::refused(format!("`{origin}` holds no certificate"))
                .help("expected PEM text: blocks that begin with `-----BEGIN CERTIFICATE-----`"));
        }
        Ok(Text {
            blocks: self.blocks,
            repairs: self.repairs,
        })
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

/// The markers of a line and the texts between them, each trimmed.
fn pieces(line: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = line;
    loop {
        let start = (0..rest.len()).find(|at| {
            let text = &rest[*at..];
            text.starts_with(BEGIN) || text.starts_with(END)
        });
        let Some(start) = start else {
            break;
        };
        let (before, marker) = rest.split_at(start);
        let label = 1 + marker
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or_default();
        let Some(end) = (label..marker.len()).find(|at| marker[*at..].starts_with(DASHES)) else {
            break;
        };
        let (marker, after) = marker.split_at(end + DASHES.len());
        pieces.extend([before, marker]);
        rest = after;
    }
    pieces.push(rest);
    pieces
        .iter()
        .map(|piece| piece.trim_ascii())
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// The certificate alone of OpenSSL's form that adds, after it, what it is trusted for.
fn without_trust(mut der: Vec<u8>) -> Vec<u8> {
    if let Some((header, contents)) = header(&der) {
        der.truncate(header.saturating_add(contents));
    }
    der
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
    /// Why a line, trimmed, cannot be part of a block's base64.
    fn in_body(text: &[u8]) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Blank);
        }
        if text.contains(&b':') {
            return Some(Self::Header);
        }
        let is_base64 = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ' | b'\t')
        };
        let at = text.iter().position(|byte| !is_base64(byte))?;
        let char = String::from_utf8_lossy(&text[at..]).chars().next();
        Some(Self::Foreign(char.unwrap_or(char::REPLACEMENT_CHARACTER)))
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
                let char = text::escape(&char.to_string());
                write!(f, "`{char}` is no base64 character")
            }
            Self::Glued => f.write_str("a marker and other text on one line"),
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

fn refuse(origin: &str, faults: &BTreeSet<Fault>, provenance: Provenance) -> Error {
    let is_pkcs7 = |fault: &Fault| matches!(&fault.what, What::Label(label) if PKCS7.contains(&label.as_str()));
    let help = match provenance {
        _ if faults.iter().any(is_pkcs7) => {
            "`openssl pkcs7 -print_certs -in FILE` prints the certificates of PKCS #7 as PEM"
        }
        Provenance::Public => "get the file again; TLS libraries would load some of it, or nothing",
        Provenance::Extra => {
            "copy the file again, whole; `openssl x509 -in FILE` prints a certificate as it has to be"
        }
    };
    Error::refused(format!("`{origin}` is damaged PEM text"))
        .faults(
            faults
                .iter()
                .map(|fault| format!("line {}: {}", fault.line, fault.what)),
        )
        .help(help)
}

fn refuse_private(origin: &str, lines: &BTreeSet<usize>) -> Error {
    Error::refused(format!("`{origin}` holds a private key"))
        .faults(
            lines
                .iter()
                .map(|line| format!("line {line}: a private key begins")),
        )
        .help(NO_KEYS)
}

/// A label as it may be shown: whole if it is short.
fn shown(label: &[u8]) -> String {
    let label: String = String::from_utf8_lossy(label).chars().take(40).collect();
    text::escape(&label)
}

const BEGIN: &[u8] = b"-----BEGIN ";

const END: &[u8] = b"-----END ";

const DASHES: &[u8] = b"-----";

const LABEL: &[u8] = b"CERTIFICATE";

const TRUSTED: &[u8] = b"TRUSTED CERTIFICATE";

/// OpenSSL reads and writes these for certificates too; Go and rustls skip them.
const OPENSSL_LABELS: [&[u8]; 2] = [TRUSTED, b"X509 CERTIFICATE"];

/// RFC 7468 sections 8 and 9.
const PKCS7: [&str; 2] = ["PKCS7", "CMS"];

const PRIVATE_KEY: &[u8] = b"PRIVATE KEY";

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
                read(text.as_bytes(), "a.pem", Provenance::Public)
                    .unwrap()
                    .blocks,
                blocks(lines),
                "{text}"
            );
        }
        let latin1 = [b"# F\xf5tan\xfas\n", A.as_bytes()].concat();
        assert_eq!(
            read(&latin1, "a.pem", Provenance::Public).unwrap().blocks,
            blocks(&[2])
        );
    }

    #[test]
    fn every_block_that_a_reader_could_lose_is_told_with_its_line() {
        for (text, faults) in [
            (
                A.replace("=\n-----END", "=-----END"),
                &["line 3: a marker and other text on one line"][..],
            ),
            (
                format!("{}{A}", A.trim_end()),
                &["line 4: a marker and other text on one line"],
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
                read(text.as_bytes(), "a.pem", Provenance::Public)
                    .unwrap_err()
                    .render(),
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
            let rendered = read(text.as_bytes(), "a.pem", Provenance::Public)
                .unwrap_err()
                .render();
            let (first, rest) = rendered.split_once('\n').unwrap();
            assert_eq!(first, "`a.pem` holds a private key");
            assert!(rest.starts_with("  line 5: a private key begins"), "{rest}");
            assert!(!rest.contains("c2Vj"), "{rest}");
        }
    }

    #[test]
    fn text_without_a_block_is_refused() {
        for text in ["hello\n", "0 is a digit", "-- BEGIN of the END --"] {
            let error = read(text.as_bytes(), "x", Provenance::Public).unwrap_err();
            assert_eq!(
                error.render(),
                "`x` holds no certificate\n  \
                 help: expected PEM text: blocks that begin with `-----BEGIN CERTIFICATE-----`"
            );
        }
    }

    #[test]
    fn what_people_paste_is_repaired_in_files_of_their_own_only() {
        let two = format!("{A}{A}");
        let indented = two.replace('\n', "\n    ");
        for (text, repair, is_public) in [
            (two.clone(), None, true),
            (format!("\u{feff}{two}"), Some("a byte order mark"), true),
            (two.replace('\n', "\r\n"), Some("line ends CRLF"), true),
            (two.replace('\n', "\r"), Some("line ends CR"), true),
            (
                two.trim_end().to_owned(),
                Some("no newline at the end"),
                true,
            ),
            (
                format!("    {}\n", indented.trim_end()),
                Some("indented lines"),
                false,
            ),
            (two.replace("AAEC", "\tAAEC"), Some("indented lines"), true),
            (
                two.replace("\n-----B", "-----B"),
                Some("a marker and other text on one line"),
                false,
            ),
            (
                two.replace("\n-----E", "-----E"),
                Some("a marker and other text on one line"),
                false,
            ),
            (
                two.replace("E-----\nAA", "E-----AA"),
                Some("a marker and other text on one line"),
                false,
            ),
            (
                format!("{}\n", two.replace('\n', " ")),
                Some("a marker and other text on one line"),
                false,
            ),
            (
                two.replace("CERTI", "X509 CERTI"),
                Some("the label `X509 CERTIFICATE`"),
                false,
            ),
            (
                two.replace("CERTI", "TRUSTED CERTI"),
                Some("the label `TRUSTED CERTIFICATE`"),
                false,
            ),
        ] {
            let read = |provenance| read(text.as_bytes(), "a.pem", provenance);
            let extra = read(Provenance::Extra).unwrap();
            assert_eq!(extra.blocks.len(), 2, "{text}");
            let repairs: Vec<String> = extra.repairs.iter().map(ToString::to_string).collect();
            assert_eq!(repairs.join(" "), repair.unwrap_or_default(), "{text}");
            assert_eq!(read(Provenance::Public).is_ok(), is_public, "{text}");
        }
    }

    #[test]
    fn what_openssl_trusts_a_certificate_for_is_cut_off() {
        let text = A.replace("CERTIFICATE", "TRUSTED CERTIFICATE");
        // An empty SEQUENCE, and another one after it.
        let text = text.replace("AAEC\nAwQ=", "MAAwAA==");
        let text = read(text.as_bytes(), "a.pem", Provenance::Extra).unwrap();
        assert_eq!(text.blocks[0].der, [0x30, 0]);
    }

    #[test]
    fn what_cannot_be_repaired_is_told() {
        let help = "copy the file again, whole; `openssl x509 -in FILE` prints a certificate as it has to be";
        let pkcs7 =
            "`openssl pkcs7 -print_certs -in FILE` prints the certificates of PKCS #7 as PEM";
        for (text, fault, help) in [
            (
                A.replace("AwQ=", "AwQ"),
                "line 1: the block's base64 is damaged or incomplete",
                help,
            ),
            (
                A.replace("AwQ=\n", "\nAwQ=\n"),
                "line 3: a blank line inside a block",
                help,
            ),
            (A.replace("END C", "end c"), "line 4: MISSPELT", help),
            (
                format!("{A}-----BEGIN CERTIFICATE-----\nAAEC"),
                "line 5: the block has no END: the text is cut off",
                help,
            ),
            (
                A.replace("CERTIFICATE", "PKCS7"),
                "line 1: expected label `CERTIFICATE`, found `PKCS7`",
                pkcs7,
            ),
            (
                A.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
                "line 1: expected label `CERTIFICATE`, found `CERTIFICATE REQUEST`",
                help,
            ),
        ] {
            let fault = fault.replace("MISSPELT", &What::Misspelt.to_string());
            assert_eq!(
                read(text.as_bytes(), "a.pem", Provenance::Extra)
                    .unwrap_err()
                    .render(),
                format!("`a.pem` is damaged PEM text\n  {fault}\n  help: {help}"),
            );
        }
    }

    #[test]
    fn a_single_fault_does_not_hide_the_others() {
        let text = [A, &A.replace("AwQ=", "!"), A, &A.replace("AAEC", "?")].concat();
        let rendered = read(text.as_bytes(), "a.pem", Provenance::Public)
            .unwrap_err()
            .render();
        assert_eq!(
            rendered.lines().skip(1).take(2).collect::<Vec<_>>(),
            [
                "  line 7: `!` is no base64 character",
                "  line 14: `?` is no base64 character"
            ]
        );
    }
}
