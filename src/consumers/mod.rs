//! Which program looks where, and what it needs beside the default layout.
//!
//! `Consumer::needs` is the one table: `--for` adds what it says, `check` judges by it, the README prints it, and
//! `.ci/consumers` proves each line by running the program against a tree that holds nothing else.
//!
//! Nothing is ever added to `etc/ssl/certs` or `etc/pki/tls/certs` itself: Go and rustls read every file there, so a
//! second copy of the roots would be read twice.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    error::Error,
    roots::Roots,
    source::Tzdata,
    tree::{Tree, TreePath},
};

mod tables;
mod trust_store;
mod zi;

/// A kind of program that reads a bundle: a value of `--for`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Consumer {
    /// Go: needs the default layout only
    Go,
    /// Rust with rustls, jiff or chrono: needs the default layout only
    Rust,
    /// C library musl: needs the default layout only
    Musl,
    /// C library glibc: needs the default layout only
    Glibc,
    /// OpenSSL, and curl built with it: links to the roots
    Openssl,
    /// Python: links to the roots, the zone UTC
    Python,
    /// Ruby with tzinfo: links to the roots, tables of zones and countries
    Ruby,
    /// .NET: links to the roots, tables of zones and countries
    Dotnet,
    /// C++20: tzdata.zi, leapseconds
    Cpp,
    /// Node.js with --use-system-ca or --use-openssl-ca: a link to the roots
    Node,
    /// Java: a trust store
    Java,
}

/// Something that a consumer looks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Need {
    /// Which part or build of the consumer looks for it.
    pub reader: &'static str,
    /// What it is.
    pub thing: Thing,
    /// Where it is looked for.
    pub path: &'static str,
    /// The environment variable that leads to the default layout instead, if one does.
    pub variable: Option<&'static str>,
}

/// What a [`Need`] is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Thing {
    /// The table of country codes.
    Countries,
    /// Leap seconds as text.
    LeapSeconds,
    /// Every root as PEM.
    Roots,
    /// Every root in Java's own form.
    TrustStore,
    /// A zone that is looked for by this name, asked for or not.
    Zone,
    /// The table of zones that differ since 1970.
    Zones1970,
    /// The folder of compiled zones.
    Zones,
    /// The zones as text.
    ZonesAsText,
    /// The table of zones, one country each.
    ZonesByCountry,
}

impl Consumer {
    /// All of them, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Go,
        Self::Rust,
        Self::Musl,
        Self::Glibc,
        Self::Openssl,
        Self::Python,
        Self::Ruby,
        Self::Dotnet,
        Self::Cpp,
        Self::Node,
        Self::Java,
    ];

    /// The table: everything that this consumer looks for in a bundle.
    #[must_use]
    pub fn needs(self) -> Vec<Need> {
        match self {
            Self::Go => vec![
                need(
                    "crypto/x509",
                    Thing::Roots,
                    CERTIFICATES,
                    Some("SSL_CERT_FILE"),
                ),
                need("time", Thing::Zones, ZONES, Some("ZONEINFO")),
            ],
            Self::Rust => vec![
                need(
                    "rustls-native-certs",
                    Thing::Roots,
                    CERTIFICATES,
                    Some("SSL_CERT_FILE"),
                ),
                need("jiff, chrono", Thing::Zones, ZONES, None),
            ],
            Self::Musl => vec![need("C library", Thing::Zones, ZONES, None)],
            Self::Glibc => vec![need("C library", Thing::Zones, ZONES, Some("TZDIR"))],
            Self::Openssl => OPENSSL.to_vec(),
            Self::Python => [
                OPENSSL,
                &[
                    need("zoneinfo", Thing::Zones, ZONES, Some("PYTHONTZPATH")),
                    need("zoneinfo", Thing::Zone, "usr/share/zoneinfo/UTC", None),
                ],
            ]
            .concat(),
            Self::Ruby => [OPENSSL, &tables("tzinfo")].concat(),
            Self::Dotnet => [OPENSSL, &tables("TimeZoneInfo")].concat(),
            Self::Cpp => vec![
                need(
                    "std::chrono",
                    Thing::ZonesAsText,
                    "usr/share/zoneinfo/tzdata.zi",
                    None,
                ),
                need(
                    "std::chrono",
                    Thing::LeapSeconds,
                    "usr/share/zoneinfo/leapseconds",
                    None,
                ),
            ],
            Self::Node => vec![need(
                "system roots",
                Thing::Roots,
                "etc/ssl/cert.pem",
                Some("NODE_EXTRA_CA_CERTS"),
            )],
            Self::Java => vec![need(
                "JSSE",
                Thing::TrustStore,
                "etc/ssl/certs/java/cacerts",
                None,
            )],
        }
    }

    /// Zones to take along, whatever the user asks for.
    pub fn zones(self) -> impl Iterator<Item = &'static str> {
        self.needs()
            .into_iter()
            .filter(|need| need.thing == Thing::Zone)
            .filter_map(|need| need.path.strip_prefix(ZONES)?.strip_prefix('/'))
    }
}

/// Shown as the value of `--for`.
impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Adds to `tree`, which holds certificates and zones already, what `consumers` need beside them. Tables and text are cut
/// to the zones that the tree holds.
///
/// # Errors
///
/// None that is known: the places do not clash with those of certificates and zones.
pub fn furnish(
    tree: &mut Tree,
    consumers: &[Consumer],
    roots: &Roots,
    tzdata: &Tzdata,
) -> Result<(), Error> {
    for need in consumers.iter().flat_map(|consumer| consumer.needs()) {
        let path: TreePath = need.path.parse()?;
        match need.thing {
            Thing::Zone | Thing::Zones => {}
            Thing::Roots => link_to_certificates(tree, path)?,
            Thing::TrustStore => tree.file(path, trust_store::write(&roots.kept))?,
            Thing::Countries => tree.file(path, tables::countries(&tzdata.tables, tree))?,
            Thing::ZonesByCountry => tree.file(path, tables::zones(&tzdata.tables.zone, tree))?,
            Thing::Zones1970 => tree.file(path, tables::zones(&tzdata.tables.zone1970, tree))?,
            Thing::ZonesAsText => tree.file(path, zi::cut(tzdata, tree))?,
            Thing::LeapSeconds => tree.file(path, tzdata.tables.leapseconds.as_bytes())?,
        }
    }
    Ok(())
}

/// Without certificates (`--ca none`) there is nothing to lead to.
fn link_to_certificates(tree: &mut Tree, path: TreePath) -> Result<(), Error> {
    let certificates = TreePath::certificates();
    if path == certificates || tree.at(&certificates).is_none() {
        return Ok(());
    }
    tree.symlink(path, &certificates)
}

const fn need(
    reader: &'static str,
    thing: Thing,
    path: &'static str,
    variable: Option<&'static str>,
) -> Need {
    Need {
        reader,
        thing,
        path,
        variable,
    }
}

const fn tables(reader: &'static str) -> [Need; 4] {
    [
        need(reader, Thing::Zones, ZONES, None),
        need(
            reader,
            Thing::ZonesByCountry,
            "usr/share/zoneinfo/zone.tab",
            None,
        ),
        need(
            reader,
            Thing::Zones1970,
            "usr/share/zoneinfo/zone1970.tab",
            None,
        ),
        need(
            reader,
            Thing::Countries,
            "usr/share/zoneinfo/iso3166.tab",
            None,
        ),
    ]
}

/// The places of `cert.pem` differ with the folder that OpenSSL was built for (`OPENSSLDIR`, include/internal/common.h).
const OPENSSL: &[Need] = &[
    need(
        "OpenSSL of Debian, Ubuntu",
        Thing::Roots,
        "usr/lib/ssl/cert.pem",
        OPENSSL_VARIABLE,
    ),
    need(
        "OpenSSL of Fedora, RHEL",
        Thing::Roots,
        "etc/pki/tls/cert.pem",
        OPENSSL_VARIABLE,
    ),
    need(
        "OpenSSL of Alpine, static builds",
        Thing::Roots,
        "etc/ssl/cert.pem",
        OPENSSL_VARIABLE,
    ),
];

const OPENSSL_VARIABLE: Option<&str> = Some("SSL_CERT_FILE");

const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

const ZONES: &str = "usr/share/zoneinfo";
