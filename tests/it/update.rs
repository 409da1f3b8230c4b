//! `bundle update` on files: what a reviewer reads when newer data comes in.

use crate::command::Test;

const OLD: &str = "# version 2026e\nZ Test/Here 1 - ONE 2030\n2 - TWO\nZ Test/There 3 - THR\n";
const NEW: &str = "# version 2026f\nZ Test/Here 1 - ONE 2029\n2 - TWO\nZ Test/There 3 - THR\n";

fn locked() -> Test {
    Test::new()
        .write("old.zi", OLD)
        .write("new.zi", NEW)
        .args([
            "--zones",
            "Test/Here,Test/There",
            "--ca-source",
            "builtin",
            "--tzdata",
            "old.zi",
            "-q",
        ])
        .run()
}

const UPDATE: [&str; 5] = ["update", "--ca-source", "builtin", "--tzdata", "new.zi"];

#[test]
fn an_update_tells_the_first_instant_that_differs_and_renews_the_lock() {
    let test = locked();
    let before = test.read("bundle.lock");
    let told = |how: &str| {
        format!(
            "bundle.lock {how}, certificates as of 2026-11-24\n  \
             roots     118 from built-in\n  \
             tzdata    2026f from new.zi, before 2026e from old.zi\n  \
             changed   Test/Here from 2028-12-31T23:00:00Z on: +02 TWO, before +01 ONE\n  \
             zones     1 changed, 1 unchanged\n"
        )
    };
    let test = test
        .again()
        .args(UPDATE)
        .args(["--dry-run"])
        .stdout(told("would be renewed"))
        .run();
    assert_eq!(test.read("bundle.lock"), before, "a dry run writes nothing");
    let test = test.again().args(UPDATE).stdout(told("renewed")).run();
    let after = String::from_utf8(test.read("bundle.lock")).unwrap();
    assert!(after.contains("version = \"2026f\""), "{after}");
}

#[test]
fn an_update_without_a_lock_is_asked_wrongly() {
    Test::new()
        .args(["update"])
        .status(2)
        .stderr(
            "error: there is no lock `bundle.lock` to renew\n  help: `bundle --zones …` writes one\n",
        )
        .run();
}
