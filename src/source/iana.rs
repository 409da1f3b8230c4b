//! Time zone data as IANA publishes it: source files and tables in a tar, compressed with gzip; or unpacked in a folder.
//!
//! The archive is read in memory and nothing is unpacked to disk, so no name in it can lead anywhere. What it could do
//! is be large, and each way has its limit: the download, the bytes after expansion, the number of files. Anything in
//! it that is no regular file is left out.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
};

use libdeflater::{DecompressionError, Decompressor};

use super::{
    Fetched, Origin, TZDATA, Url, file,
    http::{Client, Failure},
    tzdata::{Tables, TextFile, Tzdata, is_version},
    web::Web,
};
use crate::{error::Error, notice::Notice, text::escape};

/// The file that changes.
pub(super) const ADDRESS: &str = "https://data.iana.org/time-zones/tzdata-latest.tar.gz";

/// Takes the newest time zone data at `url`.
pub(super) fn newest(web: &Web, url: &Url, notices: &mut Vec<Notice>) -> Result<Tzdata, Failure> {
    let fetched = web.newest(url, TZDATA, notices, |client, body| {
        let tzdata = Tzdata::parse(Fetched::new(body.bytes.clone(), Origin::Url(url.clone())))?;
        ensure_promised(url, tzdata.version.as_deref())?;
        match tzdata.version {
            Some(version) if url.is_latest_release() => {
                keeper(client, url, &version, body.bytes.len())
            }
            _ => Ok(url.clone()),
        }
    })?;
    Ok(Tzdata::parse(fetched)?)
}

/// Refuses an archive whose name promises another release.
fn ensure_promised(url: &Url, found: Option<&str>) -> Result<(), Error> {
    match url.release_version() {
        Some(expected) if found != Some(expected) => {
            let found = found.unwrap_or("an unnamed release");
            Err(Error::refused(format!("`{url}` holds {found}"))
                .help("its name promises something else"))
        }
        _ => Ok(()),
    }
}

/// The address that keeps the bytes of the newest release: that of the release, if it has the same length.
fn keeper(client: &Client, url: &Url, version: &str, length: usize) -> Result<Url, Failure> {
    let release = url.release(version);
    let same = client.length(&release)? == Some(length as u64);
    Ok(if same { release } else { url.clone() })
}

/// Reads an archive.
pub(super) fn unpack(fetched: Fetched) -> Result<Tzdata, Error> {
    let Fetched {
        bytes,
        origin,
        sha256,
    } = fetched;
    let mut files = read_files(&bytes).map_err(|error| {
        Error::refused(format!("`{origin}` is not a release of time zone data"))
            .because(escape(&error.to_string()))
    })?;

    let missing: Vec<String> = SOURCES
        .iter()
        .filter(|name| !files.contains_key(**name))
        .map(|name| format!("`{name}` is missing"))
        .collect();
    if !missing.is_empty() {
        return Err(Error::refused(format!(
            "`{origin}` is not a whole release of time zone data"
        ))
        .faults(missing));
    }

    let has_former = FORMER_SOURCE.iter().all(|name| files.contains_key(*name));
    let builtin = Tables::builtin();
    let mut take = |name: &str| files.remove(name).map_or(Cow::Borrowed(""), Cow::Owned);
    let version = take(VERSION);
    Ok(Tzdata {
        version: Some(version.trim().to_owned()).filter(|version| is_version(version)),
        sources: SOURCES
            .iter()
            .chain(FORMER_SOURCE.iter().filter(|_| has_former))
            .map(|name| TextFile {
                name: (*name).to_owned(),
                text: take(name),
            })
            .collect(),
        tables: Tables {
            iso3166: files
                .remove("iso3166.tab")
                .map_or(builtin.iso3166, Cow::Owned),
            leapseconds: files
                .remove("leapseconds")
                .map_or(builtin.leapseconds, Cow::Owned),
            zone: files.remove("zone.tab").map_or(builtin.zone, Cow::Owned),
            zone1970: files
                .remove("zone1970.tab")
                .map_or(builtin.zone1970, Cow::Owned),
        },
        origin,
        sha256,
    })
}

/// The wanted files of the archive, by name.
fn read_files(bytes: &[u8]) -> io::Result<BTreeMap<String, String>> {
    let expanded;
    let bytes = if is_tar(bytes) {
        bytes
    } else {
        expanded = expand(bytes)?;
        &expanded
    };
    let mut archive = tar::Archive::new(bytes);
    let mut files = BTreeMap::new();
    for (count, entry) in archive.entries()?.enumerate() {
        if count == MAX_FILES {
            return Err(io::Error::other(format!(
                "it holds more than {MAX_FILES} files"
            )));
        }
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = name_in_release(&path).to_owned();
        if !entry.header().entry_type().is_file() || !is_wanted(&name) {
            continue;
        }
        let mut text = String::new();
        entry
            .read_to_string(&mut text)
            .map_err(|error| io::Error::other(format!("{name}: {error}")))?;
        if files.insert(name.clone(), text).is_some() {
            return Err(io::Error::other(format!("it holds {name} twice")));
        }
    }
    Ok(files)
}

/// The name of a file in a release whose files may stand in a folder of its own, as in `tzdb-2026c/africa`.
fn name_in_release(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    match path.split_once('/') {
        Some((_, name)) => name,
        None => path,
    }
}

/// Whether this is a tar that nothing has compressed: POSIX.1-2017, pax, "ustar Interchange Format".
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Reads the folder of a release as a tar of the files that count, so that its digest tells whether one of them changes.
///
/// # Errors
///
/// A file of the release is missing or cannot be read.
pub(super) fn read_folder(folder: &Path) -> Result<Fetched, Error> {
    let shown = folder.display();
    let (found, missing): (Vec<_>, Vec<_>) =
        SOURCES.iter().partition(|name| folder.join(name).is_file());
    if !missing.is_empty() {
        let help = if folder.join("tzdata.zi").is_file() {
            format!("give the file `{shown}/tzdata.zi`; what is compiled beside it is never used")
        } else {
            "expected the source files of a release, `africa` to `backward`".to_owned()
        };
        let missing = missing.iter().map(|name| format!("`{name}` is missing"));
        return Err(Error::refused(format!(
            "the folder `{shown}` is not a whole release of time zone data"
        ))
        .faults(missing)
        .help(help));
    }
    let beside = FORMER_SOURCE.iter().chain(&TABLES).chain([&VERSION]);
    let beside = beside.filter(|name| folder.join(name).is_file());
    let mut archive = tar::Builder::new(Vec::new());
    for name in found.into_iter().chain(beside) {
        let path = folder.join(name);
        let bytes = file::read(&path, TZDATA)?;
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .map_err(|error| Error::io("read", &path, error))?;
    }
    let tar = archive
        .into_inner()
        .map_err(|error| Error::io("read", folder, error))?;
    Ok(Fetched::new(tar, Origin::File(folder.into())))
}

fn is_wanted(name: &str) -> bool {
    let known = [&SOURCES[..], &FORMER_SOURCE, &TABLES];
    name == VERSION || known.iter().any(|names| names.contains(&name))
}

/// Undoes gzip. The last four bytes promise the size (RFC 1952, 2.3.1); no more room than that is given, nor than the
/// limit.
fn expand(gzip: &[u8]) -> io::Result<Vec<u8>> {
    let promised = gzip.last_chunk().copied().map_or(0, u32::from_le_bytes) as usize;
    let mut bytes = vec![0; promised.min(MAX_EXPANDED)];
    match Decompressor::new().gzip_decompress(gzip, &mut bytes) {
        Ok(expanded) => {
            bytes.truncate(expanded);
            Ok(bytes)
        }
        Err(DecompressionError::InsufficientSpace) if promised > MAX_EXPANDED => {
            let mib = MAX_EXPANDED >> 20;
            Err(io::Error::other(format!(
                "it expands to more than {mib} MiB"
            )))
        }
        Err(_) => Err(io::Error::other("its gzip compression is damaged")),
    }
}

/// Input of the zone compiler, in the order of the release's Makefile. `backzone` is left out: with it, zones that are
/// right today become wrong.
const SOURCES: [&str; 10] = [
    "africa",
    "antarctica",
    "asia",
    "australasia",
    "europe",
    "northamerica",
    "southamerica",
    "etcetera",
    "factory",
    "backward",
];

/// Until 2020a a release had this too, for the one link `US/Pacific-New`.
const FORMER_SOURCE: [&str; 1] = ["pacificnew"];

const TABLES: [&str; 4] = ["iso3166.tab", "leapseconds", "zone.tab", "zone1970.tab"];

const VERSION: &str = "version";

/// The release 2026c expands to 1.4 MiB.
const MAX_EXPANDED: usize = 32 << 20;

/// The release 2026c has 32 files.
const MAX_FILES: usize = 256;

#[cfg(test)]
mod tests {
    use libdeflater::{CompressionLvl, Compressor};

    use super::*;

    /// A release whose every file is a comment but for `extra`.
    fn files_of_release_with(extra: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut archive = tar::Builder::new(Vec::new());
        let names = SOURCES
            .iter()
            .chain(&TABLES)
            .map(|name| (*name, "# nothing\n"));
        for (name, text) in names.chain(extra.iter().copied()) {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            archive
                .append_data(&mut header, name, text.as_bytes())
                .unwrap();
        }
        let tar = archive.into_inner().unwrap();
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut gzip = vec![0; compressor.gzip_compress_bound(tar.len())];
        let length = compressor.gzip_compress(&tar, &mut gzip).unwrap();
        read_files(&gzip[..length]).unwrap()
    }

    #[test]
    fn the_former_file_of_a_release_until_2020a_is_read_and_others_are_not() {
        let link = "Link America/Los_Angeles US/Pacific-New\n";
        let files = files_of_release_with(&[("pacificnew", link), ("backzone", "Zone\n")]);
        assert_eq!(files.get("pacificnew").map(String::as_str), Some(link));
        assert!(!files.contains_key("backzone"));
    }
}
