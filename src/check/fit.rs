//! Whether a program starts on an empty image, and whether bundles hold what it looks for.

use std::fmt;

use serde::Serialize;

use super::{
    Checked,
    bundle::{Bundle, Kind},
    program::{Part, Program, Start},
};
use crate::{consumers::Consumer, tree::TreePath};

/// A program, and what of its wishes bundles fulfil.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// The program.
    #[serde(flatten)]
    pub program: Program,
    /// What bundles hold for it: one line each.
    pub found: Vec<String>,
}

pub(super) fn judge(program: Program, file: String, bundles: &[(Bundle, String)]) -> Checked<Fit> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    problems.extend(start_problem(&program, bundles));
    let bundles = if matches!(program.start, Start::Foreign { .. } | Start::Library) {
        &[]
    } else {
        bundles
    };
    for (bundle, name) in bundles {
        for outcome in [roots(&program, bundle, name), zones(&program, bundle, name)] {
            match outcome {
                Some(Ok(line)) => found.push(line),
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
    }
    Checked {
        file,
        subject: Fit { program, found },
        problems,
    }
}

/// Why the program does not start, and what to do.
fn start_problem(program: &Program, bundles: &[(Bundle, String)]) -> Option<String> {
    let (problem, help) = match &program.start {
        Start::Static => return None,
        Start::Library => ("it is a library, which nothing starts".to_owned(), None),
        Start::Foreign { system } => (
            format!("it is for {system}: on Linux it ends with \"exec format error\""),
            Some(build_help(program)),
        ),
        Start::Script { interpreter } => {
            let there = bundles
                .iter()
                .any(|(bundle, _)| bundle.find(interpreter).is_some());
            if there {
                return None;
            }
            (
                format!("it is a script, and an empty image has no `{interpreter}`"),
                Some("use a compiled program, or an image that holds the interpreter".to_owned()),
            )
        }
        Start::Dynamic {
            interpreter,
            libraries,
        } => {
            let mut missing: Vec<_> = libraries
                .iter()
                .filter(|library| !holds(bundles, library))
                .collect();
            if !bundles
                .iter()
                .any(|(bundle, _)| bundle.find(interpreter).is_some())
            {
                missing.insert(0, interpreter);
            }
            if missing.is_empty() {
                return None;
            }
            let missing: Vec<_> = missing
                .into_iter()
                .map(|name| format!("`{name}`"))
                .collect();
            (
                format!(
                    "it is linked dynamically, and an empty image has no {} (\"no such file or directory\" at the start)",
                    missing.join(", ")
                ),
                Some(build_help(program)),
            )
        }
    };
    let help = help
        .map(|help| format!("\nhelp: {help}"))
        .unwrap_or_default();
    Some(format!("it will not start: {problem}{help}"))
}

/// Whether a bundle holds a file of this name, wherever it is.
fn holds(bundles: &[(Bundle, String)], library: &str) -> bool {
    let mut paths = bundles.iter().flat_map(|(bundle, _)| bundle.iter());
    paths.any(|(path, _)| path.rsplit('/').next() == Some(library))
}

fn build_help(program: &Program) -> String {
    let arch = program.architecture.as_deref();
    let is = |wanted: fn(&Part) -> bool| program.parts.iter().any(wanted);
    if is(|part| matches!(part, Part::Go { .. })) {
        return "build it with `CGO_ENABLED=0 GOOS=linux go build`".to_owned();
    }
    if is(|part| matches!(part, Part::Rust)) {
        let arch = match arch {
            Some("arm64") => "aarch64",
            _ => "x86_64",
        };
        return format!("build it with `cargo build --release --target {arch}-unknown-linux-musl`");
    }
    "link it statically, for Linux, as `musl-gcc -static` does".to_owned()
}

/// What comes of the program's search for certificates, if it makes one.
fn roots(program: &Program, bundle: &Bundle, name: &str) -> Option<Result<String, String>> {
    let files = &program.certificate_files;
    let first = files.first()?;
    let in_bundle = |file: &&String| {
        let entry = bundle.find(file).map(|(_, entry)| &entry.kind);
        matches!(entry, Some(Kind::File(_)))
    };
    if let Some(file) = files.iter().find(in_bundle) {
        return Some(Ok(format!("certificates: `{file}` in `{name}`")));
    }
    if program.parts.iter().any(|part| {
        matches!(
            part,
            Part::Go {
                embeds_roots: true,
                ..
            }
        )
    }) {
        return Some(Ok("certificates: its own".to_owned()));
    }
    let certificates = TreePath::certificates();
    let help = if bundle.find(certificates.as_str()).is_some() {
        let flag = consumer_of(files).map(|consumer| format!("add `--for {consumer}` or "));
        format!(
            "{}set `SSL_CERT_FILE=/{certificates}`",
            flag.unwrap_or_default()
        )
    } else {
        "make the bundle with certificates: `--ca all`".to_owned()
    };
    Some(Err(format!(
        "it looks for certificates in `{first}`, which `{name}` does not hold\nhelp: {help}"
    )))
}

/// What comes of the program's search for time zones, if it makes one.
fn zones(program: &Program, bundle: &Bundle, name: &str) -> Option<Result<String, String>> {
    if !program.looks_for_zones {
        return None;
    }
    let below = |(path, _): (&str, _)| path.starts_with("usr/share/zoneinfo/");
    if bundle.iter().any(below) {
        return Some(Ok(format!("time zones: `/usr/share/zoneinfo` in `{name}`")));
    }
    if program.parts.iter().any(|part| {
        matches!(
            part,
            Part::Go {
                embeds_zones: true,
                ..
            }
        )
    }) {
        return Some(Ok("time zones: its own (time/tzdata)".to_owned()));
    }
    Some(Err(format!(
        "it looks for time zones in `/usr/share/zoneinfo`, and `{name}` holds none\n\
         help: make the bundle with those that it needs: `--zones`"
    )))
}

/// The first consumer in the table that looks for one of these files.
fn consumer_of(files: &[String]) -> Option<Consumer> {
    Consumer::ALL.iter().copied().find(|consumer| {
        let needs = consumer.needs();
        needs.iter().any(|need| {
            files
                .iter()
                .any(|file| file.strip_prefix('/') == Some(need.path))
        })
    })
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Program {
            start,
            architecture,
            parts,
            certificate_files,
            looks_for_zones,
            packed,
        } = &self.program;
        start.fmt(f)?;
        architecture
            .iter()
            .try_for_each(|arch| write!(f, ", {arch}"))?;
        parts.iter().try_for_each(|part| write!(f, ", {part}"))?;
        if *packed {
            write!(f, "\n  packed by UPX: what it looks for cannot be seen")?;
        }
        if let [first, others @ ..] = &certificate_files[..] {
            write!(f, "\n  looks for certificates in `{first}`")?;
            if !others.is_empty() {
                write!(f, " and {} more places", others.len())?;
            }
        }
        if *looks_for_zones {
            write!(f, "\n  looks for time zones in `/usr/share/zoneinfo`")?;
        }
        self.found
            .iter()
            .try_for_each(|line| write!(f, "\n  finds {line}"))
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => f.write_str("static"),
            Self::Dynamic { .. } => f.write_str("dynamic"),
            Self::Script { .. } => f.write_str("script"),
            Self::Foreign { system } => write!(f, "for {system}"),
            Self::Library => f.write_str("library"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go {
                version,
                embeds_zones,
                embeds_roots,
            } => {
                f.write_str(version)?;
                if *embeds_zones {
                    f.write_str(" with time/tzdata")?;
                }
                if *embeds_roots {
                    f.write_str(" with x509roots/fallback")?;
                }
                Ok(())
            }
            Self::Rust => f.write_str("Rust"),
            Self::Musl => f.write_str("musl"),
            Self::Glibc => f.write_str("glibc"),
            Self::Openssl { version, folder } => {
                f.write_str(version.as_deref().unwrap_or("OpenSSL"))?;
                write!(f, " of `{folder}`")
            }
        }
    }
}
