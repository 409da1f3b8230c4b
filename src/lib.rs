//! The library behind the program `bundle`.
//!
//! Data flows one way: a module uses only the modules above it in this file, and `error`.

/// Failures and exit status.
pub mod error;

/// Warnings and remarks.
pub mod notice;

/// SHA-256 digests.
pub mod digest;

/// Untrusted text, made safe to print.
pub mod text;

/// The zone compiler.
pub mod zic;

/// Where bytes come from.
pub mod source;

/// Compiled zones, read back by an independent reader.
pub mod readback;

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

/// What a run did, as text and as JSON.
pub mod report;

/// The command line.
pub mod cli;

/// The main job.
pub mod run;
