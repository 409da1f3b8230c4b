//! The main job, from a request to a file and a report.

use std::io::Write;

use jiff::Timestamp;

use crate::{
    archive::{Archive, Compression},
    cli::Request,
    consumers,
    error::Error,
    essentials,
    notice::Notice,
    output::Destination,
    report::{Facts, Report},
    roots::{BUILTIN_VERSION, Roots},
    source::{Certificates, Tzdata},
    tree::{Tree, TreePath},
    zic,
    zones::{Selection, Selector, ZoneFile},
};

/// What the program knows of the world outside. Only `main` looks.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The moment at which certificates are judged: `SOURCE_DATE_EPOCH`, else the clock.
    pub now: Timestamp,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
}

/// Makes a bundle.
///
/// # Errors
///
/// Those of each step. Whatever goes wrong, an output that was there stays as it was.
pub fn run(
    request: &Request,
    environment: &Environment,
    stdout: &mut impl Write,
) -> Result<Report, Error> {
    let destination = Destination::of(&request.output, environment.stdout_is_terminal)?;
    let compression = Compression::of(&request.output)?;
    let tzdata = request.tzdata.load()?;
    let zones = compile_zones(request, &tzdata)?;
    let (roots, roots_origin) = check_roots(request, environment.now)?;
    let mut tree = plant(&roots, &zones)?;
    furnish(&mut tree, request, &roots, &tzdata, zones.local.as_deref())?;
    let archive = Archive::of(&tree)?;
    let bytes = archive.compress(compression)?;
    let written = destination.write(&bytes, stdout)?;

    let facts = Facts {
        destination: &destination,
        compression,
        bytes: bytes.len(),
        written,
        archive: &archive,
        roots_origin: &roots_origin,
        roots: &roots,
        tzdata: &tzdata,
        zones: &zones.files,
    };
    let notices = [
        zones.notices,
        roots.notices.clone(),
        compression.notice().into_iter().collect(),
    ];
    Ok(Report::new(&facts, notices.concat()))
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

fn parse_tzdata(tzdata: &Tzdata) -> Result<zic::Source, Error> {
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

fn check_roots(request: &Request, as_of: Timestamp) -> Result<(Roots, String), Error> {
    match request.ca_source.load()? {
        Certificates::Builtin => Ok((
            Roots::builtin(as_of)?,
            format!("webpki-root-certs {BUILTIN_VERSION}, built-in"),
        )),
        Certificates::Pem(fetched) => {
            let origin = fetched.origin.to_string();
            Ok((Roots::parse_pem(&fetched.bytes, &origin, as_of)?, origin))
        }
    }
}

fn plant(roots: &Roots, zones: &Zones) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    tree.file(TreePath::certificates(), roots.to_pem())?;
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
