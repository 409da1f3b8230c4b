//! What is said when a request or an input is wrong. An output that was there stays as it was, always.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
    },
    process::Command,
};

use crate::command::Test;

/// Runs with an output in place and checks that it stays.
#[track_caller]
fn refused(test: Test, args: &[&str], status: i32, stderr: &str) {
    let test = test
        .write("bundle.tar", "old")
        .args(args.iter().copied())
        .status(status)
        .stderr(stderr)
        .run();
    assert_eq!(test.read("bundle.tar"), b"old");
}

#[test]
fn unknown_zones_come_all_at_once_with_what_was_probably_meant() {
    refused(
        Test::new(),
        &[
            "--zones",
            "Asia/Beijing,shanghai,Asia/Shangai,UTC+8,../etc,Asia/Tokyo",
        ],
        2,
        "error: 5 unknown time zones\n  \
         `Asia/Beijing`  a similar zone exists: `Asia/Shanghai`\n  \
         `shanghai`      a similar zone exists: `Asia/Shanghai`\n  \
         `Asia/Shangai`  a similar zone exists: `Asia/Shanghai`\n  \
         `UTC+8`         8:00 ahead of UTC is `Etc/GMT-8`; better name a place, whose clocks may change\n  \
         `../etc`        no similar zone exists\n  \
         help: `bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too\n",
    );
}

#[test]
fn an_endless_name_is_as_unknown_as_others() {
    let endless = "A".repeat(100_000);
    refused(
        Test::new(),
        &["--zones", &format!("{endless},x")],
        2,
        &format!(
            "error: 2 unknown time zones\n  \
             `{endless}`  no similar zone exists\n  \
             {:40}  no similar zone exists\n  \
             help: `bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too\n",
            "`x`"
        ),
    );
}

#[test]
fn an_empty_list_is_asked_wrongly() {
    for zones in ["", ",", "Asia/Tokyo,", " "] {
        refused(
            Test::new(),
            &["--zones", zones],
            2,
            &format!(
                "error: invalid value '{}' for '--zones <SELECTOR,...>': a name is empty\n\n\
                 For more information, try '--help'.\n",
                if zones == " " { " " } else { "" }
            ),
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    refused(
        Test::new(),
        &["--zones", "UTC", "--ca-source", "missing.pem"],
        1,
        "error: no file `missing.pem` to read certificates from\n  \
         help: give the path of a file, or `builtin` for what the program carries\n",
    );
}

#[test]
fn an_empty_file_is_no_certificates_and_no_time_zones() {
    for (flag, name) in [
        ("--ca-source", "certificates"),
        ("--tzdata", "time zone data"),
    ] {
        refused(
            Test::new().write("empty", ""),
            &["--zones", "UTC", flag, "empty"],
            3,
            &format!(
                "error: `empty` is empty; expected {name}\n  \
                 help: `builtin` takes what the program carries\n"
            ),
        );
    }
}

#[test]
fn a_web_page_is_no_certificates() {
    refused(
        Test::new().write(
            "page",
            "<!DOCTYPE html>\n<html><body>Log in</body></html>\n",
        ),
        &["--zones", "UTC", "--ca-source", "page"],
        3,
        "error: `page` is a web page; expected certificates as PEM text\n  \
         help: a proxy or a login page may have answered in place of the server; open the file to see whose page it is\n",
    );
}

#[test]
fn a_truncated_pem_is_refused_with_its_line() {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUb\n";
    refused(
        Test::new().write("cut.pem", pem),
        &["--zones", "UTC", "--ca-source", "cut.pem"],
        3,
        "error: `cut.pem` is damaged PEM text\n  \
         line 1: the block has no END: the text is cut off\n  \
         help: get the file again; TLS libraries would load some of it, or nothing\n",
    );
}

#[test]
fn an_output_that_is_a_folder_or_of_unknown_form_is_asked_wrongly() {
    refused(
        Test::new().write("folder/x", ""),
        &["--zones", "UTC", "-o", "folder"],
        2,
        "error: the output `folder` is a folder\n  help: name a file in it: `--output folder/bundle.tar`\n",
    );
    refused(
        Test::new(),
        &["--zones", "UTC", "-o", "bundle.zip"],
        2,
        "error: the name `bundle.zip` does not tell the form\n  \
         expected the ending `.tar`, `.tar.gz`, `.tgz` or `.tar.zst`\n  \
         help: `--output bundle.tar`, or `--output -` for a tar on standard output\n",
    );
    refused(
        Test::new(),
        &["--zones", "UTC", "-o", "missing/bundle.tar"],
        1,
        "error: cannot write `missing/bundle.tar`\n  \
         the folder `missing` does not exist\n  \
         help: create it first: `mkdir -p missing`\n",
    );
}

#[test]
fn an_output_that_is_the_lock_is_asked_wrongly_under_every_name() {
    for (output, lock) in [
        ("x.tar", "x.tar"),
        ("x.tar", "./x.tar"),
        ("folder/../x.tar", "x.tar"),
        ("link.tar", "x.tar"),
        ("x.tar", "link.tar"),
    ] {
        let test = Test::new().write("folder/x", "");
        symlink("x.tar", test.path("link.tar")).unwrap();
        let message = format!(
            "error: the output `{output}` is the lock\n  help: `--output` and `--lock` name two files\n"
        );
        refused(
            test,
            &["--zones", "UTC", "-o", output, "--lock", lock],
            2,
            &message,
        );
    }
}

#[test]
fn a_lock_that_cannot_be_written_leaves_the_old_output() {
    refused(
        Test::new(),
        &["--zones", "UTC", "--lock", "missing/bundle.lock"],
        1,
        "error: cannot write `missing/bundle.lock`\n  \
         the folder `missing` does not exist\n  \
         help: create it first: `mkdir -p missing`\n",
    );
}

#[test]
fn an_unwritable_folder_leaves_the_old_output() {
    let test = Test::new().write("folder/bundle.tar", "old");
    let folder = test.path("folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        println!("skipped: root may write everywhere");
        return;
    }
    let test = test
        .args(["--zones", "UTC", "-o", "folder/bundle.tar"])
        .status(1)
        .stderr(
            "error: cannot write `folder/bundle.tar`\n  \
             the folder `folder` does not take new files\n  \
             help: choose another folder: the file is put together beside its final name\n",
        )
        .run();
    assert_eq!(test.read("folder/bundle.tar"), b"old");
}

#[test]
fn a_moment_that_is_no_number_is_asked_wrongly() {
    for moment in ["yesterday", "", "-1", "1e9", "9223372036854775808"] {
        let message = format!(
            "error: `SOURCE_DATE_EPOCH` is `{moment}`\n  \
             expected a number of seconds since 1970-01-01, such as `1795564800`\n  \
             help: unset it to judge certificates by the clock\n"
        );
        let test = Test::new().env("SOURCE_DATE_EPOCH", moment);
        refused(test, &["--zones", "UTC"], 2, &message);
    }
}

#[test]
fn a_day_before_all_roots_is_told_in_a_few_lines() {
    for moment in ["0", "1"] {
        refused(
            Test::new().env("SOURCE_DATE_EPOCH", moment),
            &["--zones", "UTC"],
            3,
            "error: `webpki-root-certs 1.0.11` holds no certificate that can be kept on 1970-01-01\n  \
             `AC RAIZ FNMT-RCM` ebc5570c29018c4d: not valid before 2008-10-29\n  \
             `AC RAIZ FNMT-RCM SERVIDORES SEGUROS` 554153b13d2cf9dd: not valid before 2018-12-20\n  \
             `ACCVRAIZ1` 9a6ec012e1a7da9d: not valid before 2011-05-05\n  \
             `ANF Secure Server Root CA` fb8fec759169b910: not valid before 2019-09-04\n  \
             `Actalis Authentication Root CA` 55926084ec963a64: not valid before 2011-09-22\n  \
             and 113 more\n  \
             help: expected certificates of certificate authorities that are valid on that day: the lock's, else that \
             of `SOURCE_DATE_EPOCH`, else today\n",
        );
    }
}

#[test]
fn zones_that_are_not_separated_by_commas_are_told_how() {
    refused(
        Test::new(),
        &["--zones", "Asia/Tokyo Asia/Shanghai"],
        2,
        "error: 1 unknown time zone\n  \
         `Asia/Tokyo Asia/Shanghai`  commas separate names, without spaces: `Asia/Tokyo,Asia/Shanghai`\n  \
         help: `bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too\n",
    );
    refused(
        Test::new(),
        &["--zones", "Asia/Tokyo", "Asia/Shanghai"],
        2,
        "error: `Asia/Shanghai` is neither a value nor a command\n  \
         help: commas separate names, without spaces: `--zones Asia/Shanghai,Asia/Tokyo`\n\n\
         Usage: bundle [OPTIONS] --zones <SELECTOR,...>\n       bundle <COMMAND>\n\n\
         For more information, try '--help'.\n",
    );
}

#[test]
fn an_output_that_is_no_regular_file_is_neither_written_nor_waited_for() {
    for args in [&["-o", "pipe.tar"][..], &["-o", "pipe.tar", "--check"]] {
        let test = Test::new();
        let made = Command::new("mkfifo").arg(test.path("pipe.tar")).status();
        assert!(made.unwrap().success());
        refused(
            test,
            &[&["--zones", "UTC"], args].concat(),
            2,
            "error: the output `pipe.tar` is not a regular file\n  \
             help: `--output -` writes to standard output, which can be redirected there\n",
        );
    }
}

/// `/proc` says "not found", which it is not.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_is_there_and_takes_no_file_is_not_told_to_be_missing() {
    let takes_none = |what: &str, folder: &str| {
        format!(
            "error: cannot write `{what}`\n  \
             the folder `{folder}` does not take new files\n  \
             help: choose another folder: the file is put together beside its final name\n"
        )
    };
    refused(
        Test::new(),
        &["--zones", "UTC", "-o", "/proc/x.tar"],
        1,
        &takes_none("/proc/x.tar", "/proc"),
    );

    let folder = tempfile::tempdir().unwrap();
    let gone = format!(
        "rmdir \"$PWD\"; exec {} --zones UTC --offline",
        env!("CARGO_BIN_EXE_bundle")
    );
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &gone]).current_dir(&folder).output();
    let stderr = String::from_utf8(output.unwrap().stderr).unwrap();
    assert_eq!(stderr, takes_none("bundle.lock", "."));
}

#[test]
fn names_in_no_encoding_are_files_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bundle"))
        .args(["--zones", "UTC", "--ca", "none", "--offline", "-o"])
        .arg(OsStr::from_bytes(b"\xff.tar"))
        .current_dir(&folder)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.starts_with("\u{fffd}.tar created, 3584 bytes\n"),
        "{stdout}"
    );
    assert!(!stdout.contains("ADD"), "{stdout}");
}

#[test]
fn time_zone_data_with_faults_is_refused_with_their_lines() {
    refused(
        Test::new().write("bad.zi", "Z A/B 1 - X 1999\nfoo\n"),
        &["--zones", "A/B", "--tzdata", "bad.zi"],
        3,
        "error: time zone data from `bad.zi` has 1 fault\n  \
         `bad.zi` line 2: expected 3 to 7 fields on a Zone continuation line, found 1\n  \
         help: zic(8) describes the form; `--tzdata builtin` takes the release in the program\n",
    );
}
