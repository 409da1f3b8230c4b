//! 37 files of certificates as they are found in the wild, each of which some TLS library loads in part or not at all, as a source and as an
//! extra CA. `.ci/roots` lets other programs load what becomes of them.

use std::{env, fs, path::Path};

use rcgen::{KeyPair, PKCS_ED25519};
use scratch_bundle::digest::Sha256;

use crate::{
    certificates::{ED25519, Fields, basic_constraints, time, tlv, to_pem},
    command::Test,
};
use Outcome::{Damaged, Kept, Refused};

#[test]
fn as_a_source_each_file_is_taken_whole_or_refused() {
    let cast = Cast::new();
    for case in cast.cases() {
        let options = ["--ca-source", "ca.pem"];
        cast.run(
            &case,
            &options,
            &case.source,
            "get the file again; TLS libraries would load some of it, or nothing",
        );
    }
}

#[test]
fn as_an_extra_ca_each_file_is_taken_whole_or_repaired_or_refused() {
    let cast = Cast::new();
    let help =
        "copy the file again, whole; `openssl x509 -in FILE` prints a certificate as it has to be";
    for case in cast.cases() {
        let options = [
            "--ca-source",
            "builtin",
            "--ca",
            "none",
            "--extra-ca",
            "ca.pem",
        ];
        cast.run(&case, &options, &case.extra, help);
    }
}

/// Leaves the files in the folder `BUNDLE_TORTURE`, for `.ci/roots`.
#[test]
fn there_are_37_cases_and_the_proof_gets_them() {
    let cases = Cast::new().cases();
    assert_eq!(cases.len(), 37);
    let Some(folder) = env::var_os("BUNDLE_TORTURE") else {
        return;
    };
    for Case { name, bytes, .. } in cases {
        let name = name.replace(' ', "-");
        fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

/// A file, and what becomes of it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    source: Outcome,
    extra: Outcome,
}

/// Texts name the certificates of the [`Cast`] by `{B}` and the like.
enum Outcome {
    /// As many roots, a line of the report on what was dropped, and a warning.
    Kept(usize, &'static str, &'static str),
    /// Damaged PEM text: the faults.
    Damaged(&'static str),
    /// The whole error.
    Refused(&'static str),
}

/// Kept without a word.
const fn kept(roots: usize) -> Outcome {
    Kept(roots, "", "")
}

const fn repaired(what: &'static str) -> Outcome {
    Kept(3, "", what)
}

/// Three good certificates, and others that stand in the place of the second.
struct Cast {
    a: Vec<u8>,
    b: Vec<u8>,
    c: Vec<u8>,
    expired: Vec<u8>,
    leaf: Vec<u8>,
    no_basic_constraints: Vec<u8>,
    negative_serial: Vec<u8>,
    trailing: Vec<u8>,
    not_der: Vec<u8>,
}

impl Cast {
    fn new() -> Self {
        let b = certificate("B", |_| {});
        Self {
            a: certificate("A", |_| {}),
            c: certificate("C", |_| {}),
            expired: certificate("Expired", |root| root.not_after = time("20210930140115Z")),
            leaf: certificate("Leaf", |root| {
                root.extensions[0] = basic_constraints(true, false);
            }),
            no_basic_constraints: certificate("Plain", |root| drop(root.extensions.remove(0))),
            negative_serial: certificate("Negative", |root| root.serial[0] = 0x80),
            trailing: [&b[..], &[0, 0]].concat(),
            not_der: [&[0x31], &b[1..]].concat(),
            b,
        }
    }

    /// Runs the program on a file and compares all that it says about certificates.
    fn run(&self, case: &Case, options: &[&str], expected: &Outcome, help: &str) {
        let test = Test::new()
            .write("ca.pem", &case.bytes)
            .args(["--zones", "none", "--tzdata", "builtin"])
            .args(options.iter().copied());
        let output = test.output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let is_kept = output.status.code() == Some(0);
        let mut said: Vec<String> = stdout.lines().filter_map(said_of_roots).collect();
        if is_kept {
            assert_eq!(
                roots_in(&test.read("bundle.tar")).to_string(),
                said[0],
                "{}",
                case.name
            );
        }
        said.push(stderr);

        let (status, expected) = match expected {
            Kept(roots, dropped, warning) => (
                0,
                [&roots.to_string(), *dropped, warning]
                    .map(str::to_owned)
                    .to_vec(),
            ),
            Damaged(faults) => (
                3,
                vec![format!(
                    "error: `ca.pem` is damaged PEM text\n  {faults}\n  help: {help}\n"
                )],
            ),
            Refused(error) => (3, vec![format!("error: {error}\n")]),
        };
        let expected: Vec<String> = expected.iter().map(|text| self.name(text)).collect();
        said.retain(|text| !text.is_empty());
        assert_eq!(
            (output.status.code(), said),
            (
                Some(status),
                expected
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect()
            ),
            "{} {options:?}",
            case.name
        );
    }

    /// Puts the digests of the certificates in.
    fn name(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, der) in [
            ("{D}", &self.not_der),
            ("{E}", &self.expired),
            ("{L}", &self.leaf),
            ("{N}", &self.negative_serial),
            ("{P}", &self.no_basic_constraints),
            ("{T}", &self.trailing),
        ] {
            text = text.replace(name, &Sha256::of(der).short());
        }
        text
    }

    #[expect(clippy::too_many_lines, reason = "one table")]
    fn cases(&self) -> Vec<Case> {
        let [a, b, c] = [&self.a, &self.b, &self.c].map(|der| to_pem(der));
        let all = format!("{a}{b}{c}");
        let with = |b: &str| format!("{a}{b}{c}").into_bytes();
        let der = |der: &[u8]| with(&to_pem(der));
        let body = |change: &dyn Fn(&str) -> String| -> String {
            let lines = b.lines().map(|line| {
                if line.starts_with('-') {
                    line.to_owned()
                } else {
                    change(line)
                }
            });
            lines.map(|line| line + "\n").collect()
        };
        let indented = format!("    {}\n", all.trim_end().replace('\n', "\n    "));
        let third = b.lines().nth(3).unwrap();
        let cut = &b[..b.find(third).unwrap() + 30];
        let unwrapped = b
            .replace('\n', "")
            .replace("E-----", "E-----\n")
            .replace("-----END", "\n-----END");
        let key = KeyPair::generate().unwrap().serialize_pem();
        let utf16 = all.encode_utf16().flat_map(u16::to_le_bytes);
        vec![
            Case {
                name: "00 as it should be",
                bytes: with(&b),
                source: kept(3),
                extra: kept(3),
            },
            Case {
                name: "01 CRLF",
                bytes: all.replace('\n', "\r\n").into(),
                source: kept(3),
                extra: repaired("warning: `ca.pem` was repaired: line ends CRLF\n"),
            },
            Case {
                name: "02 CR",
                bytes: all.replace('\n', "\r").into(),
                source: kept(3),
                extra: repaired("warning: `ca.pem` was repaired: line ends CR\n"),
            },
            Case {
                name: "03 byte order mark",
                bytes: format!("\u{feff}{all}").into(),
                source: kept(3),
                extra: repaired("warning: `ca.pem` was repaired: a byte order mark\n"),
            },
            Case {
                name: "04 END and BEGIN on one line",
                bytes: format!("{}{b}{c}", a.trim_end()).into(),
                source: Damaged("line 10: a marker and other text on one line"),
                extra: repaired(
                    "warning: `ca.pem` was repaired: a marker and other text on one line\n",
                ),
            },
            Case {
                name: "05 no newline at the end",
                bytes: all.trim_end().into(),
                source: kept(3),
                extra: repaired("warning: `ca.pem` was repaired: no newline at the end\n"),
            },
            Case {
                name: "06 spaces before BEGIN",
                bytes: with(&format!("  {b}")),
                source: Damaged("line 11: a marker that does not start its line"),
                extra: repaired("warning: `ca.pem` was repaired: indented lines\n"),
            },
            Case {
                name: "07 all lines indented",
                bytes: indented.into(),
                source: Damaged(
                    "line 1: a marker that does not start its line\n  line 10: a marker that does not start its line\n  line 11: a marker that does not start its line\n  line 20: a marker that does not start its line\n  line 21: a marker that does not start its line\n  line 30: a marker that does not start its line",
                ),
                extra: repaired("warning: `ca.pem` was repaired: indented lines\n"),
            },
            Case {
                name: "08 spaces after base64",
                bytes: with(&body(&|line| format!("{line}  "))),
                source: kept(3),
                extra: kept(3),
            },
            Case {
                name: "09 blank lines in a block",
                bytes: with(&body(&|line| format!("{line}\n"))),
                source: Damaged("line 13: a blank line inside a block"),
                extra: Damaged("line 13: a blank line inside a block"),
            },
            Case {
                name: "10 base64 on one line",
                bytes: with(&unwrapped),
                source: kept(3),
                extra: kept(3),
            },
            Case {
                name: "11 label TRUSTED CERTIFICATE",
                bytes: with(&b.replace("CERTI", "TRUSTED CERTI")),
                source: Damaged(
                    "line 11: expected label `CERTIFICATE`, found `TRUSTED CERTIFICATE`",
                ),
                extra: repaired(
                    "warning: `ca.pem` was repaired: the label `TRUSTED CERTIFICATE`\n",
                ),
            },
            Case {
                name: "12 label X509 CERTIFICATE",
                bytes: with(&b.replace("CERTI", "X509 CERTI")),
                source: Damaged("line 11: expected label `CERTIFICATE`, found `X509 CERTIFICATE`"),
                extra: repaired("warning: `ca.pem` was repaired: the label `X509 CERTIFICATE`\n"),
            },
            Case {
                name: "13 another label at the END",
                bytes: with(&b.replace("END CERTI", "END TRUSTED CERTI")),
                source: Damaged(
                    "line 20: expected END of `CERTIFICATE`, found END of `TRUSTED CERTIFICATE`",
                ),
                extra: Damaged(
                    "line 20: expected END of `CERTIFICATE`, found END of `TRUSTED CERTIFICATE`",
                ),
            },
            Case {
                name: "14 private key",
                bytes: with(&format!("{key}{b}")),
                source: Refused(
                    "`ca.pem` holds a private key\n  line 11: a private key begins\n  help: give a file with the CA certificates only, and keep the key out of images",
                ),
                extra: Refused(
                    "`ca.pem` holds a private key\n  line 11: a private key begins\n  help: give a file with the CA certificates only, and keep the key out of images",
                ),
            },
            Case {
                name: "15 bad base64",
                bytes: with(&b.replace(third, &format!("{}!", &third[1..]))),
                source: Damaged("line 14: `!` is no base64 character"),
                extra: Damaged("line 14: `!` is no base64 character"),
            },
            Case {
                name: "16 bad DER",
                bytes: der(&self.not_der),
                source: Refused(
                    "`ca.pem` holds certificates that are wrong\n  line 11: certificate {D}: not an X.509 certificate in DER: BER error: Unexpected Tag (expected: Some(Tag(16)), actual: Tag(17))\n  help: get the file again from its publisher; do not use it as it is",
                ),
                extra: Refused(
                    "`ca.pem` cannot be added as an extra CA\n  line 11: certificate {D}: not an X.509 certificate in DER: BER error: Unexpected Tag (expected: Some(Tag(16)), actual: Tag(17))\n  help: get the file again from whoever runs this CA; do not use it as it is",
                ),
            },
            Case {
                name: "17 cut off",
                bytes: format!("{a}{cut}").into(),
                source: Damaged("line 11: the block has no END: the text is cut off"),
                extra: Damaged("line 11: the block has no END: the text is cut off"),
            },
            Case {
                name: "18 cut off before another block",
                bytes: with(&format!("{cut}\n")),
                source: Damaged(
                    "line 11: the block is cut off: another one begins on line 15 before its END",
                ),
                extra: Damaged(
                    "line 11: the block is cut off: another one begins on line 15 before its END",
                ),
            },
            Case {
                name: "19 web page",
                bytes: "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n".into(),
                source: Refused(
                    "`ca.pem` is a web page; expected certificates as PEM text\n  help: a proxy or a login page may have answered in place of the server; open the file to see whose page it is",
                ),
                extra: Refused(
                    "`ca.pem` is a web page; expected certificates as PEM text, or one in DER\n  help: a proxy or a login page may have answered in place of the server; open the file to see whose page it is",
                ),
            },
            Case {
                name: "20 empty",
                bytes: vec![],
                source: Refused(
                    "`ca.pem` is empty; expected certificates\n  help: `builtin` takes what the program carries",
                ),
                extra: Refused(
                    "`ca.pem` is empty; expected CA certificates\n  help: give the path of a file with CA certificates, or `-` for standard input",
                ),
            },
            Case {
                name: "21 headers in a block",
                bytes: with(&b.replace(
                    "BEGIN CERTIFICATE-----\n",
                    "BEGIN CERTIFICATE-----\nProc-Type: 4,CLEAR\nOriginator: x\n\n",
                )),
                source: Damaged("line 12: a header inside a certificate block"),
                extra: Damaged("line 12: a header inside a certificate block"),
            },
            Case {
                name: "22 Bag Attributes",
                bytes: with(&format!(
                    "Bag Attributes\n    friendlyName: B\nsubject=CN = B\n{b}"
                )),
                source: kept(3),
                extra: kept(3),
            },
            Case {
                name: "23 bytes after the DER",
                bytes: der(&self.trailing),
                source: Refused(
                    "`ca.pem` holds certificates that are wrong\n  line 11: certificate {T}: 2 bytes after the certificate\n  help: get the file again from its publisher; do not use it as it is",
                ),
                extra: Refused(
                    "`ca.pem` cannot be added as an extra CA\n  line 11: certificate {T}: 2 bytes after the certificate\n  help: get the file again from whoever runs this CA; do not use it as it is",
                ),
            },
            Case {
                name: "24 one of them twice",
                bytes: format!("{a}{a}{b}").into(),
                source: kept(2),
                extra: kept(2),
            },
            Case {
                name: "25 expired",
                bytes: der(&self.expired),
                source: Kept(2, "`Expired` {E}: expired on 2021-09-30", ""),
                extra: Refused(
                    "`ca.pem` cannot be added as an extra CA\n  line 11: `Expired` {E}: expired on 2021-09-30\n  help: ask whoever runs this CA for its current certificate",
                ),
            },
            Case {
                name: "26 not a CA",
                bytes: der(&self.leaf),
                source: Kept(
                    2,
                    "`Leaf` {L}: not a certificate authority (no CA:TRUE)",
                    "",
                ),
                extra: Refused(
                    "`ca.pem` cannot be added as an extra CA\n  line 11: `Leaf` {L}: not a certificate authority (no CA:TRUE)\n  help: give the certificate of the CA that signed this one, not the server's own",
                ),
            },
            Case {
                name: "27 no basicConstraints",
                bytes: der(&self.no_basic_constraints),
                source: Kept(
                    2,
                    "`Plain` {P}: not a certificate authority (no CA:TRUE)",
                    "",
                ),
                extra: Refused(
                    "`ca.pem` cannot be added as an extra CA\n  line 11: `Plain` {P}: not a certificate authority (no CA:TRUE)\n  help: give the certificate of the CA that signed this one, not the server's own",
                ),
            },
            Case {
                name: "28 negative serial number",
                bytes: der(&self.negative_serial),
                source: Kept(
                    3,
                    "",
                    "warning: negative serial number, which Go 1.23 and later do not load: `Negative` {N}\n",
                ),
                extra: Kept(
                    3,
                    "",
                    "warning: negative serial number, which Go 1.23 and later do not load: `Negative` {N}\n",
                ),
            },
            Case {
                name: "29 Latin-1 in a comment",
                bytes: [
                    a.as_bytes(),
                    b"# F\xf5tan\xfas\n",
                    b.as_bytes(),
                    c.as_bytes(),
                ]
                .concat(),
                source: kept(3),
                extra: kept(3),
            },
            Case {
                name: "30 comment like BEGIN",
                bytes: with(&format!("# -----BEGIN CERTIFICATE of B\n{b}")),
                source: Damaged(
                    "line 11: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`",
                ),
                extra: Damaged(
                    "line 11: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`",
                ),
            },
            Case {
                name: "31 markers in lower case",
                bytes: with(
                    &b.replace("BEGIN CERTIFICATE", "begin certificate")
                        .replace("END CERTIFICATE", "end certificate"),
                ),
                source: Damaged(
                    "line 11: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`\n  line 20: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`",
                ),
                extra: Damaged(
                    "line 11: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`\n  line 20: looks like a marker, but is not `-----BEGIN CERTIFICATE-----` or `-----END CERTIFICATE-----`",
                ),
            },
            Case {
                name: "32 no padding",
                bytes: with(&b.replacen("=\n", "\n", 1)),
                source: Damaged("line 11: the block's base64 is damaged or incomplete"),
                extra: Damaged("line 11: the block's base64 is damaged or incomplete"),
            },
            Case {
                name: "33 tabs before base64",
                bytes: with(&body(&|line| format!("\t{line}"))),
                source: kept(3),
                extra: repaired("warning: `ca.pem` was repaired: indented lines\n"),
            },
            Case {
                name: "34 zero-width space",
                bytes: with(&b.replace(third, &format!("{third}\u{200b}"))),
                source: Damaged("line 14: `\\u{200b}` is no base64 character"),
                extra: Damaged("line 14: `\\u{200b}` is no base64 character"),
            },
            Case {
                name: "35 UTF-16",
                bytes: [0xff, 0xfe].into_iter().chain(utf16).collect(),
                source: Refused(
                    "`ca.pem` is UTF-16 text; expected certificates as PEM text\n  help: `iconv -f UTF-16 -t UTF-8 FILE` converts it",
                ),
                extra: Refused(
                    "`ca.pem` is UTF-16 text; expected certificates as PEM text, or one in DER\n  help: `iconv -f UTF-16 -t UTF-8 FILE` converts it",
                ),
            },
            Case {
                name: "36 DER",
                bytes: self.b.clone(),
                source: Refused(
                    "`ca.pem` is a certificate in DER; expected certificates as PEM text\n  help: `openssl x509 -inform DER -in FILE` prints it as PEM; `--extra-ca` takes DER",
                ),
                extra: kept(1),
            },
        ]
    }
}

/// What a line of the report says about roots: how many, or which was dropped and why.
fn said_of_roots(line: &str) -> Option<String> {
    let line = line.trim_start();
    let roots = line
        .strip_prefix("roots ")
        .and_then(|roots| roots.split_whitespace().next());
    let said = roots.or_else(|| line.strip_prefix("dropped ").map(str::trim_start))?;
    Some(said.to_owned())
}

fn roots_in(tar: &[u8]) -> usize {
    let tar = String::from_utf8_lossy(tar);
    tar.matches("-----BEGIN CERTIFICATE-----\n").count()
}

/// A root with a key whose kind makes every certificate of one shape as long as any other.
fn certificate(name: &str, change: fn(&mut Fields)) -> Vec<u8> {
    let mut fields = Fields::root(name);
    fields.inner_algorithm = tlv(0x30, &[ED25519]);
    fields.outer_algorithm.clone_from(&fields.inner_algorithm);
    change(&mut fields);
    fields.sign_with(&KeyPair::generate_for(&PKCS_ED25519).unwrap())
}
