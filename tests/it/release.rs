//! Releases of time zone data for the tests of the zone compiler.

use std::{collections::BTreeMap, fs, io::Read as _};

use libdeflater::Decompressor;
use scratch_bundle::zic::{File, Source};

/// The release in the program, 2026f.
pub(crate) fn builtin() -> Source {
    let text = include_str!("../../assets/tzdata/tzdata.zi");
    Source::parse(&[File {
        name: "tzdata.zi",
        text,
    }])
    .unwrap()
}

/// 2026c as IANA published it; `None`, with a message, where there is no copy beside the repository.
pub(crate) fn published() -> Option<Source> {
    let Ok(gzip) = fs::read(PUBLISHED) else {
        println!("skipped: no `{PUBLISHED}`");
        return None;
    };
    let files = unpack(&gzip);
    let files = SOURCES.map(|name| File {
        name,
        text: &files[name],
    });
    Some(Source::parse(&files).unwrap())
}

fn unpack(gzip: &[u8]) -> BTreeMap<String, String> {
    let mut tar = vec![0; 4 << 20];
    let length = Decompressor::new().gzip_decompress(gzip, &mut tar).unwrap();
    let mut archive = tar::Archive::new(&tar[..length]);
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

const PUBLISHED: &str = "../shared/data/tz/tzdata2026c.tar.gz";

/// What zic is given to make the main form.
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
