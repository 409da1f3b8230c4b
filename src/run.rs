//! The main job, from a request to a file and a report.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date};

use crate::{
    archive::{Archive, Compression},
    cli::{Request, Sources},
    consumers,
    error::Error,
    essentials,
    lock::{Changes, Lock, day_of},
    notice::Notice,
    output::{self, Destination, Written},
    report::{Facts, Report},
    roots::{BUILTIN_VERSION, Choice, Roots, Rules},
    source::{
        self, CaSource, Certificates, Fetcher, HttpSettings, Inputs, Settings, Tzdata, TzdataSource,
    },
    tree::{Tree, TreePath},
    zic,
    zones::{Selection, Selector, ZoneFile},
};

/// What the program knows of the world outside. Only `main` looks.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The present: `SOURCE_DATE_EPOCH`, else the clock.
    pub now: Timestamp,
    /// The folder for downloads, such as `~/.cache/bundle`.
    pub cache: Option<PathBuf>,
    /// Whether downloads show their progress on standard error.
    pub progress: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
}

impl Environment {
    /// What gets inputs for a run.
    #[must_use]
    pub fn fetcher(&self, tls_ca: Option<&Path>, offline: bool) -> Fetcher {
        Fetcher::new(Settings {
            cache: self.cache.clone(),
            http: HttpSettings {
                tls_ca: tls_ca.map(Path::to_owned),
                progress: self.progress,
                ..HttpSettings::new()
            },
            offline,
        })
    }
}

/// Makes a bundle, or with `--check` compares it with the one that is there.
///
/// # Errors
///
/// Those of each step. Whatever goes wrong, an output and a lock that were there stay as they were.
pub fn run(
    request: &Request,
    environment: &Environment,
    stdout: &mut impl Write,
) -> Result<Report, Error> {
    let destination = Destination::of(&request.output, environment.stdout_is_terminal)?;
    destination.ensure_apart(&request.sources.lock)?;
    let compared = request
        .check
        .then(|| destination.comparable())
        .transpose()?;
    let compression = Compression::of(&request.output)?;
    let old = Lock::read(&request.sources.lock)?;
    let inputs = get_inputs(request, environment, old.as_ref())?;
    let as_of = old
        .as_ref()
        .map_or(day_of(environment.now), |old| old.ca.as_of);
    let zones = compile_zones(request, &inputs.tzdata)?;
    let roots = check_roots(
        &inputs.certificates,
        request.roots.choice(),
        &request.roots.extra_ca,
        as_of,
    )?;
    let mut lock = Lock::new(
        &inputs.certificates,
        as_of,
        &roots,
        &inputs.tzdata,
        &zones.files,
    );
    let lock_notices = match &old {
        Some(old) => review(request, old, &mut lock)?,
        None => Vec::new(),
    };
    let planted = plant(&roots, &zones)?;
    let mut tree = planted.clone();
    furnish(
        &mut tree,
        request,
        &roots,
        &inputs.tzdata,
        zones.local.as_deref(),
    )?;
    let archive = Archive::of(&tree)?;
    let bytes = archive.compress(compression)?;
    let (written, lock_written) = if let Some(path) = compared {
        output::ensure_holds(path, &bytes)?;
        (Written::Unchanged, lock.compare(old.as_ref()))
    } else {
        // So that an output does not change when its lock cannot.
        let lock = lock.stage(&request.sources.lock, old.as_ref())?;
        (destination.write(&bytes, stdout)?, lock.commit()?)
    };

    let facts = Facts {
        destination: &destination,
        compression,
        bytes: bytes.len(),
        written,
        archive: &archive,
        roots_origin: &roots_origin(&inputs.certificates),
        roots: &roots,
        tzdata: &inputs.tzdata,
        zones: &zones.files,
        extras: &tree.beyond(&planted).collect::<Vec<_>>(),
        lock: &lock,
        lock_path: &request.sources.lock,
        lock_written,
    };
    let notices = [
        inputs.notices,
        lock_notices,
        zones.notices,
        roots.notices.clone(),
        roots.expiring(environment.now).into_iter().collect(),
        roots.unborn(as_of).into_iter().collect(),
        compression.notice().into_iter().collect(),
    ];
    Ok(Report::new(&facts, notices.concat()))
}

/// Gets what the lock pins, or without a lock the newest there is.
fn get_inputs(
    request: &Request,
    environment: &Environment,
    lock: Option<&Lock>,
) -> Result<Inputs, Error> {
    let Sources {
        ca_source,
        tzdata,
        lock: path,
        tls_ca,
    } = &request.sources;
    let fetcher = environment.fetcher(tls_ca.as_deref(), request.offline);
    match lock {
        Some(lock) => {
            lock.ensure_made_from(path, ca_source.as_ref(), tzdata.as_ref())?;
            let mut inputs = fetcher.pinned(&lock.ca.pin, &lock.tzdata.pin)?;
            inputs
                .notices
                .extend(lock.age_notice(path, day_of(environment.now)));
            Ok(inputs)
        }
        None if request.locked => Err(Error::refused(format!(
            "no lock `{}`, and `--locked` is given",
            path.display()
        ))
        .help("run once without `--locked`, and commit the lock")),
        None => fetcher.newest_or_builtin(
            ca_source.as_ref().unwrap_or(&CaSource::curl()),
            tzdata.as_ref().unwrap_or(&TzdataSource::iana()),
        ),
    }
}

/// Compares the lock that was there with the one of this run. The inputs are the same, so only what was asked for can
/// differ; or somebody changed lines by hand, or another version of this program drops other roots.
fn review(request: &Request, old: &Lock, new: &mut Lock) -> Result<Vec<Notice>, Error> {
    if !request.roots.extra_ca.is_empty() {
        old.ensure_same_extra(&request.sources.lock, new)?;
    }
    let Changes { roots, zones } = old.changes(new);
    if roots.is_empty() {
        new.ca.leave_as(&old.ca, request.locked);
    }
    let path = request.sources.lock.display();
    if request.locked && !(roots.is_empty() && zones.is_empty()) {
        return Err(
            Error::refused(format!("`{path}` would change, and `--locked` is given"))
                .faults([roots, zones].concat())
                .help("ask for what is locked, or run once without `--locked` and commit the lock"),
        );
    }
    let fate = if request.check { "would be" } else { "is" };
    let mut notices = Vec::new();
    if !roots.is_empty() {
        let message = format!(
            "`{path}` listed other roots and {fate} written anew: {}",
            roots.join(", ")
        );
        notices.push(Notice::warning("lock-roots", message));
    }
    if !zones.is_empty() {
        let message = format!(
            "`{path}` listed other time zones and {fate} written anew: {}",
            zones.join(", ")
        );
        notices.push(Notice::info("lock-zones", message));
    }
    Ok(notices)
}

/// The time zones of a bundle.
struct Zones {
    files: Vec<ZoneFile>,
    /// The zone of `etc/localtime`.
    local: Option<String>,
    notices: Vec<Notice>,
}

fn compile_zones(request: &Request, tzdata: &Tzdata) -> Result<Zones, Error> {
    let source = parse_tzdata(tzdata)?;
    let mut selectors = request.zones.clone();
    let local = match &request.localtime {
        Some(selector) => Some(Selection::resolve_one(selector, &source, &tzdata.tables)?),
        None => None,
    };
    let unasked = request
        .consumers
        .iter()
        .flat_map(|consumer| consumer.zones());
    let also: Vec<_> = local
        .iter()
        .cloned()
        .chain(unasked.map(str::to_owned))
        .map(Selector::Name)
        .collect();
    if !also.is_empty() {
        selectors.retain(|selector| *selector != Selector::None);
        selectors.extend(also);
    }
    let selection = Selection::resolve(&selectors, &source, &tzdata.tables)?;
    let files = ZoneFile::compile(&selection, &source, request.tzif)?;
    Ok(Zones {
        files,
        local,
        notices: selection.notices,
    })
}

pub(crate) fn parse_tzdata(tzdata: &Tzdata) -> Result<zic::Source, Error> {
    let origin = &tzdata.origin;
    let source = zic::Source::parse(&tzdata.zic_files()).map_err(|faults| {
        let plural = if faults.count() == 1 {
            "fault"
        } else {
            "faults"
        };
        Error::refused(format!(
            "time zone data from `{origin}` has {} {plural}",
            faults.count()
        ))
        .faults(faults.lines())
        .help("zic(8) describes the form; `--tzdata builtin` takes the release in the program")
    })?;
    if source.names().next().is_none() {
        return Err(
            Error::refused(format!("time zone data from `{origin}` has no zone"))
                .help("give a file in the form of tzdata.zi, or `--tzdata builtin`"),
        );
    }
    Ok(source)
}

/// Checks certificates as of a day, takes those that were chosen, and adds those in files.
pub(crate) fn check_roots(
    certificates: &Certificates,
    choice: Choice,
    extra_ca: &[PathBuf],
    as_of: Date,
) -> Result<Roots, Error> {
    let rules = Rules::new(as_of)?.allow_denied(choice.allowed().to_vec());
    let roots = match certificates {
        Certificates::Builtin => Roots::builtin(&rules),
        Certificates::Pem(fetched) => {
            Roots::parse_pem(&fetched.bytes, &fetched.origin.to_string(), &rules)
        }
    }?;
    let mut extra = Vec::new();
    for path in extra_ca {
        let (bytes, origin) = source::read_extra(path)?;
        extra.push(Roots::parse_extra(&bytes, &origin, &rules)?);
    }
    roots.choose(choice, extra, &rules)
}

/// Where the roots came from, for people.
pub(crate) fn roots_origin(certificates: &Certificates) -> String {
    match certificates {
        Certificates::Builtin => format!("webpki-root-certs {BUILTIN_VERSION}, built-in"),
        Certificates::Pem(fetched) => fetched.origin.to_string(),
    }
}

fn plant(roots: &Roots, zones: &Zones) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    // OpenSSL takes a file without certificates for a broken one.
    if !roots.kept.is_empty() {
        tree.file(TreePath::certificates(), roots.to_pem())?;
    }
    for zone in &zones.files {
        let path = TreePath::zone(&zone.name)?;
        tree.file(path.clone(), zone.tzif.as_slice())?;
        for alias in &zone.aliases {
            tree.symlink(TreePath::zone(alias)?, &path)?;
        }
    }
    Ok(tree)
}

/// Adds what the user asks for beside certificates and zones.
fn furnish(
    tree: &mut Tree,
    request: &Request,
    roots: &Roots,
    tzdata: &Tzdata,
    local: Option<&str>,
) -> Result<(), Error> {
    consumers::furnish(tree, &request.consumers, roots, tzdata)?;
    essentials::add(tree, &request.essentials)?;
    match local {
        Some(zone) => essentials::localtime(tree, zone),
        None => Ok(()),
    }
}
