//! Will it work on an empty image? A bundle and programs, read as untrusted input and set against each other.
//!
//! `Check` is the finished judgement, for people and as JSON; nothing is printed here.

use std::{fmt, path::PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::{error::Error, json, source, text};

use bundle::Bundle;
use inventory::Inventory;
use program::Program;

pub use fit::Fit;

pub mod bundle;
mod fit;
pub mod inventory;
pub mod program;

/// The judgement on some bundles and programs.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    version: u8,
    /// How many things will not work.
    problems: usize,
    /// The bundles, in the order in which they were given.
    pub bundles: Vec<Checked<Inventory>>,
    /// The programs, in the order in which they were given.
    pub programs: Vec<Checked<Fit>>,
}

/// What was found out about one file.
#[derive(Clone, Debug, Serialize)]
pub struct Checked<T> {
    /// The file, escaped for terminals.
    pub file: String,
    /// What it is.
    #[serde(flatten)]
    pub subject: T,
    /// What will not work. Each is one text, which may have several lines.
    pub problems: Vec<String>,
}

impl Check {
    /// Reads `files`, each a bundle or a program, and judges them. Expiry is judged as of `as_of`.
    ///
    /// # Errors
    ///
    /// A file cannot be read, is damaged, or is neither a bundle nor a program.
    pub fn of(files: &[PathBuf], as_of: Timestamp) -> Result<Self, Error> {
        let mut bundles = Vec::new();
        let mut programs = Vec::new();
        for path in files {
            let bytes = source::read_for_check(path)?;
            let file = text::escape(&path.display().to_string());
            if Program::is_one(&bytes) {
                programs.push((Program::read(&bytes, &file)?, file));
            } else if Bundle::is_one(&bytes) {
                bundles.push((Bundle::read(&bytes, &file)?, file));
            } else {
                return Err(Error::refused(format!("`{file}` is neither a bundle nor a program"))
                    .faults(["expected a tar, a tar compressed with gzip or zstd, an ELF, Mach-O or PE file, or a script"]));
            }
        }
        let programs: Vec<_> = programs
            .into_iter()
            .map(|(program, file)| fit::judge(program, file, &bundles))
            .collect();
        let bundles: Vec<_> = bundles
            .iter()
            .map(|(bundle, file)| inventory::take(bundle, file, as_of))
            .collect();
        let in_bundles = bundles.iter().map(|bundle| bundle.problems.len());
        let in_programs = programs.iter().map(|program| program.problems.len());
        Ok(Self {
            version: 1,
            problems: in_bundles.chain(in_programs).sum(),
            bundles,
            programs,
        })
    }

    /// That something will not work, if so.
    ///
    /// # Errors
    ///
    /// Found: how many problems there are.
    pub fn verdict(&self) -> Result<(), Error> {
        match self.problems {
            0 => Ok(()),
            1 => Err(Error::found("1 problem")),
            problems => Err(Error::found(format!("{problems} problems"))),
        }
    }

    /// The judgement as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::encode(self)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bundle in &self.bundles {
            bundle.fmt(f)?;
        }
        for program in &self.programs {
            program.fmt(f)?;
        }
        Ok(())
    }
}

impl<T: fmt::Display> fmt::Display for Checked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.file, self.subject)?;
        for problem in &self.problems {
            writeln!(f, "  problem: {}", problem.replace('\n', "\n    "))?;
        }
        Ok(())
    }
}
