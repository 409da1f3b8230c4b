//! The main job on built-in data.

use std::{os::unix::fs::MetadataExt as _, process::Command};

use scratch_bundle::digest::Sha256;

use crate::command::Test;

/// Pins every byte of the archive: what changes this digest changes the users' layers. It is new with each release of
/// the built-in roots or time zones, and then CHANGELOG.md says so.
const GOLDEN: &str = "e99708af3187e9c21e99c3f1e31aa63dca4e7f1e3e8f46cad5c6afce4d35b104";

const ZONES: [&str; 2] = ["--zones", "Asia/Shanghai,Asia/Tokyo"];

fn report(path: &str, written: &str, bytes: usize, lock: &str) -> String {
    format!(
        "{path} {written}, {bytes} bytes\n  \
         diff_id   sha256:{GOLDEN}\n  \
         roots     118 from webpki-root-certs 1.0.11, built-in\n  \
         tzdata    2026f, built-in\n  \
         zones     Asia/Shanghai 393 bytes, Asia/Tokyo 213 bytes\n  \
         lock      bundle.lock {lock}, certificates as of 2026-11-24\n  \
         use       ADD {path} /\n"
    )
}

#[test]
fn a_bundle_is_made_from_built_in_data() {
    let test = Test::new()
        .args(ZONES)
        .stdout(report("bundle.tar", "created", 185_856, "created"))
        .run();
    assert_eq!(Sha256::of(&test.read("bundle.tar")).to_string(), GOLDEN);
}

#[test]
fn bytes_that_are_there_already_are_left_alone() {
    let test = Test::new()
        .args(ZONES)
        .stdout(report("bundle.tar", "created", 185_856, "created"))
        .run();
    let before = test.path("bundle.tar").metadata().unwrap();
    let test = test
        .again()
        .args(["--zones", "Asia/Tokyo,Asia/Shanghai"])
        .stdout(report("bundle.tar", "unchanged", 185_856, "unchanged"))
        .run();
    let after = test.path("bundle.tar").metadata().unwrap();
    assert_eq!(
        (before.ino(), before.modified().unwrap()),
        (after.ino(), after.modified().unwrap())
    );
}

#[test]
fn each_form_holds_the_same_archive() {
    let test = Test::new().args(ZONES).args(["-o", "a.tar.gz", "-q"]).run();
    let mut tar = vec![0; 185_856];
    let gzip = test.read("a.tar.gz");
    libdeflater::Decompressor::new()
        .gzip_decompress(&gzip, &mut tar)
        .unwrap();
    assert_eq!(Sha256::of(&tar).to_string(), GOLDEN);
    assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff]);

    let test = test
        .again()
        .args(ZONES)
        .args(["-o", "a.tar.zst", "-q"])
        .stderr(
            "warning: not every builder unpacks zstd: kaniko fails, and Docker before 23.0 and BuildKit before 0.10 \
             copy the archive into the image as a file without a word; `.tar` and `.tar.gz` work everywhere\n",
        )
        .run();
    let tar = zstd::decode_all(&test.read("a.tar.zst")[..]).unwrap();
    assert_eq!(Sha256::of(&tar).to_string(), GOLDEN);
}

#[test]
fn standard_output_carries_the_archive_and_nothing_else() {
    let output = Test::new().args(ZONES).args(["-o", "-"]).output();
    assert_eq!(Sha256::of(&output.stdout).to_string(), GOLDEN);
    let report = report("-", "streamed", 185_856, "created");
    let report = report.split_inclusive('\n').take(6).collect::<String>();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), report);
}

#[test]
fn aliases_are_relative_links_to_the_zone() {
    let test = Test::new()
        .args(["--zones", "US/Eastern,America/New_York,PRC", "-q"])
        .run();
    let mut archive = tar::Archive::new(&test.read("bundle.tar")[..])
        .entries()
        .map(|entries| {
            entries
                .map(|entry| {
                    let entry = entry.unwrap();
                    let link = entry
                        .link_name()
                        .unwrap()
                        .map(|link| link.display().to_string());
                    (entry.path().unwrap().display().to_string(), link)
                })
                .filter(|(path, _)| path.starts_with("usr/share/zoneinfo/") && !path.ends_with('/'))
                .collect::<Vec<_>>()
        });
    let zoneinfo = |name: &str| format!("usr/share/zoneinfo/{name}");
    assert_eq!(
        archive.as_mut().unwrap(),
        &[
            (zoneinfo("America/New_York"), None),
            (zoneinfo("PRC"), None),
            (
                zoneinfo("US/Eastern"),
                Some("../America/New_York".to_owned())
            ),
        ]
    );
}

/// As Docker's documentation of Dockerfiles has it: a path starts at the build context and never leaves it, white space
/// needs the form of an array, variables and patterns are expanded, and an address or a flag is not a file.
#[test]
fn the_line_for_a_dockerfile_is_right_or_not_there() {
    let test = Test::new().write("out/x", "");
    let elsewhere = tempfile::tempdir().unwrap();
    let absolute = elsewhere.path().join("x.tar").display().to_string();
    for (output, line) in [
        ("x.tar", Some("ADD x.tar /")),
        ("./out/x.tar", Some("ADD ./out/x.tar /")),
        ("é.tar", Some("ADD é.tar /")),
        ("my x.tar", Some("ADD [\"my x.tar\", \"/\"]")),
        ("out/../x.tar", Some("ADD x.tar /")),
        (&absolute, Some("ADD x.tar /")),
        ("$x.tar", None),
        ("a*.tar", None),
        ("a[1].tar", None),
        ("a\\b.tar", None),
        ("a\"b.tar", None),
        ("a\nb.tar", None),
        ("git@x:y.tar", None),
        ("<<x.tar", None),
        ("--x.tar", None),
    ] {
        let output = format!("--output={output}");
        let args = ["--zones", "UTC", "--ca", "none", &output];
        let run = Command::new(env!("CARGO_BIN_EXE_bundle"))
            .args(args)
            .args(["--offline", "--report", "json"])
            .current_dir(test.path("."))
            .output();
        let report: serde_json::Value = serde_json::from_slice(&run.unwrap().stdout).unwrap();
        assert_eq!(report["dockerfile"].as_str(), line, "{output}");
    }
}

/// A day that is years before the data, such as that of an old commit, makes a bundle that lacks most roots.
#[test]
fn roots_that_are_not_valid_yet_on_the_day_of_the_lock_are_counted() {
    let test = Test::new()
        .env("SOURCE_DATE_EPOCH", "1300000000")
        .args(["--zones", "UTC"]);
    let output = test.output();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "warning: 97 certificates are left out because they are not valid yet on 2011-03-13, the day of the lock: were \
         `SOURCE_DATE_EPOCH` and the clock right when it was made?\n"
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let line = "  dropped   97 certificates (`--verbose` lists them)";
    assert!(stdout.lines().any(|each| each == line), "{stdout}");
    assert_eq!(stdout.lines().count(), 8, "{stdout}");
}

#[test]
fn the_report_as_json_is_stable() {
    let output = Test::new()
        .args([
            "--zones",
            "PRC,Asia/Shanghai",
            "--report",
            "json",
            "-o",
            "my bundle.tar",
        ])
        .output();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.stderr, b"");
    let keys = |value: &serde_json::Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&report),
        [
            "diff_id",
            "dockerfile",
            "extras",
            "lock",
            "notices",
            "output",
            "roots",
            "tzdata",
            "version",
            "zones"
        ]
    );
    assert_eq!(report["version"], 1);
    assert_eq!(report["dockerfile"], r#"ADD ["my bundle.tar", "/"]"#);
    assert_eq!(
        keys(&report["output"]),
        ["bytes", "form", "path", "written"]
    );
    assert_eq!(report["roots"]["count"], 118);
    assert_eq!(report["roots"]["kept"].as_array().unwrap().len(), 118);
    assert_eq!(
        keys(&report["roots"]["kept"][0]),
        ["name", "not_after", "sha256"]
    );
    assert_eq!(report["tzdata"]["version"], "2026f");
    assert_eq!(
        report["zones"],
        serde_json::json!([
            {"name": "Asia/Shanghai", "bytes": 393, "sha256": SHANGHAI},
            {"name": "PRC", "link_to": "Asia/Shanghai", "bytes": 393, "sha256": SHANGHAI},
        ])
    );
    let codes = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| &notice["code"]);
    assert!(
        codes.clone().any(|code| code == "zone-obsolescent"),
        "{:?}",
        codes.collect::<Vec<_>>()
    );
}

const SHANGHAI: &str = "bf8b7ed82fe6e63e6d98f8cea934eeac901cd16aba85eb5755ce3f8b4289ea8a";

#[test]
fn completions_and_manual_are_printed() {
    for args in [
        ["completions", "bash"],
        ["completions", "zsh"],
        ["completions", "fish"],
    ] {
        let output = Test::new().args(args).output();
        assert!(output.status.success());
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("--zones")
                || args[1] == "fish"
        );
    }
    let manual = String::from_utf8(Test::new().args(["man"]).output().stdout).unwrap();
    assert!(
        manual.contains(".TH bundle 1") && manual.contains("Exit status"),
        "{manual}"
    );
}

#[test]
fn what_is_added_beside_certificates_and_zones_is_told() {
    let extras = ["--for", "openssl", "--with", "tmp", "--localtime", "utc"];
    let test = Test::new().args(["--zones", "none"]).args(extras);
    let output = test.output();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = stdout
        .lines()
        .filter(|line| line.contains("extras"))
        .collect();
    assert_eq!(
        lines,
        [
            "  extras    etc/localtime, etc/pki/tls/cert.pem, etc/ssl/cert.pem, tmp, usr/lib/ssl/cert.pem"
        ]
    );
}

#[test]
fn a_local_time_zone_is_one_zone() {
    Test::new()
        .args(["--zones", "UTC", "--localtime", "Europe/*"])
        .stderr(
            "error: a local time zone is one zone, not several and not none\n  \
             help: `--localtime` takes a name such as `Asia/Shanghai`\n",
        )
        .status(2)
        .run();
}
