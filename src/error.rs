//! Failures, and the exit status each one leads to.

use std::{error, fmt, io, path::Path};

/// A failure that the user can act on.
///
/// It is printed as one message: the thing in backticks, a line for each fault of the same kind, the cause, and one
/// `help:` line.
#[derive(Debug)]
pub struct Error {
    status: Status,
    message: String,
    faults: Vec<String>,
    help: Option<String>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// What kind of failure it is; the number is the exit status and part of the command line's contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Status {
    /// Could not: network, disk.
    Unable = 1,
    /// Asked wrongly: flags, an unknown zone or selector.
    Usage = 2,
    /// An input was refused: digest, certificate, tzdata, lock.
    Refused = 3,
    /// `--check` or `check` found something.
    Found = 4,
}

impl Error {
    /// The program could not do its work, whatever it was asked.
    #[must_use]
    pub fn unable(message: impl Into<String>) -> Self {
        Self::new(Status::Unable, message)
    }

    /// The request itself is wrong.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    /// An input is not what it must be.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Status::Refused, message)
    }

    /// A check found something.
    #[must_use]
    pub fn found(message: impl Into<String>) -> Self {
        Self::new(Status::Found, message)
    }

    /// A file system operation on `path` did not work; `verb` names it, as in "read".
    #[must_use]
    pub fn io(verb: &str, path: &Path, source: io::Error) -> Self {
        Self::unable(format!("cannot {verb} `{}`", path.display())).because(source)
    }

    fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            faults: Vec::new(),
            help: None,
            source: None,
        }
    }

    /// Adds a line for each fault, so that one message tells all of them.
    #[must_use]
    pub fn faults(mut self, faults: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.faults.extend(faults.into_iter().map(Into::into));
        self
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The exit status that this failure leads to.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The whole message as printed after `error: `, without a final newline.
    #[must_use]
    pub fn render(&self) -> String {
        let mut lines = vec![self.message.clone()];
        let mut cause = error::Error::source(self);
        while let Some(error) = cause {
            lines.push(format!("cause: {error}"));
            cause = error.source();
        }
        lines.extend(self.faults.iter().cloned());
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines.join("\n  ")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_cause_faults_and_help_in_that_order() {
        let error = Error::io("read", Path::new("a"), io::Error::other("boom"))
            .faults(["first", "second"])
            .help("try b");
        assert_eq!(error.status(), Status::Unable);
        assert_eq!(
            error.render(),
            "cannot read `a`\n  cause: boom\n  first\n  second\n  help: try b"
        );
    }

    #[test]
    fn every_status_is_its_documented_number() {
        assert_eq!(Status::Unable as u8, 1);
        assert_eq!(Status::Usage as u8, 2);
        assert_eq!(Status::Refused as u8, 3);
        assert_eq!(Status::Found as u8, 4);
    }
}
