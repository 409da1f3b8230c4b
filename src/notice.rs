//! What a run wants to tell besides its result: warnings that are printed, and remarks for those who ask.

use serde::Serialize;

/// One remark of a run. It never changes a byte of the output.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Notice {
    /// How loud it is.
    pub level: Level,
    /// A stable name for programs, such as `zstd-support`.
    pub code: &'static str,
    /// The text for people: one line, untrusted text escaped.
    pub message: String,
}

/// How loud a [`Notice`] is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Always printed.
    Warning,
    /// Printed with `--verbose`, and always in JSON.
    Info,
}

impl Notice {
    /// Something that the user should know without asking.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            code,
            message: message.into(),
        }
    }

    /// Something that only the curious want to know.
    #[must_use]
    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            level: Level::Info,
            code,
            message: message.into(),
        }
    }
}
