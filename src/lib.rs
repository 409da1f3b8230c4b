//! The library behind the program `bundle`: certificate authorities and time zones as one canonical archive.
//!
//! ```text
//! certificates ── roots: checked ──────┐
//!                                      ├── tree ── archive ── output: bundle.tar
//! tzdata ── zic: compiled ── readback ─┘
//! ```
//!
//! [`run::run`] reads as this picture. What holds everywhere:
//!
//! - Data flows one way: a module uses only the modules above it in this file, and [`error`].
//! - Only `main` reads the clock and the environment, prints and exits. Everything else is a function of its arguments.
//! - An unchecked root cannot exist: [`roots::Roots`] is the only way to one. A [`tree::Tree`] is valid by construction.
//! - Whatever reaches a terminal from a certificate, a download or a file has gone through [`text::escape`].
//! - Nothing in the archive depends on the day, the host or this program's version; the head of [`archive`] lists how.
//!
//! Where a change belongs: another time zone form or a rule of zic(8) in [`zic`]; what a user may type for a zone in
//! [`zones`]; what is wrong with a certificate in [`roots`]; a flag in [`cli`]; what is told about a run in [`report`].

/// Failures and exit status.
pub mod error;

/// Warnings and remarks.
pub mod notice;

/// SHA-256 digests.
pub mod digest;

/// Untrusted text, made safe to print.
pub mod text;

/// Reports as JSON.
mod json;

/// The zone compiler.
pub mod zic;

/// Where bytes come from.
pub mod source;

/// Compiled zones, read back by an independent reader.
pub mod readback;

/// What the clock of a compiled zone shows.
pub mod clock;

/// Root certificates: checked, chosen, encoded.
pub mod roots;

/// Time zones: from what the user asks for to names.
pub mod zones;

/// What the archive will hold: paths and nodes.
pub mod tree;

/// Who looks where, and what that needs.
pub mod consumers;

/// What an empty image lacks besides.
pub mod essentials;

/// The tree as a canonical tar.
pub mod archive;

/// The archive as a file that is whole at every moment.
pub mod output;

/// `bundle.lock`.
pub mod lock;

/// Will it work on an empty image?
pub mod check;

/// What a run did, as text and as JSON.
pub mod report;

/// The command line.
pub mod cli;

/// The main job.
pub mod run;

/// `bundle roots`.
pub mod listing;

/// `bundle update`.
pub mod update;

/// `bundle zones`.
pub mod zone_list;
