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

/// The daily job opens a pull request with what the update told if the lock has changed, and ends in silence if not.
#[test]
fn the_daily_job_in_the_readme_is_real() {
    let readme = include_str!("../../README.md");
    let (_, script) = blocks(readme, "yaml")[0].split_once("run: |\n").unwrap();
    let asked = [
        "git switch -C bundle-news\n",
        "git -c user.name=bundle -c user.email=bundle@localhost commit -m Renew bundle.lock bundle.lock\n",
        "git push --force origin bundle-news\n",
        "gh pr create --fill --body-file news.txt\n",
    ];
    for (differs, expected) in [(true, asked.concat()), (false, String::new())] {
        let folder = tempfile::tempdir().unwrap();
        let path = programs(folder.path());
        for (name, answer) in [("git", "case $1 in diff) exit $DIFFERS;; esac"), ("gh", "")] {
            let text = format!("#!/bin/sh\n{answer}\necho {name} \"$@\" >> asked\n");
            executable(&folder.path().join("bin").join(name), &text);
        }
        let run = |script: &str| {
            let output = Command::new("sh")
                .args(["-e", "-c", script])
                .env("PATH", &path)
                .env("SOURCE_DATE_EPOCH", TODAY)
                .env("DIFFERS", if differs { "1" } else { "0" })
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run("bundle --zones Asia/Shanghai,Asia/Tokyo && : > asked");
        run(script);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("asked"), expected);
        assert!(read("news.txt").starts_with("bundle.lock is up to date"));
    }
}

#[test]
fn the_makefile_in_the_readme_is_real() {
    if Command::new("make").arg("--version").output().is_err() {
        println!("skipped: make is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = programs(folder.path());
    executable(
        &folder.path().join("bin/docker"),
        "#!/bin/sh\necho docker \"$@\"\n",
    );
    let readme = include_str!("../../README.md");
    let makefile = blocks(readme, "make").last().copied().unwrap();
    fs::write(folder.path().join("Makefile"), makefile).unwrap();
    let make = |target: &str| {
        let output = Command::new("make")
            .args(["-s", target])
            .env("PATH", &path)
            .env("SOURCE_DATE_EPOCH", TODAY)
            .current_dir(folder.path())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert!(!make("image").0, "there is no lock yet");
    fs::write(folder.path().join("bundle.lock"), "").unwrap();
    assert!(!make("news").0, "an empty file is no lock");
    fs::remove_file(folder.path().join("bundle.lock")).unwrap();
    let first = Command::new(env!("CARGO_BIN_EXE_bundle"))
        .args(["--zones", "Asia/Shanghai,Asia/Tokyo", "--offline", "-q"])
        .env("SOURCE_DATE_EPOCH", TODAY)
        .current_dir(folder.path())
        .status();
    assert!(first.unwrap().success());
    for target in ["news", "image"] {
        let (success, told) = make(target);
        assert!(success, "{told}");
        assert!(told.contains("bundle.tar unchanged"), "{told}");
        assert_eq!(
            told.ends_with("docker build -t server .\n"),
            target == "image"
        );
    }
}

/// `bundle` is the program under test, and so is `cargo run --release --`. What the network holds today is no business of
/// a test, so the main job is offline, as the README says of its examples, and an update asks for what is built in.
fn programs(folder: &Path) -> String {
    let programs = folder.join("bin");
    fs::create_dir(&programs).unwrap();
    let bundle = env!("CARGO_BIN_EXE_bundle");
    let offline = "update) set -- \"$@\" --ca-source builtin --tzdata builtin;; -*) set -- \"$@\" --offline;;";
    for (name, skip) in [("bundle", ""), ("cargo", "shift 3; ")] {
        let text = format!("#!/bin/sh\n{skip}case $1 in {offline} esac\nexec '{bundle}' \"$@\"\n");
        executable(&programs.join(name), &text);
    }
    format!(
        "{}:{}",
        programs.display(),
        env::var("PATH").unwrap_or_default()
    )
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
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
