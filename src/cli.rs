//! The command line. The doc comments here are the program's help.

use std::path::PathBuf;

use clap::{
    Args, CommandFactory as _, Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};
use clap_complete::Shell;

use crate::{
    clock::Moment,
    consumers::Consumer,
    essentials::Essential,
    roots::{Choice, Prefix, Selectors},
    source::{CaSource, TzdataSource},
    zic::Form,
    zones::Selector,
};

/// CA certificates and time zones for `FROM scratch` images
///
/// Writes a tar archive with checked CA certificates and freshly compiled time zones: the part of a `FROM scratch` image
/// that everyone forgets. The same inputs give the same bytes on every machine, and the SHA-256 of the archive is the
/// image layer's `diff_id`.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "bundle",
    version,
    after_help = EXIT_STATUS,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
)]
pub struct Cli {
    /// What else to do than make a bundle.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The main job.
    #[command(flatten)]
    pub request: Request,
    /// How to tell it.
    #[command(flatten)]
    pub display: Display,
}

/// What the program does besides its main job.
#[derive(Clone, Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum Command {
    /// Tell whether bundles and programs will work on an empty image
    ///
    /// Given a bundle, lists what each kind of program finds in it, and the flag or the variable that it would need. Given a
    /// program, tells whether it starts on an empty image and what it looks for there. Given both, sets one against the
    /// other. Nothing is run. The exit status is 4 if something will not work.
    Check {
        /// Bundles (`.tar`, `.tar.gz`, `.tar.zst`) and programs, in any order
        #[arg(value_name = "BUNDLE|PROGRAM", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, in troff
    Man,
    /// List the root certificates that a bundle would hold
    ///
    /// Tells owner, name, key, validity, fingerprint and what is unusual about each. They come from the lock's source if
    /// there is a lock, else from the newest there is. `--report pem` prints the file that would be in the bundle. Nothing is
    /// written.
    Roots(RootsRequest),
    /// Renew the lock and tell what changes
    ///
    /// Asks the lock's sources for news and prints which roots come and go, and which of the lock's time zones change from
    /// when on. Nothing but the lock is written; the next `bundle --zones` makes the bundle.
    Update(UpdateRequest),
    /// List time zones and what their clocks show
    ///
    /// Tells the country of each name, the offset from UTC and its abbreviation at a moment, the next change, and for an
    /// alias the zone that it stands for. They are compiled from the lock's source if there is a lock, else from the newest
    /// there is. Nothing is written.
    Zones(ZonesRequest),
}

/// Which time zones are to be listed.
#[derive(Args, Clone, Debug)]
pub struct ZonesRequest {
    /// Time zones to list, as with `--zones` [default: all]
    #[arg(value_name = "SELECTOR,...", value_delimiter = ',')]
    pub selectors: Vec<Selector>,

    /// The moment: `2026-11-24T12:00:00Z`, a day, or seconds since 1970 [default: now]
    #[arg(long, value_name = "MOMENT", allow_hyphen_values = true)]
    pub at: Option<Moment>,

    /// Time zone data: `iana`, `builtin`, a version such as 2026c, a file, a folder or an https:// URL [default: as
    /// locked, else iana]
    #[arg(long, value_name = "SOURCE")]
    pub tzdata: Option<TzdataSource>,

    /// The lock file, whose source is listed if there is one
    #[arg(long, value_name = "FILE", default_value = "bundle.lock")]
    pub lock: PathBuf,

    /// CA certificates that downloads trust too, such as that of a company proxy, in PEM form
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,

    /// Never touch the network: the lock's time zones from the cache, or without a lock the built-in ones
    #[arg(long)]
    pub offline: bool,
}

/// Which root certificates are to be listed.
#[derive(Args, Clone, Debug)]
pub struct RootsRequest {
    /// Roots to list, as with `--ca`
    #[arg(value_name = "SELECTOR,...")]
    pub selectors: Vec<Selectors>,

    /// Which certificates are taken.
    #[command(flatten)]
    pub roots: RootChoice,

    /// CA certificates: `curl`, `builtin`, a PEM file or an https:// URL [default: as locked, else curl]
    #[arg(long, value_name = "SOURCE")]
    pub ca_source: Option<CaSource>,

    /// The lock file, whose source is listed if there is one
    #[arg(long, value_name = "FILE", default_value = "bundle.lock")]
    pub lock: PathBuf,

    /// CA certificates that downloads trust too, such as that of a company proxy, in PEM form
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,

    /// Never touch the network: the lock's certificates from the cache, or without a lock the built-in ones
    #[arg(long)]
    pub offline: bool,
}

/// How the lock is to be renewed.
#[derive(Args, Clone, Debug)]
pub struct UpdateRequest {
    /// Where the inputs come from.
    #[command(flatten)]
    pub sources: Sources,

    /// A file with CA certificates to list in place of those added before; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub extra_ca: Vec<PathBuf>,

    /// Write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Take certificates that lack more than a fifth of the lock's roots
    #[arg(long)]
    pub allow_shrink: bool,
}

/// What the bundle is to hold, and where it goes.
#[derive(Args, Clone, Debug)]
pub struct Request {
    /// Time zones: names, patterns, countries, `all` or `none`
    ///
    /// A name may be that of a zone or an alias (`Asia/Shanghai`, `PRC`), a pattern (`Europe/*`), `country:CN` for the
    /// zones of a country, `all`, or `none`. The names that were asked for are in the bundle, and no others.
    #[arg(
        short,
        long,
        value_name = "SELECTOR,...",
        value_delimiter = ',',
        required = true
    )]
    pub zones: Vec<Selector>,

    /// Where the inputs come from.
    #[command(flatten)]
    pub sources: Sources,

    /// Which certificates are taken.
    #[command(flatten)]
    pub roots: RootChoice,

    /// Form of the time zone files, as zic's option -b
    #[arg(long, value_name = "FORM", default_value = "slim")]
    pub tzif: Form,

    /// Also write etc/localtime, the zone of programs that are not told one
    ///
    /// It is a link to the zone, which is taken along. Do not mount a host's file over it (`-v
    /// /etc/localtime:/etc/localtime`): the mount would cover the zone itself.
    #[arg(long, value_name = "ZONE")]
    pub localtime: Option<Selector>,

    /// Kinds of programs whose files are to be there beside the usual ones
    #[arg(long = "for", value_name = "CONSUMER,...", value_delimiter = ',')]
    pub consumers: Vec<Consumer>,

    /// What an empty image lacks besides
    #[arg(long = "with", value_name = "ITEM,...", value_delimiter = ',')]
    pub essentials: Vec<Essential>,

    /// Where to write: `.tar`, `.tar.gz`, `.tgz` or `.tar.zst`, or `-` for a tar on standard output
    #[arg(short, long, value_name = "FILE", default_value = "bundle.tar")]
    pub output: PathBuf,

    /// Fail if the lock is missing or would change
    #[arg(long)]
    pub locked: bool,

    /// Write neither output nor lock, and fail if the output on disk is not what these inputs produce
    ///
    /// The exit status is then 4, and the digests of both are told. Beside `--locked` it proves that a bundle which somebody
    /// else made is the one that the lock stands for.
    #[arg(long)]
    pub check: bool,

    /// Never touch the network: the lock's inputs from the cache, or without a lock the built-in data
    #[arg(long)]
    pub offline: bool,
}

/// Where the inputs come from.
#[derive(Args, Clone, Debug)]
pub struct Sources {
    /// CA certificates: `curl`, `builtin`, a PEM file or an https:// URL [default: as locked, else curl]
    #[arg(long, value_name = "SOURCE")]
    pub ca_source: Option<CaSource>,

    /// Time zone data: `iana`, `builtin`, a version such as 2026c, a file, a folder or an https:// URL [default: as
    /// locked, else iana]
    #[arg(long, value_name = "SOURCE")]
    pub tzdata: Option<TzdataSource>,

    /// The lock file
    #[arg(long, value_name = "FILE", default_value = "bundle.lock")]
    pub lock: PathBuf,

    /// CA certificates that downloads trust too, such as that of a company proxy, in PEM form
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,
}

/// Which certificates are taken of those that the source has, and which are added.
#[derive(Args, Clone, Debug, Default)]
pub struct RootChoice {
    /// Root certificates to keep: `all`, `none`, `cn:TEXT`, `org:TEXT`, `sha256:HEX` [default: all]
    ///
    /// A text is compared with whole common names or organizations, in any case; `*` stands for any characters. Of a
    /// fingerprint, 8 digits are enough. A smaller choice makes a smaller bundle, and one that no longer works with a server
    /// that changes its CA.
    #[arg(long, value_name = "SELECTOR,...")]
    pub ca: Vec<Selectors>,

    /// Root certificates to leave out
    #[arg(long, value_name = "SELECTOR,...")]
    pub exclude_ca: Vec<Selectors>,

    /// A file with CA certificates to add, PEM or DER; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub extra_ca: Vec<PathBuf>,

    /// Keep a root that is known to be unsafe, by its fingerprint
    #[arg(long, value_name = "sha256:HEX", value_parser = Prefix::of_selector)]
    pub allow_denied: Vec<Prefix>,
}

impl RootChoice {
    /// The choice among the roots of the source.
    #[must_use]
    pub fn choice(&self) -> Choice {
        let flatten = |lists: &[Selectors]| lists.iter().flat_map(|list| list.0.clone()).collect();
        Choice::new(
            flatten(&self.ca),
            flatten(&self.exclude_ca),
            self.allow_denied.clone(),
        )
    }
}

/// How much is told, and in which form.
#[derive(Args, Clone, Copy, Debug)]
pub struct Display {
    /// Form of the report
    #[arg(long, value_name = "FORM", default_value = "text", global = true)]
    pub report: ReportForm,

    /// Tell only warnings and errors
    #[arg(short, long, conflicts_with = "verbose", global = true)]
    pub quiet: bool,

    /// Tell more: remarks, and each time zone
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ReportForm {
    /// A few lines for people
    Text,
    /// For programs; the README describes it
    Json,
    /// Of `bundle roots`: the certificates, as they would be in the bundle
    Pem,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Slim, Self::Fat]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(match self {
            Self::Slim => {
                clap::builder::PossibleValue::new("slim").help("What readers since about 2020 need")
            }
            Self::Fat => clap::builder::PossibleValue::new("fat")
                .help("Also for older readers: Python's dateutil, PHP"),
        })
    }
}

/// Says of a word that stands where a command would, as in `--zones Asia/Tokyo Asia/Shanghai`, what it was meant to be.
#[must_use]
pub fn explain(error: clap::Error) -> clap::Error {
    let mut command = Cli::command();
    let stray = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if command.find_subcommand(word).is_none() => {
            word.escape_debug()
        }
        _ => return error,
    };
    let message = format!(
        "`{stray}` is neither a value nor a command\n  \
         help: commas separate names, without spaces: `--zones Asia/Shanghai,Asia/Tokyo`"
    );
    command.error(ErrorKind::UnknownArgument, message)
}

/// The completion script for `shell`.
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bundle", &mut script);
    script
}

/// The manual page.
#[must_use]
pub fn manual() -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(Cli::command()).render(&mut page);
    page
}

const EXIT_STATUS: &str = "Exit status:
  0  done
  1  could not: network, disk
  2  asked wrongly: flags, an unknown time zone or selector
  3  an input was refused: digest, certificate, time zone data, lock
  4  a check found something";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
