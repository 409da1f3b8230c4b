//! What a run did, as text for people and as JSON for programs.
//!
//! The JSON is stable: fields may be added, and none is renamed or removed while `version` is 1. The README documents it.

use std::{
    fmt::{self, Write as _},
    path::{Component, Path},
};

use jiff::{Timestamp, tz::Offset};
use serde::Serialize;

use crate::{
    archive::{Archive, Compression},
    digest::Sha256,
    json,
    lock::Lock,
    notice::Notice,
    output::{Destination, Written},
    roots::{Dropped, Root, Roots},
    source::{Origin, Tzdata},
    text::escape,
    tree::TreePath,
    zones::ZoneFile,
};

/// Everything that is worth telling about a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    version: u8,
    output: OutputReport,
    diff_id: DiffId,
    roots: RootsReport,
    tzdata: TzdataReport,
    zones: Vec<ZoneReport>,
    extras: Vec<String>,
    lock: LockReport,
    dockerfile: Option<String>,
    notices: Vec<Notice>,
}

/// What a [`Report`] is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Where the bytes went.
    pub destination: &'a Destination,
    /// How the archive was compressed.
    pub compression: Compression,
    /// The bytes of the output.
    pub bytes: usize,
    /// What became of the output.
    pub written: Written,
    /// The archive before compression.
    pub archive: &'a Archive,
    /// Where the roots came from, for people.
    pub roots_origin: &'a str,
    /// The roots.
    pub roots: &'a Roots,
    /// The time zone data.
    pub tzdata: &'a Tzdata,
    /// The compiled zones.
    pub zones: &'a [ZoneFile],
    /// What is there beside certificates and zones.
    pub extras: &'a [&'a TreePath],
    /// The lock.
    pub lock: &'a Lock,
    /// Where it is.
    pub lock_path: &'a Path,
    /// What became of it.
    pub lock_written: Written,
}

/// How much of a report is told as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detail {
    /// A few lines.
    Normal,
    /// Also each zone on a line of its own.
    Verbose,
}

#[derive(Clone, Debug, Serialize)]
struct OutputReport {
    path: String,
    bytes: usize,
    form: &'static str,
    written: &'static str,
}

/// The layer's digest as container tools write it.
#[derive(Clone, Copy, Debug)]
struct DiffId(Sha256);

#[derive(Clone, Debug, Serialize)]
struct RootsReport {
    origin: String,
    policy: String,
    count: usize,
    kept: Vec<KeptReport>,
    dropped: Vec<DroppedReport>,
}

#[derive(Clone, Debug, Serialize)]
struct KeptReport {
    name: String,
    sha256: Sha256,
    not_after: String,
}

/// A certificate that was left out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DroppedReport {
    name: String,
    sha256: Sha256,
    code: &'static str,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct TzdataReport {
    version: Option<String>,
    origin: Origin,
    sha256: Sha256,
}

#[derive(Clone, Debug, Serialize)]
struct LockReport {
    path: String,
    as_of: String,
    written: &'static str,
}

/// A name of a zone: it holds the bytes, or is a link to the name that does.
#[derive(Clone, Debug, Serialize)]
struct ZoneReport {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_to: Option<String>,
    bytes: usize,
    sha256: Sha256,
}

impl Report {
    /// Puts the facts of a run and its notices together.
    #[must_use]
    pub fn new(facts: &Facts<'_>, mut notices: Vec<Notice>) -> Self {
        notices.sort();
        Self {
            version: 1,
            output: OutputReport::new(facts),
            diff_id: DiffId(facts.archive.diff_id()),
            roots: RootsReport::new(facts),
            tzdata: TzdataReport {
                version: facts.tzdata.version.clone(),
                origin: facts.tzdata.origin.clone(),
                sha256: facts.tzdata.sha256,
            },
            zones: facts.zones.iter().flat_map(ZoneReport::of).collect(),
            extras: facts.extras.iter().map(ToString::to_string).collect(),
            lock: LockReport::new(facts),
            dockerfile: dockerfile_line(facts.destination),
            notices,
        }
    }

    /// The notices, warnings first.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The report as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::encode(self)
    }

    /// The report as text, with a final newline.
    #[must_use]
    pub fn to_text(&self, detail: Detail) -> String {
        let mut text = format!(
            "{} {}, {} bytes\n",
            escape(&self.output.path),
            self.output.written,
            self.output.bytes
        );
        let mut line = |label: &str, value: &dyn fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {label:<9} {value}");
        };
        line("diff_id", &self.diff_id);
        line("roots", &self.roots.summary());
        if detail == Detail::Normal && self.roots.dropped.len() > MOST_DROPPED_LINES {
            line("dropped", &self.roots.dropped_summary());
        } else {
            for dropped in &self.roots.dropped {
                line("dropped", dropped);
            }
        }
        line("tzdata", &self.tzdata);
        if detail == Detail::Verbose && !self.zones.is_empty() {
            line("zones", &self.zones.len());
            for zone in &self.zones {
                line("", zone);
            }
        } else {
            line("zones", &zone_summary(&self.zones));
        }
        if !self.extras.is_empty() {
            line("extras", &self.extras_summary(detail));
        }
        line("lock", &self.lock);
        if let Some(dockerfile) = &self.dockerfile {
            line("use", dockerfile);
        }
        text
    }
}

impl Report {
    fn extras_summary(&self, detail: Detail) -> String {
        match self.extras.len() {
            many if many > MOST_EXTRAS_ON_A_LINE && detail == Detail::Normal => {
                format!("{many} paths (`--verbose` lists them)")
            }
            _ => self.extras.join(", "),
        }
    }
}

impl OutputReport {
    fn new(facts: &Facts<'_>) -> Self {
        Self {
            path: match facts.destination {
                Destination::File(path) => path.display().to_string(),
                Destination::Stdout => "-".to_owned(),
            },
            bytes: facts.bytes,
            form: match facts.compression {
                Compression::None => "tar",
                Compression::Gzip => "tar.gz",
                Compression::Zstd => "tar.zst",
            },
            written: word(facts.written),
        }
    }
}

fn word(written: Written) -> &'static str {
    match written {
        Written::Created => "created",
        Written::Replaced => "replaced",
        Written::Unchanged => "unchanged",
        Written::Streamed => "streamed",
        Written::Unwritten => "unwritten",
    }
}

impl fmt::Display for DiffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl Serialize for DiffId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl RootsReport {
    fn new(facts: &Facts<'_>) -> Self {
        Self {
            origin: facts.roots_origin.to_owned(),
            policy: facts.roots.policy.clone(),
            count: facts.roots.kept.len(),
            kept: facts.roots.kept.iter().map(KeptReport::of).collect(),
            dropped: facts.roots.dropped.iter().map(DroppedReport::of).collect(),
        }
    }

    fn summary(&self) -> String {
        format!("{} from {}", self.count, escape(&self.origin))
    }

    fn dropped_summary(&self) -> String {
        format!(
            "{} certificates (`--verbose` lists them)",
            self.dropped.len()
        )
    }
}

impl KeptReport {
    fn of(root: &Root) -> Self {
        Self {
            name: root.name().to_owned(),
            sha256: root.sha256(),
            not_after: date(root.not_after()),
        }
    }
}

impl DroppedReport {
    pub(crate) fn of(dropped: &Dropped) -> Self {
        Self {
            name: dropped.name.clone(),
            sha256: dropped.sha256,
            code: dropped.reason.code(),
            reason: dropped.reason.to_string(),
        }
    }
}

impl fmt::Display for DroppedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {}: {}",
            escape(&self.name),
            self.sha256.short(),
            self.reason
        )
    }
}

impl fmt::Display for TzdataReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        write!(f, "{version}, {}", escape(&self.origin.to_string()))
    }
}

impl ZoneReport {
    fn of(file: &ZoneFile) -> Vec<Self> {
        let named = |name: &String, link_to: Option<&String>| Self {
            name: name.clone(),
            link_to: link_to.cloned(),
            bytes: file.tzif.len(),
            sha256: Sha256::of(&file.tzif),
        };
        let links = file
            .aliases
            .iter()
            .map(|alias| named(alias, Some(&file.name)));
        std::iter::once(named(&file.name, None))
            .chain(links)
            .collect()
    }
}

impl LockReport {
    fn new(facts: &Facts<'_>) -> Self {
        Self {
            path: facts.lock_path.display().to_string(),
            as_of: facts.lock.ca.as_of.to_string(),
            written: word(facts.lock_written),
        }
    }
}

impl fmt::Display for LockReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            as_of,
            written,
        } = self;
        write!(f, "{} {written}, certificates as of {as_of}", escape(path))
    }
}

impl fmt::Display for ZoneReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.link_to {
            None => write!(f, "{} {} bytes", self.name, self.bytes),
            Some(target) => write!(f, "{} -> {target}", self.name),
        }
    }
}

fn zone_summary(zones: &[ZoneReport]) -> String {
    if zones.is_empty() {
        return "none".to_owned();
    }
    if zones.len() <= MOST_ZONES_ON_A_LINE {
        return zones
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
    }
    let files = zones.iter().filter(|zone| zone.link_to.is_none());
    let bytes = files.clone().map(|zone| zone.bytes).sum::<usize>();
    format!(
        "{} names of {} zones, {bytes} bytes (`--verbose` lists them)",
        zones.len(),
        files.count()
    )
}

/// What to write into a Dockerfile. Its paths start at the build context, which is taken to be the current folder, or that
/// of an output elsewhere. A name with spaces needs the form of a JSON array; one with characters that mean something in a
/// Dockerfile (`$`, `*`, `\`, `[`, the `:` of an address, a flag) gets no line.
fn dockerfile_line(destination: &Destination) -> Option<String> {
    let Destination::File(path) = destination else {
        return None;
    };
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let source = if is_below {
        path.to_str()?
    } else {
        path.file_name()?.to_str()?
    };
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=,%~ ".contains(c);
    if source.starts_with('-') || !source.chars().all(is_plain) {
        None
    } else if source.contains(' ') {
        Some(format!("ADD [\"{source}\", \"/\"]"))
    } else {
        Some(format!("ADD {source} /"))
    }
}

/// The day in universal time.
fn date(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).date().to_string()
}

const MOST_DROPPED_LINES: usize = 20;

const MOST_EXTRAS_ON_A_LINE: usize = 5;

const MOST_ZONES_ON_A_LINE: usize = 5;
