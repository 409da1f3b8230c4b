//! `bundle update` over the network: what it asks, what it tells, and that a fault leaves the lock as it was.

use std::{fs, path::PathBuf, process::Command};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};

use crate::{
    command::Test,
    server::{Page, Server, certificates, release},
};

const SOURCE: &str = "Z Test/Place 1 - ONE 2030\n2 - TWO\nZ Test/There 3 - THR\n";
const CHANGED: &str = "Z Test/Place 1 - ONE 2029\n2 - TWO\nZ Test/There 3 - THR\n";

/// A server with certificates and a release, as both publishers have them.
fn publisher() -> Server {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(60));
    server.publish_release("2026e", &release("2026e", SOURCE));
    server
}

fn connected(test: Test, server: &Server) -> Test {
    let cache = test.path("cache").display().to_string();
    let ca = server.ca().display().to_string();
    test.online()
        .env("XDG_CACHE_HOME", &cache)
        .args(["--tls-ca", &ca])
}

/// A folder with an output, a lock and a cache made from what `server` has.
fn locked(server: &Server, zones: &str) -> Test {
    let sources = [
        "--zones",
        zones,
        "-q",
        "--ca-source",
        &server.url("/ca/cacert.pem"),
        "--tzdata",
        &server.url("/tz/tzdata-latest.tar.gz"),
    ];
    let test = connected(Test::new().args(sources), server);
    assert_eq!(test.output().status.code(), Some(0));
    server.requests();
    test
}

fn update(test: Test, server: &Server) -> Test {
    connected(test.again().args(["update"]), server)
}

fn lock(test: &Test) -> String {
    String::from_utf8(test.read("bundle.lock")).unwrap()
}

/// A root that no source but the test has.
fn new_root() -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_after = rcgen::date_time_ymd(2040, 1, 2);
    params
        .distinguished_name
        .push(DnType::CommonName, "Brand New Root");
    params
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap()
        .pem()
}

#[test]
fn without_news_each_source_is_asked_once_and_sends_no_body() {
    let server = publisher();
    let test = locked(&server, "Test/Place,Test/There");
    let before = lock(&test);
    let told = format!(
        "bundle.lock is up to date, certificates as of 2026-11-24\n  \
         roots     60 from {}\n  \
         tzdata    2026e from {}\n  \
         zones     0 changed, 2 unchanged\n",
        server.url("/ca/cacert-2026-05-14.pem"),
        server.url("/tz/releases/tzdata2026e.tar.gz"),
    );
    let test = update(test, &server).stdout(told).run();
    assert_eq!(
        server.requests(),
        ["GET /ca/cacert.pem 304", "GET /tz/tzdata-latest.tar.gz 304"]
    );
    assert_eq!(lock(&test), before);
}

#[test]
fn news_are_told_by_name_and_a_dry_run_writes_nothing() {
    let server = publisher();
    let test = locked(&server, "Test/Place,Test/There");
    let before = lock(&test);
    let mut pem = certificates(59);
    pem.extend_from_slice(new_root().as_bytes());
    server.publish_certificates("2026-07-16", &pem);
    server.publish_release("2026f", &release("2026f", CHANGED));

    let test = update(test, &server).args(["--dry-run"]);
    let dry = test.output();
    assert_eq!(dry.status.code(), Some(0));
    assert_eq!(lock(&test), before);
    let dry = String::from_utf8(dry.stdout).unwrap();

    let test = update(test, &server);
    let output = test.output();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        dry,
        told.replacen("bundle.lock renewed", "bundle.lock would be renewed", 1)
    );

    let fingerprint = |name: &str, lock: &str| -> String {
        let line = lock
            .lines()
            .find(|line| line.ends_with(&format!(" {name}\",")))
            .unwrap();
        line.trim_start_matches([' ', '"'])[..16].to_owned()
    };
    let after = lock(&test);
    let lost = before
        .lines()
        .find(|line| line.starts_with("  \"") && line.contains(" 20") && !after.contains(*line))
        .unwrap();
    let lost_name = lost.splitn(5, ' ').last().unwrap().trim_end_matches("\",");
    let expected = format!(
        "bundle.lock renewed, certificates as of 2026-11-24\n  \
         roots     60 from {ca}, before 60 from {old_ca}\n  \
         added     `Brand New Root` {new}, until 2040-01-02; new: not among the built-in roots\n  \
         removed   `{lost_name}` {old}: no longer in the source\n  \
         tzdata    2026f from {tz}, before 2026e from {old_tz}\n  \
         changed   Test/Place from 2028-12-31T23:00:00Z on: +02 TWO, before +01 ONE\n  \
         zones     1 changed, 1 unchanged\n",
        ca = server.url("/ca/cacert-2026-07-16.pem"),
        old_ca = server.url("/ca/cacert-2026-05-14.pem"),
        new = fingerprint("Brand New Root", &after),
        old = fingerprint(lost_name, &before),
        tz = server.url("/tz/releases/tzdata2026f.tar.gz"),
        old_tz = server.url("/tz/releases/tzdata2026e.tar.gz"),
    );
    assert_eq!(told, expected);
}

#[test]
fn the_news_as_json_name_the_same_facts() {
    let server = publisher();
    let test = locked(&server, "Test/Place,Test/There");
    server.publish_release("2026f", &release("2026f", CHANGED));
    let output = update(test, &server)
        .args(["--dry-run", "--report", "json"])
        .output();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["lock"]["state"], "stale");
    assert_eq!(json["roots"]["added"], serde_json::json!([]));
    assert_eq!(json["tzdata"]["before"]["version"], "2026e");
    assert_eq!(json["tzdata"]["after"]["version"], "2026f");
    let changed = &json["tzdata"]["changed"][0];
    assert_eq!(changed["name"], "Test/Place");
    let difference = &changed["first_difference"];
    assert_eq!(difference["at"], "2028-12-31T23:00:00Z");
    assert_eq!(difference["before"]["offset"], 3600);
    assert_eq!(difference["after"]["offset"], 7200);
    assert_eq!(json["tzdata"]["unchanged"], 1);
}

#[test]
fn a_loss_of_more_than_a_fifth_needs_a_word() {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(100));
    server.publish_release("2026e", &release("2026e", SOURCE));
    let test = locked(&server, "Test/Place");
    let before = lock(&test);

    server.publish_certificates("2026-07-16", &certificates(79));
    let message = format!(
        "error: `{}` lacks 21 of the 100 roots in the lock\n  \
         help: `--dry-run --allow-shrink` tells which; `--allow-shrink` takes it as it is\n",
        server.url("/ca/cacert-2026-07-16.pem")
    );
    let test = update(test, &server).status(3).stderr(message).run();
    assert_eq!(lock(&test), before);

    let test = update(test, &server).args(["--allow-shrink"]);
    assert_eq!(test.output().status.code(), Some(0));
    assert!(lock(&test).contains("cacert-2026-07-16.pem"));

    server.publish_certificates("2026-08-01", &certificates(64));
    let test = update(test, &server);
    assert_eq!(
        test.output().status.code(),
        Some(0),
        "15 of 79 is no more than a fifth"
    );
}

/// What is wrong at one source leaves the whole lock, whatever news the other has.
#[test]
fn a_fault_at_a_source_leaves_the_lock_and_the_output() {
    let good = certificates(60);
    for (page, status, message) in [
        (Page::status("404 Not Found"), 3, "`@` does not exist\n"),
        (
            Page::status("503 Service Unavailable"),
            1,
            "cannot reach `@`: it answered 503 Service Unavailable\n",
        ),
        (
            Page::file(&good[..100]).promising(200),
            3,
            "`@` broke off after 100 of 200 bytes\n  help: try again\n",
        ),
        (
            Page::file(b"<html>"),
            3,
            "`@` is a web page; expected certificates\n  \
             help: the login page of a network may have answered: log in, or use `--offline`\n",
        ),
        (Page::file(b""), 3, "`@` is empty; expected certificates\n"),
    ] {
        let server = publisher();
        let test = locked(&server, "Test/Place");
        let before = (lock(&test), test.read("bundle.tar"));
        server.publish_release("2026f", &release("2026f", CHANGED));
        server.put("/ca/cacert.pem", page);
        let message = message.replace('@', &server.url("/ca/cacert.pem"));
        let test = update(test, &server)
            .status(status)
            .stderr(format!("error: {message}"))
            .run();
        assert_eq!((lock(&test), test.read("bundle.tar")), before);
    }
}

#[test]
fn a_pinned_source_that_is_gone_names_the_way_to_newer_data() {
    let server = publisher();
    let test = locked(&server, "Test/Place");
    let before = lock(&test);
    fs::remove_dir_all(test.path("cache")).unwrap();
    server.remove("/ca/cacert-2026-05-14.pem");
    let message = format!(
        "error: `{}` does not exist\n  \
         help: `bundle update` pins what its publisher offers now\n",
        server.url("/ca/cacert-2026-05-14.pem")
    );
    let test = connected(test.again().args(["--zones", "Test/Place"]), &server)
        .status(3)
        .stderr(message)
        .run();
    assert_eq!(lock(&test), before);
}

#[test]
fn parallel_updates_leave_one_whole_lock() {
    for count in [2, 8] {
        let server = publisher();
        let test = locked(&server, "Test/Place");
        server.publish_certificates("2026-07-16", &certificates(59));
        server.publish_release("2026f", &release("2026f", CHANGED));
        let runs: Vec<_> = (0..count)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_bundle"))
                    .args(["update", "--quiet", "--tls-ca"])
                    .arg(server.ca())
                    .env_clear()
                    .env("SOURCE_DATE_EPOCH", crate::command::TODAY)
                    .env("XDG_CACHE_HOME", test.path("cache"))
                    .current_dir(test.path(""))
                    .spawn()
                    .unwrap()
            })
            .collect();
        for mut run in runs {
            assert_eq!(run.wait().unwrap().code(), Some(0));
        }
        server.requests();
        let told = lock(&test);
        assert!(
            told.contains("2026-07-16") && told.contains("2026f"),
            "{told}"
        );
        let test = connected(
            test.again()
                .args(["--zones", "Test/Place", "-q", "--locked"]),
            &server,
        )
        .run();
        assert_eq!(lock(&test), told);
        assert_eq!(server.requests(), [""; 0]);
    }
}

/// The files of curl and IANA that users really get, one after the other, and back.
#[test]
fn real_releases_follow_each_other_and_the_first_lock_brings_the_first_bytes_back() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let Ok(tzdata) = fs::read(data.join("tz/tzdata2026c.tar.gz")) else {
        eprintln!("skipped: {} is not here", data.display());
        return;
    };
    let certificates = |date| fs::read(data.join(format!("ca/cacert-{date}.pem"))).unwrap();
    let server = Server::start();
    server.publish_certificates("2026-03-19", &certificates("2026-03-19"));
    server.publish_release("2026c", &tzdata);
    let mut test = locked(&server, "Asia/Shanghai,Europe/*");
    let (first_lock, first_bundle) = (lock(&test), test.read("bundle.tar"));
    let mut told = Vec::new();
    for date in ["2026-05-14", "2026-07-16"] {
        server.publish_certificates(date, &certificates(date));
        test = update(test, &server);
        let output = test.output();
        assert_eq!(output.status.code(), Some(0));
        told.push(String::from_utf8(output.stdout).unwrap());
        let requests = server.requests();
        assert!(requests.contains(&"GET /tz/tzdata-latest.tar.gz 304".to_owned()));
        test = connected(
            test.again()
                .args(["--zones", "Asia/Shanghai,Europe/*", "-q", "--locked"]),
            &server,
        );
        assert_eq!(test.output().status.code(), Some(0));
        assert_eq!(server.requests(), [""; 0]);
        assert_ne!(test.read("bundle.tar"), first_bundle);
    }
    for (told, (removed, count)) in told.iter().zip([(24, 118), (2, 116)]) {
        let lines = |label: &str| told.lines().filter(|line| line.starts_with(label)).count();
        assert_eq!(
            (lines("  added "), lines("  removed ")),
            (0, removed),
            "{told}"
        );
        assert!(
            told.contains(&format!("  roots     {count} from ")),
            "{told}"
        );
    }

    test = test.write("bundle.lock", &first_lock);
    test = connected(
        test.again()
            .args(["--zones", "Asia/Shanghai,Europe/*", "-q", "--locked"]),
        &server,
    );
    assert_eq!(test.output().status.code(), Some(0));
    assert_eq!(test.read("bundle.tar"), first_bundle);
    assert_eq!(server.requests(), [""; 0], "all inputs are in the cache");
}
