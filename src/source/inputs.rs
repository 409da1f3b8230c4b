//! Both inputs of a run, fetched side by side: the newest ones, or exactly those that a lock pins.

use std::{panic, path::PathBuf, thread};

use super::{
    CERTIFICATES, CaSource, Certificates, Fetched, Origin, TZDATA, Tzdata, TzdataSource,
    builtin::{ROOTS_DATE, TZDATA_DATE, TZDATA_VERSION},
    cache::Cache,
    curl, file,
    http::{Failure, HttpSettings},
    iana,
    web::Web,
};
use crate::{digest::Sha256, error::Error, notice::Notice};

/// What a run may use to get its inputs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the cache, such as `~/.cache/bundle`; `None` for no cache.
    pub cache: Option<PathBuf>,
    /// How downloads are made.
    pub http: HttpSettings,
    /// Whether the network is left alone.
    pub offline: bool,
}

/// Certificates and time zone data, not looked into yet.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The certificates.
    pub certificates: Certificates,
    /// The time zone data.
    pub tzdata: Tzdata,
    /// What happened on the way.
    pub notices: Vec<Notice>,
}

/// One input as a lock names it: where it was, and its digest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// Where it can be had, for as long as its publisher keeps it.
    pub origin: Origin,
    /// What it must be.
    pub sha256: Sha256,
}

/// Gets inputs.
#[derive(Debug)]
pub struct Fetcher {
    web: Web,
    offline: bool,
}

impl Fetcher {
    /// Nothing is read or asked yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings {
            cache,
            http,
            offline,
        } = settings;
        Self {
            web: Web::new(Cache::new(cache), http, offline),
            offline,
        }
    }

    /// Gets the newest inputs.
    ///
    /// # Errors
    ///
    /// Something cannot be reached (status 1), or was reached and is wrong (status 3).
    pub fn newest(&self, ca: &CaSource, tzdata: &TzdataSource) -> Result<Inputs, Error> {
        let (ca, tzdata, notices) = side_by_side(
            |notices| self.newest_certificates(ca, notices),
            |notices| self.newest_tzdata(tzdata, notices),
        );
        Ok(Inputs {
            certificates: ca?,
            tzdata: tzdata?,
            notices,
        })
    }

    /// Gets the newest inputs, or the built-in ones where a source cannot be reached, with one warning.
    ///
    /// # Errors
    ///
    /// Something was reached and is wrong, or a release that was asked for by name cannot be reached.
    pub fn newest_or_builtin(&self, ca: &CaSource, tzdata: &TzdataSource) -> Result<Inputs, Error> {
        let (certificates, data, mut notices) = side_by_side(
            |notices| self.newest_certificates(ca, notices),
            |notices| self.newest_tzdata(tzdata, notices),
        );
        let mut outages = Outages::default();
        let certificates = outages.replace_certificates(certificates)?;
        let tzdata = outages.replace_tzdata(data, tzdata)?;
        notices.extend(outages.notice(self.offline));
        Ok(Inputs {
            certificates,
            tzdata,
            notices,
        })
    }

    /// Gets the newest certificates alone, as [`Fetcher::newest_or_builtin`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn newest_certificates_or_builtin(
        &self,
        source: &CaSource,
        notices: &mut Vec<Notice>,
    ) -> Result<Certificates, Error> {
        let mut outages = Outages::default();
        let certificates = self.newest_certificates(source, notices);
        let certificates = outages.replace_certificates(certificates)?;
        notices.extend(outages.notice(self.offline));
        Ok(certificates)
    }

    /// Gets the newest time zone data alone, as [`Fetcher::newest_or_builtin`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn newest_tzdata_or_builtin(
        &self,
        source: &TzdataSource,
        notices: &mut Vec<Notice>,
    ) -> Result<Tzdata, Error> {
        let mut outages = Outages::default();
        let tzdata = outages.replace_tzdata(self.newest_tzdata(source, notices), source)?;
        notices.extend(outages.notice(self.offline));
        Ok(tzdata)
    }

    /// Gets exactly the inputs of a lock.
    ///
    /// # Errors
    ///
    /// An input is neither built-in nor in the cache nor where it was, or it has other bytes there.
    pub fn pinned(&self, ca: &Pin, tzdata: &Pin) -> Result<Inputs, Error> {
        let (ca, tzdata, notices) = side_by_side(
            |notices| self.pinned_certificates(ca, notices),
            |notices| self.pinned_tzdata(tzdata, notices),
        );
        Ok(Inputs {
            certificates: ca?,
            tzdata: tzdata?,
            notices,
        })
    }

    fn newest_certificates(
        &self,
        source: &CaSource,
        notices: &mut Vec<Notice>,
    ) -> Result<Certificates, Failure> {
        match source {
            CaSource::Builtin => Ok(Certificates::Builtin),
            CaSource::File(path) => Ok(file::fetch(path, CERTIFICATES).map(Certificates::Pem)?),
            CaSource::Url(url) => curl::newest(&self.web, url, notices).map(Certificates::Pem),
        }
    }

    fn newest_tzdata(
        &self,
        source: &TzdataSource,
        notices: &mut Vec<Notice>,
    ) -> Result<Tzdata, Failure> {
        match source {
            TzdataSource::Builtin => Ok(Tzdata::builtin()),
            TzdataSource::File(path) => Ok(Tzdata::parse(Tzdata::fetch(path)?)?),
            TzdataSource::Release(release) => iana::newest(&self.web, &release.address(), notices),
            TzdataSource::Url(url) => iana::newest(&self.web, url, notices),
        }
    }

    /// Gets exactly the certificates of a lock, as [`Fetcher::pinned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pinned_certificates(
        &self,
        pin: &Pin,
        notices: &mut Vec<Notice>,
    ) -> Result<Certificates, Error> {
        match &pin.origin {
            Origin::Builtin if Certificates::Builtin.pin().sha256 == pin.sha256 => {
                Ok(Certificates::Builtin)
            }
            Origin::Builtin => Err(other_builtin("roots")),
            Origin::File(path) => {
                pinned_file(file::fetch(path, CERTIFICATES)?, pin).map(Certificates::Pem)
            }
            Origin::Url(url) => self
                .web
                .pinned(url, pin.sha256, CERTIFICATES, notices)
                .map(Certificates::Pem),
        }
    }

    /// Gets exactly the time zone data of a lock, as [`Fetcher::pinned`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pinned_tzdata(&self, pin: &Pin, notices: &mut Vec<Notice>) -> Result<Tzdata, Error> {
        match &pin.origin {
            Origin::Builtin => Some(Tzdata::builtin())
                .filter(|builtin| builtin.sha256 == pin.sha256)
                .ok_or_else(|| other_builtin("time zone data")),
            Origin::File(path) => Tzdata::parse(pinned_file(Tzdata::fetch(path)?, pin)?),
            Origin::Url(url) => Tzdata::parse(self.web.pinned(url, pin.sha256, TZDATA, notices)?),
        }
    }
}

/// What could not be reached, and what took its place.
#[derive(Debug, Default)]
struct Outages {
    reasons: Vec<String>,
    replacements: Vec<String>,
}

impl Outages {
    /// Takes `builtin` if nothing was reached.
    fn replace<T>(
        &mut self,
        result: Result<T, Failure>,
        builtin: Option<T>,
        name: &str,
    ) -> Result<T, Error> {
        match (result, builtin) {
            (Err(Failure::Unreachable { url, reason }), Some(builtin)) => {
                self.reasons.push(format!("{} ({reason})", url.host()));
                self.replacements.push(name.to_owned());
                Ok(builtin)
            }
            (result, _) => result.map_err(Error::from),
        }
    }

    fn replace_certificates(
        &mut self,
        result: Result<Certificates, Failure>,
    ) -> Result<Certificates, Error> {
        let roots = format!("the built-in roots of {ROOTS_DATE}");
        self.replace(result, Some(Certificates::Builtin), &roots)
    }

    fn replace_tzdata(
        &mut self,
        result: Result<Tzdata, Failure>,
        source: &TzdataSource,
    ) -> Result<Tzdata, Error> {
        let release = format!("the built-in tzdata {TZDATA_VERSION} of {TZDATA_DATE}");
        self.replace(result, source.builtin(), &release)
    }

    /// One notice for all of them. Who works offline on purpose need not be warned.
    fn notice(self, offline: bool) -> Option<Notice> {
        let Self {
            reasons,
            replacements,
        } = self;
        if reasons.is_empty() {
            return None;
        }
        let (reasons, replacements) = (reasons.join(" and "), replacements.join(" and "));
        let message = format!("cannot reach {reasons}: using {replacements}");
        Some(if offline {
            Notice::info("fallback", message)
        } else {
            Notice::warning("fallback", message)
        })
    }
}

/// Runs `ca` beside `tzdata`; their notices come in that order.
fn side_by_side<A: Send, B>(
    ca: impl FnOnce(&mut Vec<Notice>) -> A + Send,
    tzdata: impl FnOnce(&mut Vec<Notice>) -> B,
) -> (A, B, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut later = Vec::new();
    let (ca, tzdata) = thread::scope(|scope| {
        let ca = scope.spawn(|| ca(&mut notices));
        let tzdata = tzdata(&mut later);
        (
            ca.join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic)),
            tzdata,
        )
    });
    notices.append(&mut later);
    (ca, tzdata, notices)
}

fn pinned_file(fetched: Fetched, pin: &Pin) -> Result<Fetched, Error> {
    fetched.ensure_digest(pin.sha256)?;
    Ok(fetched)
}

fn other_builtin(what: &str) -> Error {
    Error::refused(format!(
        "the lock pins the built-in {what} of another version of this program"
    ))
    .help("`bundle update` pins what can be had now")
}
