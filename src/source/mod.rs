//! Where bytes come from: the program itself, files, and the web through a cache.
//!
//! Nothing here looks into certificates; `roots` does. Time zone data is only sorted into sources and tables; `zic` and
//! `zones` read them. Whatever the web gives is checked for what it can be checked for without parsing: size, digest,
//! plain mistakes such as a login page.

use std::{
    borrow::Cow,
    fmt,
    io::ErrorKind,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Serialize, Serializer};

use crate::{digest::Sha256, error::Error};

mod builtin;
mod cache;
mod curl;
mod extra;
mod file;
mod http;
mod iana;
mod inputs;
mod tzdata;
mod url;
mod web;

pub use builtin::{ROOTS_DATE, TZDATA_DATE, TZDATA_VERSION};
pub use extra::read_extra;
pub use http::HttpSettings;
pub use inputs::{Fetcher, Inputs, Pin, Settings};
pub use tzdata::{Tables, TextFile, Tzdata};
pub use url::{BadUrl, Url};

/// Bytes, where they came from, and their digest.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The bytes, unchanged.
    pub bytes: Cow<'static, [u8]>,
    /// Where they came from.
    pub origin: Origin,
    /// The digest of `bytes`.
    pub sha256: Sha256,
}

impl Fetched {
    fn new(bytes: impl Into<Cow<'static, [u8]>>, origin: Origin) -> Self {
        let bytes = bytes.into();
        Self {
            sha256: Sha256::of(&bytes),
            bytes,
            origin,
        }
    }

    /// Refuses bytes that are not the ones that a lock pins.
    fn ensure_digest(&self, expected: Sha256) -> Result<(), Error> {
        let Self { origin, sha256, .. } = self;
        if *sha256 == expected {
            return Ok(());
        }
        Err(
            Error::refused(format!("`{origin}` is not what the lock pins"))
                .faults([format!("expected {expected}"), format!("found    {sha256}")])
                .help("if the change is meant, `bundle update` pins what is there now"),
        )
    }
}

/// Where bytes came from. It is shown as `built-in`, or as the path or address that leads to them.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// The program itself.
    Builtin,
    /// A file.
    File(PathBuf),
    /// A download, under the address that keeps its bytes if there is one.
    Url(Url),
}

impl Origin {
    /// The text that asks for it on the command line: `builtin`, a path, an address. JSON and the lock hold it.
    #[must_use]
    pub fn to_source(&self) -> String {
        match self {
            Self::Builtin => BUILTIN.to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => url.to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("built-in"),
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
        }
    }
}

/// Reads what [`Origin::to_source`] writes.
impl FromStr for Origin {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        Ok(match text {
            BUILTIN => Self::Builtin,
            _ => match url_or_path(text)? {
                UrlOrPath::Path(path) => Self::File(path),
                UrlOrPath::Url(url) => Self::Url(url),
            },
        })
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_source())
    }
}

/// Where certificates are to come from: the value of `--ca-source`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CaSource {
    /// The roots compiled into the program.
    Builtin,
    /// A PEM file.
    File(PathBuf),
    /// A PEM file on the web, with its digest beside it.
    Url(Url),
}

impl CaSource {
    /// The newest file of curl.
    #[must_use]
    pub fn curl() -> Self {
        Self::Url(Url::constant(curl::ADDRESS))
    }

    /// Where to look for newer certificates than those from `origin`. Built-in ones are taken where nothing else can be
    /// had, so curl's are newer.
    #[must_use]
    pub fn renewing(origin: &Origin) -> Self {
        match origin {
            Origin::Builtin => Self::curl(),
            Origin::File(path) => Self::File(path.clone()),
            Origin::Url(url) => Self::Url(url.moving()),
        }
    }

    /// Whether a lock that pins `pin` was made from this source.
    #[must_use]
    pub fn made(&self, pin: &Pin) -> bool {
        match (self, &pin.origin) {
            // Built-in certificates take the place of a download.
            (Self::Builtin | Self::Url(_), Origin::Builtin) => true,
            (Self::File(asked), Origin::File(pinned)) => asked == pinned,
            (Self::Url(asked), Origin::Url(pinned)) => asked == pinned || *asked == pinned.moving(),
            _ => false,
        }
    }
}

/// As [`Origin::to_source`].
impl fmt::Display for CaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str(BUILTIN),
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
        }
    }
}

impl FromStr for CaSource {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        Ok(match text {
            BUILTIN => Self::Builtin,
            "curl" => Self::curl(),
            _ => match url_or_path(text)? {
                UrlOrPath::Path(path) => Self::File(path),
                UrlOrPath::Url(url) => Self::Url(url),
            },
        })
    }
}

/// What a [`CaSource`] holds.
#[derive(Clone, Debug)]
pub enum Certificates {
    /// The roots compiled into the program, which `roots` holds already parsed.
    Builtin,
    /// Text that is said to be PEM; nothing is checked yet.
    Pem(Fetched),
}

impl Certificates {
    /// What a lock needs to get the same certificates again.
    #[must_use]
    pub fn pin(&self) -> Pin {
        match self {
            Self::Builtin => Pin {
                origin: Origin::Builtin,
                sha256: builtin::roots_digest(),
            },
            Self::Pem(fetched) => Pin {
                origin: fetched.origin.clone(),
                sha256: fetched.sha256,
            },
        }
    }
}

/// Where time zone data is to come from: the value of `--tzdata`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TzdataSource {
    /// The release compiled into the program.
    Builtin,
    /// A file: `tzdata.zi`, or a release such as `tzdata2026f.tar.gz`.
    File(PathBuf),
    /// A release of IANA by its name.
    Release(Release),
    /// A file on the web: a release, or `tzdata.zi`.
    Url(Url),
}

impl TzdataSource {
    /// The newest release of IANA.
    #[must_use]
    pub fn iana() -> Self {
        Self::Url(Url::constant(iana::ADDRESS))
    }

    /// Where to look for newer time zone data than that from `origin`, as [`CaSource::renewing`].
    #[must_use]
    pub fn renewing(origin: &Origin) -> Self {
        match origin {
            Origin::Builtin => Self::iana(),
            Origin::File(path) => Self::File(path.clone()),
            Origin::Url(url) => Self::Url(url.moving()),
        }
    }

    /// Whether a lock that pins `pin`, with data of the release `version`, was made from this source.
    #[must_use]
    pub fn made(&self, pin: &Pin, version: Option<&str>) -> bool {
        match (self, &pin.origin) {
            (Self::Release(release), _) => version == Some(&release.0),
            (Self::Builtin | Self::Url(_), Origin::Builtin) => true,
            (Self::File(asked), Origin::File(pinned)) => asked == pinned,
            (Self::Url(asked), Origin::Url(pinned)) => asked == pinned || *asked == pinned.moving(),
            _ => false,
        }
    }

    /// The built-in data, if it can stand in for this source: no release takes the place of another.
    fn builtin(&self) -> Option<Tzdata> {
        match self {
            Self::Release(release) if release.0 != TZDATA_VERSION => None,
            _ => Some(Tzdata::builtin()),
        }
    }
}

/// As [`Origin::to_source`], or the name of a release.
impl fmt::Display for TzdataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str(BUILTIN),
            Self::File(path) => path.display().fmt(f),
            Self::Release(release) => f.write_str(&release.0),
            Self::Url(url) => url.fmt(f),
        }
    }
}

impl FromStr for TzdataSource {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        Ok(match text {
            BUILTIN => Self::Builtin,
            "iana" => Self::iana(),
            _ if Release::is_one(text) => Self::Release(Release(text.to_owned())),
            _ => match url_or_path(text)? {
                UrlOrPath::Path(path) => Self::File(path),
                UrlOrPath::Url(url) => Self::Url(url),
            },
        })
    }
}

/// Reads a file that `check` is to judge.
pub(crate) fn read_for_check(path: &Path) -> Result<Vec<u8>, Error> {
    let shown = path.display();
    match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Error::unable(format!("no file `{shown}` to check")))
        }
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => Err(Error::refused(format!(
            "`{shown}` is empty; expected a bundle or a program"
        ))),
        _ => file::read(path, CHECKED),
    }
}

/// The name of a release of IANA, such as `2026f`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release(String);

impl Release {
    fn is_one(text: &str) -> bool {
        let (year, letters) = text.split_at(
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len()),
        );
        year.len() == 4
            && (1..=2).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    }

    fn address(&self) -> Url {
        Url::constant(iana::ADDRESS).release(&self.0)
    }
}

enum UrlOrPath {
    Path(PathBuf),
    Url(Url),
}

/// A text with a scheme is an address and must be a good one; anything else is a path.
fn url_or_path(text: &str) -> Result<UrlOrPath, BadSource> {
    if text.is_empty() {
        return Err(BadSource("an empty name".to_owned()));
    }
    if text.contains("://") {
        return text
            .parse()
            .map(UrlOrPath::Url)
            .map_err(|error: BadUrl| BadSource(error.to_string()));
    }
    Ok(UrlOrPath::Path(text.into()))
}

/// Why a text names no source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadSource(String);

impl fmt::Display for BadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSource {}

/// What is being fetched, and how large it may be.
#[derive(Clone, Copy, Debug)]
struct Kind {
    name: &'static str,
    limit: u64,
}

/// The largest of curl's files from 2021 to 2026 had 236,849 bytes.
const CERTIFICATES: Kind = Kind {
    name: "certificates",
    limit: 4 * MIB,
};

/// The release 2026c has 475,694 bytes.
const TZDATA: Kind = Kind {
    name: "time zone data",
    limit: 16 * MIB,
};

/// Large programs have a few hundred megabytes.
const CHECKED: Kind = Kind {
    name: "a bundle or a program",
    limit: 1024 * MIB,
};

const MIB: u64 = 1024 * 1024;

const BUILTIN: &str = "builtin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_in_json_and_in_the_lock_is_the_text_that_asks_for_it() {
        for (source, shown) in [
            ("builtin", "built-in"),
            ("a/b.pem", "a/b.pem"),
            (
                "https://curl.se/ca/cacert-2026-09-25.pem",
                "https://curl.se/ca/cacert-2026-09-25.pem",
            ),
        ] {
            let origin: Origin = source.parse().unwrap();
            assert_eq!(
                serde_json::to_string(&origin).unwrap(),
                format!("\"{source}\"")
            );
            assert_eq!(origin.to_string(), shown);
        }
    }

    #[test]
    fn a_source_is_a_keyword_a_release_an_address_or_a_path() {
        assert_eq!("builtin".parse(), Ok(CaSource::Builtin));
        assert_eq!("./builtin".parse(), Ok(CaSource::File("./builtin".into())));
        assert_eq!("curl".parse(), Ok(CaSource::curl()));
        assert_eq!(
            "https://curl.se/ca/cacert.pem".parse(),
            Ok(CaSource::curl())
        );
        assert_eq!("builtin".parse(), Ok(TzdataSource::Builtin));
        assert_eq!("iana".parse(), Ok(TzdataSource::iana()));
        assert_eq!(
            "2026c".parse(),
            Ok(TzdataSource::Release(Release("2026c".to_owned())))
        );
        for path in ["my.zi", "2026", "2026C", "20261c", "2026abc", "é2026c"] {
            assert_eq!(path.parse(), Ok(TzdataSource::File(path.into())));
        }
    }

    #[test]
    fn a_source_that_cannot_be_meant_is_refused() {
        for (text, reason) in [
            ("", "an empty name"),
            ("http://curl.se/ca/cacert.pem", "only https:// is taken"),
        ] {
            assert_eq!(text.parse::<CaSource>().unwrap_err().to_string(), reason);
            assert_eq!(
                text.parse::<TzdataSource>().unwrap_err().to_string(),
                reason
            );
        }
    }

    #[test]
    fn no_release_takes_the_place_of_another() {
        let builtin = |text: &str| text.parse::<TzdataSource>().unwrap().builtin().is_some();
        assert!(builtin("iana"));
        assert!(builtin("2026f"));
        assert!(!builtin("2026c"));
    }
}
