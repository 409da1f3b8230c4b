//! `bundle zones`: which time zones there are, and what their clocks show.
//!
//! The steps are those of the main job as far as time zones go: what is told is read from the files that a bundle would hold.

use std::fmt;

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{
    cli::ZonesRequest,
    clock::{Change, LocalType},
    digest::Sha256,
    error::Error,
    json,
    lock::Lock,
    notice::Notice,
    run::{Environment, parse_tzdata},
    source::{Origin, Tables, Tzdata, TzdataSource},
    text::escape,
    zic::{Form, Source},
    zones::{Selection, Selector, ZoneFile, country_of},
};

/// Lists time zones. Nothing is written.
///
/// They come from the lock's source if there is a lock and no other source is asked for, else from the newest there is.
///
/// # Errors
///
/// Those of getting and compiling time zone data; a selector that matches nothing.
pub fn list_zones(request: &ZonesRequest, environment: &Environment) -> Result<ZoneList, Error> {
    let mut notices = Vec::new();
    let tzdata = get_tzdata(request, environment, &mut notices)?;
    let source = parse_tzdata(&tzdata)?;
    let all = [Selector::All];
    let selectors = match request.selectors.as_slice() {
        [] => &all,
        selectors => selectors,
    };
    let mut selection = Selection::resolve(selectors, &source, &tzdata.tables)?;
    notices.append(&mut selection.notices);
    notices.sort();
    let at = request.at.map_or(environment.now, |moment| moment.0);
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    let mut zones = Vec::new();
    for file in ZoneFile::compile(&selection, &source, Form::Slim)? {
        zones.extend(Entry::of_file(&file, &source, &tzdata.tables, at));
    }
    zones.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(ZoneList {
        version: 1,
        at,
        tzdata: DataReport {
            version: tzdata.version,
            origin: tzdata.origin,
            sha256: tzdata.sha256,
        },
        zones,
        notices,
    })
}

fn get_tzdata(
    request: &ZonesRequest,
    environment: &Environment,
    notices: &mut Vec<Notice>,
) -> Result<Tzdata, Error> {
    let fetcher = environment.fetcher(request.tls_ca.as_deref(), request.offline);
    let asked = request.tzdata.as_ref();
    let lock = Lock::read(&request.lock)?.filter(|lock| {
        asked.is_none_or(|asked| asked.made(&lock.tzdata.pin, lock.tzdata.version.as_deref()))
    });
    if let Some(lock) = lock {
        return fetcher.pinned_tzdata(&lock.tzdata.pin, notices);
    }
    let source = asked.cloned().unwrap_or_else(TzdataSource::iana);
    fetcher.newest_tzdata_or_builtin(&source, notices)
}

/// Time zones, and what their clocks show. The README documents its JSON.
#[derive(Clone, Debug, Serialize)]
pub struct ZoneList {
    version: u8,
    at: Timestamp,
    tzdata: DataReport,
    zones: Vec<Entry>,
    notices: Vec<Notice>,
}

#[derive(Clone, Debug, Serialize)]
struct DataReport {
    version: Option<String>,
    origin: Origin,
    sha256: Sha256,
}

#[derive(Clone, Debug, Serialize)]
struct Entry {
    name: String,
    /// The zone that an alias stands for.
    alias_of: Option<String>,
    country: Option<String>,
    #[serde(flatten)]
    clock: LocalType,
    next: Option<Change>,
}

impl Entry {
    /// An entry for each name of a file.
    fn of_file(file: &ZoneFile, source: &Source, tables: &Tables, at: Timestamp) -> Vec<Self> {
        // jiff has read the file back already.
        let Ok(zone) = TimeZone::tzif(&file.name, &file.tzif) else {
            return Vec::new();
        };
        let (clock, next) = (LocalType::of(&zone, at), Change::after(&zone, at));
        std::iter::once(&file.name)
            .chain(&file.aliases)
            .map(|name| Self {
                name: name.clone(),
                alias_of: source
                    .canonical(name)
                    .filter(|zone| zone != name)
                    .map(str::to_owned),
                country: country_of(name, tables).map(str::to_owned),
                clock: clock.clone(),
                next: next.clone(),
            })
            .collect()
    }

    /// Name, country, clock, next change, kind.
    fn columns(&self) -> [String; 5] {
        let Self {
            name,
            alias_of,
            country,
            clock,
            next,
        } = self;
        let next = next.as_ref().map_or_else(
            || "stays so".to_owned(),
            |Change { at, to }| format!("until {at}, then {to}"),
        );
        let kind = alias_of.as_ref().map_or_else(
            || "zone".to_owned(),
            |zone| format!("alias of {}", escape(zone)),
        );
        [
            escape(name),
            escape(country.as_deref().unwrap_or("-")),
            clock.to_string(),
            next,
            kind,
        ]
    }
}

impl ZoneList {
    /// The notices, warnings first.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The list as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::encode(self)
    }
}

/// The list for people: a line for each name.
impl fmt::Display for ZoneList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.zones.len();
        let plural = if count == 1 { "" } else { "s" };
        let version = self
            .tzdata
            .version
            .as_deref()
            .unwrap_or("of unknown version");
        let (version, origin) = (escape(version), escape(&self.tzdata.origin.to_string()));
        let at = self.at;
        writeln!(
            f,
            "{count} name{plural} of tzdata {version}, {origin}, at {at}"
        )?;
        let rows: Vec<_> = self.zones.iter().map(Entry::columns).collect();
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default().min(WIDEST_COLUMN)
        };
        let widths: [usize; 4] = std::array::from_fn(width);
        for row in &rows {
            f.write_str("  ")?;
            for (text, width) in row.iter().zip(widths) {
                write!(f, "{text:width$}  ")?;
            }
            writeln!(f, "{}", row[4])?;
        }
        Ok(())
    }
}

/// Longer ones stand out of the column. (A width of more than 65535 makes `format!` panic.)
const WIDEST_COLUMN: usize = 60;
