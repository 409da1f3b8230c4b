//! Addresses of downloads, and the names that publishers give to the files beside them.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An `https://` address without credentials and without a fragment.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Url(reqwest::Url);

impl Url {
    /// An address in this program.
    #[allow(
        clippy::expect_used,
        reason = "the constants are few, and a test parses each of them"
    )]
    pub(super) fn constant(text: &'static str) -> Self {
        text.parse().expect("a constant that is tested")
    }

    /// The host that is asked, for short messages.
    #[must_use]
    pub fn host(&self) -> &str {
        // An https address always has a host.
        self.0.host_str().unwrap_or_default()
    }

    /// The same file's digest: `cacert.pem.sha256` beside `cacert.pem`.
    pub(super) fn digest(&self) -> Self {
        self.with_file_name(&format!("{}.sha256", self.file_name()))
    }

    /// The copy that keeps its bytes: `cacert-2026-09-25.pem` beside `cacert.pem`. A dated name has none.
    pub(super) fn dated(&self, date: Date) -> Option<Self> {
        let (stem, extension) = split_extension(self.file_name());
        let dated = format!("{stem}-{date}{extension}");
        split_date(stem)
            .is_none()
            .then(|| self.with_file_name(&dated))
    }

    /// The release `version` of time zone data: `releases/tzdata2026f.tar.gz` beside `tzdata-latest.tar.gz`.
    pub(super) fn release(&self, version: &str) -> Self {
        self.with_file_name(&format!("releases/tzdata{version}.tar.gz"))
    }

    /// Whether it leads to the newest release of time zone data, whichever that is.
    pub(super) fn is_latest_release(&self) -> bool {
        self.file_name() == LATEST_TZDATA
    }

    /// The address under which the newest bytes appear: that beside which a dated copy or a release lies, else
    /// the address itself.
    #[must_use]
    pub fn moving(&self) -> Self {
        let (stem, extension) = split_extension(self.file_name());
        if let Some(stem) = split_date(stem) {
            return self.with_file_name(&format!("{stem}{extension}"));
        }
        if let Some((folder, _)) = self.0.path().rsplit_once("/releases/tzdata")
            && self.release_version().is_some()
        {
            let mut url = self.0.clone();
            url.set_path(&format!("{folder}/{LATEST_TZDATA}"));
            return Self(url);
        }
        self.clone()
    }

    /// The release that the name `tzdata2026f.tar.gz` promises.
    pub(super) fn release_version(&self) -> Option<&str> {
        let version = self
            .file_name()
            .strip_prefix("tzdata")?
            .strip_suffix(".tar.gz")?;
        version
            .starts_with(|first: char| first.is_ascii_digit())
            .then_some(version)
    }

    fn file_name(&self) -> &str {
        self.0.path().rsplit('/').next().unwrap_or_default()
    }

    fn with_file_name(&self, name: &str) -> Self {
        let path = self.0.path();
        let folder = path.strip_suffix(self.file_name()).unwrap_or(path);
        let mut url = self.0.clone();
        url.set_path(&format!("{folder}{name}"));
        Self(url)
    }

    pub(super) fn as_reqwest(&self) -> &reqwest::Url {
        &self.0
    }
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let url = reqwest::Url::parse(text).map_err(|_| BadUrl("not an address"))?;
        if url.scheme() != "https" {
            return Err(BadUrl("only https:// is taken"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl("a password in it would be written into bundle.lock"));
        }
        if url.fragment().is_some() {
            return Err(BadUrl("it has a fragment"));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Why a text is no [`Url`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadUrl(&'static str);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadUrl {}

/// Splits `cacert.pem` into `cacert` and `.pem`.
fn split_extension(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('.').unwrap_or(name.len()))
}

/// The part of `cacert-2026-09-25` before its date.
fn split_date(stem: &str) -> Option<&str> {
    let (stem, date) = stem.split_at_checked(stem.len().checked_sub("-YYYY-MM-DD".len())?)?;
    date.strip_prefix('-')?.parse::<Date>().ok().map(|_| stem)
}

const LATEST_TZDATA: &str = "tzdata-latest.tar.gz";

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_digest_and_a_dated_twin_lie_beside_a_file() {
        let moving = url("https://curl.se/ca/cacert.pem");
        let dated = url("https://curl.se/ca/cacert-2026-09-25.pem");
        assert_eq!(moving.dated(date(2026, 9, 25)), Some(dated.clone()));
        assert_eq!(dated.dated(date(2026, 9, 26)), None);
        assert_eq!(dated.moving(), moving);
        assert_eq!(moving.moving(), moving);
        assert_eq!(
            dated.digest(),
            url("https://curl.se/ca/cacert-2026-09-25.pem.sha256")
        );
    }

    #[test]
    fn a_release_lies_in_a_folder_beside_the_latest() {
        let moving = url("https://data.iana.org/time-zones/tzdata-latest.tar.gz");
        let release = url("https://data.iana.org/time-zones/releases/tzdata2026f.tar.gz");
        assert!(moving.is_latest_release() && !release.is_latest_release());
        assert_eq!(moving.release("2026f"), release);
        assert_eq!(release.release_version(), Some("2026f"));
        assert_eq!(moving.release_version(), None);
        assert_eq!(release.moving(), moving);
        assert_eq!(
            url("https://a/releases/tzdata-x.tar.gz")
                .moving()
                .to_string(),
            "https://a/releases/tzdata-x.tar.gz"
        );
    }

    #[test]
    fn names_without_an_extension_or_a_date_are_left_in_peace() {
        assert_eq!(
            url("https://a/b").dated(date(2026, 1, 2)),
            Some(url("https://a/b-2026-01-02"))
        );
        assert_eq!(url("https://a/b-2026-01-02").moving(), url("https://a/b"));
        assert_eq!(
            url("https://a/b-2026-13-02.pem").moving(),
            url("https://a/b-2026-13-02.pem")
        );
        assert_eq!(
            url("https://a/é-12.pem").moving(),
            url("https://a/é-12.pem")
        );
        assert_eq!(url("https://a/").digest(), url("https://a/.sha256"));
    }

    #[test]
    fn only_plain_https_addresses_are_taken() {
        for (text, reason) in [
            ("http://curl.se/", "only https:// is taken"),
            ("ftp://curl.se/", "only https:// is taken"),
            (
                "https://me:secret@curl.se/",
                "a password in it would be written into bundle.lock",
            ),
            ("https://curl.se/#x", "it has a fragment"),
            ("https://", "not an address"),
        ] {
            assert_eq!(
                text.parse::<Url>().unwrap_err().to_string(),
                reason,
                "{text}"
            );
        }
    }
}
