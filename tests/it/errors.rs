//! What is said when a request or an input is wrong. An output that was there stays as it was, always.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
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
         help: `--zones` takes names such as `Asia/Shanghai`, `Europe/*`, `country:CN`, `all` or `none`\n",
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
             help: choose another folder with `--output`: the file is put together beside its final name\n",
        )
        .run();
    assert_eq!(test.read("folder/bundle.tar"), b"old");
}

#[test]
fn a_moment_that_is_no_number_is_asked_wrongly() {
    refused(
        Test::new().env("SOURCE_DATE_EPOCH", "yesterday"),
        &["--zones", "UTC"],
        2,
        "error: `SOURCE_DATE_EPOCH` is `yesterday`\n  \
         expected a number of seconds since 1970-01-01, such as `1795564800`\n  \
         help: unset it to judge certificates by the clock\n",
    );
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
