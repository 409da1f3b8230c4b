//! Root certificates: read, checked, and written again in one canonical form.
//!
//! There is no way to a [`Root`](crate::roots::Root) but through the checks: a certificate is kept, dropped with a
//! reason, or the whole input is refused. What is kept is encoded anew, so that nothing that a TLS library might stumble
//! over is passed through: one damaged block makes OpenSSL and Java load no root at all.
//!
//! What is checked: the PEM text is whole; each block is one X.509 certificate in DER and nothing after it; its
//! self-signature; CA:TRUE; its validity at the given moment; the policy on known-bad roots; see
//! [`Finding`](crate::roots::Finding) for the rest. What is not: whether a certificate authority deserves trust, which is
//! the business of the source.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{digest::Sha256, error::Error, notice::Notice, text};

use check::Verdict;
use finding::{Provenance, Treatment, date};
use format::Format;

pub use choice::{Choice, PRUNED};
pub use finding::Finding;
pub use key::Key;
pub use root::{Dropped, Reason, Root};
pub use rules::Rules;
pub use selector::{NotASelector, Pattern, Prefix, Selector, Selectors};

mod check;
mod choice;
mod finding;
mod format;
mod key;
mod name;
mod outline;
mod pem;
mod policy;
mod root;
mod rules;
mod selector;
mod signature;
#[cfg(test)]
mod testing;

/// Certificates, each of them checked.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Sorted by subject (its DER bytes), then by digest; no two are equal. Empty only if the user chose no root.
    pub kept: Vec<Root>,
    /// What was left out, sorted by name, then by digest. What the user did not choose is not among them.
    pub dropped: Vec<Dropped>,
    /// What is worth knowing about the kept ones, sorted: one notice for each kind of finding. The dropped ones are not
    /// told again.
    pub notices: Vec<Notice>,
    /// The version of the policy on known-bad roots that was applied: a day, as `2026-11-24`.
    pub policy: String,
    /// What was taken of the source.
    pub choice: Choice,
    /// The notices that are about no single root.
    remarks: Vec<Notice>,
}

impl Roots {
    /// The roots compiled into the program: those of `webpki-root-certs`, [`BUILTIN_VERSION`].
    ///
    /// # Errors
    ///
    /// Refused: all of them have expired.
    pub fn builtin(rules: &Rules) -> Result<Self, Error> {
        let ders = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .map(|der| (None, Cow::Borrowed(der.as_ref())));
        let origin = format!("webpki-root-certs {BUILTIN_VERSION}");
        Self::check(ders, &origin, Provenance::Public, rules)
    }

    /// The certificates in a PEM text as curl publishes it; `origin` names it in errors.
    ///
    /// Text between the blocks, the wrapping of lines, the order of blocks and equal certificates do not change the
    /// result. Line ends may be LF, CRLF or CR, and a byte order mark may come first.
    ///
    /// # Errors
    ///
    /// Refused: text that is not PEM, a private key, a block that is damaged, a certificate that is malformed or whose
    /// self-signature is wrong (all of these in one error), or nothing left to keep.
    pub fn parse_pem(bytes: &[u8], origin: &str, rules: &Rules) -> Result<Self, Error> {
        let origin = text::escape(origin);
        let blocks = pem::read(bytes, &origin, Provenance::Public)?.blocks;
        Self::check(
            blocks.into_iter().map(numbered),
            &origin,
            Provenance::Public,
            rules,
        )
    }

    /// The CA certificates in a file of the user's own, PEM or DER; `origin` names it in errors.
    ///
    /// What a TLS library might stumble over, but can be read in one way only, is repaired with a warning: a byte order
    /// mark, line ends other than LF, indentation, markers that share a line, OpenSSL's own labels.
    ///
    /// # Errors
    ///
    /// Refused: everything that [`Roots::parse_pem`] refuses, and every certificate that it would drop.
    pub fn parse_extra(bytes: &[u8], origin: &str, rules: &Rules) -> Result<Self, Error> {
        let origin = text::escape(origin);
        if Format::of(bytes) == Some(Format::Certificate) {
            let der = std::iter::once((None, Cow::Owned(bytes.to_vec())));
            return Self::check(der, &origin, Provenance::Extra, rules);
        }
        let text = pem::read(bytes, &origin, Provenance::Extra)?;
        let certificates = text.blocks.into_iter().map(numbered);
        let mut roots = Self::check(certificates, &origin, Provenance::Extra, rules)?;
        if !text.repairs.is_empty() {
            let repairs: Vec<String> = text.repairs.iter().map(ToString::to_string).collect();
            let message = format!("`{origin}` was repaired: {}", repairs.join(", "));
            roots.remarks.push(Notice::warning("repaired", message));
        }
        Ok(roots.settle())
    }

    /// The kept roots as PEM: one form for one set of certificates. Blocks in order, label `CERTIFICATE`, 64 columns, LF,
    /// no other text (RFC 7468).
    #[must_use]
    pub fn to_pem(&self) -> String {
        let config = ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF);
        self.kept
            .iter()
            .map(|root| ::pem::encode_config(&::pem::Pem::new("CERTIFICATE", root.der()), config))
            .collect()
    }

    /// A warning if kept roots expire within 90 days of `now`, the real one. It is no reason to change a byte.
    #[must_use]
    pub fn expiring(&self, now: Timestamp) -> Option<Notice> {
        let ending = |root: &&Root| root.not_after().duration_since(now) < SOON;
        let roots: Vec<String> = self
            .kept
            .iter()
            .filter(ending)
            .map(|root| format!("{root} on {}", date(root.not_after())))
            .collect();
        let message = format!("roots that expire within 90 days: {}", roots.join(", "));
        (!roots.is_empty()).then(|| Notice::warning("expiring", message))
    }

    /// A warning if certificates are left out because they are not valid yet on `as_of`, the day of the lock. Publishers
    /// do not publish such certificates, so the day is the likelier mistake.
    #[must_use]
    pub fn unborn(&self, as_of: Date) -> Option<Notice> {
        let is_unborn = |dropped: &&Dropped| matches!(dropped.reason, Reason::NotYetValid(_));
        let count = self.dropped.iter().filter(is_unborn).count();
        let message = format!(
            "{count} certificates are left out because they are not valid yet on {as_of}, the day of the lock: were \
             `SOURCE_DATE_EPOCH` and the clock right when it was made?"
        );
        (count > 0).then(|| Notice::warning("not-yet-valid", message))
    }

    /// Checks certificates, each with the line on which it begins.
    fn check(
        certificates: impl Iterator<Item = (Option<usize>, Cow<'static, [u8]>)>,
        origin: &str,
        provenance: Provenance,
        rules: &Rules,
    ) -> Result<Self, Error> {
        let mut seen = BTreeSet::new();
        let (distinct, equal): (Vec<_>, Vec<_>) =
            certificates.partition(|(_, der)| seen.insert(Sha256::of(der)));
        let (lines, ders): (Vec<_>, Vec<_>) = distinct.into_iter().unzip();

        let mut roots = Self {
            kept: Vec::new(),
            dropped: Vec::new(),
            notices: Vec::new(),
            policy: rules.policy_version().to_owned(),
            choice: Choice::default(),
            remarks: Vec::new(),
        };
        let mut faults = Vec::new();
        let verdicts = check::check_all(&ders, provenance, rules);
        for (line, verdict) in lines.into_iter().zip(verdicts) {
            match verdict {
                Verdict::Kept(root) => roots.kept.push(root),
                Verdict::Dropped(dropped) => roots.dropped.push(dropped),
                Verdict::Refused(who, findings) => {
                    faults.extend(findings.into_iter().map(|what| (line, who.clone(), what)));
                }
            }
        }
        if !faults.is_empty() {
            return Err(refuse(origin, provenance, &faults));
        }
        if !equal.is_empty() {
            let message = format!(
                "`{origin}` holds certificates more than once: {} copies left out",
                equal.len()
            );
            roots.remarks.push(Notice::info("duplicate", message));
        }
        let roots = roots.settle();
        if roots.kept.is_empty() {
            return Err(roots.refuse_empty(origin, rules.as_of()));
        }
        Ok(roots)
    }

    /// Brings the parts into the order and the relations that the fields promise.
    fn settle(mut self) -> Self {
        self.kept
            .sort_by(|a, b| (&a.subject, a.sha256).cmp(&(&b.subject, b.sha256)));
        self.dropped
            .sort_by(|a, b| (&a.name, a.sha256).cmp(&(&b.name, b.sha256)));
        self.mark_shared_subjects();
        self.notices = self.to_notices();
        self
    }

    fn mark_shared_subjects(&mut self) {
        for root in &mut self.kept {
            root.findings
                .retain(|finding| *finding != Finding::SharedSubject);
        }
        for twins in self.kept.chunk_by_mut(|a, b| a.subject == b.subject) {
            if twins.len() > 1 {
                for root in twins {
                    root.findings.push(Finding::SharedSubject);
                }
            }
        }
    }

    /// One notice for each kind of finding that is more than a note, with all the roots that it is about.
    fn to_notices(&self) -> Vec<Notice> {
        let mut told: Vec<(Notice, Vec<String>)> = Vec::new();
        for root in &self.kept {
            for finding in &root.findings {
                let (gist, own) = finding.gist();
                let notice = match finding.treatment(root.provenance) {
                    Treatment::Warn => Notice::warning(finding.code(), gist),
                    Treatment::Info => Notice::info(finding.code(), gist),
                    Treatment::Note | Treatment::Drop | Treatment::Fail => continue,
                };
                let root = own.map_or_else(|| root.to_string(), |own| format!("{root} ({own})"));
                match told.iter_mut().find(|(known, _)| *known == notice) {
                    Some((_, roots)) => roots.push(root),
                    None => told.push((notice, vec![root])),
                }
            }
        }
        let of_findings = told.into_iter().map(|(notice, roots)| Notice {
            message: format!("{}: {}", notice.message, roots.join(", ")),
            ..notice
        });
        let mut notices: Vec<Notice> = of_findings.chain(self.remarks.iter().cloned()).collect();
        notices.sort();
        notices
    }

    fn refuse_empty(&self, origin: &str, as_of: Date) -> Error {
        let mut faults: Vec<_> = self.dropped.iter().map(Dropped::to_string).collect();
        if faults.len() > MOST_FAULTS {
            let more = faults.len() - MOST_FAULTS;
            faults.truncate(MOST_FAULTS);
            faults.push(format!("and {more} more"));
        }
        Error::refused(format!(
            "`{origin}` holds no certificate that can be kept on {as_of}"
        ))
        .faults(faults)
        .help(
            "expected certificates of certificate authorities that are valid on that day: the lock's, else that of \
             `SOURCE_DATE_EPOCH`, else today",
        )
    }
}

/// More say nothing more.
const MOST_FAULTS: usize = 5;

fn numbered(block: pem::Block) -> (Option<usize>, Cow<'static, [u8]>) {
    (Some(block.line), Cow::Owned(block.der))
}

fn refuse(
    origin: &str,
    provenance: Provenance,
    faults: &[(Option<usize>, String, Finding)],
) -> Error {
    let lines = faults.iter().map(|(line, who, what)| {
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        format!("{place}{who}: {what}")
    });
    let what = match provenance {
        Provenance::Public => "holds certificates that are wrong",
        Provenance::Extra => "cannot be added as an extra CA",
    };
    let help = match (provenance, faults.first()) {
        (Provenance::Public, _) | (_, None) => {
            "get the file again from its publisher; do not use it as it is"
        }
        (Provenance::Extra, Some((_, _, finding))) => match finding {
            Finding::Denied(_) => "`--allow-denied sha256:HEX` keeps it all the same",
            Finding::Distrusted(_) | Finding::Expired(_) => {
                "ask whoever runs this CA for its current certificate"
            }
            Finding::NotACa => {
                "give the certificate of the CA that signed this one, not the server's own"
            }
            Finding::NotYetValid(_) => "if this machine's clock is right, ask whoever runs this CA",
            _ => "get the file again from whoever runs this CA; do not use it as it is",
        },
    };
    Error::refused(format!("`{origin}` {what}"))
        .faults(lines)
        .help(help)
}

/// The version of the crate `webpki-root-certs` whose roots are built in.
pub const BUILTIN_VERSION: &str = "1.0.11";

/// Time enough to renew an image before a root in it expires.
const SOON: SignedDuration = SignedDuration::from_hours(90 * 24);

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use super::{testing::*, *};

    /// One defect for each row of the table in the design's facts, and what follows from it.
    #[test]
    fn every_defect_has_its_consequence() {
        use Treatment::{Drop, Fail, Info, Note, Warn};

        let rows: Vec<(Treatment, &str, Change)> = vec![
            (Fail, "wrong-signature", |root| root.signature_xor = 1),
            (Fail, "algorithms-differ", |root| {
                root.inner_algorithm = tlv(0x30, &[ECDSA_WITH_SHA384]);
            }),
            (Fail, "malformed", |root| {
                root.extensions.push(basic_constraints(true, true));
            }),
            (Fail, "malformed", |root| {
                root.extensions[0] = extension(BASIC_CONSTRAINTS, true, b"x");
            }),
            (Fail, "malformed", |root| root.version = Some(3)),
            (Fail, "malformed", |root| root.version = None),
            (Drop, "not-a-ca", |root| {
                root.extensions[0] = basic_constraints(true, false);
            }),
            (Drop, "not-a-ca", |root| drop(root.extensions.remove(0))),
            (Drop, "not-a-ca", |root| root.extensions.clear()),
            (Drop, "expired", |root| {
                root.not_after = time("20261231235959Z");
            }),
            (Drop, "not-yet-valid", |root| {
                root.not_before = time("20270102000000Z");
            }),
            (Warn, "not-self-issued", |root| {
                root.issuer = named("Someone else");
            }),
            (Warn, "negative-serial", |root| root.serial[0] = 0x80),
            (Warn, "unknown-critical-extension", |root| {
                root.extensions
                    .push(extension(UNKNOWN_EXTENSION, true, b""));
            }),
            (Warn, "old-version", |root| {
                root.version = None;
                root.extensions.clear();
            }),
            (Warn, "no-cert-sign", |root| {
                root.extensions[1] = key_usage(true, 0b10);
            }),
            (Warn, "other-purpose", |root| {
                root.extensions
                    .push(extension(EXTENDED_KEY_USAGE, false, CLIENTS));
            }),
            (Info, "not-critical", |root| {
                root.extensions[0] = basic_constraints(false, true);
            }),
            (Info, "not-critical", |root| {
                root.extensions[1] = key_usage(false, 0b110);
            }),
            (Info, "missing-extension", |root| {
                drop(root.extensions.remove(1));
            }),
            (Info, "unchecked-signature", |root| {
                root.inner_algorithm = tlv(0x30, &[ECDSA_WITH_SHA512]);
                root.outer_algorithm.clone_from(&root.inner_algorithm);
            }),
            (Note, "missing-extension", |root| {
                drop(root.extensions.remove(2));
            }),
            (Note, "missing-extension", |root| {
                drop(root.extensions.remove(3));
            }),
            (Note, "short-serial", |root| root.serial = vec![0]),
            (Note, "form", |root| {
                root.not_after = tlv(0x18, &[b"20400101000000Z"]);
            }),
            (Note, "form", |root| {
                root.extensions
                    .push(extension(UNKNOWN_EXTENSION, false, b""));
            }),
            (Note, "unusual-extension", |root| {
                root.extensions
                    .push(extension(CERTIFICATE_POLICIES, false, ANY_POLICY));
            }),
        ];
        for (index, (treatment, code, change)) in rows.into_iter().enumerate() {
            let mut fields = Fields::root("Changed");
            change(&mut fields);
            let found = consequence(&fields.sign());
            assert_eq!(found, (treatment, code.to_owned()), "row {index}");
        }
    }

    #[test]
    fn a_flawless_root_has_no_findings() {
        let roots = parse(&to_pem(&Fields::root("Flawless").sign())).unwrap();
        let root = &roots.kept[0];
        assert_eq!((root.name(), root.owner()), ("Flawless", Some("Example")));
        assert_eq!(root.key().to_string(), "P-256");
        assert_eq!(root.not_before().to_string(), "2020-01-01T00:00:00Z");
        assert_eq!(root.not_after().to_string(), "2040-01-01T00:00:00Z");
        assert_eq!(
            (root.findings(), roots.dropped, roots.notices),
            (&[][..], vec![], vec![])
        );
    }

    #[test]
    fn a_root_is_valid_on_every_day_that_its_validity_touches() {
        let mut fields = Fields::root("A");
        fields.not_before = time("20200101235959Z");
        fields.not_after = time("20400101000000Z");
        let pem = to_pem(&fields.sign());
        for (as_of, is_kept) in [
            ("2019-12-31", false),
            ("2020-01-01", true),
            ("2040-01-01", true),
            ("2040-01-02", false),
        ] {
            let roots = Roots::parse_pem(pem.as_bytes(), "a.pem", &rules(as_of));
            assert_eq!(roots.is_ok(), is_kept, "{as_of}");
        }
    }

    #[test]
    fn the_year_9999_means_never() {
        let mut fields = Fields::root("Eternal");
        fields.not_after = time("99991231235959Z");
        let roots = parse(&to_pem(&fields.sign())).unwrap();
        assert_eq!(roots.kept[0].not_after(), Timestamp::MAX);
    }

    #[test]
    fn bytes_after_the_certificate_are_told() {
        let mut der = Fields::root("A").sign();
        der.extend([0, 0]);
        assert_eq!(
            consequence(&der),
            (Treatment::Fail, "trailing-bytes".to_owned())
        );
    }

    #[test]
    fn a_small_rsa_key_is_a_warning_and_its_signature_not_wrong_but_unchecked() {
        let pem = include_str!("../../tests/data/roots/rsa-1024.pem");
        let codes: Vec<_> = parse(pem)
            .unwrap()
            .notices
            .iter()
            .map(|notice| notice.code)
            .collect();
        assert_eq!(codes, ["weak-key", "unchecked-signature"]);
    }

    #[test]
    fn a_padding_that_the_verifier_does_not_know_is_not_wrong_but_unchecked() {
        let pem = include_str!("../../tests/data/roots/pss-salt-20.pem");
        let notices = parse(pem).unwrap().notices;
        let codes: Vec<_> = notices.iter().map(|notice| notice.code).collect();
        assert_eq!(codes, ["unchecked-signature"]);
    }

    #[test]
    fn equal_certificates_are_kept_once_and_equal_subjects_told() {
        let (one, two) = (Fields::root("Twin").sign(), Fields::root("Twin").sign());
        let text = [&one, &two, &one].map(|der| to_pem(der)).concat();
        let roots = parse(&text).unwrap();
        assert_eq!(roots.kept.len(), 2);
        let codes: Vec<_> = roots.notices.iter().map(|notice| notice.code).collect();
        assert_eq!(codes, ["duplicate", "shared-subject"]);
    }

    #[test]
    fn one_set_of_roots_has_one_pem() {
        let ders = ["C", "A", "B"].map(|name| Fields::root(name).sign());
        let [c, a, b] = ders.each_ref().map(|der| to_pem(der));
        let canonical = parse(&format!("{c}{a}{b}")).unwrap().to_pem();
        assert_eq!(canonical, format!("{a}{b}{c}"));

        let unwrapped = |pem: &str| {
            pem.replace('\n', "")
                .replace("-----MII", "-----\nMII")
                .replace("=-----", "=\n-----")
        };
        assert!(unwrapped(&a).lines().count() <= 3);
        for text in [
            format!("{b}{c}{b}{a}"),
            format!("\u{feff}{a}{b}{c}"),
            format!("{a}{b}{c}").replace('\n', "\r\n"),
            format!("{a}{b}{c}").replace('\n', "\r"),
            format!("##\n## Főtanúsítvány -- a comment\n\nA\n=\n{a}\nB\n=\n{b}\n# C\n{c}# end"),
            format!("{a}{b}{c}").replace('\n', " \n"),
            format!("{a}{b}{c}").trim_end().to_owned(),
        ] {
            assert_eq!(parse(&text).unwrap().to_pem(), canonical, "{text}");
        }
    }

    #[test]
    fn names_are_read_from_every_string_type_and_attribute() {
        for (attributes, name, owner) in [
            (
                vec![(COMMON_NAME, 0x0c, "Főtanúsítvány".as_bytes())],
                "Főtanúsítvány",
                None,
            ),
            (
                vec![(COMMON_NAME, 0x1e, &[0x4e, 0x2d, 0x56, 0xfd][..])],
                "中国",
                None,
            ),
            (
                vec![(COMMON_NAME, 0x1c, &[0, 1, 0xf5, 0x12][..])],
                "🔒",
                None,
            ),
            (vec![(COMMON_NAME, 0x14, &[0x4d, 0xfc][..])], "Mü", None),
            (
                vec![(COMMON_NAME, 0x0c, b"a\x1b[2J"), (ORGANIZATION, 0x13, b"O")],
                "a\u{1b}[2J",
                Some("O"),
            ),
            (
                vec![
                    (ORGANIZATION, 0x13, b"O"),
                    (UNIT, 0x13, b"U1"),
                    (UNIT, 0x13, b"U2"),
                ],
                "U2",
                Some("O"),
            ),
            (vec![(ORGANIZATION, 0x13, b"O")], "O", Some("O")),
            (vec![], "(no name)", None),
        ] {
            let mut fields = Fields::root("");
            fields.subject = distinguished(&attributes);
            fields.issuer.clone_from(&fields.subject);
            let roots = parse(&to_pem(&fields.sign())).unwrap();
            assert_eq!((roots.kept[0].name(), roots.kept[0].owner()), (name, owner));
        }
    }

    #[test]
    fn all_wrong_certificates_are_told_in_one_error() {
        let mut wrong = Fields::root("Wrong");
        wrong.signature_xor = 1;
        let wrong = wrong.sign();
        let text = [
            to_pem(&Fields::root("Right").sign()),
            to_pem(&wrong),
            to_pem(b"not DER"),
        ]
        .concat();
        let lines = |text: &str| 1 + text.lines().count();
        let (second, third) = (
            lines(&text[..text.find(&to_pem(&wrong)).unwrap()]),
            lines(&text[..text.find(&to_pem(b"not DER")).unwrap()]),
        );
        let error = parse(&text).unwrap_err();
        assert_eq!(
            error.render(),
            format!(
                "`a.pem` holds certificates that are wrong\n  \
                 line {second}: `Wrong` {}: the self-signature is wrong\n  \
                 line {third}: certificate {}: not an X.509 certificate in DER: it ends too early\n  \
                 help: get the file again from its publisher; do not use it as it is",
                Sha256::of(&wrong).short(),
                Sha256::of(b"not DER").short(),
            )
        );
    }

    #[test]
    fn a_file_with_nothing_to_keep_says_why() {
        let mut fields = Fields::root("Old");
        fields.not_after = time("20210930140115Z");
        let der = fields.sign();
        assert_eq!(
            parse(&to_pem(&der)).unwrap_err().render(),
            format!(
                "`a.pem` holds no certificate that can be kept on 2027-01-01\n  \
                 `Old` {}: expired on 2021-09-30\n  \
                 help: expected certificates of certificate authorities that are valid on that day: the lock's, else \
                 that of `SOURCE_DATE_EPOCH`, else today",
                Sha256::of(&der).short()
            )
        );
    }

    #[test]
    fn the_built_in_roots_are_all_kept() {
        let roots = Roots::builtin(&rules(AS_OF)).unwrap();
        assert_eq!(
            roots.kept.len(),
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.len()
        );
        assert_eq!(roots.dropped, []);
        assert_eq!(parse(&roots.to_pem()).unwrap().to_pem(), roots.to_pem());
        let codes: Vec<&str> = roots.notices.iter().map(|notice| notice.code).collect();
        assert_eq!(codes, ["limited", "not-critical"]);
    }

    #[test]
    fn the_version_of_the_built_in_roots_is_the_locked_one() {
        let lock = include_str!("../../Cargo.lock");
        let (_, package) = lock.split_once("name = \"webpki-root-certs\"").unwrap();
        let version = package.lines().nth(1).unwrap();
        assert_eq!(version, format!("version = \"{BUILTIN_VERSION}\""));
    }

    #[test]
    fn files_of_curl_are_read_whole() {
        let Some(folder) = shared_folder() else {
            println!("skipped: no folder `shared` beside the project");
            return;
        };
        // As many as `grep -c BEGIN` counts. Three are denied, and one expired on 2026-11-27.
        for (name, kept, dropped) in [
            ("cacert-2026-03-19.pem", 141, 4),
            ("cacert-2026-05-14.pem", 117, 4),
            ("cacert-2026-07-16.pem", 116, 3),
        ] {
            let bytes = fs::read(folder.join("data/ca").join(name)).unwrap();
            let roots = Roots::parse_pem(&bytes, name, &rules(AS_OF)).unwrap();
            assert_eq!(
                (roots.kept.len(), roots.dropped.len()),
                (kept, dropped),
                "{name}"
            );
            assert_eq!(parse(&roots.to_pem()).unwrap().to_pem(), roots.to_pem());
        }
    }

    type Change = fn(&mut Fields);

    /// The gravest treatment that follows from a certificate's defect, and the defect's code.
    fn consequence(der: &[u8]) -> (Treatment, String) {
        let other = Fields::root("Other").sign();
        let pem = to_pem(der) + &to_pem(&other);
        match check::check_all(
            &[Cow::Owned(der.to_vec())],
            Provenance::Public,
            &rules(AS_OF),
        )
        .remove(0)
        {
            Verdict::Refused(_, findings) => {
                assert!(parse(&pem).is_err());
                (Treatment::Fail, findings[0].code().to_owned())
            }
            Verdict::Dropped(dropped) => {
                assert_eq!(parse(&pem).unwrap().dropped, std::slice::from_ref(&dropped));
                (Treatment::Drop, dropped.reason.code().to_owned())
            }
            Verdict::Kept(root) => {
                let roots = parse(&pem).unwrap();
                assert!(roots.kept.contains(&root));
                let finding = root
                    .findings
                    .iter()
                    .max_by_key(|finding| finding.treatment(Provenance::Public))
                    .unwrap();
                let is_told = roots
                    .notices
                    .iter()
                    .any(|notice| notice.code == finding.code());
                assert_eq!(
                    is_told,
                    finding.treatment(Provenance::Public) >= Treatment::Info
                );
                (
                    finding.treatment(Provenance::Public),
                    finding.code().to_owned(),
                )
            }
        }
    }

    fn parse(pem: &str) -> Result<Roots, Error> {
        Roots::parse_pem(pem.as_bytes(), "a.pem", &rules(AS_OF))
    }

    fn rules(as_of: &str) -> Rules {
        Rules::new(as_of.parse().unwrap()).unwrap()
    }

    const AS_OF: &str = "2027-01-01";

    /// Real data that is not the project's own: beside it on the machines where it is developed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may be told where its data is"
    )]
    fn shared_folder() -> Option<PathBuf> {
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared");
        let path = env::var_os("BUNDLE_SHARED").map_or_else(|| beside.into(), PathBuf::from);
        path.is_dir().then_some(path)
    }

    /// extendedKeyUsage: clientAuth.
    const CLIENTS: &[u8] = &[0x30, 10, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];

    /// certificatePolicies: anyPolicy.
    const ANY_POLICY: &[u8] = &[0x30, 8, 0x30, 6, 0x06, 4, 0x55, 0x1d, 0x20, 0];
}
