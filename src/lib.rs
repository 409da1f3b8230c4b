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

/// Where bytes come from.
pub mod source;

/// Root certificates: checked, chosen, encoded.
pub mod roots;

/// The zone compiler.
pub mod zic;

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
