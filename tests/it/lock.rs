//! A lock that is broken, edited, or asked for something else: the whole message, and that nothing is written.

use crate::command::Test;

fn locked() -> Test {
    Test::new()
        .write("bundle.tar", "")
        .args(["--zones", "UTC", "-q"])
        .run()
}

/// Edits the lock and runs again; both files are to stay as they were.
#[track_caller]
fn refused(old: &str, new: &str, args: &[&str], status: i32, message: &str) {
    let test = locked();
    let lock = String::from_utf8(test.read("bundle.lock")).unwrap();
    assert!(lock.contains(old), "{old}");
    let test = test.write("bundle.lock", lock.replacen(old, new, 1));
    let before = (test.read("bundle.lock"), test.read("bundle.tar"));
    let test = test
        .again()
        .args(["--zones"])
        .args(args.iter().copied())
        .status(status)
        .stderr(format!("error: {message}\n"))
        .run();
    assert_eq!((test.read("bundle.lock"), test.read("bundle.tar")), before);
}

#[test]
fn a_lock_that_cannot_be_read_names_its_line_and_the_way_out() {
    let line_of_x1 = {
        let lock = String::from_utf8(locked().read("bundle.lock")).unwrap();
        let line = lock
            .lines()
            .position(|line| line.contains("96bcec06264976f3 "));
        line.unwrap() + 1
    };
    for (old, new, line, message) in [
        (
            "version = 1\n",
            "version = 9\n",
            2,
            "version 9 is not known; expected 1",
        ),
        (
            "[ca]",
            "<<<<<<< HEAD\n[ca]",
            4,
            "key with no value, expected `=`",
        ),
        (
            "as-of = ",
            "asof = ",
            7,
            "unknown field `asof`, expected one of `source`, `sha256`, `as-of`, `policy`, `select`, `exclude`, \
             `allow-denied`, `extra`, `roots`, `dropped`",
        ),
        (
            "as-of = 2026-11-24",
            "as-of = 24",
            7,
            "invalid type: integer `24`, expected a TOML datetime",
        ),
        (
            "[ca]",
            "[tz]\n[ca]",
            4,
            "unknown field `tz`, expected one of `version`, `ca`, `tzdata`",
        ),
        (
            "\"96bcec06264976f3 ",
            "\"96bcec06264976fg ",
            line_of_x1,
            "expected a root: 16 hexadecimal digits, a date, a name",
        ),
        (
            "\"96bcec06264976f3 ",
            "\"06bcec06264976f3 ",
            line_of_x1,
            "this line is out of order, or there twice",
        ),
    ] {
        let message = format!(
            "`bundle.lock`, line {line}: {message}\n  \
             help: restore the file, or delete it and let this program write a new one"
        );
        refused(old, new, &["UTC"], 3, &message);
        refused(old, new, &["UTC", "--locked"], 3, &message);
    }
}

#[test]
fn a_digest_that_fits_no_input_names_the_way_out() {
    refused(
        "sha256 = \"",
        "sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" # ",
        &["UTC"],
        3,
        "the lock pins the built-in roots of another version of this program\n  \
         help: `bundle update` pins what can be had now",
    );
    refused(
        "source = \"builtin\"",
        "source = \"https://curl.se/ca/cacert-2026-09-25.pem\"\n#",
        &["UTC", "--locked"],
        1,
        "`https://curl.se/ca/cacert-2026-09-25.pem` is not in the cache, and `--offline` forbids to fetch it\n  \
         help: run once without `--offline` on a machine with network",
    );
}

#[test]
fn a_root_list_edited_by_hand_is_noticed() {
    let line = |test: &Test| {
        let lock = String::from_utf8(test.read("bundle.lock")).unwrap();
        let line = lock.lines().find(|line| line.ends_with("ISRG Root X1\","));
        (lock.clone(), line.unwrap().to_owned())
    };
    let test = locked();
    let (good, root) = line(&test);
    let shown = root.trim_matches([' ', '"', ',']).to_owned();
    let edited = good.replacen(&format!("{root}\n"), "", 1);

    let test = test.write("bundle.lock", &edited);
    let test = test
        .again()
        .args(["--zones", "UTC", "-q", "--locked"])
        .status(3)
        .stderr(format!(
            "error: `bundle.lock` would change, and `--locked` is given\n  \
             + root {shown}\n  \
             help: ask for what is locked, or run once without `--locked` and commit the lock\n"
        ))
        .run();
    assert_eq!(test.read("bundle.lock"), edited.as_bytes());

    let test = test
        .again()
        .args(["--zones", "UTC", "-q"])
        .stderr(format!(
            "warning: `bundle.lock` listed other roots and is written anew: + root {shown}\n"
        ))
        .run();
    assert_eq!(test.read("bundle.lock"), good.as_bytes());
}

#[test]
fn other_zones_rewrite_their_lines_but_not_under_locked() {
    refused(
        "version = 1\n",
        "version = 1\n",
        &["Asia/Tokyo", "--locked"],
        3,
        "`bundle.lock` would change, and `--locked` is given\n  \
         - zone UTC fddce1e648a1732a\n  \
         + zone Asia/Tokyo 59a3871430f0d3b9\n  \
         help: ask for what is locked, or run once without `--locked` and commit the lock",
    );
    let test = locked();
    let before = String::from_utf8(test.read("bundle.lock")).unwrap();
    let test = test.again().args(["--zones", "Asia/Tokyo", "-q"]).run();
    let after = String::from_utf8(test.read("bundle.lock")).unwrap();
    assert_eq!(
        after,
        before.replace("UTC fddce1e648a1732a", "Asia/Tokyo 59a3871430f0d3b9")
    );
}

#[test]
fn a_missing_lock_is_refused_under_locked() {
    for args in [&["--locked"][..], &["--locked", "--check"]] {
        let test = Test::new()
            .args(["--zones", "UTC"])
            .args(args.iter().copied())
            .status(3)
            .stderr(
                "error: no lock `bundle.lock`, and `--locked` is given\n  \
                 help: run once without `--locked`, and commit the lock\n",
            )
            .run();
        assert!(!test.path("bundle.lock").exists() && !test.path("bundle.tar").exists());
    }
}
