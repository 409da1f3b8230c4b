//! Where bytes come from: the data compiled into the program, and files.
//!
//! Nothing here looks into the bytes of certificates; `roots` does. Text of time zone data is only sorted into sources
//! and tables; `zic` and `zones` read it.

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Serialize, Serializer};

use crate::{digest::Sha256, error::Error};

mod file;
mod tzdata;

pub use tzdata::{Tables, TextFile, Tzdata};

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
}

/// Where bytes came from. It is shown as `built-in` or as the path that the user gave.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// The program itself.
    Builtin,
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("built-in"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// In JSON and in the lock an origin is the text that asks for it on the command line: `builtin` or a path.
impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Builtin => serializer.serialize_str(BUILTIN),
            Self::File(path) => serializer.collect_str(&path.display()),
        }
    }
}

/// Where certificates are to come from: the value of `--ca-source`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CaSource {
    /// The roots compiled into the program.
    Builtin,
    /// A PEM file.
    File(PathBuf),
}

impl CaSource {
    /// Reads the certificates.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is empty or is larger than 4 MiB.
    pub fn load(&self) -> Result<Certificates, Error> {
        match self {
            Self::Builtin => Ok(Certificates::Builtin),
            Self::File(path) => read(path, CERTIFICATES).map(Certificates::Pem),
        }
    }
}

impl FromStr for CaSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            BUILTIN => Self::Builtin,
            path => Self::File(path.into()),
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

/// Where time zone data is to come from: the value of `--tzdata`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TzdataSource {
    /// The release compiled into the program.
    Builtin,
    /// A file in the form of `tzdata.zi`.
    File(PathBuf),
}

impl TzdataSource {
    /// Reads the time zone data.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is empty, is larger than 16 MiB or is not text.
    pub fn load(&self) -> Result<Tzdata, Error> {
        match self {
            Self::Builtin => Ok(Tzdata::builtin()),
            Self::File(path) => Tzdata::from_zi(read(path, TZDATA)?),
        }
    }
}

impl FromStr for TzdataSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            BUILTIN => Self::Builtin,
            path => Self::File(path.into()),
        })
    }
}

/// Reads a file that `check` is to judge.
pub(crate) fn read_for_check(path: &Path) -> Result<Vec<u8>, Error> {
    file::read(path, CHECKED)
}

fn read(path: &Path, kind: Kind) -> Result<Fetched, Error> {
    Ok(Fetched::new(
        file::read(path, kind)?,
        Origin::File(path.into()),
    ))
}

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
    fn an_origin_in_json_is_the_text_that_asks_for_it() {
        for (origin, json, shown) in [
            (Origin::Builtin, "\"builtin\"", "built-in"),
            (Origin::File("a/b.pem".into()), "\"a/b.pem\"", "a/b.pem"),
        ] {
            assert_eq!(serde_json::to_string(&origin).unwrap(), json);
            assert_eq!(origin.to_string(), shown);
        }
    }

    #[test]
    fn a_word_that_is_no_keyword_is_a_file() {
        assert_eq!("builtin".parse(), Ok(CaSource::Builtin));
        assert_eq!("./builtin".parse(), Ok(CaSource::File("./builtin".into())));
        assert_eq!("builtin".parse(), Ok(TzdataSource::Builtin));
        assert_eq!("my.zi".parse(), Ok(TzdataSource::File("my.zi".into())));
    }
}
