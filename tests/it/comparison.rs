//! `--check` on the main job: the output on disk is what these inputs produce, or the run fails. It writes nothing.

use std::{fs, time::SystemTime};

use scratch_bundle::digest::Sha256;

use crate::command::Test;

const ZONES: [&str; 2] = ["--zones", "Asia/Tokyo"];
const CHECK: [&str; 3] = ["--zones", "Asia/Tokyo", "--check"];

/// A folder with a bundle and its lock.
fn made() -> Test {
    Test::new().args(ZONES).args(["-q"]).run().again()
}

/// Each file in the folder, with its time and bytes.
fn files(test: &Test) -> Vec<(String, SystemTime, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(test.path(""))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            let name = entry.file_name().into_string().unwrap();
            let bytes = fs::read(entry.path()).unwrap();
            (name, modified, bytes)
        })
        .collect();
    files.sort();
    files
}

/// Runs and makes sure that nothing in the folder changes.
#[track_caller]
fn unchanged(test: Test) -> Test {
    let before = files(&test);
    let test = test.run();
    assert_eq!(files(&test), before);
    test
}

fn sentence(bytes: &[u8]) -> String {
    format!("sha256:{}, {} bytes", Sha256::of(bytes), bytes.len())
}

#[test]
fn an_output_that_these_inputs_produce_passes() {
    let test = made();
    let tar = test.read("bundle.tar");
    let digest = Sha256::of(&tar);
    let report = format!(
        "bundle.tar unchanged, {} bytes\n  \
         diff_id   sha256:{digest}\n  \
         roots     118 from webpki-root-certs 1.0.11, built-in\n  \
         tzdata    2026f, built-in\n  \
         zones     Asia/Tokyo 213 bytes\n  \
         lock      bundle.lock unchanged, certificates as of 2026-11-24\n  \
         use       ADD bundle.tar /\n",
        tar.len()
    );
    unchanged(test.args(CHECK).args(["--locked"]).stdout(report));
}

#[test]
fn each_form_is_compared_as_it_is() {
    for name in ["a.tar", "a.tar.gz", "a.tgz", "a.tar.zst"] {
        let warning = if name == "a.tar.zst" {
            "warning: not every builder unpacks zstd: kaniko fails, and Docker before 23.0 and BuildKit before 0.10 \
             copy the archive into the image as a file without a word; `.tar` and `.tar.gz` work everywhere\n"
        } else {
            ""
        };
        let make = ["-q", "-o", name];
        let test = Test::new().args(ZONES).args(make).stderr(warning).run();
        let test = unchanged(test.again().args(CHECK).args(make).stderr(warning));

        let right = test.read(name);
        let mut wrong = right.clone();
        *wrong.last_mut().unwrap() ^= 1;
        let message = format!(
            "error: `{name}` is not what these inputs produce\n  \
             expected {}\n  \
             found    {}\n  \
             help: the same command without `--check` writes it anew\n",
            sentence(&right),
            sentence(&wrong)
        );
        let test = test.again().write(name, &wrong).args(CHECK).args(make);
        let test = unchanged(test.status(4).stderr(message));
        let test = test.again().args(ZONES).args(make).stderr(warning).run();
        assert_eq!(test.read(name), right);
    }
}

#[test]
fn an_output_of_other_zones_is_found_and_the_lock_stays() {
    let test = made();
    let tokyo = test.read("bundle.tar");
    let shanghai = Test::new()
        .args(["--zones", "Asia/Shanghai", "-q"])
        .run()
        .read("bundle.tar");
    let test = test.args(["--zones", "Asia/Shanghai", "--check", "--report", "json"]);
    unchanged(test.status(4).stderr(format!(
        "error: `bundle.tar` is not what these inputs produce\n  \
         expected {}\n  \
         found    {}\n  \
         help: the same command without `--check` writes it anew\n",
        sentence(&shanghai),
        sentence(&tokyo)
    )));
}

#[test]
fn a_missing_output_is_found_and_not_made() {
    let test = made();
    let message = format!(
        "error: there is no `other.tar`\n  \
         expected {}\n  \
         help: the same command without `--check` writes it\n",
        sentence(&test.read("bundle.tar"))
    );
    let test = test.args(CHECK).args(["-o", "other.tar"]);
    unchanged(test.status(4).stderr(message));
}

#[test]
fn a_lock_that_a_run_would_write_is_told_and_not_written() {
    let written = |test: &Test| {
        let output = test.output();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let lock = report["lock"]["written"].as_str().unwrap().to_owned();
        let told = String::from_utf8(output.stderr).unwrap();
        let of_lock = told.lines().filter(|line| line.contains("bundle.lock"));
        (lock, of_lock.collect::<String>())
    };
    let checked = |test: Test| test.args(CHECK).args(["--report", "json", "-v"]);

    let test = checked(made());
    assert_eq!(written(&test), ("unchanged".to_owned(), String::new()));

    let lock = String::from_utf8(test.read("bundle.lock")).unwrap();
    let older = lock.replace("\"Asia/Tokyo ", "\"Asia/Seoul ");
    let test = checked(test.again().write("bundle.lock", &older));
    let (state, told) = written(&test);
    assert_eq!(state, "unwritten");
    assert!(
        told.starts_with("info: `bundle.lock` listed other time zones and would be written anew: - zone Asia/Seoul "),
        "{told}"
    );
    assert_eq!(test.read("bundle.lock"), older.as_bytes());

    let test = checked(test.again());
    fs::remove_file(test.path("bundle.lock")).unwrap();
    assert_eq!(written(&test), ("unwritten".to_owned(), String::new()));
    assert!(!test.path("bundle.lock").exists());
}

#[test]
fn a_lock_that_does_not_fit_is_refused_before_the_output_is_compared() {
    let test = made().args(["--zones", "Asia/Seoul", "--check", "--locked", "-q"]);
    let output = test.output();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("error: `bundle.lock` would change, and `--locked` is given\n"),
        "{told}"
    );
}

#[test]
fn standard_output_has_nothing_to_compare() {
    let test = Test::new().args(CHECK).args(["-o", "-"]);
    unchanged(test.status(2).stderr(
        "error: `--check` compares a file, and `--output -` is none\n  \
         help: name the file: `--output bundle.tar`\n",
    ));
}
