//! Downloads: what is asked, what is taken, what takes its place, and what is refused with which words.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use scratch_bundle::source::{Fetcher, HttpSettings, Settings, TzdataSource};

use crate::{
    command::Test,
    server::{Identity, Page, Server, certificates, release},
};

/// A run that takes certificates from `server`.
fn online(test: Test, server: &Server) -> Test {
    let cache = test.path("cache").display().to_string();
    let ca = server.ca().display().to_string();
    test.online()
        .env("XDG_CACHE_HOME", &cache)
        .args([
            "--zones", "UTC", "-q", "--tzdata", "builtin", "--tls-ca", &ca,
        ])
        .args(["--ca-source", &server.url("/ca/cacert.pem")])
}

/// A run that takes time zone data from `server`.
fn online_tzdata(test: Test, server: &Server) -> Test {
    let cache = test.path("cache").display().to_string();
    let ca = server.ca().display().to_string();
    test.online()
        .env("XDG_CACHE_HOME", &cache)
        .args([
            "--zones",
            "Test/Place",
            "-q",
            "--ca-source",
            "builtin",
            "--tls-ca",
            &ca,
        ])
        .args(["--tzdata", &server.url("/tz/tzdata-latest.tar.gz")])
}

fn locked_source(test: &Test, table: &str) -> String {
    let lock = String::from_utf8(test.read("bundle.lock")).unwrap();
    let (_, table) = lock.split_once(&format!("[{table}]\n")).unwrap();
    table.lines().next().unwrap().to_owned()
}

#[test]
fn the_dated_copy_is_pinned_and_then_nothing_is_asked() {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(60));
    let test = online(Test::new(), &server).run();
    assert_eq!(
        server.requests(),
        [
            "GET /ca/cacert-2026-05-14.pem.sha256 200",
            "GET /ca/cacert.pem 200"
        ]
    );
    let pinned = format!("source = \"{}\"", server.url("/ca/cacert-2026-05-14.pem"));
    assert_eq!(locked_source(&test, "ca"), pinned);

    let bundle = test.read("bundle.tar");
    server.publish_certificates("2026-07-16", &certificates(70));
    let test = online(test.again(), &server).run();
    assert_eq!(server.requests(), [""; 0]);
    assert_eq!(test.read("bundle.tar"), bundle);

    fs::remove_dir_all(test.path("cache")).unwrap();
    let test = online(test.again(), &server).run();
    assert_eq!(server.requests(), ["GET /ca/cacert-2026-05-14.pem 200"]);
    assert_eq!(test.read("bundle.tar"), bundle);

    let test = test.again().args(["--zones", "UTC", "-q", "--locked"]);
    let cache = test.path("cache").display().to_string();
    test.env("XDG_CACHE_HOME", &cache).run();
    assert_eq!(server.requests(), [""; 0]);
}

/// The day of a file's last change may be the day before or after the one in the name.
#[test]
fn a_dated_copy_is_looked_for_on_three_days() {
    for changed in ["2026-05-13", "2026-05-14", "2026-05-15"] {
        let server = Server::start();
        let pem = certificates(60);
        server.publish_certificates("2026-05-14", &pem);
        server.put("/ca/cacert.pem", Page::file(&pem).modified(changed));
        let test = online(Test::new(), &server).run();
        let pinned = format!("source = \"{}\"", server.url("/ca/cacert-2026-05-14.pem"));
        assert_eq!(locked_source(&test, "ca"), pinned);
    }
}

/// The twin of another day may exist and hold other bytes.
#[test]
fn without_a_dated_copy_the_address_itself_is_pinned() {
    let server = Server::start();
    server.publish_certificates("2026-05-15", &certificates(70));
    server.publish_certificates("2026-05-14", &certificates(60));
    server.remove("/ca/cacert-2026-05-14.pem.sha256");
    let test = online(Test::new(), &server).run();
    assert_eq!(
        server.requests(),
        [
            "GET /ca/cacert-2026-05-13.pem.sha256 404",
            "GET /ca/cacert-2026-05-14.pem.sha256 404",
            "GET /ca/cacert-2026-05-15.pem.sha256 200",
            "GET /ca/cacert.pem 200",
            "GET /ca/cacert.pem.sha256 200",
        ]
    );
    let moving = server.url("/ca/cacert.pem");
    assert_eq!(locked_source(&test, "ca"), format!("source = \"{moving}\""));

    // The bytes are in the cache; without it, the source has moved on.
    server.publish_certificates("2026-07-16", &certificates(70));
    let test = online(test.again(), &server).run();
    fs::remove_dir_all(test.path("cache")).unwrap();
    let [expected, found] =
        [60, 70].map(|count| scratch_bundle::digest::Sha256::of(&certificates(count)));
    online(test.again(), &server)
        .status(3)
        .stderr(format!(
            "error: `{moving}` is not what the lock pins\n  \
             expected {expected}\n  \
             found    {found}\n  \
             help: if the change is meant, `bundle update` pins what is there now\n"
        ))
        .run();
}

#[test]
fn a_redirect_within_the_host_is_followed() {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(60));
    server.put("/latest.pem", Page::redirect("/ca/cacert.pem"));
    server.put(
        "/latest-2026-05-14.pem.sha256",
        Page::redirect("/ca/cacert-2026-05-14.pem.sha256"),
    );
    let url = server.url("/latest.pem");
    let ca = server.ca().display().to_string();
    Test::new()
        .online()
        .args([
            "--zones",
            "UTC",
            "-q",
            "--tzdata",
            "builtin",
            "--ca-source",
            &url,
            "--tls-ca",
            &ca,
        ])
        .run();
}

#[test]
fn a_release_is_pinned_by_its_version() {
    let server = Server::start();
    server.publish_release("2026x", &release("2026x", "Z Test/Place 1 - TST\n"));
    let test = online_tzdata(Test::new(), &server).run();
    assert_eq!(
        server.requests(),
        [
            "GET /tz/tzdata-latest.tar.gz 200",
            "HEAD /tz/releases/tzdata2026x.tar.gz 200"
        ]
    );
    let pinned = format!(
        "source = \"{}\"",
        server.url("/tz/releases/tzdata2026x.tar.gz")
    );
    assert_eq!(locked_source(&test, "tzdata"), pinned);

    fs::remove_dir_all(test.path("cache")).unwrap();
    online_tzdata(test.again(), &server).run();
    assert_eq!(
        server.requests(),
        ["GET /tz/releases/tzdata2026x.tar.gz 200"]
    );
}

#[test]
fn a_release_that_is_not_beside_the_latest_is_not_pinned() {
    let server = Server::start();
    server.put(
        "/tz/tzdata-latest.tar.gz",
        Page::file(&release("2026x", "Z Test/Place 1 - TST\n")),
    );
    let test = online_tzdata(Test::new(), &server).run();
    let moving = format!("source = \"{}\"", server.url("/tz/tzdata-latest.tar.gz"));
    assert_eq!(locked_source(&test, "tzdata"), moving);
}

/// Each fault of something that was reached: nothing takes its place, and nothing is written.
#[test]
fn what_is_wrong_is_refused() {
    let good = certificates(60);
    let other_host = Server::start();
    let nearly_all = &good[..good.len() - 9000];
    for (page, message) in [
        (Page::status("404 Not Found"), "`@` does not exist"),
        (Page::status("410 Gone"), "`@` does not exist"),
        (Page::status("403 Forbidden"), "`@` answered 403 Forbidden"),
        (
            Page::status("204 No Content"),
            "`@` answered 204 No Content, not with a file",
        ),
        (
            Page::file(&good[..100]).promising(200),
            "`@` broke off after 100 of 200 bytes\n  help: try again",
        ),
        (
            Page::file(&good).promising(nearly_all.len()),
            "no digest at `@.sha256`\n  help: publish it there, or download `@` and give the file",
        ),
        (
            Page::file(b"").promising(4 * 1024 * 1024 + 1),
            "`@` is larger than 4 MiB, the limit for certificates",
        ),
        (
            Page::file(&good).header("Content-Encoding", "gzip"),
            "`@` was sent compressed, though nobody asked for that\n  \
             help: a proxy on the way may be the reason; such an answer is never expanded",
        ),
        (
            Page::file(b"\n <!DOCTYPE html>"),
            "`@` is a web page; expected certificates\n  \
             help: the login page of a network may have answered: log in, or use `--offline`",
        ),
        (Page::file(b""), "`@` is empty; expected certificates"),
        (
            Page::file(b"\xFF\xFE-\0-\0"),
            "`@` is text in UTF-16; expected certificates",
        ),
        (
            Page::file(&certificates(49)),
            "`@` holds 49 certificates; expected at least 50\n  \
             help: `--extra-ca FILE` adds the certificates of a company",
        ),
        (
            Page::file(&good),
            "no digest at `@.sha256`\n  help: publish it there, or download `@` and give the file",
        ),
        (
            Page::redirect("http://localhost/ca/cacert.pem"),
            "`@` redirects to `http://localhost/ca/cacert.pem`, which is not https",
        ),
        (
            Page::redirect(&other_host.other_host_url("/x")),
            "`@` redirects to `#`, another host\n  help: give that address itself, if you trust it",
        ),
        (
            Page::redirect("/ca/cacert.pem"),
            "`@` redirects more than 5 times",
        ),
    ] {
        let server = Server::start();
        server.put("/ca/cacert.pem", page);
        let message = message
            .replace('@', &server.url("/ca/cacert.pem"))
            .replace('#', &other_host.other_host_url("/x"));
        refused(&server, 3, &message);
    }
}

/// Runs with an old output in place; it stays, and no lock appears.
#[track_caller]
fn refused(server: &Server, status: i32, message: &str) {
    let test = online(Test::new().write("bundle.tar", "old"), server)
        .status(status)
        .stderr(format!("error: {message}\n"))
        .run();
    assert_eq!(test.read("bundle.tar"), b"old");
    assert!(!test.path("bundle.lock").exists());
    assert!(!test.path("cache/bundle/sha256").exists());
}

#[test]
fn a_wrong_digest_is_refused() {
    for (digest, found) in [
        (
            "00".repeat(32),
            "`@` does not match its published digest\n  expected #\n  found    $\n  help: it may have changed a moment ago: try again",
        ),
        (
            "<html>".to_owned(),
            "no digest at `@.sha256`\n  help: publish it there, or download `@` and give the file",
        ),
    ] {
        let server = Server::start();
        let pem = certificates(60);
        server.put("/ca/cacert.pem", Page::file(&pem));
        server.put(
            "/ca/cacert.pem.sha256",
            Page::file(format!("{digest}  cacert.pem\n").as_bytes()),
        );
        let message = found
            .replace('@', &server.url("/ca/cacert.pem"))
            .replace('#', &digest)
            .replace('$', &scratch_bundle::digest::Sha256::of(&pem).to_string());
        refused(&server, 3, &message);
    }
}

#[test]
fn a_server_that_is_not_to_be_trusted_is_refused() {
    for (identity, reason) in [
        (
            Identity::Expired,
            "the server's certificate has expired\n  help: check the clock of this machine too",
        ),
        (
            Identity::OtherHost,
            "the server's certificate is for another host name",
        ),
        (
            Identity::Tls11,
            "the server does not speak TLS 1.2 or later",
        ),
        (
            Identity::Stranger,
            "the server's certificate comes from an unknown issuer\n  \
             help: if a company proxy opens TLS, give its CA with `--tls-ca FILE`",
        ),
    ] {
        let server = Server::with(identity);
        server.publish_certificates("2026-05-14", &certificates(60));
        let url = server.url("/ca/cacert.pem");
        refused(
            &server,
            3,
            &format!("`{url}` is not to be trusted: {reason}"),
        );
        assert_eq!(server.requests(), [""; 0]);
    }
}

#[test]
fn time_zone_data_that_is_wrong_is_refused() {
    let bomb = gzip_bomb();
    for (page, message) in [
        (
            Page::file(b"<html>"),
            "`@` is a web page; expected time zone data\n  \
             help: the login page of a network may have answered: log in, or use `--offline`",
        ),
        (
            Page::file(b"").promising(17 << 20),
            "`@` is larger than 16 MiB, the limit for time zone data",
        ),
        (
            Page::file(&bomb),
            "`@` is not a release of time zone data\n  cause: it expands to more than 32 MiB",
        ),
        (
            Page::file(&release("2026x", "")[..200]),
            "`@` is not a release of time zone data\n  cause: its gzip compression is damaged",
        ),
        (
            Page::file(b"\x1f\x8b"),
            "`@` is not a release of time zone data\n  cause: its gzip compression is damaged",
        ),
    ] {
        let server = Server::start();
        server.put("/tz/tzdata-latest.tar.gz", page);
        let test = online_tzdata(Test::new().write("bundle.tar", "old"), &server)
            .status(3)
            .stderr(format!(
                "error: {}\n",
                message.replace('@', &server.url("/tz/tzdata-latest.tar.gz"))
            ))
            .run();
        assert_eq!(test.read("bundle.tar"), b"old");
        assert!(!test.path("bundle.lock").exists());
    }
}

/// 40 MiB of zeros in 40 KiB.
fn gzip_bomb() -> Vec<u8> {
    crate::server::gzip(&vec![0; 40 << 20])
}

/// What cannot be reached now may be replaced by built-in data, with one warning.
#[test]
fn what_cannot_be_reached_is_replaced_by_built_in_data() {
    let server = Server::start();
    for (status, reason) in [
        (
            "500 Internal Server Error",
            "it answered 500 Internal Server Error",
        ),
        (
            "503 Service Unavailable",
            "it answered 503 Service Unavailable",
        ),
    ] {
        server.put("/ca/cacert.pem", Page::status(status));
        let test = online(Test::new(), &server)
            .stderr(replaced("localhost", reason))
            .run();
        assert_eq!(locked_source(&test, "ca"), "source = \"builtin\"");
        server.requests();
        online(test.again(), &server).run();
        assert_eq!(server.requests(), [""; 0]);
    }

    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (url, reason) in [
        (format!("https://{closed}/x"), "connection refused"),
        (
            "https://bundle.invalid/x".to_owned(),
            "its name does not resolve",
        ),
    ] {
        let host = url.split(['/', ':']).nth(3).unwrap();
        Test::new()
            .online()
            .args([
                "--zones",
                "UTC",
                "-q",
                "--tzdata",
                "builtin",
                "--ca-source",
                &url,
            ])
            .stderr(replaced(host, reason))
            .run();
    }
}

fn replaced(host: &str, reason: &str) -> String {
    format!("warning: cannot reach {host} ({reason}): using the built-in roots of 2026-10-23\n")
}

#[test]
fn one_warning_tells_of_both_sources() {
    Test::new()
        .online()
        .args(["--zones", "UTC", "-q", "--ca-source", "https://ca.invalid/x", "--tzdata", "https://tz.invalid/x"])
        .stderr(
            "warning: cannot reach ca.invalid (its name does not resolve) and tz.invalid (its name does not resolve): \
             using the built-in roots of 2026-10-23 and the built-in tzdata 2026f of 2026-10-27\n",
        )
        .run();
}

#[test]
fn offline_means_built_in_data_without_a_warning() {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(60));
    let test = online(Test::new(), &server).args(["--offline"]).run();
    assert_eq!(locked_source(&test, "ca"), "source = \"builtin\"");
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn no_release_takes_the_place_of_another() {
    Test::new()
        .args(["--zones", "UTC", "--tzdata", "2026c"])
        .status(1)
        .stderr(
            "error: cannot reach `https://data.iana.org/time-zones/releases/tzdata2026c.tar.gz`: `--offline` is given\n",
        )
        .run();
    Test::new()
        .args(["--zones", "UTC", "-q", "--tzdata", "2026f"])
        .run();
}

#[test]
fn a_stall_ends_after_the_time_that_is_allowed() {
    let server = Server::start();
    for page in [
        Page::file(b"abcd").stalled_header(),
        Page::file(b"abcd").stalled_body(),
    ] {
        server.put("/x", page);
        let fetcher = Fetcher::new(Settings {
            cache: None,
            http: HttpSettings {
                tls_ca: Some(server.ca()),
                timeout: Duration::from_millis(500),
                ..HttpSettings::new()
            },
            offline: false,
        });
        let source = server.url("/x").parse().unwrap();
        let error = fetcher.newest(&source, &TzdataSource::Builtin).unwrap_err();
        let url = server.url("/x");
        assert_eq!(
            error.render(),
            format!("cannot reach `{url}`: not done within 500ms")
        );
    }
}

#[test]
fn a_kill_in_mid_download_leaves_nothing_behind() {
    let server = Server::start();
    server.put(
        "/ca/cacert.pem",
        Page::file(&certificates(60)).stalled_body(),
    );
    let test = Test::new().write("bundle.tar", "old");
    let mut child = Command::new(env!("CARGO_BIN_EXE_bundle"))
        .args([
            "--zones",
            "UTC",
            "--tzdata",
            "builtin",
            "--ca-source",
            &server.url("/ca/cacert.pem"),
        ])
        .args([Path::new("--tls-ca"), &server.ca()])
        .env("XDG_CACHE_HOME", test.path("cache"))
        .current_dir(test.path("."))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left: Vec<_> = fs::read_dir(test.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["bundle.tar"]);
    assert_eq!(test.read("bundle.tar"), b"old");
}

#[test]
fn a_damaged_cache_is_repaired_with_a_warning() {
    let server = Server::start();
    let pem = certificates(60);
    server.publish_certificates("2026-05-14", &pem);
    let test = online(Test::new(), &server).run();
    let cached = test
        .path("cache/bundle/sha256")
        .join(scratch_bundle::digest::Sha256::of(&pem).to_string());
    for damage in [&b"x"[..], b""] {
        fs::write(&cached, damage).unwrap();
        server.requests();
        let path = cached.display();
        let why = if damage.is_empty() {
            format!("`{path}` is empty; expected certificates")
        } else {
            "its digest is another one".to_owned()
        };
        let again = online(
            Test::new().write("bundle.lock", test.read("bundle.lock")),
            &server,
        );
        again
            .env("XDG_CACHE_HOME", &test.path("cache").display().to_string())
            .stderr(format!(
                "warning: the cached file `{path}` is not used: {why}\n"
            ))
            .run();
        assert_eq!(server.requests(), ["GET /ca/cacert-2026-05-14.pem 200"]);
        assert_eq!(fs::read(&cached).unwrap(), pem);
    }
}

#[test]
fn a_cache_that_cannot_be_written_does_no_harm() {
    let server = Server::start();
    server.publish_certificates("2026-05-14", &certificates(60));
    let test = online(Test::new().write("cache", "a file"), &server).run();
    assert_eq!(test.read("cache"), b"a file");
}

#[test]
fn parallel_runs_share_a_lock_and_a_cache() {
    for runs in [2, 8] {
        let server = Server::start();
        server.publish_certificates("2026-05-14", &certificates(60));
        let test = online(Test::new(), &server);
        thread::scope(|scope| {
            for _ in 0..runs {
                scope.spawn(|| {
                    let output = test.output();
                    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
                    assert!(output.status.success());
                });
            }
        });
        let bundle = test.read("bundle.tar");
        let names = |folder: &str| {
            let mut names: Vec<_> = fs::read_dir(test.path(folder))
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names("."), ["bundle.lock", "bundle.tar", "cache"]);
        assert_eq!(names("cache/bundle/sha256").len(), 1);
        let test = online(test.again(), &server).run();
        assert_eq!(test.read("bundle.tar"), bundle);
    }
}

/// `HTTPS_PROXY` is asked for a tunnel, so that it sees no more than the name of the host.
#[test]
fn a_proxy_from_the_environment_is_used() {
    use std::io::{Read as _, Write as _};

    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut request = [0; 64];
        let read = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&request[..read])
            .lines()
            .next()
            .unwrap()
            .to_owned()
    });
    let output = Test::new()
        .online()
        .env("HTTPS_PROXY", &address)
        .args([
            "--zones",
            "UTC",
            "-q",
            "--tzdata",
            "builtin",
            "--ca-source",
            "https://bundle.invalid/ca.pem",
        ])
        .output();
    println!("{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(asked.join().unwrap(), "CONNECT bundle.invalid:443 HTTP/1.1");
}
