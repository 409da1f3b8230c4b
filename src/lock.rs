//! `bundle.lock`: which inputs a bundle is made of, pinned by digest, and the day on which certificates are judged.
//!
//! It is TOML, written only by this program, sorted, with one line for each root and each zone, so that a review shows
//! what came and went. Reading is strict: whatever this program would not have written is refused, with its line.

use std::{
    fmt::{self, Write as _},
    fs,
    io::{self, Read as _},
    iter,
    ops::Range,
    path::Path,
    str::FromStr,
};

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use crate::{
    digest::Sha256,
    error::Error,
    notice::Notice,
    output::{self, Staged, Written},
    roots::{Choice, Dropped, NotASelector, Prefix, Root, Roots, Selector},
    source::{CaSource, Certificates, Pin, Tzdata, TzdataSource},
    text::escape,
    zones::ZoneFile,
};

/// The content of a lock.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lock {
    /// The table `[ca]`.
    pub ca: CaLock,
    /// The table `[tzdata]`.
    pub tzdata: TzdataLock,
}

/// The certificates of a lock.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CaLock {
    /// The input.
    pub pin: Pin,
    /// The day, in UTC, as of which certificates are judged.
    pub as_of: Date,
    /// The version of the policy on known-bad roots that was applied; `None` in locks that tell neither that nor the choice.
    pub policy: Option<Date>,
    /// What was taken of the input.
    pub choice: Choice,
    /// The roots among those in the bundle that the user added, in order.
    pub extra: Vec<ExtraLine>,
    /// The roots in the bundle, in order.
    pub roots: Vec<RootLine>,
    /// The certificates that the input holds and the bundle does not, because something is wrong with them; in order.
    pub dropped: Vec<DroppedLine>,
}

/// The time zone data of a lock.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TzdataLock {
    /// The input.
    pub pin: Pin,
    /// Its release, if it says one.
    pub version: Option<String>,
    /// The zones in the bundle, in order.
    pub zones: Vec<ZoneLine>,
}

/// A root: `96bcec06264976f3 2035-06-04 ISRG Root X1`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RootLine {
    /// The start of its SHA-256.
    pub sha256: ShortDigest,
    /// The last day of its validity, in UTC.
    pub not_after: Date,
    /// Its name, as its owner wrote it but for characters that a reviewer could not see.
    pub name: String,
}

/// A root that the user added: its whole SHA-256, for no digest of a file stands for it, and its name.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ExtraLine {
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Its name, as its owner wrote it but for characters that a reviewer could not see.
    pub name: String,
}

/// A dropped certificate: `86a1ecba089c4a8d denied emSign ECC Root CA - G3`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DroppedLine {
    /// The start of its SHA-256.
    pub sha256: ShortDigest,
    /// Why, in one word.
    pub reason: String,
    /// Its name, as its owner wrote it but for characters that a reviewer could not see.
    pub name: String,
}

/// A zone: `Asia/Shanghai 4a0c9d2b7e51f380`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ZoneLine {
    /// Its name, as it was asked for.
    pub name: String,
    /// The start of the SHA-256 of its compiled file.
    pub sha256: ShortDigest,
}

/// The first 16 hexadecimal digits of a SHA-256.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ShortDigest(String);

/// The lines by which two locks differ, as a review shows them: `- root …`, `+ zone …`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// Roots and dropped certificates.
    pub roots: Vec<String>,
    /// Zones, and the release that they come from.
    pub zones: Vec<String>,
}

impl Changes {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.zones.is_empty()
    }
}

impl CaLock {
    /// What a lock says of `roots`, which `pin` held on the day `as_of`.
    #[must_use]
    pub fn new(pin: Pin, as_of: Date, roots: &Roots) -> Self {
        let mut lock = Self {
            pin,
            as_of,
            policy: roots.policy.parse().ok(),
            choice: roots.choice.clone(),
            extra: roots
                .kept
                .iter()
                .filter(|root| root.is_extra())
                .map(ExtraLine::of)
                .collect(),
            roots: roots.kept.iter().map(RootLine::of).collect(),
            dropped: roots.dropped.iter().map(DroppedLine::of).collect(),
        };
        lock.roots.sort();
        lock.dropped.sort();
        lock.extra.sort();
        lock
    }

    /// Leaves a lock that lists the same roots as it was: a newer policy that changes nothing is no news. One of the older
    /// form gets what it lacks where something was chosen, unless it is `locked`.
    pub fn leave_as(&mut self, old: &Self, locked: bool) {
        let is_choice_new = self.choice != old.choice || self.extra != old.extra;
        if locked || !is_choice_new {
            self.policy = old.policy;
            self.choice = old.choice.clone();
            self.extra.clone_from(&old.extra);
        }
    }

    /// What was chosen and added, a line for each.
    fn choices(&self) -> Vec<String> {
        let ca = self.choice.ca().iter();
        let exclude = self.choice.exclude().iter();
        let allowed = self.choice.allowed().iter();
        ca.map(|selector| format!("--ca {selector}"))
            .chain(exclude.map(|selector| format!("--exclude-ca {selector}")))
            .chain(allowed.map(|prefix| format!("--allow-denied sha256:{prefix}")))
            .chain(self.extra.iter().map(|line| format!("--extra-ca {line}")))
            .map(|line| escape(&line))
            .collect()
    }
}

impl TzdataLock {
    /// What a lock says of `zones`, compiled from `tzdata`.
    #[must_use]
    pub fn new(tzdata: &Tzdata, zones: &[ZoneFile]) -> Self {
        let mut lock = Self {
            pin: tzdata.pin(),
            version: tzdata.version.clone(),
            zones: zones.iter().flat_map(ZoneLine::of).collect(),
        };
        lock.zones.sort();
        lock
    }
}

impl RootLine {
    fn of(root: &Root) -> Self {
        Self {
            sha256: root.sha256().into(),
            not_after: day_of(root.not_after()),
            name: escape(root.name()),
        }
    }
}

impl ExtraLine {
    fn of(root: &Root) -> Self {
        Self {
            sha256: root.sha256(),
            name: escape(root.name()),
        }
    }
}

impl DroppedLine {
    fn of(dropped: &Dropped) -> Self {
        Self {
            sha256: dropped.sha256.into(),
            reason: dropped.reason.code().to_owned(),
            name: escape(&dropped.name),
        }
    }
}

impl ZoneLine {
    /// A line for each name of a zone.
    fn of(file: &ZoneFile) -> impl Iterator<Item = Self> {
        let sha256 = ShortDigest::from(Sha256::of(&file.tzif));
        iter::once(&file.name)
            .chain(&file.aliases)
            .map(move |name| Self {
                name: name.clone(),
                sha256: sha256.clone(),
            })
    }
}

impl Lock {
    /// Makes a lock of what a run has in hand.
    #[must_use]
    pub fn new(
        certificates: &Certificates,
        as_of: Date,
        roots: &Roots,
        tzdata: &Tzdata,
        zones: &[ZoneFile],
    ) -> Self {
        Self {
            ca: CaLock::new(certificates.pin(), as_of, roots),
            tzdata: TzdataLock::new(tzdata, zones),
        }
    }

    /// Reads the lock at `path`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Something is there that this program did not write in this form (status 3), or it cannot be read (status 1).
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        match read_text(path) {
            Ok(text) => Self::parse(&text)
                .map(Some)
                .map_err(|fault| fault.in_file(path, &text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }

    /// Writes the lock to `path`, whole or not at all, unless `old` is there already.
    ///
    /// # Errors
    ///
    /// Those of [`output::stage`].
    pub fn write(&self, path: &Path, old: Option<&Self>) -> Result<Written, Error> {
        self.stage(path, old)?.commit()
    }

    /// Does all of [`Lock::write`] but the last step, after which the lock has changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn stage(&self, path: &Path, old: Option<&Self>) -> Result<Staged, Error> {
        match old {
            Some(old) if old == self => Ok(Staged::unchanged()),
            _ => output::stage(path, self.to_string().as_bytes()),
        }
    }

    /// What [`Lock::write`] would have to do, as far as a run tells that writes nothing.
    #[must_use]
    pub fn compare(&self, old: Option<&Self>) -> Written {
        match old {
            Some(old) if old == self => Written::Unchanged,
            _ => Written::Unwritten,
        }
    }

    /// Refuses sources that somebody asks for by name and that the lock, which is at `path`, was not made from.
    ///
    /// # Errors
    ///
    /// Asked wrongly: only `bundle update` changes the inputs of a lock.
    pub fn ensure_made_from(
        &self,
        path: &Path,
        ca_source: Option<&CaSource>,
        tzdata: Option<&TzdataSource>,
    ) -> Result<(), Error> {
        let conflict = |flag: &str, asked: String, pin: &Pin| {
            let (path, pinned) = (path.display(), pin.origin.to_source());
            Error::usage(format!("`{path}` pins `{pinned}`, not `{asked}`"))
                .help(format!("`bundle update {flag} {asked}` pins that"))
        };
        if let Some(asked) = ca_source.filter(|asked| !asked.made(&self.ca.pin)) {
            return Err(conflict("--ca-source", asked.to_string(), &self.ca.pin));
        }
        let version = self.tzdata.version.as_deref();
        if let Some(asked) = tzdata.filter(|asked| !asked.made(&self.tzdata.pin, version)) {
            return Err(conflict("--tzdata", asked.to_string(), &self.tzdata.pin));
        }
        Ok(())
    }

    /// Refuses added roots, told by flags, that are not those of the lock, which is at `path`: a file that changed.
    ///
    /// # Errors
    ///
    /// Refused, with the lines that differ. A lock that lists none takes any.
    pub fn ensure_same_extra(&self, path: &Path, new: &Self) -> Result<(), Error> {
        let mut lines = Vec::new();
        push_changes(&mut lines, "extra", &self.ca.extra, &new.ca.extra);
        if self.ca.extra.is_empty() || lines.is_empty() {
            return Ok(());
        }
        let path = path.display();
        Err(
            Error::refused(format!("`--extra-ca` gives other CAs than `{path}` lists"))
                .faults(lines)
                .help("if the change is meant, `bundle update --extra-ca FILE` lists what is there now"),
        )
    }

    /// The lines by which `new` differs. A lock of the older form does not tell what was chosen.
    #[must_use]
    pub fn changes(&self, new: &Self) -> Changes {
        let mut changes = Changes::default();
        if self.ca.policy.is_some() {
            let [old, new] = [self, new].map(|lock| lock.ca.choices());
            push_changes(&mut changes.roots, "choice", &old, &new);
        }
        push_changes(&mut changes.roots, "root", &self.ca.roots, &new.ca.roots);
        push_changes(
            &mut changes.roots,
            "dropped",
            &self.ca.dropped,
            &new.ca.dropped,
        );
        let versions = [self, new].map(|lock| Vec::from_iter(&lock.tzdata.version));
        push_changes(&mut changes.zones, "tzdata", &versions[0], &versions[1]);
        push_changes(
            &mut changes.zones,
            "zone",
            &self.tzdata.zones,
            &new.tzdata.zones,
        );
        changes
    }

    /// A warning if nobody has looked for news in a long time.
    #[must_use]
    pub fn age_notice(&self, path: &Path, today: Date) -> Option<Notice> {
        let days = (today - self.ca.as_of).get_days();
        (days > OLD_AFTER_DAYS).then(|| {
            let path = path.display();
            Notice::warning(
                "lock-age",
                format!("`{path}` is {days} days old: `bundle update` looks for news"),
            )
        })
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let Head { version } = toml::from_str(text)?;
        if *version.get_ref() != VERSION {
            let message = format!(
                "version {} is not known; expected {VERSION}",
                version.get_ref()
            );
            return Err(Fault::new(version.span(), message));
        }
        toml::from_str::<Raw>(text)?.check()
    }
}

/// Writes the file.
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ca, tzdata } = self;
        writeln!(
            f,
            "# Written by `bundle`. Commit this file; `bundle update` renews it."
        )?;
        writeln!(f, "version = {VERSION}\n\n[ca]")?;
        write_pin(f, &ca.pin)?;
        writeln!(f, "as-of = {}", ca.as_of)?;
        if let Some(policy) = ca.policy {
            writeln!(f, "policy = {policy}")?;
        }
        write_some(f, "select", ca.choice.ca().iter())?;
        write_some(f, "exclude", ca.choice.exclude().iter())?;
        let allowed = ca.choice.allowed().iter();
        write_some(
            f,
            "allow-denied",
            allowed.map(|prefix| format!("sha256:{prefix}")),
        )?;
        write_some(f, "extra", ca.extra.iter())?;
        write_list(f, "roots", &ca.roots)?;
        write_list(f, "dropped", &ca.dropped)?;
        writeln!(f, "\n[tzdata]")?;
        write_pin(f, &tzdata.pin)?;
        if let Some(version) = &tzdata.version {
            writeln!(f, "version = {}", Quoted(version))?;
        }
        write_list(f, "zones", &tzdata.zones)
    }
}

impl fmt::Display for RootLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sha256,
            not_after,
            name,
        } = self;
        write!(f, "{sha256} {not_after} {name}")
    }
}

impl fmt::Display for ExtraLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sha256, name } = self;
        write!(f, "{sha256} {name}")
    }
}

impl fmt::Display for DroppedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sha256,
            reason,
            name,
        } = self;
        write!(f, "{sha256} {reason} {name}")
    }
}

impl fmt::Display for ZoneLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, sha256 } = self;
        write!(f, "{name} {sha256}")
    }
}

impl FromStr for RootLine {
    type Err = &'static str;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut words = line.splitn(3, ' ');
            Some(Self {
                sha256: words.next()?.parse().ok()?,
                not_after: words.next()?.parse().ok()?,
                name: words.next()?.to_owned(),
            })
        };
        parse().ok_or("expected a root: 16 hexadecimal digits, a date, a name")
    }
}

impl FromStr for ExtraLine {
    type Err = &'static str;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (sha256, name) = line.split_once(' ')?;
            Some(Self {
                sha256: sha256.parse().ok()?,
                name: name.to_owned(),
            })
        };
        parse().ok_or("expected a root: 64 hexadecimal digits, a name")
    }
}

impl FromStr for DroppedLine {
    type Err = &'static str;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut words = line.splitn(3, ' ');
            Some(Self {
                sha256: words.next()?.parse().ok()?,
                reason: words.next()?.to_owned(),
                name: words.next()?.to_owned(),
            })
        };
        parse().ok_or("expected a dropped root: 16 hexadecimal digits, a reason, a name")
    }
}

impl FromStr for ZoneLine {
    type Err = &'static str;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (name, sha256) = line.split_once(' ')?;
            Some(Self {
                name: name.to_owned(),
                sha256: sha256.parse().ok()?,
            })
        };
        parse().ok_or("expected a zone: a name, 16 hexadecimal digits")
    }
}

impl From<Sha256> for ShortDigest {
    fn from(sha256: Sha256) -> Self {
        Self(sha256.short())
    }
}

impl fmt::Display for ShortDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ShortDigest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 16 && text.bytes().all(digit))
            .then(|| Self(text.to_owned()))
            .ok_or(())
    }
}

/// The day of a moment, in UTC.
#[must_use]
pub fn day_of(moment: Timestamp) -> Date {
    Offset::UTC.to_datetime(moment).date()
}

fn push_changes<T: Ord + fmt::Display>(
    changes: &mut Vec<String>,
    what: &str,
    old: &[T],
    new: &[T],
) {
    let lost = old.iter().filter(|line| !new.contains(line));
    changes.extend(lost.map(|line| format!("- {what} {line}")));
    let added = new.iter().filter(|line| !old.contains(line));
    changes.extend(added.map(|line| format!("+ {what} {line}")));
}

/// What is wrong, and at which bytes.
struct Fault {
    span: Option<Range<usize>>,
    message: String,
}

impl Fault {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
        }
    }

    fn in_file(self, path: &Path, text: &str) -> Error {
        let path = path.display();
        let message = escape(&self.message);
        let place = self
            .span
            .and_then(|span| text.get(..span.start))
            .map_or_else(
                || format!("`{path}`"),
                |before| format!("`{path}`, line {}", before.matches('\n').count() + 1),
            );
        Error::refused(format!("{place}: {message}"))
            .help("restore the file, or delete it and let this program write a new one")
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self {
            span: error.span(),
            // The parser's messages may have several lines, and quote the file.
            message: error.message().lines().collect::<Vec<_>>().join("; "),
        }
    }
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    version: Spanned<i64>,
}

/// The file as TOML, before anything in it is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "version")]
    _version: i64,
    ca: RawCa,
    tzdata: RawTzdata,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCa {
    source: Spanned<String>,
    sha256: Spanned<String>,
    as_of: Spanned<Datetime>,
    policy: Option<Spanned<Datetime>>,
    #[serde(default)]
    select: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    allow_denied: Vec<Spanned<String>>,
    #[serde(default)]
    extra: Vec<Spanned<String>>,
    roots: Vec<Spanned<String>>,
    dropped: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTzdata {
    source: Spanned<String>,
    sha256: Spanned<String>,
    version: Option<String>,
    zones: Vec<Spanned<String>>,
}

impl Raw {
    fn check(self) -> Result<Lock, Fault> {
        let Self { ca, tzdata, .. } = self;
        Ok(Lock {
            ca: CaLock {
                pin: pin(&ca.source, &ca.sha256)?,
                as_of: parse_as(&ca.as_of, DATE)?,
                policy: ca
                    .policy
                    .map(|policy| parse_as(&policy, DATE))
                    .transpose()?,
                choice: Choice::new(
                    selectors(&ca.select, Selector::from_str)?,
                    selectors(&ca.exclude, Selector::from_str)?,
                    selectors(&ca.allow_denied, Prefix::of_selector)?,
                ),
                extra: list(&ca.extra)?,
                roots: list(&ca.roots)?,
                dropped: list(&ca.dropped)?,
            },
            tzdata: TzdataLock {
                pin: pin(&tzdata.source, &tzdata.sha256)?,
                version: tzdata.version,
                zones: list(&tzdata.zones)?,
            },
        })
    }
}

fn pin(source: &Spanned<String>, sha256: &Spanned<String>) -> Result<Pin, Fault> {
    Ok(Pin {
        origin: source.get_ref().parse().map_err(|error| {
            Fault::new(source.span(), format!("`{}`: {error}", source.get_ref()))
        })?,
        sha256: parse_as(sha256, "expected 64 hexadecimal digits")?,
    })
}

fn parse_as<T: FromStr>(value: &Spanned<impl fmt::Display>, expected: &str) -> Result<T, Fault> {
    let parsed = value.get_ref().to_string().parse();
    parsed.map_err(|_| Fault::new(value.span(), expected))
}

fn selectors<T>(
    lines: &[Spanned<String>],
    parse: impl Fn(&str) -> Result<T, NotASelector>,
) -> Result<Vec<T>, Fault> {
    let parse = |line: &Spanned<String>| {
        parse(line.get_ref()).map_err(|error| Fault::new(line.span(), error.to_string()))
    };
    lines.iter().map(parse).collect()
}

/// Reads lines that must be in order, each only once.
fn list<T: FromStr<Err = &'static str> + Ord>(lines: &[Spanned<String>]) -> Result<Vec<T>, Fault> {
    let mut list = Vec::<T>::with_capacity(lines.len());
    for line in lines {
        let item = line
            .get_ref()
            .parse()
            .map_err(|expected| Fault::new(line.span(), expected))?;
        if list.last().is_some_and(|last| *last >= item) {
            return Err(Fault::new(
                line.span(),
                "this line is out of order, or there twice",
            ));
        }
        list.push(item);
    }
    Ok(list)
}

fn write_pin(f: &mut fmt::Formatter<'_>, pin: &Pin) -> fmt::Result {
    writeln!(f, "source = {}", Quoted(&pin.origin.to_source()))?;
    writeln!(f, "sha256 = \"{}\"", pin.sha256)
}

/// Writes a list that is there only if there is something in it.
fn write_some(
    f: &mut fmt::Formatter<'_>,
    key: &str,
    lines: impl Iterator<Item: fmt::Display>,
) -> fmt::Result {
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return Ok(());
    }
    write_list(f, key, &lines)
}

fn write_list(f: &mut fmt::Formatter<'_>, key: &str, lines: &[impl fmt::Display]) -> fmt::Result {
    if lines.is_empty() {
        return writeln!(f, "{key} = []");
    }
    writeln!(f, "{key} = [")?;
    for line in lines {
        writeln!(f, "  {},", Quoted(&line.to_string()))?;
    }
    writeln!(f, "]")
}

/// A basic string of TOML. Names of certificates come here without characters that a reviewer could not see.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                _ if c.is_control() => write!(f, "\\U{:08X}", u32::from(c))?,
                _ => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// Reads the file, which no honest one is larger than.
fn read_text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_BYTES)
        .read_to_string(&mut text)?;
    Ok(text)
}

const VERSION: i64 = 1;

const DATE: &str = "expected a date, such as 2026-11-24";

/// curl's file changes every four to ten weeks.
const OLD_AFTER_DAYS: i32 = 60;

/// A lock with 150 roots and all zones has less than 64 KiB.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn example() -> Lock {
        let pin = |source: &str| Pin {
            origin: source.parse().unwrap(),
            sha256: Sha256::of(source.as_bytes()),
        };
        let short = |text: &str| ShortDigest::from(Sha256::of(text.as_bytes()));
        Lock {
            ca: CaLock {
                pin: pin("https://curl.se/ca/cacert-2026-09-25.pem"),
                as_of: date(2026, 11, 24),
                policy: Some(date(2026, 11, 23)),
                choice: Choice::new(
                    vec!["org:A \"B\", C".parse().unwrap(), "cn:*é".parse().unwrap()],
                    vec!["sha256:00112233".parse().unwrap()],
                    vec![Prefix::of_selector("sha256:44556677").unwrap()],
                ),
                extra: vec![ExtraLine {
                    sha256: Sha256::of(b"own"),
                    name: "Own CA".to_owned(),
                }],
                roots: vec![RootLine {
                    sha256: short("x1"),
                    not_after: date(2035, 6, 4),
                    name: "Főtanúsítvány \"X1\" \u{7}".to_owned(),
                }],
                dropped: Vec::new(),
            },
            tzdata: TzdataLock {
                pin: pin("builtin"),
                version: Some("2026f".to_owned()),
                zones: ["Asia/Shanghai", "Asia/Tokyo"]
                    .map(|name| ZoneLine {
                        name: name.to_owned(),
                        sha256: short(name),
                    })
                    .into(),
            },
        }
    }

    #[test]
    fn a_lock_is_written_as_documented_and_read_back() {
        let expected = r#"# Written by `bundle`. Commit this file; `bundle update` renews it.
version = 1

[ca]
source = "https://curl.se/ca/cacert-2026-09-25.pem"
sha256 = "41c354c450f8d4385318899f05e0caf724ea763a9b9b40a5d52930e9f2a312d2"
as-of = 2026-11-24
policy = 2026-11-23
select = [
  "cn:*é",
  "org:A \"B\", C",
]
exclude = [
  "sha256:00112233",
]
allow-denied = [
  "sha256:44556677",
]
extra = [
  "5b3975651c3cab92d044c096dc30a1c2d9525497457472de48c51ecb363d1f4a Own CA",
]
roots = [
  "ec31682fde561917 2035-06-04 Főtanúsítvány \"X1\" \U00000007",
]
dropped = []

[tzdata]
source = "builtin"
sha256 = "2f0177192e8bdee58fd3d5e4479c148d52b55d3f0205f5d9b17973aa261277c2"
version = "2026f"
zones = [
  "Asia/Shanghai 95033d34e64e9c7a",
  "Asia/Tokyo d03f5792f1d28c14",
]
"#;
        let text = example().to_string();
        assert_eq!(text, expected);
        assert_eq!(Lock::parse(&text).ok(), Some(example()));
        assert_eq!(
            Lock::parse(&text.replace('\n', "\r\n")).ok(),
            Some(example())
        );
    }

    #[test]
    fn every_fault_names_its_line() {
        let mut example = example();
        example.ca.policy = None;
        example.ca.choice = Choice::default();
        example.ca.extra.clear();
        let good = example.to_string();
        for (old, new, message) in [
            (
                "dropped = []\n",
                "dropped = []\npolicy = \"new\"\n",
                "line 12: invalid type: string \"new\", expected a TOML datetime",
            ),
            (
                "dropped = []\n",
                "dropped = []\nselect = [\"ISRG\"]\n",
                "line 12: expected `all`, `none`, `cn:TEXT`, `org:TEXT` or `sha256:HEX`",
            ),
            (
                "dropped = []\n",
                "dropped = []\nallow-denied = [\"cn:A\"]\n",
                "line 12: expected `sha256:` and 8 to 64 hexadecimal digits",
            ),
            (
                "dropped = []\n",
                "dropped = []\nextra = [\"ec31682fde561917 A\"]\n",
                "line 12: expected a root: 64 hexadecimal digits, a name",
            ),
            (
                "version = 1\n",
                "version = 2\n",
                "line 2: version 2 is not known; expected 1",
            ),
            ("version = 1\n", "", "line 1: missing field `version`"),
            (
                "[ca]",
                "<<<<<<< HEAD\n[ca]",
                "line 4: key with no value, expected `=`",
            ),
            ("dropped = []\n", "", "line 4: missing field `dropped`"),
            (
                "dropped = []\n",
                "dropped = []\ndroped = []\n",
                "line 12: unknown field `droped`, expected one of `source`, `sha256`, `as-of`, `policy`, `select`, `exclude`, `allow-denied`, `extra`, `roots`, `dropped`",
            ),
            (
                "\"builtin\"",
                "\"http://a/b\"",
                "line 14: `http://a/b`: only https:// is taken",
            ),
            (
                "sha256 = \"2f",
                "sha256 = \"2",
                "line 15: expected 64 hexadecimal digits",
            ),
            (
                "2026-11-24",
                "2026-11-24T00:00:00Z",
                "line 7: expected a date, such as 2026-11-24",
            ),
            (
                "2026-11-24",
                "\"2026-11-24\"",
                "line 7: invalid type: string \"2026-11-24\", expected a TOML datetime",
            ),
            (
                " 2035-06-04 ",
                " ",
                "line 9: expected a root: 16 hexadecimal digits, a date, a name",
            ),
            (
                "dropped = []",
                "dropped = [\"x y z\"]",
                "line 11: expected a dropped root: 16 hexadecimal digits, a reason, a name",
            ),
            (
                "\"Asia/Tokyo ",
                "\"Asia/Tokyo  ",
                "line 19: expected a zone: a name, 16 hexadecimal digits",
            ),
            (
                "\"Asia/Tokyo ",
                "\"Africa/Tokyo ",
                "line 19: this line is out of order, or there twice",
            ),
        ] {
            assert!(good.contains(old), "{old}");
            let text = good.replace(old, new);
            let fault = Lock::parse(&text).err().unwrap();
            let told = fault.in_file(Path::new("bundle.lock"), &text).to_string();
            assert_eq!(told, format!("`bundle.lock`, {message}"));
        }
    }
}
