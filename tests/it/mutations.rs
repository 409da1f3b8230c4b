//! Certificates that nobody wrote: one set in every form, damaged bytes, bundles cut and spliced.

use std::{collections::BTreeSet, env, fs, path::Path};

use jiff::civil::date;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use rcgen::{KeyPair, PKCS_ED25519};
use scratch_bundle::{
    digest::Sha256,
    error::Error,
    roots::{Finding, Root, Roots, Rules},
};

use crate::certificates::{ED25519, Fields, tlv, to_pem};

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn one_set_of_certificates_has_one_digest_however_it_is_written(
        blocks in vec((0..SET.len(), 1_usize..100, "[ -,.-~éő\n]{0,40}"), 0..12),
        order in Just((0..SET.len()).collect::<Vec<_>>()).prop_shuffle(),
        end in select(vec!["\n", "\r\n", "\r", " \n", "\t\r\n"]),
        is_marked in any::<bool>(),
    ) {
        let ders = SET.map(fixed);
        let every = order.into_iter().map(|number| (number, 64, "\n# every one".to_owned()));
        let blocks = blocks.into_iter().chain(every).map(|(number, width, comment)| {
            format!("{comment}\n{}", wrapped(&ders[number], width))
        });
        let text = blocks.collect::<String>().replace('\n', end);
        let text = if is_marked { format!("\u{feff}{text}") } else { text };
        let plain: String = ders.iter().map(|der| to_pem(der)).collect();
        let digest = |text: &str| {
            let roots = Roots::parse_pem(text.as_bytes(), "a.pem", &rules());
            roots.map(|roots| Sha256::of(roots.to_pem().as_bytes())).map_err(|error| error.render())
        };
        prop_assert_eq!(digest(&text), digest(&plain), "{}", text);
    }

    #[test]
    fn a_bundle_that_was_cut_and_spliced_gives_checked_certificates_or_none(
        edits in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), edit()), 1..5),
    ) {
        let mut text = SET.map(|name| to_pem(&fixed(name))).concat().into_bytes();
        for (from, to, at, edit) in edits {
            edit.apply(&mut text, from, to, at);
        }
        for roots in read_both(&text).into_iter().flatten() {
            ensure_checked(&roots);
        }
    }
}

#[test]
fn a_root_with_any_byte_changed_is_refused_or_shown_as_not_self_issued() {
    let (der, other) = (fixed("Changed"), fixed("A"));
    let (mut kept, mut refused) = (0, 0);
    for at in 0..der.len() {
        for change in [0x01, 0x02, 0x20, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= change;
            let text = to_pem(&changed) + &to_pem(&other);
            for roots in read_both(text.as_bytes()) {
                let Ok(roots) = roots else {
                    refused += 1;
                    continue;
                };
                ensure_checked(&roots);
                assert!(roots.kept.iter().any(|root| root.der() == other));
                kept += roots.kept.len() - 1;
            }
        }
    }
    assert!(
        kept > 0 && refused > 10 * kept,
        "{kept} kept, {refused} refused"
    );
}

const SET: [&str; 4] = ["A", "B", "C", "D"];

/// What a program reads as a source and as an extra CA.
fn read_both(text: &[u8]) -> [Result<Roots, Error>; 2] {
    [
        Roots::parse_pem(text, "a.pem", &rules()),
        Roots::parse_extra(text, "a.pem", &rules()),
    ]
}

/// Whatever was read: each certificate is one that was there at the start or cannot be checked and says so; all of them pass the checks
/// again, and make the same bytes.
fn ensure_checked(roots: &Roots) {
    let whole: BTreeSet<Vec<u8>> = SET.iter().map(|name| fixed(name)).collect();
    for root in &roots.kept {
        assert!(
            whole.contains(root.der()) || unchecked(root).is_some(),
            "{root:?}"
        );
    }
    let pem = roots.to_pem();
    let again = Roots::parse_pem(pem.as_bytes(), "output", &rules()).unwrap();
    assert_eq!((again.to_pem(), again.dropped.len()), (pem.clone(), 0));
    leave(&pem);
}

/// Leaves an output in the folder `BUNDLE_MUTANTS`, for `.ci/roots`.
fn leave(pem: &str) {
    if let Some(folder) = env::var_os("BUNDLE_MUTANTS") {
        let name = format!("{}.pem", Sha256::of(pem.as_bytes()));
        fs::write(Path::new(&folder).join(name), pem).unwrap();
    }
}

/// Why there is no self-signature to check.
fn unchecked(root: &Root) -> Option<&'static str> {
    root.findings().iter().find_map(|finding| match finding {
        Finding::NotSelfIssued => Some("other issuer"),
        Finding::UnknownSignature(..) => Some("unknown signature"),
        _ => None,
    })
}

#[derive(Clone, Copy, Debug)]
enum Edit {
    Copy,
    Cut,
    Set(u8),
}

impl Edit {
    fn apply(
        self,
        text: &mut Vec<u8>,
        from: prop::sample::Index,
        to: prop::sample::Index,
        at: prop::sample::Index,
    ) {
        if text.is_empty() {
            return;
        }
        let (from, to, at) = (
            from.index(text.len()),
            to.index(text.len()),
            at.index(text.len()),
        );
        let range = from.min(to)..from.max(to);
        match self {
            Self::Copy => {
                let piece = text[range].to_vec();
                text.splice(at..at, piece);
            }
            Self::Cut => drop(text.drain(range)),
            Self::Set(byte) => text[at] = byte,
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let letters = b"AZaz09+/=- \n\r\t\x00\xff".to_vec();
    prop_oneof![
        Just(Edit::Copy),
        Just(Edit::Cut),
        select(letters).prop_map(Edit::Set)
    ]
}

/// The certificate of this name: the same in every run.
fn fixed(name: &str) -> Vec<u8> {
    let mut fields = Fields::root(name);
    fields.inner_algorithm = tlv(0x30, &[ED25519]);
    fields.outer_algorithm.clone_from(&fields.inner_algorithm);
    // An Ed25519 key in PKCS #8 (RFC 8410); its signatures are not random.
    let seed = Sha256::of(name.as_bytes()).to_string();
    let seed = &seed.as_bytes()[..32];
    let key = [
        &[
            0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32,
        ],
        seed,
    ]
    .concat();
    fields.sign_with(
        &KeyPair::from_pkcs8_der_and_sign_algo(&key.as_slice().into(), &PKCS_ED25519).unwrap(),
    )
}

/// PEM with lines of another width.
fn wrapped(der: &[u8], width: usize) -> String {
    let pem = to_pem(der);
    let lines: Vec<&str> = pem.lines().collect();
    let [begin, body @ .., end] = &lines[..] else {
        panic!("three lines at least")
    };
    let body = body.concat();
    let body: Vec<&str> = body
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("{begin}\n{}\n{end}\n", body.join("\n"))
}

fn rules() -> Rules {
    Rules::new(date(2026, 11, 24)).unwrap()
}
