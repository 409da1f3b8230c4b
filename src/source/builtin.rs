//! What is compiled into the program, and how old it is.

use jiff::civil::{Date, date};
use sha2::Digest as _;

use crate::digest::Sha256;

/// When the built-in roots were published: `webpki-root-certs` 1.0.11 on crates.io.
pub const ROOTS_DATE: Date = date(2026, 10, 23);

/// The built-in release of time zone data.
pub const TZDATA_VERSION: &str = "2026f";

/// When it was published.
pub const TZDATA_DATE: Date = date(2026, 10, 27);

/// The digest by which a lock names the built-in roots: of all certificates in DER, one after the other.
pub(super) fn roots_digest() -> Sha256 {
    let mut digest = sha2::Sha256::new();
    for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        digest.update(der);
    }
    Sha256::from(digest)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The crate does not say its date, so the date is renewed by hand when its version changes.
    #[test]
    fn the_date_of_the_roots_belongs_to_the_version_that_is_linked() {
        let lock =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
        assert!(lock.contains("name = \"webpki-root-certs\"\nversion = \"1.0.11\"\n"));
    }
}
