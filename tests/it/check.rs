//! `bundle check`: bundles and programs, judged from outside.

use crate::command::Test;

const MADE: [&str; 3] = ["--zones", "Asia/Shanghai,Asia/Tokyo", "-q"];

/// A script is the smallest program.
const SCRIPT: &str = "#!/bin/sh\necho hello\n";

#[test]
fn a_default_bundle_is_told_with_what_others_would_need() {
    Test::new()
        .args(MADE)
        .run()
        .again()
        .args(["check", "bundle.tar"])
        .stdout(include_str!("../data/check/default.txt"))
        .run();
}

#[test]
fn a_bundle_for_everybody_lacks_nothing() {
    let all = "go,rust,musl,glibc,openssl,python,ruby,dotnet,cpp,node,java";
    Test::new()
        .args(MADE)
        .args(["--for", all, "-o", "all.tar.gz"])
        .run()
        .again()
        .args(["check", "all.tar.gz"])
        .stdout(include_str!("../data/check/all.txt"))
        .run();
}

#[test]
fn a_program_that_will_not_start_is_found() {
    Test::new()
        .write("run.sh", SCRIPT)
        .args(["check", "run.sh"])
        .stdout(
            "run.sh: script\n  \
             problem: it will not start: it is a script, and an empty image has no `/bin/sh`\n    \
             help: use a compiled program, or an image that holds the interpreter\n",
        )
        .stderr("error: 1 problem\n")
        .status(4)
        .run();
}

#[test]
fn json_tells_the_same() {
    let test = Test::new()
        .write("run.sh", SCRIPT)
        .args(["check", "run.sh", "--report", "json"]);
    let output = test.output();
    assert_eq!(output.status.code(), Some(4));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["problems"], 1);
    assert_eq!(json["programs"][0]["file"], "run.sh");
    assert_eq!(json["programs"][0]["start"]["interpreter"], "/bin/sh");
    assert_eq!(json["programs"][0]["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_damaged_in_a_bundle_is_found() {
    let pem = "etc/ssl/certs/ca-certificates.crt";
    let mut builder = tar::Builder::new(Vec::new());
    for (path, mode, bytes) in [
        (pem, 0o600, &b"-----BEGIN CERTIFICATE-----\nAAAA\n"[..]),
        ("usr/share/zoneinfo/UTC", 0o644, b"TZif2 and no more"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, path, bytes).unwrap();
    }
    let mut link = tar::Header::new_ustar();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    link.set_mode(0o777);
    link.set_mtime(0);
    link.set_uid(0);
    link.set_gid(0);
    let zone = "../usr/share/zoneinfo/Asia/Tokyo";
    builder
        .append_link(&mut link, "etc/localtime", zone)
        .unwrap();

    let test = Test::new()
        .write("bad.tar", builder.into_inner().unwrap())
        .args(["check", "bad.tar"]);
    let output = test.output();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 4 problems\n"
    );
    assert_eq!(output.status.code(), Some(4));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let problems: Vec<_> = stdout
        .lines()
        .filter(|line| line.contains("problem:"))
        .collect();
    let [certificates, zone, link, mode] = problems[..] else {
        panic!("{stdout}");
    };
    assert!(
        certificates.contains("`/etc/ssl/certs/ca-certificates.crt`"),
        "{certificates}"
    );
    assert!(
        zone.starts_with("  problem: the time zone `UTC` is damaged: "),
        "{zone}"
    );
    assert_eq!(
        link,
        "  problem: the link `/etc/localtime` leads nowhere: `../usr/share/zoneinfo/Asia/Tokyo` is not in the bundle"
    );
    assert_eq!(
        mode,
        "  problem: `/etc/ssl/certs/ca-certificates.crt` has the mode 0600: users other than root cannot read it"
    );
}

#[test]
fn files_that_cannot_be_judged_are_refused() {
    Test::new()
        .write("notes.txt", "hello\n")
        .args(["check", "notes.txt"])
        .stderr(
            "error: `notes.txt` is neither a bundle nor a program\n  \
             expected a tar, a tar compressed with gzip or zstd, an ELF, Mach-O or PE file, or a script\n",
        )
        .status(3)
        .run();
    Test::new()
        .args(["check", "nowhere"])
        .stderr("error: no file `nowhere` to check\n")
        .status(1)
        .run();
    Test::new()
        .write("empty", "")
        .args(["check", "empty"])
        .stderr("error: `empty` is empty; expected a bundle or a program\n")
        .status(3)
        .run();
    Test::new()
        .write("cut.tar.gz", b"\x1f\x8b\x08\0\0\0\0\0")
        .args(["check", "cut.tar.gz"])
        .stderr(
            "error: `cut.tar.gz` cannot be read as a bundle\n  cause: its gzip data is damaged\n",
        )
        .status(3)
        .run();
}
