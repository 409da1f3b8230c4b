//! Time zone data as text: zone compiler input, tables, version.

use std::{borrow::Cow, path::Path};

use super::{Fetched, Origin, Pin, TZDATA, file, iana};
use crate::{digest::Sha256, error::Error, zic};

/// One release of the time zone database, as text that nothing has parsed yet.
#[derive(Clone, Debug)]
pub struct Tzdata {
    /// Where it came from.
    pub origin: Origin,
    /// The digest of what was read: of `tzdata.zi` for the built-in release, else of the file.
    pub sha256: Sha256,
    /// The release, such as `2026f`, if the data says it.
    pub version: Option<String>,
    /// Input of the zone compiler, in the order in which it is to be read.
    pub sources: Vec<TextFile>,
    /// The tables beside it.
    pub tables: Tables,
}

/// A named text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TextFile {
    /// The name without folders, such as `tzdata.zi`; for messages.
    pub name: String,
    /// The text.
    pub text: Cow<'static, str>,
}

/// The tables of a release that are no input of the zone compiler.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tables {
    /// `iso3166.tab`: country codes and names.
    pub iso3166: Cow<'static, str>,
    /// `leapseconds`.
    pub leapseconds: Cow<'static, str>,
    /// `zone.tab`: one country for each zone.
    pub zone: Cow<'static, str>,
    /// `zone1970.tab`: zones that differ since 1970, each with its countries.
    pub zone1970: Cow<'static, str>,
}

impl Tzdata {
    /// The release compiled into the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            origin: Origin::Builtin,
            sha256: Sha256::of(TZDATA_ZI.as_bytes()),
            version: version_of(TZDATA_ZI),
            sources: vec![TextFile {
                name: "tzdata.zi".to_owned(),
                text: TZDATA_ZI.into(),
            }],
            tables: Tables::builtin(),
        }
    }

    /// The input of the zone compiler.
    #[must_use]
    pub fn zic_files(&self) -> Vec<zic::File<'_>> {
        self.sources
            .iter()
            .map(|file| zic::File {
                name: &file.name,
                text: &file.text,
            })
            .collect()
    }

    /// What a lock needs to get the same data again.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin {
            origin: self.origin.clone(),
            sha256: self.sha256,
        }
    }

    /// Reads what was fetched: a release of IANA, a tar which may be compressed, or a file in the form of `tzdata.zi`.
    pub(super) fn parse(fetched: Fetched) -> Result<Self, Error> {
        if fetched.bytes.starts_with(GZIP) || iana::is_tar(&fetched.bytes) {
            iana::unpack(fetched)
        } else {
            Self::from_zi(fetched)
        }
    }

    /// Takes the file or the folder at `path` as it is.
    pub(super) fn fetch(path: &Path) -> Result<Fetched, Error> {
        if path.is_dir() {
            iana::read_folder(path)
        } else {
            file::fetch(path, TZDATA)
        }
    }

    /// A file in the form of `tzdata.zi`. It has no tables beside it, so the built-in ones are taken.
    fn from_zi(fetched: Fetched) -> Result<Self, Error> {
        let Fetched {
            bytes,
            origin,
            sha256,
        } = fetched;
        if let Some((found, help)) = recognize(&bytes) {
            return Err(
                Error::refused(format!("`{origin}` is {found}; expected time zone data"))
                    .help(help),
            );
        }
        let text = String::from_utf8(bytes.into_owned()).map_err(|error| {
            Error::refused(format!("`{origin}` is not time zone data: it is not text"))
                .because(error.utf8_error())
                .help("expected tzdata.zi, or a release such as tzdata2026f.tar.gz")
        })?;
        Ok(Self {
            version: version_of(&text),
            sources: vec![TextFile {
                name: origin.to_string(),
                text: text.into(),
            }],
            tables: Tables::builtin(),
            origin,
            sha256,
        })
    }
}

impl Tables {
    pub(super) fn builtin() -> Self {
        Self {
            iso3166: include_str!("../../assets/tzdata/iso3166.tab").into(),
            leapseconds: include_str!("../../assets/tzdata/leapseconds").into(),
            zone: include_str!("../../assets/tzdata/zone.tab").into(),
            zone1970: include_str!("../../assets/tzdata/zone1970.tab").into(),
        }
    }
}

/// What plainly is no source text, and what to do instead.
fn recognize(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        [b'T', b'Z', b'i', b'f', ..] => Some((
            "a compiled time zone",
            "give the text that it was compiled from: tzdata.zi, or a release",
        )),
        [b'P', b'K', 3, 4, ..] => Some(("a zip archive", "give its unpacked folder")),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            Some(("text in UTF-16", "save it as UTF-8, as IANA publishes it"))
        }
        _ if bytes.trim_ascii_start().starts_with(b"<") => Some((
            "a web page",
            "download tzdata.zi, or a release such as tzdata2026f.tar.gz",
        )),
        _ => None,
    }
}

/// Reads the first line `# version 2026f` of a `tzdata.zi`.
fn version_of(text: &str) -> Option<String> {
    let version = text.lines().next()?.strip_prefix("# version ")?.trim_end();
    is_version(version).then(|| version.to_owned())
}

/// Whether `text` looks like a release or a development snapshot, such as `2026f` or `2026f-12-gabc-dirty`.
pub(super) fn is_version(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

/// RFC 1952, 2.3.1.
const GZIP: &[u8] = &[0x1F, 0x8B];

const TZDATA_ZI: &str = include_str!("../../assets/tzdata/tzdata.zi");

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::source::TZDATA_VERSION;

    #[test]
    fn the_builtin_release_says_its_version() {
        assert_eq!(Tzdata::builtin().version.as_deref(), Some(TZDATA_VERSION));
    }

    #[test]
    fn a_version_is_read_only_if_it_looks_like_one() {
        assert_eq!(version_of("# version 2026c\nR a"), Some("2026c".to_owned()));
        assert_eq!(version_of("# version \u{1b}[31m\n"), None);
        assert_eq!(version_of("R a\n# version 2026c\n"), None);
        assert_eq!(version_of(""), None);
    }

    /// The README beside the assets is what people check against the wheel, so it is the authority here.
    #[test]
    fn assets_are_the_files_that_their_readme_lists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tzdata");
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        let listed: Vec<(Sha256, &str)> = readme
            .lines()
            .filter_map(|line| line.trim_start().split_once("  "))
            .filter_map(|(digest, name)| Some((digest.parse().ok()?, name)))
            .collect();
        let names: Vec<&str> = listed.iter().map(|(_, name)| *name).collect();
        assert_eq!(
            names,
            [
                "iso3166.tab",
                "leapseconds",
                "tzdata.zi",
                "zone.tab",
                "zone1970.tab"
            ]
        );
        for (digest, name) in listed {
            assert_eq!(
                Sha256::of(&fs::read(folder.join(name)).unwrap()),
                digest,
                "{name}"
            );
        }
    }
}
