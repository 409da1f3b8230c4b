//! Every command and output that the README shows is real.

use std::{env, fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use crate::command::TODAY;

#[test]
fn the_consoles_in_the_readme_are_real() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().unwrap();
    let path = programs(folder.path());
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    let mut found = 0;
    for console in blocks(readme, "console") {
        for (command, expected) in commands(console) {
            let output = Command::new("sh")
                .args(["-c", &format!("{command} 2>&1")])
                .env("PATH", &path)
                .env("SOURCE_DATE_EPOCH", TODAY)
                .env("TZ", "UTC0")
                .env("LC_ALL", "C")
                .current_dir(&work)
                .output()
                .unwrap();
            assert_eq!(
                String::from_utf8(output.stdout).unwrap(),
                expected,
                "$ {command}"
            );
            found += 1;
        }
    }
    assert!(found >= 4, "only {found} commands");
}

#[test]
fn every_flag_is_in_the_readme() {
    let output = Command::new(env!("CARGO_BIN_EXE_bundle"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let flags = help
        .split(|c: char| !(c.is_ascii_lowercase() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .filter(|flag| !["--help", "--version"].contains(flag));
    let readme = include_str!("../../README.md");
    let missing = flags
        .filter(|flag| !readme.contains(flag))
        .collect::<Vec<_>>();
    assert!(missing.is_empty(), "{missing:?} are not in README.md");
}

/// `bundle` is the program under test, and so is `cargo run --release --`. What the network holds today is no business of
/// a test, so the main job is offline, as the README says of its examples.
fn programs(folder: &Path) -> String {
    let programs = folder.join("bin");
    fs::create_dir(&programs).unwrap();
    let bundle = env!("CARGO_BIN_EXE_bundle");
    for (name, skip) in [("bundle", ""), ("cargo", "shift 3; ")] {
        let script = programs.join(name);
        fs::write(
            &script,
            format!(
                "#!/bin/sh\n{skip}case $1 in -*) set -- \"$@\" --offline;; esac\nexec '{bundle}' \"$@\"\n"
            ),
        )
        .unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!(
        "{}:{}",
        programs.display(),
        env::var("PATH").unwrap_or_default()
    )
}

/// The fenced blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// Each line after `$ `, and what follows it.
fn commands(console: &str) -> Vec<(&str, &str)> {
    console
        .split("$ ")
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('\n').unwrap())
        .collect()
}
