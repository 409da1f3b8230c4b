//! `bundle update`: the one way to newer data, and what it changes, told as a reviewer wants to read it.
//!
//! The steps: the lock; the newest inputs, asked for only if they are new; a lock of them with the same zones and the
//! same choice of roots; the difference; and, if there is one, the new lock in place of the old.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use crate::{
    cli::UpdateRequest,
    clock::Difference,
    error::Error,
    lock::{CaLock, Lock, RootLine, ShortDigest, TzdataLock, day_of},
    notice::Notice,
    roots::{Choice, PRUNED, Roots},
    run::{Environment, check_roots, parse_tzdata},
    source::{CaSource, Certificates, Fetcher, Tzdata, TzdataSource},
    zic::Form,
    zones::{Selection, Selector, ZoneFile},
};

mod report;

pub use report::{News, UpdateReport};

/// Renews the lock that `request` names.
///
/// # Errors
///
/// There is no lock; a source cannot be reached (status 1) or is wrong (status 3); too many roots would be lost; a zone
/// of the lock is not in the new data; the lock cannot be written. The lock then stays as it was.
pub fn update(request: &UpdateRequest, environment: &Environment) -> Result<UpdateReport, Error> {
    let path = &request.sources.lock;
    let old = Lock::read(path)?.ok_or_else(|| {
        Error::usage(format!("there is no lock `{}` to renew", path.display()))
            .help("`bundle --zones …` writes one")
    })?;
    let fetcher = environment.fetcher(request.sources.tls_ca.as_deref(), false);
    let inputs = fetcher.newest(&ca_source(request, &old), &tzdata_source(request, &old))?;
    let mut notices = inputs.notices;

    let today = day_of(environment.now).max(old.ca.as_of);
    let roots = match old.ca.policy {
        Some(_) => choose_again(&request.extra_ca, &old.ca, &inputs.certificates, today)?,
        None if !request.extra_ca.is_empty() => return Err(refuse_extra(path)),
        None => renew_roots(&fetcher, &old, &inputs.certificates, today, &mut notices)?,
    };
    notices.extend(roots.kept.notices.iter().cloned());
    notices.retain(|notice| notice.code != PRUNED);
    let zones = renew_zones(&fetcher, &old, &inputs.tzdata, &mut notices)?;
    let mut new = Lock {
        ca: roots.lock,
        tzdata: zones.lock,
    };
    if !request.allow_shrink {
        ensure_not_shrunk(&old.ca, &new.ca)?;
    }
    if !is_due(&old, &new) {
        new.ca.as_of = old.ca.as_of;
    }
    notices.extend(step_back(&old.tzdata, &new.tzdata));

    let news = News {
        path,
        dry_run: request.dry_run,
        old: &old,
        new: &new,
        roots: &roots.kept,
        differences: zones.differences,
    };
    let report = UpdateReport::new(news, notices);
    if !request.dry_run {
        new.write(path, Some(&old))?;
    }
    Ok(report)
}

fn ca_source(request: &UpdateRequest, old: &Lock) -> CaSource {
    let asked = request.sources.ca_source.clone();
    asked.unwrap_or_else(|| CaSource::renewing(&old.ca.pin.origin))
}

fn tzdata_source(request: &UpdateRequest, old: &Lock) -> TzdataSource {
    let asked = request.sources.tzdata.clone();
    asked.unwrap_or_else(|| TzdataSource::renewing(&old.tzdata.pin.origin))
}

/// The certificates of the new lock.
struct RenewedRoots {
    lock: CaLock,
    kept: Roots,
}

/// Takes of the new roots what the lock says was chosen, and adds the roots in files or, without any, those that the lock
/// lists.
fn choose_again(
    extra_ca: &[PathBuf],
    old: &CaLock,
    certificates: &Certificates,
    as_of: Date,
) -> Result<RenewedRoots, Error> {
    let kept = check_roots(certificates, old.choice.clone(), extra_ca, as_of)?;
    let mut lock = CaLock::new(certificates.pin(), as_of, &kept);
    if extra_ca.is_empty() {
        let is_extra = |root: &&RootLine| {
            old.extra
                .iter()
                .any(|extra| ShortDigest::from(extra.sha256) == root.sha256)
        };
        lock.roots
            .extend(old.roots.iter().filter(is_extra).cloned());
        lock.roots.sort();
        lock.roots.dedup();
        lock.extra.clone_from(&old.extra);
    }
    Ok(RenewedRoots { lock, kept })
}

fn refuse_extra(path: &Path) -> Error {
    let message = format!("`{}` does not tell which CAs were added", path.display());
    Error::usage(message).help("run `bundle --zones … --extra-ca FILE` once, which writes it anew")
}

/// Makes the same choice among the new roots as a lock that does not tell it made among the old ones.
fn renew_roots(
    fetcher: &Fetcher,
    old: &Lock,
    certificates: &Certificates,
    as_of: Date,
    notices: &mut Vec<Notice>,
) -> Result<RenewedRoots, Error> {
    let kept = check_roots(certificates, Choice::default(), &[], as_of)?;
    let pin = certificates.pin();
    let before = if pin == old.ca.pin {
        Ok(certificates.clone())
    } else {
        fetcher.pinned_certificates(&old.ca.pin, notices)
    };
    let before = before
        .and_then(|certificates| check_roots(&certificates, Choice::default(), &[], old.ca.as_of));
    let mut lock = CaLock {
        policy: None,
        ..CaLock::new(pin, as_of, &kept)
    };
    match before {
        Ok(before) => choose_alike(
            &mut lock,
            &old.ca,
            &CaLock::new(old.ca.pin.clone(), as_of, &before),
        ),
        Err(error) => notices.push(unknown_before("roots", &error)),
    }
    Ok(RenewedRoots { lock, kept })
}

/// Reduces `new`, which lists all roots there are, as `old` was reduced from `all`. A lock does not tell the selectors, so
/// a part is renewed as the part that is left of it; and roots that came from elsewhere stay.
fn choose_alike(new: &mut CaLock, old: &CaLock, all: &CaLock) {
    if old.roots == all.roots {
        return;
    }
    let chosen: BTreeSet<&ShortDigest> = old.roots.iter().map(|root| &root.sha256).collect();
    let from_source: BTreeSet<&ShortDigest> = all.roots.iter().map(|root| &root.sha256).collect();
    new.roots.retain(|root| chosen.contains(&root.sha256));
    let from_elsewhere = old
        .roots
        .iter()
        .filter(|root| !from_source.contains(&root.sha256));
    new.roots.extend(from_elsewhere.cloned());
    new.roots.sort();
    new.roots.dedup();
}

/// The time zones of the new lock.
struct RenewedZones {
    lock: TzdataLock,
    /// For each name whose bytes change: from when on the clock differs, if it does and the old data can be had.
    differences: BTreeMap<String, Option<Difference>>,
}

fn renew_zones(
    fetcher: &Fetcher,
    old: &Lock,
    tzdata: &Tzdata,
    notices: &mut Vec<Notice>,
) -> Result<RenewedZones, Error> {
    if tzdata.pin() == old.tzdata.pin {
        return Ok(RenewedZones {
            lock: old.tzdata.clone(),
            differences: BTreeMap::new(),
        });
    }
    let before = fetcher
        .pinned_tzdata(&old.tzdata.pin, notices)
        .and_then(|before| compile_as(&old.tzdata, &before));
    let (form, before) = match before {
        Ok((form, files)) => (form, by_name(&files)),
        Err(error) => {
            notices.push(unknown_before("time zone data", &error));
            (Form::Slim, BTreeMap::new())
        }
    };
    let files = compile(&old.tzdata, tzdata, form)?;
    let lock = TzdataLock::new(tzdata, &files);
    let after = by_name(&files);
    let differences = old
        .tzdata
        .zones
        .iter()
        .filter(|zone| !lock.zones.contains(zone))
        .map(|zone| {
            let pair = before.get(&zone.name).zip(after.get(&zone.name));
            let difference = pair.and_then(|(before, after)| Difference::first(before, after));
            (zone.name.clone(), difference)
        })
        .collect();
    Ok(RenewedZones { lock, differences })
}

/// Compiles the old zones again, in the form in which the lock lists them.
fn compile_as(lock: &TzdataLock, tzdata: &Tzdata) -> Result<(Form, Vec<ZoneFile>), Error> {
    let slim = compile(lock, tzdata, Form::Slim)?;
    if TzdataLock::new(tzdata, &slim).zones == lock.zones {
        return Ok((Form::Slim, slim));
    }
    Ok((Form::Fat, compile(lock, tzdata, Form::Fat)?))
}

fn compile(lock: &TzdataLock, tzdata: &Tzdata, form: Form) -> Result<Vec<ZoneFile>, Error> {
    let source = parse_tzdata(tzdata)?;
    let names: Vec<Selector> = lock
        .zones
        .iter()
        .map(|zone| Selector::Name(zone.name.clone()))
        .collect();
    ZoneFile::compile(
        &Selection::resolve(&names, &source, &tzdata.tables)?,
        &source,
        form,
    )
}

fn by_name(files: &[ZoneFile]) -> BTreeMap<String, Vec<u8>> {
    let names = |file: &ZoneFile| std::iter::once(file.name.clone()).chain(file.aliases.clone());
    files
        .iter()
        .flat_map(|file| names(file).map(|name| (name, file.tzif.clone())))
        .collect()
}

/// Refuses to lose more than a fifth of the roots. From 2021 to 2026 the largest loss in one step of curl's file was 17 %.
fn ensure_not_shrunk(old: &CaLock, new: &CaLock) -> Result<(), Error> {
    let lost: Vec<&RootLine> = lost_roots(old, new).collect();
    if lost.len() * 5 <= old.roots.len() {
        return Ok(());
    }
    let source = new.pin.origin.to_source();
    let (lost, all) = (lost.len(), old.roots.len());
    Err(Error::refused(format!(
        "`{source}` lacks {lost} of the {all} roots in the lock"
    ))
    .help("`--dry-run --allow-shrink` tells which; `--allow-shrink` takes it as it is"))
}

/// The roots of `old` that `new` does not have.
fn lost_roots<'a>(old: &'a CaLock, new: &CaLock) -> impl Iterator<Item = &'a RootLine> {
    let left: BTreeSet<ShortDigest> = new.roots.iter().map(|root| root.sha256.clone()).collect();
    old.roots
        .iter()
        .filter(move |root| !left.contains(&root.sha256))
}

/// Whether the day of the lock has to be renewed: with any news, and once in a month without, so that a lock which is
/// looked after does not seem old, and one which is looked after daily does not change daily.
fn is_due(old: &Lock, new: &Lock) -> bool {
    let days = (new.ca.as_of - old.ca.as_of).get_days();
    let has_news = old.tzdata != new.tzdata
        || old.ca.pin != new.ca.pin
        || old.ca.roots != new.ca.roots
        || old.ca.dropped != new.ca.dropped
        || old.ca.extra != new.ca.extra;
    has_news || days >= RENEWED_AFTER_DAYS
}

/// A publisher, or a mirror of it, that goes back in time is worth a look.
fn step_back(old: &TzdataLock, new: &TzdataLock) -> Option<Notice> {
    let (old, new) = old.version.as_ref().zip(new.version.as_ref())?;
    (new < old).then(|| {
        Notice::warning(
            "older-tzdata",
            format!("tzdata {new} is older than {old}, which was locked"),
        )
    })
}

fn unknown_before(what: &str, error: &Error) -> Notice {
    Notice::warning(
        "old-input-gone",
        format!("the old {what} cannot be compared: {error}"),
    )
}

const RENEWED_AFTER_DAYS: i32 = 30;
