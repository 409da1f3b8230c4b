//! The program `bundle`: arguments, clock and environment in, exit status out.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the one file that reads the clock and the environment"
)]

use std::{
    env,
    io::{self, ErrorKind, IsTerminal as _, Write},
    path::PathBuf,
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;
use jiff::Timestamp;
use scratch_bundle::{
    check::Check,
    cli::{
        self, Cli, Color, Command, Display, ReportForm, RootsRequest, UpdateRequest, ZonesRequest,
    },
    error::Error,
    listing,
    notice::{Level, Notice},
    report::Detail,
    run::{self, Environment},
    update, zone_list,
};

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| cli::explain(error).exit());
    let stderr = &mut colored(cli.display.color);
    match run(&cli, stderr) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let label = Label::Error.text();
            // Nobody is left to be told if this cannot be written.
            let _ = writeln!(stderr, "{label} {}", error.render());
            ExitCode::from(error.status() as u8)
        }
    }
}

fn run(cli: &Cli, stderr: &mut impl Write) -> Result<(), Error> {
    let is_list = matches!(cli.command, Some(Command::Roots(_)));
    if cli.display.report == ReportForm::Pem && !is_list {
        return Err(Error::usage("`--report pem` is a list of certificates")
            .help("`bundle roots --report pem` prints it; here, `text` or `json`"));
    }
    match &cli.command {
        Some(Command::Check { files }) => check(files, cli.display),
        Some(Command::Completions { shell }) => print(&cli::completions(*shell)),
        Some(Command::Man) => print(&cli::manual()),
        Some(Command::Roots(request)) => list_roots(request, cli.display, stderr),
        Some(Command::Update(request)) => renew(request, cli.display, stderr),
        Some(Command::Zones(request)) => list_zones(request, cli.display, stderr),
        None => make_bundle(cli, stderr),
    }
}

fn make_bundle(cli: &Cli, stderr: &mut impl Write) -> Result<(), Error> {
    let report = run::run(&cli.request, &environment(cli.display)?, &mut io::stdout())?;
    for notice in report.notices() {
        tell(notice, cli.display, stderr);
    }
    let text = match cli.display.report {
        ReportForm::Json => report.to_json(),
        _ if cli.display.quiet => return Ok(()),
        _ => report.to_text(detail(cli.display)),
    };
    if cli.request.output.as_os_str() == "-" {
        // Standard output carries the archive.
        let _ = stderr.write_all(text.as_bytes());
        return Ok(());
    }
    print(text.as_bytes())
}

fn renew(request: &UpdateRequest, display: Display, stderr: &mut impl Write) -> Result<(), Error> {
    let report = update::update(request, &environment(display)?)?;
    for notice in report.notices() {
        tell(notice, display, stderr);
    }
    match display.report {
        ReportForm::Json => print(report.to_json().as_bytes()),
        _ if display.quiet => Ok(()),
        _ => print(report.to_string().as_bytes()),
    }
}

fn list_roots(
    request: &RootsRequest,
    display: Display,
    stderr: &mut impl Write,
) -> Result<(), Error> {
    let list = listing::list_roots(request, &environment(display)?)?;
    for notice in list.notices() {
        tell(notice, display, stderr);
    }
    match display.report {
        ReportForm::Json => print(list.to_json().as_bytes()),
        ReportForm::Pem => print(list.to_pem().as_bytes()),
        ReportForm::Text if display.quiet => Ok(()),
        ReportForm::Text => print(list.to_text(detail(display)).as_bytes()),
    }
}

fn detail(display: Display) -> Detail {
    if display.verbose {
        Detail::Verbose
    } else {
        Detail::Normal
    }
}

fn list_zones(
    request: &ZonesRequest,
    display: Display,
    stderr: &mut impl Write,
) -> Result<(), Error> {
    let list = zone_list::list_zones(request, &environment(display)?)?;
    for notice in list.notices() {
        tell(notice, display, stderr);
    }
    match display.report {
        ReportForm::Json => print(list.to_json().as_bytes()),
        _ if display.quiet => Ok(()),
        _ => print(list.to_string().as_bytes()),
    }
}

fn check(files: &[PathBuf], display: Display) -> Result<(), Error> {
    let check = Check::of(files, now()?)?;
    match display.report {
        ReportForm::Json => print(check.to_json().as_bytes())?,
        _ if display.quiet => {}
        _ => print(check.to_string().as_bytes())?,
    }
    check.verdict()
}

fn tell(notice: &Notice, display: Display, stderr: &mut impl Write) {
    let label = match notice.level {
        Level::Warning => Label::Warning.text(),
        Level::Info if display.verbose => Label::Info.text(),
        Level::Info => return,
    };
    let _ = writeln!(stderr, "{label} {}", notice.message);
}

/// Prints to standard output; a reader that has seen enough is no failure.
fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::unable("cannot write to standard output").because(error))
        }
        _ => Ok(()),
    }
}

fn environment(display: Display) -> Result<Environment, Error> {
    Ok(Environment {
        now: now()?,
        cache: cache_folder(),
        progress: !display.quiet && io::stderr().is_terminal(),
        stdout_is_terminal: io::stdout().is_terminal(),
    })
}

/// `$XDG_CACHE_HOME/bundle`, else `~/.cache/bundle`. A relative path there counts as unset, as the XDG Base Directory
/// Specification says.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(folder.join("bundle"))
}

/// The moment at which certificates are judged, as reproducible-builds.org specifies.
fn now() -> Result<Timestamp, Error> {
    let Some(epoch) = env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(Timestamp::now());
    };
    let epoch = epoch.to_string_lossy();
    let seconds = epoch.parse::<u64>().ok();
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds.try_into().ok()?).ok())
        .ok_or_else(|| {
            Error::usage(format!("`SOURCE_DATE_EPOCH` is `{}`", epoch.escape_debug()))
                .faults(["expected a number of seconds since 1970-01-01, such as `1795564800`"])
                .help("unset it to judge certificates by the clock")
        })
}

fn colored(color: Color) -> AutoStream<io::Stderr> {
    let choice = match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::AlwaysAnsi,
        Color::Never => ColorChoice::Never,
    };
    AutoStream::new(io::stderr(), choice)
}

/// What stands before a line of standard error.
#[derive(Clone, Copy)]
enum Label {
    Error,
    Info,
    Warning,
}

impl Label {
    fn text(self) -> String {
        let (word, color) = match self {
            Self::Error => ("error", "31"),
            Self::Info => ("info", "36"),
            Self::Warning => ("warning", "33"),
        };
        format!("\x1b[1;{color}m{word}:\x1b[0m")
    }
}
