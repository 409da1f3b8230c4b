//! `bundle roots`, and the choice of roots, on certificates made for the purpose.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::{
    certificates::{COMMON_NAME, Fields, ORGANIZATION, distinguished, time, to_pem},
    command::{TODAY, Test},
};
use scratch_bundle::digest::Sha256;

/// A flawless root of an organization.
fn root(organization: &str, name: &str) -> Vec<u8> {
    let mut fields = Fields::root(name);
    fields.subject = distinguished(&[
        (ORGANIZATION, 0x0c, organization.as_bytes()),
        (COMMON_NAME, 0x0c, name.as_bytes()),
    ]);
    fields.issuer.clone_from(&fields.subject);
    fields.sign()
}

fn short(der: &[u8]) -> String {
    Sha256::of(der).short()
}

fn line(der: &[u8], name: &str) -> String {
    format!("  {}  P-256  2020-01-01 2040-01-01  {name}\n", short(der))
}

fn head(count: &str, origin: &str) -> String {
    format!("{count} from {origin}, as of 2026-11-24, policy of 2026-11-24\n")
}

#[test]
fn roots_are_listed_by_owner_and_name_and_nothing_is_written() {
    let (one, two, three) = (
        root("Zeta", "Alpha"),
        root("alpha", "Beta"),
        root("Zeta", "Aleph"),
    );
    let test = Test::new()
        .write(
            "ca.pem",
            [&one, &two, &three].map(|der| to_pem(der)).concat(),
        )
        .args(["roots", "--ca-source", "ca.pem"])
        .stdout(
            [
                head("3 roots", "ca.pem"),
                "alpha\n".to_owned(),
                line(&two, "Beta"),
                "Zeta\n".to_owned(),
                line(&three, "Aleph"),
                line(&one, "Alpha"),
            ]
            .concat(),
        )
        .run();
    assert_eq!(test.path("").read_dir().unwrap().count(), 1);
}

#[test]
fn what_is_unusual_stands_below_a_root_and_what_is_left_out_at_the_end() {
    let mut sibling = Fields::root("Same");
    sibling.serial[0] = 0x80;
    let (odd, leaf) = (sibling.sign(), {
        let mut fields = Fields::root("Leaf");
        fields.extensions.remove(0);
        fields.sign()
    });
    Test::new()
        .write("ca.pem", to_pem(&odd) + &to_pem(&leaf))
        .args(["roots", "--ca-source", "ca.pem"])
        .stderr(format!(
            "warning: negative serial number, which Go 1.23 and later do not load: `Same` {}\n",
            short(&odd)
        ))
        .stdout(
            [
                head("1 root", "ca.pem"),
                "Example\n".to_owned(),
                line(&odd, "Same"),
                "    negative serial number, which Go 1.23 and later do not load\n".to_owned(),
                format!(
                    "left out: `Leaf` {}: not a certificate authority (no CA:TRUE)\n",
                    short(&leaf)
                ),
            ]
            .concat(),
        )
        .run();
}

#[test]
fn the_pem_is_the_file_of_a_bundle_made_with_the_same_options() {
    let options = [
        "--ca-source",
        "builtin",
        "--ca",
        "org:Amazon,cn:ISRG*",
        "--exclude-ca",
        "cn:Amazon Root CA 2",
        "--extra-ca",
        "own.pem",
    ];
    let test = Test::new()
        .write("own.pem", to_pem(&root("Own", "Own")))
        .args(options)
        .args(["--zones", "none", "-q"])
        .stderr("warning: only 5 of 118 roots are in the bundle: a server that changes its CA may become unreachable\n")
        .run();
    let mut pem = String::new();
    for entry in tar::Archive::new(&test.read("bundle.tar")[..])
        .entries()
        .unwrap()
    {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().ends_with("ca-certificates.crt") {
            std::io::Read::read_to_string(&mut entry, &mut pem).unwrap();
        }
    }
    assert_eq!(pem.matches("BEGIN").count(), 6);
    test.again()
        .args(["roots", "--report", "pem"])
        .args(options)
        .stdout(pem)
        .run();
}

#[test]
fn the_source_and_the_day_are_those_of_the_lock_unless_another_source_is_asked_for() {
    let (locked, other) = (root("Locked", "Locked"), root("Other", "Other"));
    let test = Test::new()
        .write("ca.pem", to_pem(&locked))
        .write("other.pem", to_pem(&other))
        .args(["--zones", "none", "--ca-source", "ca.pem", "-q"])
        .run();
    let lock = test.read("bundle.lock");
    let test = test
        .again()
        .env("SOURCE_DATE_EPOCH", "1795564800")
        .args(["roots"])
        .stdout(head("1 root", "ca.pem") + "Locked\n" + &line(&locked, "Locked"))
        .run();
    let test = test
        .again()
        .args(["roots", "--ca-source", "other.pem"])
        .stdout(head("1 root", "other.pem") + "Other\n" + &line(&other, "Other"))
        .run();
    let test = test
        .write("ca.pem", to_pem(&other))
        .again()
        .args(["roots"])
        .status(3)
        .stderr(format!(
            "error: `ca.pem` is not what the lock pins\n  expected {}\n  found    {}\n  \
             help: if the change is meant, `bundle update` pins what is there now\n",
            Sha256::of(to_pem(&locked).as_bytes()),
            Sha256::of(to_pem(&other).as_bytes()),
        ))
        .run();
    assert_eq!(test.read("bundle.lock"), lock);
}

#[test]
fn names_are_safe_in_text_and_true_in_json() {
    let name = "evil\u{202e}\u{1b}[31m 中国 Főtanúsítvány";
    let shown = "evil\\u{202e}\\u{1b}[31m 中国 Főtanúsítvány";
    let der = root(name, name);
    let test = Test::new()
        .write("ca.pem", to_pem(&der))
        .args(["roots", "--ca-source", "ca.pem", "-v"])
        .stdout(
            head("1 root", "ca.pem")
                + shown
                + "\n"
                + &line(&der, shown).replace(&short(&der), &Sha256::of(&der).to_string()),
        )
        .run();
    let output = test
        .again()
        .args(["roots", "--ca-source", "ca.pem", "--report", "json"])
        .output();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["kept"][0]["name"], name);
    assert_eq!(json["kept"][0]["owner"], name);
    assert_eq!(json["kept"][0]["sha256"], Sha256::of(&der).to_string());
}

#[test]
fn a_selector_that_matches_nothing_shows_the_nearest_name_and_the_command_that_lists_all() {
    Test::new()
        .args(["roots", "--ca-source", "builtin"])
        .args(["cn:ISRG Rot X1,org:amazn,sha256:00000000,cn:Xyzzy"])
        .status(2)
        .stderr(
            "error: 4 root selectors match nothing\n  \
             `cn:ISRG Rot X1`  a similar name exists: `cn:ISRG Root X1`\n  \
             `cn:Xyzzy`  no root has a similar name\n  \
             `org:amazn`  a similar name exists: `org:Amazon`\n  \
             `sha256:00000000`  no root has this fingerprint\n  \
             help: `bundle roots` lists every root\n",
        )
        .run();
}

#[test]
fn selectors_match_whole_values_in_any_case_and_script() {
    let (hungarian, greek, comma) = (
        root("Kft.", "FŐTANÚSÍTVÁNY"),
        root("Kft.", "Ρίζα Α"),
        root("GoDaddy.com, Inc.", "Go"),
    );
    let all = [&hungarian, &greek, &comma];
    let pem = all.map(|der| to_pem(der)).concat();
    for (selectors, expected) in [
        ("cn:főtanúsítvány", vec![&hungarian]),
        ("cn:ΡΊΖΑ*", vec![&greek]),
        ("cn:*tanú*", vec![&hungarian]),
        ("org:kft.", vec![&hungarian, &greek]),
        ("org:GoDaddy.com, Inc.,cn:ρίζα α", vec![&greek, &comma]),
        ("all", all.to_vec()),
        ("none", vec![]),
    ] {
        let test = Test::new().write("ca.pem", &pem).args([
            "roots",
            "--ca-source",
            "ca.pem",
            "--report",
            "json",
            selectors,
        ]);
        let json: serde_json::Value = serde_json::from_slice(&test.output().stdout).unwrap();
        let mut found: Vec<&str> = json["kept"]
            .as_array()
            .unwrap()
            .iter()
            .map(|root| root["sha256"].as_str().unwrap())
            .collect();
        let mut expected: Vec<String> = expected
            .into_iter()
            .map(|der| Sha256::of(der).to_string())
            .collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{selectors}");
    }
}

#[test]
fn an_added_root_is_marked() {
    let own = root("Own", "Own");
    Test::new()
        .write("own.pem", to_pem(&own))
        .args([
            "roots",
            "none",
            "--ca-source",
            "builtin",
            "--extra-ca",
            "own.pem",
        ])
        .stdout(
            head("1 root", "webpki-root-certs 1.0.11, built-in")
                + "Own\n"
                + &line(&own, "Own (added)"),
        )
        .run();
}

#[test]
fn a_list_of_certificates_is_no_report_of_other_commands() {
    Test::new()
        .args(["--zones", "none", "--report", "pem"])
        .status(2)
        .stderr(
            "error: `--report pem` is a list of certificates\n  \
             help: `bundle roots --report pem` prints it; here, `text` or `json`\n",
        )
        .run();
}

const OWN: [&str; 6] = [
    "--zones",
    "none",
    "--ca-source",
    "ca.pem",
    "--extra-ca",
    "own.pem",
];

fn lock_of(test: &Test) -> String {
    String::from_utf8(test.read("bundle.lock")).unwrap()
}

#[test]
fn an_added_ca_that_changes_under_a_lock_is_refused_until_an_update_takes_it() {
    let (public, old, new) = (root("A", "A"), root("Own", "Old"), root("Own", "New"));
    let test = Test::new()
        .write("ca.pem", to_pem(&public))
        .write("own.pem", to_pem(&old))
        .args(OWN)
        .args(["-q"])
        .run();
    let lock = lock_of(&test);
    let listed = format!("extra = [\n  \"{} Old\",\n]\n", Sha256::of(&old));
    assert!(lock.contains(&listed), "{lock}");
    let bundle = test.read("bundle.tar");

    let test = test
        .write("own.pem", to_pem(&new))
        .again()
        .args(OWN)
        .status(3)
        .stderr(format!(
            "error: `--extra-ca` gives other CAs than `bundle.lock` lists\n  \
             - extra {} Old\n  + extra {} New\n  \
             help: if the change is meant, `bundle update --extra-ca FILE` lists what is there now\n",
            Sha256::of(&old),
            Sha256::of(&new),
        ))
        .run();
    assert_eq!((lock_of(&test), test.read("bundle.tar")), (lock, bundle));

    let test = test
        .again()
        .args([
            "update",
            "--tzdata",
            "builtin",
            "--extra-ca",
            "own.pem",
            "-q",
            "--allow-shrink",
        ])
        .run();
    let renewed = lock_of(&test);
    assert!(renewed.contains(&Sha256::of(&new).to_string()), "{renewed}");
    let test = test.again().args(OWN).args(["--locked", "-q"]).run();
    assert_eq!(lock_of(&test), renewed);
}

#[test]
fn an_added_ca_that_is_not_asked_for_any_more_is_unlocked_or_an_error_under_locked() {
    let (public, own) = (root("A", "A"), root("Own", "Own"));
    let test = Test::new()
        .write("ca.pem", to_pem(&public))
        .write("own.pem", to_pem(&own))
        .args(OWN)
        .args(["-q"])
        .run();
    let lines = [
        format!("- choice --extra-ca {} Own", Sha256::of(&own)),
        format!("- root {} 2040-01-01 Own", short(&own)),
    ];
    let lock = lock_of(&test);
    let test = test
        .again()
        .args(["--zones", "none", "--locked"])
        .status(3)
        .stderr(format!(
            "error: `bundle.lock` would change, and `--locked` is given\n  {}\n  {}\n  \
             help: ask for what is locked, or run once without `--locked` and commit the lock\n",
            lines[0], lines[1]
        ))
        .run();
    assert_eq!(lock_of(&test), lock);
    let test = test
        .again()
        .args(["--zones", "none", "-q"])
        .stderr(format!(
            "warning: `bundle.lock` listed other roots and is written anew: {}, {}\n",
            lines[0], lines[1]
        ))
        .run();
    assert!(!lock_of(&test).contains("extra"));
}

#[test]
fn an_update_makes_the_same_choice_and_keeps_what_was_added() {
    let (a1, a2, b, own) = (
        root("A", "1"),
        root("A", "2"),
        root("B", "3"),
        root("Own", "Own"),
    );
    let pruned = "warning: only 1 of 2 roots are in the bundle: a server that changes its CA may become unreachable\n";
    let test = Test::new()
        .write("ca.pem", to_pem(&a1) + &to_pem(&b))
        .write("own.pem", to_pem(&own))
        .args(OWN)
        .args(["--ca", "org:a", "-q"])
        .stderr(pruned)
        .run();
    let test = test
        .write("ca.pem", to_pem(&a1) + &to_pem(&a2) + &to_pem(&b))
        .again()
        .args(["update", "--tzdata", "builtin", "-q"])
        .run();
    let lock = lock_of(&test);
    for (der, is_there) in [(&a1, true), (&a2, true), (&b, false), (&own, true)] {
        assert_eq!(
            lock.contains(&format!("\"{} ", short(der))),
            is_there,
            "{lock}"
        );
    }
    assert!(lock.contains("select = [\n  \"org:a\",\n]\n"), "{lock}");
    test.again()
        .args(OWN)
        .args(["--ca", "org:a", "-q", "--locked"])
        .stderr(pruned.replace("1 of 2", "2 of 3"))
        .run();
}

#[test]
fn a_lock_from_before_the_choice_was_told_stays_as_it_is() {
    let own = root("Own", "Own");
    let test = Test::new()
        .write("ca.pem", to_pem(&root("A", "A")))
        .write("own.pem", to_pem(&own))
        .args(OWN)
        .args(["-q"])
        .run();
    let new = lock_of(&test);
    let extra = format!("extra = [\n  \"{} Own\",\n]\n", Sha256::of(&own));
    let old = new.replace("policy = 2026-11-24\n", "").replace(&extra, "");
    assert_eq!(old.len() + extra.len() + 20, new.len());
    let test = test
        .write("bundle.lock", &old)
        .again()
        .args(OWN)
        .args(["--locked", "-q"])
        .run();
    assert_eq!(lock_of(&test), old);
    let test = test.again().args(OWN).args(["-q"]).run();
    assert_eq!(lock_of(&test), new);
}

#[test]
fn a_pipe_that_a_shell_hands_over_is_read_as_a_file() {
    let der = root("A", "A");
    for options in [
        "--ca-source /dev/fd/0",
        "--ca-source /dev/stdin",
        "--ca-source builtin --ca none --extra-ca /dev/fd/0",
        "--ca-source builtin --ca none --extra-ca -",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bundle"))
            .args(["roots", "--report", "pem"])
            .args(options.split(' '))
            .env("SOURCE_DATE_EPOCH", TODAY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pem = to_pem(&der);
        child
            .stdin
            .take()
            .unwrap()
            .write_all(pem.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), pem, "{options}");
    }
}

#[test]
fn a_root_that_ends_soon_by_the_clock_is_told_and_changes_no_byte() {
    let mut fields = Fields::root("Soon");
    fields.not_after = time("20270401000000Z");
    let der = fields.sign();
    let bundle = ["--zones", "none", "--ca-source", "ca.pem", "-q"];
    let test = Test::new().write("ca.pem", to_pem(&der)).args(bundle).run();
    let made = (test.read("bundle.tar"), lock_of(&test));
    let told = format!(
        "warning: roots that expire within 90 days: `Soon` {} on 2027-04-01\n",
        short(&der)
    );
    let old = "warning: `bundle.lock` is 189 days old: `bundle update` looks for news\n";
    // Before the last 90 days, in them, and after the end.
    let moments = [
        ("1798761599", String::new()),
        ("1798848000", told.clone()),
        ("1811808000", told + old),
    ];
    let mut test = test;
    for (now, warnings) in moments {
        test = test
            .again()
            .env("SOURCE_DATE_EPOCH", now)
            .args(bundle)
            .stderr(warnings)
            .run();
        assert_eq!((test.read("bundle.tar"), lock_of(&test)), made);
    }
}

#[test]
fn a_private_key_in_any_form_is_refused_and_never_shown() {
    let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
    let ca = to_pem(&root("A", "A"));
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let key = format!("-----BEGIN {label}-----\n{secret}\n-----END {label}-----\n");
        for text in [
            ca.clone() + &key,
            key.clone() + &ca,
            key.replace('\n', "\r\n"),
            ca.trim_end().to_owned() + &key,
        ] {
            for report in ["text", "json"] {
                let output = Test::new()
                    .write("own.pem", &text)
                    .args([
                        "roots",
                        "none",
                        "--ca-source",
                        "builtin",
                        "--extra-ca",
                        "own.pem",
                    ])
                    .args(["-v", "--report", report])
                    .output();
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(3), "{stderr}");
                assert!(stderr.contains("private key"), "{stderr}");
                assert!(!stderr.contains(secret) && output.stdout.is_empty());
            }
        }
    }
}

#[test]
fn a_denied_root_is_left_out_or_kept_loudly_and_then_a_check_counts_it() {
    let curl = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/ca/cacert-2026-07-16.pem");
    let Ok(pem) = std::fs::read(curl) else {
        println!("skipped: no ../shared/data");
        return;
    };
    let denied = "denied: keys of intermediates can be computed (CVE-2026-111943, October 2026)";
    let emsign = "`emSign ECC Root CA - G3` 86a1ecba089c4a8d";
    let output = Test::new()
        .write("ca.pem", &pem)
        .args(["roots", "--ca-source", "ca.pem"])
        .output();
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(
        list.contains(&format!("left out: {emsign}: {denied}\n")),
        "{list}"
    );

    let test = Test::new()
        .write("ca.pem", &pem)
        .args(["--zones", "none", "--ca-source", "ca.pem", "-q"])
        .args(["--ca", "cn:emSign*,cn:ISRG*", "--allow-denied", "sha256:86a1ecba"])
        .stderr(format!(
            "warning: kept although it is {denied}: {emsign}\n\
             warning: only 4 of 117 roots are in the bundle: a server that changes its CA may become unreachable\n"
        ))
        .run();
    let lock = lock_of(&test);
    assert!(
        lock.contains("allow-denied = [\n  \"sha256:86a1ecba\",\n]\n"),
        "{lock}"
    );
    let output = test.again().args(["check", "bundle.tar"]).output();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("bundle.tar: 4 roots, 0 zones\n"), "{told}");
}

#[test]
fn a_short_private_key_in_der_is_called_one() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let der = key.serialize_der();
    assert!(der.len() < 128);
    Test::new()
        .write("own.der", der)
        .args([
            "roots",
            "none",
            "--ca-source",
            "builtin",
            "--extra-ca",
            "own.der",
        ])
        .status(3)
        .stderr(
            "error: `own.der` holds a private key\n  \
             help: give a file with the CA certificates only, and keep the key out of images\n",
        )
        .run();
}
