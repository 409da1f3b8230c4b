//! `bundle update` over the network: what it asks, what it tells, and that a fault leaves the lock as it was.

use std::{fs, net::TcpListener, path::PathBuf, process::Command};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};

use scratch_bundle::digest::Sha256;

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
fn certificates_without_the_right_digest_leave_the_lock() {
    let found = Sha256::of(&certificates(61));
    for (digest, message) in [
        (
            Some(Sha256::of(b"other")),
            format!(
                "`@` does not match its published digest\n  expected {}\n  found    {found}\n  \
                 help: it may have changed a moment ago: try again",
                Sha256::of(b"other")
            ),
        ),
        (
            None,
            "no digest at `@.sha256`\n  help: publish it there, or download `@` and give the file"
                .to_owned(),
        ),
    ] {
        let server = publisher();
        let test = locked(&server, "Test/Place");
        let before = lock(&test);
        server.put("/ca/cacert.pem", Page::file(&certificates(61)));
        match digest {
            Some(digest) => server.put(
                "/ca/cacert.pem.sha256",
                Page::file(format!("{digest}  cacert.pem\n").as_bytes()),
            ),
            None => server.remove("/ca/cacert.pem.sha256"),
        }
        let message = message.replace('@', &server.url("/ca/cacert.pem"));
        let test = update(test, &server)
            .status(3)
            .stderr(format!("error: {message}\n"))
            .run();
        assert_eq!(lock(&test), before);
    }
}

/// An update takes no built-in data: who asks for news wants none that is older than the lock.
#[test]
fn time_zone_data_that_cannot_be_had_leaves_the_lock() {
    for (page, status, message) in [
        (Page::status("404 Not Found"), 3, "`@` does not exist"),
        (
            Page::status("500 Internal Server Error"),
            1,
            "cannot reach `@`: it answered 500 Internal Server Error",
        ),
        (
            Page::file(&release("2026f", CHANGED)[..200]),
            3,
            "`@` is not a release of time zone data\n  cause: its gzip compression is damaged",
        ),
        (
            Page::file(b"<html>"),
            3,
            "`@` is a web page; expected time zone data\n  \
             help: the login page of a network may have answered: log in, or use `--offline`",
        ),
    ] {
        let server = publisher();
        let test = locked(&server, "Test/Place");
        let before = lock(&test);
        server.publish_certificates("2026-07-16", &certificates(59));
        server.put("/tz/tzdata-latest.tar.gz", page);
        let message = message.replace('@', &server.url("/tz/tzdata-latest.tar.gz"));
        let test = update(test, &server)
            .status(status)
            .stderr(format!("error: {message}\n"))
            .run();
        assert_eq!(lock(&test), before);
    }
}

#[test]
fn a_publisher_that_cannot_be_reached_leaves_the_lock() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/x", closed.local_addr().unwrap());
    drop(closed);
    let server = publisher();
    let mut test = locked(&server, "Test/Place");
    let before = lock(&test);
    for (source, reason) in [
        (url.as_str(), "connection refused"),
        ("https://tz.invalid/x", "its name does not resolve"),
    ] {
        let run = update(test.again(), &server)
            .args(["--tzdata", source])
            .status(1)
            .stderr(format!("error: cannot reach `{source}`: {reason}\n"));
        test = run.run();
        assert_eq!(lock(&test), before);
    }
}

/// A lock that the built-in data stood in for is renewed from curl and IANA.
#[test]
fn a_lock_of_built_in_data_asks_the_publishers() {
    let test = Test::new().args(["--zones", "UTC", "-q"]).run();
    let before = lock(&test);
    let output = test
        .again()
        .args(["update"])
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let told = output.output();
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.starts_with("error: cannot reach `https://curl.se/ca/cacert.pem`: "),
        "{told}"
    );
    assert_eq!(lock(&output), before);
}

#[test]
fn roots_that_have_expired_are_told_as_such() {
    let server = publisher();
    let test = locked(&server, "Test/Place");
    let before = lock(&test);
    let mut expired: Vec<String> = before
        .lines()
        .filter_map(|line| line.strip_prefix("  \"")?.strip_suffix("\","))
        .filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let (sha256, day, name) = (words.next()?, words.next()?, words.next()?);
            (day < "2030-01-01").then(|| format!("  removed   `{name}` {sha256}: expired"))
        })
        .collect();
    assert!(!expired.is_empty());
    let test = update(test, &server)
        .env("SOURCE_DATE_EPOCH", "1893456000")
        .args(["--allow-shrink"]);
    let output = test.output();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    let mut removed: Vec<_> = told
        .lines()
        // `Izenpe.com` goes as well: what it issued before it was distrusted has expired by then.
        .filter(|line| line.starts_with("  removed ") && !line.ends_with(": distrusted"))
        .collect();
    removed.sort_unstable();
    expired.sort_unstable();
    assert_eq!(removed, expired);
}

/// Roots that an older version of this program took, and this one denies: no choice of the user.
#[test]
fn roots_that_are_denied_by_now_are_told_as_such() {
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ca/cacert-2026-07-16.pem");
    let Ok(mut pem) = fs::read(&file) else {
        eprintln!("skipped: {} is not here", file.display());
        return;
    };
    let server = publisher();
    server.publish_certificates("2026-07-16", &pem);
    let test = locked(&server, "Test/Place");
    let (older, denied) = undenied(&lock(&test));
    assert_eq!(denied.len(), 3);

    pem.extend_from_slice(new_root().as_bytes());
    server.publish_certificates("2026-08-01", &pem);
    let test = update(test.write("bundle.lock", older), &server);
    let output = test.output();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    for (sha256, name) in denied {
        let removed = format!("  removed   `{name}` {sha256}: denied\n");
        assert!(told.contains(&removed), "{told}");
    }
    assert!(told.contains("  added     `Brand New Root` "), "{told}");
}

/// `lock` with its denied roots among the others, and the digests and names of them.
fn undenied(lock: &str) -> (String, Vec<(String, String)>) {
    let (head, rest) = lock.split_once("roots = [\n").unwrap();
    let (roots, rest) = rest.split_once("]\ndropped = [\n").unwrap();
    let (dropped, rest) = rest.split_once("]\n").unwrap();
    let denied = dropped.replace(" denied ", " 2040-01-02 ");
    let mut roots: Vec<_> = roots.lines().chain(denied.lines()).collect();
    roots.sort_unstable();
    let older = format!(
        "{head}roots = [\n{}\n]\ndropped = []\n{rest}",
        roots.join("\n")
    );
    let names = dropped.lines().map(|line| {
        let line = line.trim_matches([' ', '"', ',']);
        let (sha256, name) = line.split_once(" denied ").unwrap();
        (sha256.to_owned(), name.to_owned())
    });
    (older, names.collect())
}

/// The lock does not tell `--extra-ca`; its root is neither lost nor a reason to take no new ones.
#[test]
fn an_update_keeps_a_root_of_ones_own_beside_new_ones() {
    let server = publisher();
    let test = Test::new().write("own.pem", new_root());
    let sources = [
        "--zones",
        "Test/Place",
        "-q",
        "--extra-ca",
        "own.pem",
        "--ca-source",
        &server.url("/ca/cacert.pem"),
        "--tzdata",
        &server.url("/tz/tzdata-latest.tar.gz"),
    ];
    let test = connected(test.args(sources), &server).run();
    server.publish_certificates("2026-07-16", &certificates(62));
    let test = update(test, &server);
    let told = String::from_utf8(test.output().stdout).unwrap();
    assert!(told.contains("  roots     63 from "), "{told}");
    assert_eq!(
        told.lines()
            .filter(|line| line.starts_with("  added "))
            .count(),
        2
    );
    let before = lock(&test);
    let again = ["--zones", "Test/Place", "-q", "--locked"];
    let test = connected(
        test.again().args(again).args(["--extra-ca", "own.pem"]),
        &server,
    );
    let test = test.run();
    assert_eq!(lock(&test), before);
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
