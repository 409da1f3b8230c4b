//! The roots in Java's own form of a trust store: JKS, which every version of Java loads without being told a password.
//!
//! The form is that of `sun.security.provider.JavaKeyStore` in `OpenJDK`: a header, an entry for each certificate, and a
//! SHA-1 over a password and all that. The digest is no protection, the password is known to everybody; without it Java
//! does not check the digest, and `keytool` does. A store usually holds the dates on which its certificates were added;
//! here each has the date on which its certificate begins to be valid, so that equal roots give equal bytes.

use sha1::{Digest as _, Sha1};

use crate::roots::Root;

/// Writes the trust store.
pub(super) fn write(roots: &[Root]) -> Vec<u8> {
    let mut store = Vec::new();
    store.extend(MAGIC);
    store.extend(VERSION);
    store.extend(length(roots.len()));
    for root in roots {
        store.extend(TRUSTED_CERTIFICATE);
        text(&mut store, &alias(root));
        store.extend(root.not_before().as_millisecond().to_be_bytes());
        text(&mut store, "X.509");
        store.extend(length(root.der().len()));
        store.extend(root.der());
    }
    let digest = Sha1::new()
        .chain_update(password())
        .chain_update(WHITENER)
        .chain_update(&store)
        .finalize();
    store.extend(digest);
    store
}

/// The name of an entry, such as `isrg-root-x1-96bcec06264976f3`. Java does not tell upper from lower case in it.
fn alias(root: &Root) -> String {
    let name: String = root
        .name()
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                ' '
            }
        })
        .collect();
    let mut parts: Vec<_> = name
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    parts.push(root.sha256().short());
    parts.join("-")
}

/// Lengths and counts have four bytes. A tar holds far less than 4 GiB of certificates.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a certificate is a few KiB, a source a few MiB at most"
)]
fn length(length: usize) -> [u8; 4] {
    (length as u32).to_be_bytes()
}

/// As `DataOutputStream.writeUTF`: a length of two bytes, then the text, which is ASCII here.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a name in a certificate is far shorter than 64 KiB"
)]
fn text(store: &mut Vec<u8>, text: &str) {
    store.extend((text.len() as u16).to_be_bytes());
    store.extend(text.as_bytes());
}

fn password() -> Vec<u8> {
    "changeit"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect()
}

const MAGIC: [u8; 4] = 0xfeed_feed_u32.to_be_bytes();
const VERSION: [u8; 4] = 2_u32.to_be_bytes();
const TRUSTED_CERTIFICATE: [u8; 4] = 2_u32.to_be_bytes();
const WHITENER: &[u8] = b"Mighty Aphrodite";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        digest::Sha256,
        roots::{Roots, Rules},
    };

    /// The digest is that of a store that a few lines of Python wrote; `keytool` reads one in `tests/it/consumers.rs`.
    #[test]
    fn equal_roots_give_equal_bytes() {
        let mut roots = Roots::builtin(&Rules::new("2026-11-24".parse().unwrap()).unwrap())
            .unwrap()
            .kept;
        roots.retain(|root| root.name() == "ISRG Root X1");
        let store = write(&roots);
        assert_eq!(
            Sha256::of(&store).to_string(),
            "c661f7525e38c080361d9ac5fe4cafd242c00ba91d101a1428b2fb7f1ec61a62"
        );
    }

    #[test]
    fn an_empty_store_is_its_header_and_digest() {
        let store = write(&[]);
        assert_eq!(store.len(), 12 + 20);
        assert_eq!(store[..12], *b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\0");
    }
}
