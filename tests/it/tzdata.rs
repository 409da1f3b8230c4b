//! What `--tzdata` takes: one release in each form in which people have it gives one bundle.

use std::{fs, io::Read as _, path::Path};

use crate::{
    command::Test,
    server::{gzip, release},
};

const SOURCE: &str = "Zone Test/Place 1 - TST\n";

/// The tar of a release, whose names begin with `folder`.
fn tar_in(folder: &str) -> Vec<u8> {
    let mut packed = tar::Builder::new(Vec::new());
    for (name, text) in files() {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let path = &mut header.as_ustar_mut().unwrap().name;
        let full = format!("{folder}{name}");
        path[..full.len()].copy_from_slice(full.as_bytes());
        header.set_cksum();
        packed.append(&header, text.as_bytes()).unwrap();
    }
    packed.into_inner().unwrap()
}

/// The files of a release that has `Test/Place`.
fn files() -> Vec<(String, String)> {
    let gzip = release("2026x", SOURCE);
    let mut tar = vec![0; 1 << 20];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(&gzip, &mut tar)
        .unwrap();
    let mut archive = tar::Archive::new(&tar[..length]);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (entry.path().unwrap().display().to_string(), text)
    });
    entries.collect()
}

fn unpack(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, text) in files() {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn made_from(test: Test, source: &str) -> Test {
    let arguments = ["--zones", "Test/Place", "--ca-source", "builtin", "-q"];
    test.again().args(arguments).args(["--tzdata", source])
}

#[test]
fn a_release_is_taken_packed_unpacked_and_in_a_folder_of_its_own() {
    let mut test = Test::new()
        .write("release.tar.gz", release("2026x", SOURCE))
        .write("release.tar", tar_in(""))
        .write("dot.tar.gz", gzip(&tar_in("./")))
        .write("nested.tar", tar_in("tzdb-2026x/"))
        .write("one.txt", format!("# nothing\n{SOURCE}"));
    unpack(&test.path("folder"));
    let mut bundles = Vec::new();
    for (source, version) in [
        ("release.tar.gz", Some("2026x")),
        ("release.tar", Some("2026x")),
        ("dot.tar.gz", Some("2026x")),
        ("nested.tar", Some("2026x")),
        ("folder", Some("2026x")),
        ("one.txt", None),
    ] {
        let _ = fs::remove_file(test.path("bundle.lock"));
        test = made_from(test, source).run();
        bundles.push(test.read("bundle.tar"));
        let lock = String::from_utf8(test.read("bundle.lock")).unwrap();
        assert!(lock.contains(&format!("source = \"{source}\"")), "{lock}");
        let line = lock.lines().find(|line| line.starts_with("version = \""));
        let expected = version.map(|version| format!("version = \"{version}\""));
        assert_eq!(line, expected.as_deref(), "{source}");
    }
    assert!(bundles.iter().all(|bundle| *bundle == bundles[0]));
}

#[test]
fn a_folder_that_changes_under_its_lock_is_refused() {
    let test = Test::new();
    unpack(&test.path("folder"));
    let test = made_from(test, "folder").run();
    fs::write(test.path("folder/NEWS"), "other news, which do not count\n").unwrap();
    let test = test.again().args(["--zones", "Test/Place", "-q"]).run();
    fs::write(test.path("folder/asia"), "Zone Test/Other 1 - TST\n").unwrap();
    let test = test.again().args(["--zones", "Test/Place", "-q"]);
    let output = test.output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: `folder` is not what the lock pins\n"),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn tables_and_version_may_be_missing_and_sources_may_not() {
    let test = Test::new();
    unpack(&test.path("folder"));
    for name in [
        "version",
        "zone.tab",
        "zone1970.tab",
        "iso3166.tab",
        "leapseconds",
    ] {
        fs::remove_file(test.path("folder").join(name)).unwrap();
    }
    let test = made_from(test, "folder").run();
    fs::remove_file(test.path("bundle.lock")).unwrap();
    fs::remove_file(test.path("folder/asia")).unwrap();
    let test = made_from(test, "folder")
        .status(3)
        .stderr(
            "error: the folder `folder` is not a whole release of time zone data\n  \
             `asia` is missing\n  \
             help: expected the source files of a release, `africa` to `backward`\n",
        )
        .run();
    assert!(!test.path("bundle.lock").exists());
}

#[test]
fn what_is_no_source_text_is_told_by_what_it_is() {
    for (bytes, message) in [
        (
            &b"TZif2\0\0\0"[..],
            "a compiled time zone; expected time zone data\n  \
             help: give the text that it was compiled from: tzdata.zi, or a release",
        ),
        (
            b"PK\x03\x04\x14\0",
            "a zip archive; expected time zone data\n  help: give its unpacked folder",
        ),
        (
            b"\xFF\xFE#\0 \0",
            "text in UTF-16; expected time zone data\n  help: save it as UTF-8, as IANA publishes it",
        ),
        (
            b"\n<!DOCTYPE html>",
            "a web page; expected time zone data\n  \
             help: download tzdata.zi, or a release such as tzdata2026f.tar.gz",
        ),
    ] {
        made_from(Test::new().write("file", bytes), "file")
            .status(3)
            .stderr(format!("error: `file` is {message}\n"))
            .run();
    }
}
