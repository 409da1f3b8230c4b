//! Rules of this repository that no lint knows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// "Data flows one way: a module uses only the modules above it in `src/lib.rs`, and `error`."
#[test]
fn a_module_uses_only_the_modules_above_it() {
    let order = module_order();
    let mut faults = Vec::new();
    for file in files_below("src", "rs") {
        let Some(&place) = module_of(&file).and_then(|module| order.get(module)) else {
            continue;
        };
        for used in crate_names(&read(&file)) {
            match order.get(used.as_str()) {
                Some(&other) if other <= place || used == "error" => {}
                Some(_) => faults.push(format!("{} uses `crate::{used}`", file.display())),
                None => faults.push(format!("{}: no module `{used}`", file.display())),
            }
        }
    }
    assert!(
        faults.is_empty(),
        "against the order of src/lib.rs:\n{}",
        faults.join("\n")
    );
}

#[test]
fn the_search_for_used_modules_finds_each_way_to_name_one() {
    let source = "use crate::{\n    digest::Sha256,\n    error::{Error, Status},\n    tree,\n};\n\
                  use crate::notice::Notice;\nfn f() -> crate::text::Escaped {}\npub(crate) use x;";
    assert_eq!(
        crate_names(source),
        ["digest", "error", "tree", "notice", "text"]
    );
}

#[test]
fn nothing_is_left_for_later() {
    // In two pieces each, so that this file passes its own test.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("to", "do!("),
        concat!("db", "g!("),
        concat!("unimple", "mented!("),
    ];
    let mut faults = Vec::new();
    for file in ["src", "tests", "benches"]
        .map(|folder| files_below(folder, "rs"))
        .concat()
    {
        for (number, line) in (1..).zip(read(&file).lines()) {
            if marks.iter().any(|mark| line.contains(mark)) {
                faults.push(format!("{}:{number}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "left for later:\n{}", faults.join("\n"));
}

#[test]
fn the_changelog_has_this_version() {
    let heading = concat!("## ", env!("CARGO_PKG_VERSION"));
    let changelog = read(Path::new("CHANGELOG.md"));
    let found = changelog
        .lines()
        .any(|line| line.replace(['[', ']'], "").starts_with(heading));
    assert!(found, "no line `{heading}` in CHANGELOG.md");
}

/// All but `--help` and `--version`, which every program has.
#[test]
fn every_flag_is_in_the_readme() {
    let readme = read(Path::new("README.md"));
    let commands = commands_in(&help(&[]));
    assert!(!commands.is_empty(), "no commands in the help");
    let helps = commands.iter().map(|command| help(&[command]));
    let mut flags = vec![];
    for help in helps.chain([help(&[])]) {
        flags.extend(flags_in(&help));
    }
    assert!(
        flags.contains(&"--zones".to_owned()),
        "no flags in the help"
    );
    flags.retain(|flag| !["--help", "--version"].contains(&flag.as_str()));
    let told: BTreeSet<_> = readme
        .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .collect();
    let missing: Vec<_> = flags
        .iter()
        .filter(|flag| !told.contains(flag.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in README.md: {missing:?}");
}

/// A proof that nobody runs proves nothing, and one that nobody explains is not run.
#[test]
fn every_proof_is_run_and_explained() {
    let run = read(Path::new(".ci/run"));
    let listed = run
        .lines()
        .find_map(|line| line.strip_prefix("proofs=(")?.strip_suffix(')'));
    let listed: Vec<_> = listed
        .expect("a list of proofs in .ci/run")
        .split(' ')
        .collect();
    let contributing = read(Path::new("CONTRIBUTING.md"));
    for proof in &listed {
        assert!(Path::new(".ci").join(proof).is_file(), "no `.ci/{proof}`");
        assert!(
            contributing.contains(&format!("`.ci/{proof}`")),
            "`.ci/{proof}` is not in CONTRIBUTING.md"
        );
    }
    for file in files_below(".ci", "") {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a UTF-8 name");
        assert!(
            listed.contains(&name) || ["run", "install", "layer"].contains(&name),
            "`.ci/{name}` is not run by .ci/run"
        );
    }
}

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bundle"))
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The names below `Commands:`, without `help` itself.
fn commands_in(help: &str) -> Vec<String> {
    let below = help.lines().skip_while(|&line| line != "Commands:").skip(1);
    below
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|&name| name != "help")
        .map(str::to_owned)
        .collect()
}

/// The long flags that a help describes: each begins a line, or follows its short form there.
fn flags_in(help: &str) -> Vec<String> {
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
        .map(str::to_owned)
        .collect()
}

/// Modules in the order of src/lib.rs, each with its place.
fn module_order() -> BTreeMap<String, usize> {
    let library = read(Path::new("src/lib.rs"));
    let modules = library.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    (0..)
        .zip(modules)
        .map(|(place, module)| (module.to_owned(), place))
        .collect()
}

/// `src/zic/parse.rs` and `src/zic.rs` belong to the module `zic`.
fn module_of(file: &Path) -> Option<&str> {
    let first = file.strip_prefix("src").ok()?.components().next()?;
    Path::new(first.as_os_str()).file_stem()?.to_str()
}

/// The names that follow `crate::`, also in braces.
fn crate_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, path) in source.match_indices("crate::") {
        let after = &source[at + path.len()..];
        match after.strip_prefix('{') {
            Some(group) => names.extend(items(group).into_iter().map(first_name)),
            None => names.push(first_name(after)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// What stands between the commas of a group that is open, up to its brace.
fn items(group: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(group[start..at].trim_start());
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn first_name(text: &str) -> String {
    text.chars()
        .take_while(|&letter| letter.is_alphanumeric() || letter == '_')
        .collect()
}

/// All files below `folder` with this extension, in order; none if there is no such folder.
fn files_below(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder of the repository").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().unwrap_or_default() == extension {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
