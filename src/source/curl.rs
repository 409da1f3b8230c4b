//! Certificates as curl publishes them: a file that changes, its digest beside it, and dated copies that stay.
//!
//! See <https://curl.se/docs/caextract.html>. The same rules hold for every address, so that a mirror works.

use jiff::{ToSpan as _, civil::Date};

use super::{
    CERTIFICATES, Fetched, Kind, Url,
    http::{Client, Failure, Reply},
    web::Web,
};
use crate::{digest::Sha256, error::Error, notice::Notice};

/// The file that changes.
pub(super) const ADDRESS: &str = "https://curl.se/ca/cacert.pem";

/// Takes the newest certificates at `url`, checked against a published digest.
pub(super) fn newest(web: &Web, url: &Url, notices: &mut Vec<Notice>) -> Result<Fetched, Failure> {
    web.newest(url, CERTIFICATES, notices, |client, body| {
        ensure_enough(url, &body.bytes)?;
        let sha256 = Sha256::of(&body.bytes);
        if let Some(twin) = dated_twin(client, url, body.last_modified, sha256)? {
            return Ok(twin);
        }
        ensure_published(client, url, sha256)?;
        Ok(url.clone())
    })
}

/// Looks for the dated copy with the same bytes, by its published digest.
///
/// The date is the day on which curl's job saw a change, which is the day of the file's last change or one beside it
/// where clocks differ. It is not the date in the file's header, whose wording and meaning changed several times
/// ("as of", "last updated on"), the last time in 2026.
fn dated_twin(
    client: &Client,
    url: &Url,
    last_modified: Option<Date>,
    sha256: Sha256,
) -> Result<Option<Url>, Failure> {
    let Some(day) = last_modified else {
        return Ok(None);
    };
    for offset in [0, 1, -1] {
        let Ok(date) = day.checked_add(offset.days()) else {
            continue;
        };
        let Some(twin) = url.dated(date) else {
            continue;
        };
        if published_digest(client, &twin)? == Some(sha256) {
            return Ok(Some(twin));
        }
    }
    Ok(None)
}

/// Refuses bytes whose digest is not the one that is published beside `url`.
fn ensure_published(client: &Client, url: &Url, found: Sha256) -> Result<(), Failure> {
    let expected = published_digest(client, url)?.ok_or_else(|| {
        Error::refused(format!("no digest at `{}`", url.digest())).help(format!(
            "publish it there, or download `{url}` and give the file"
        ))
    })?;
    if expected != found {
        return Err(
            Error::refused(format!("`{url}` does not match its published digest"))
                .faults([format!("expected {expected}"), format!("found    {found}")])
                .help("it may have changed a moment ago: try again")
                .into(),
        );
    }
    Ok(())
}

/// Reads `URL.sha256`: `<64 hexadecimal digits>  <file name>`.
fn published_digest(client: &Client, url: &Url) -> Result<Option<Sha256>, Failure> {
    let Reply::Body(body) = client.get(&url.digest(), DIGEST, None)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&body.bytes);
    Ok(text
        .split_ascii_whitespace()
        .next()
        .and_then(|word| word.parse().ok()))
}

/// Refuses a file with too few certificates to be a public bundle.
fn ensure_enough(url: &Url, bytes: &[u8]) -> Result<(), Error> {
    let found = bytes
        .windows(BEGIN.len())
        .filter(|window| *window == BEGIN)
        .count();
    if found < FEWEST {
        return Err(Error::refused(format!(
            "`{url}` holds {found} certificates; expected at least {FEWEST}"
        ))
        .help("`--extra-ca FILE` adds the certificates of a company"));
    }
    Ok(())
}

/// Between 2021 and 2026 curl's file held 119 to 152 certificates.
const FEWEST: usize = 50;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

const DIGEST: Kind = Kind {
    name: "a digest",
    limit: 4096,
};
