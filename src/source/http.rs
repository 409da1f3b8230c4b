//! HTTPS as downloads need it: one GET at a time, with limits on time, size and redirects.
//!
//! Trust: the system's roots where there are any, the built-in ones, and `--tls-ca`. Proxies: the usual variables
//! (`HTTPS_PROXY`, `NO_PROXY` …), read by reqwest. Never followed: a redirect to another host or out of TLS. Never
//! decoded: a compressed body, so that a small answer cannot become a large one.

use std::{
    error,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{civil::Date, fmt::rfc2822};
use reqwest::{
    StatusCode,
    blocking::{RequestBuilder, Response},
    header::{self, HeaderMap, HeaderName},
    redirect,
};
use rustls::CertificateError;

use super::{Kind, Url, file};
use crate::error::Error;

/// How downloads are made.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// A PEM file of further trust anchors: `--tls-ca`.
    pub tls_ca: Option<PathBuf>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a whole request may take.
    pub timeout: Duration,
    /// Whether progress is drawn on stderr.
    pub progress: bool,
}

impl HttpSettings {
    /// Ten seconds to connect, a minute in all, nothing drawn.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tls_ca: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            progress: false,
        }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// An HTTPS client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    inner: reqwest::blocking::Client,
    settings: HttpSettings,
}

impl Client {
    /// A client that has not connected yet.
    ///
    /// # Errors
    ///
    /// Trust anchors in `--tls-ca` that cannot be used.
    pub(super) fn new(settings: &HttpSettings) -> Result<Self, Error> {
        // Fails if a provider is already there, and then that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();

        let mut anchors = builtin_anchors()?;
        if let Some(path) = &settings.tls_ca {
            anchors.extend(read_anchors(path)?);
        }
        let inner = reqwest::blocking::Client::builder()
            .user_agent(USER_AGENT)
            .https_only(true)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .tls_certs_merge(anchors)
            .redirect(redirect::Policy::custom(follow))
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .build()
            .map_err(|error| {
                Error::unable("cannot set up TLS for downloads").because(innermost(&error))
            })?;
        Ok(Self {
            inner,
            settings: settings.clone(),
        })
    }

    /// Asks for the file at `url`; with an `etag`, only if it has another one by now.
    pub(super) fn get(&self, url: &Url, kind: Kind, etag: Option<&str>) -> Result<Reply, Failure> {
        let mut request = self.inner.get(url.as_reqwest().clone());
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let Some(response) = self.send(url, request)? else {
            return Ok(Reply::Missing);
        };
        if response.status() == StatusCode::NOT_MODIFIED && etag.is_some() {
            return Ok(Reply::NotModified);
        }
        ensure_body(url, &response)?;
        let headers = response.headers();
        Ok(Reply::Body(Body {
            etag: text(headers, header::ETAG).map(str::to_owned),
            last_modified: text(headers, header::LAST_MODIFIED).and_then(http_date),
            bytes: self.read(url, kind, response)?,
        }))
    }

    /// Asks how many bytes the file at `url` has.
    pub(super) fn length(&self, url: &Url) -> Result<Option<u64>, Failure> {
        let Some(response) = self.send(url, self.inner.head(url.as_reqwest().clone()))? else {
            return Ok(None);
        };
        Ok(content_length(response.headers()))
    }

    /// Sends a request; `None` if nothing is at that address.
    fn send(&self, url: &Url, request: RequestBuilder) -> Result<Option<Response>, Failure> {
        let response = request.send().map_err(|error| self.failure(url, &error))?;
        let status = response.status();
        match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            _ if status.is_server_error() => {
                Err(Failure::unreachable(url, format!("it answered {status}")))
            }
            _ if status.is_client_error() => {
                Err(Error::refused(format!("`{url}` answered {status}")).into())
            }
            _ => Ok(Some(response)),
        }
    }

    fn read(&self, url: &Url, kind: Kind, mut response: Response) -> Result<Vec<u8>, Failure> {
        let length = content_length(response.headers());
        if length.is_some_and(|length| length > kind.limit) {
            return Err(too_large(url, kind).into());
        }
        let bar = self.progress_bar(url, length);
        let mut bytes = Vec::new();
        let result = bar
            .wrap_read(response.by_ref().take(kind.limit + 1))
            .read_to_end(&mut bytes);
        bar.finish_and_clear();

        if let Err(error) = result {
            return Err(self.body_failure(url, &error, bytes.len(), length));
        }
        if bytes.len() as u64 > kind.limit {
            return Err(too_large(url, kind).into());
        }
        Ok(bytes)
    }

    fn progress_bar(&self, url: &Url, length: Option<u64>) -> ProgressBar {
        if !self.settings.progress {
            return ProgressBar::hidden();
        }
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::no_length(),
        };
        // The template is constant; should it ever be wrong, the default style is drawn.
        let style = ProgressStyle::with_template("{msg} {bytes}/{total_bytes}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(style).with_message(url.to_string())
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Failure {
        if let Some(error) = cause::<rustls::Error>(error) {
            return untrusted(url, error).into();
        }
        Failure::unreachable(url, self.reason(error))
    }

    fn reason(&self, error: &reqwest::Error) -> String {
        if error.is_dns() {
            "its name does not resolve".to_owned()
        } else if error.is_timeout() && error.is_connect() {
            format!("no connection within {:?}", self.settings.connect_timeout)
        } else if error.is_timeout() {
            self.timed_out()
        } else if cause::<io::Error>(error)
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            "connection refused".to_owned()
        } else {
            innermost(error)
        }
    }

    fn timed_out(&self) -> String {
        format!("not done within {:?}", self.settings.timeout)
    }

    fn body_failure(
        &self,
        url: &Url,
        error: &io::Error,
        got: usize,
        length: Option<u64>,
    ) -> Failure {
        if cause::<reqwest::Error>(error).is_some_and(reqwest::Error::is_timeout)
            || error.kind() == io::ErrorKind::TimedOut
        {
            return Failure::unreachable(url, self.timed_out());
        }
        let of = length
            .map(|length| format!(" of {length}"))
            .unwrap_or_default();
        Error::refused(format!("`{url}` broke off after {got}{of} bytes"))
            .help("try again")
            .into()
    }
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// The file.
    Body(Body),
    /// There is no such file.
    Missing,
    /// The file still has the `ETag` that was sent.
    NotModified,
}

/// A file and what the server says of it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) etag: Option<String>,
    /// The day of its last change, in UTC.
    pub(super) last_modified: Option<Date>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing was reached, or a server that cannot answer now: built-in data may take its place.
    Unreachable {
        /// What was asked.
        url: Url,
        /// The end of a sentence that starts with the address.
        reason: String,
    },
    /// Something was reached and is wrong: nothing may take its place.
    Wrong(Error),
}

impl Failure {
    fn unreachable(url: &Url, reason: impl Into<String>) -> Self {
        Self::Unreachable {
            url: url.clone(),
            reason: reason.into(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable { url, reason } => {
                Self::unable(format!("cannot reach `{url}`: {reason}"))
            }
            Failure::Wrong(error) => error,
        }
    }
}

/// Follows a redirect within one host; any other is handed back as the answer, so that it can be told.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let same = |url: &reqwest::Url| {
        url.scheme() == attempt.url().scheme()
            && url.host() == attempt.url().host()
            && url.port_or_known_default() == attempt.url().port_or_known_default()
    };
    if attempt.previous().len() <= MAX_REDIRECTS && attempt.previous().iter().all(same) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Refuses an answer that is no plain body.
fn ensure_body(url: &Url, response: &Response) -> Result<(), Failure> {
    let status = response.status();
    let headers = response.headers();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(refused_redirect(url, response).into());
    }
    if status != StatusCode::OK {
        return Err(Error::refused(format!("`{url}` answered {status}, not with a file")).into());
    }
    match text(headers, header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(Error::refused(format!(
            "`{url}` was sent compressed, though nobody asked for that"
        ))
        .help("a proxy on the way may be the reason; such an answer is never expanded")
        .into()),
    }
}

fn refused_redirect(url: &Url, response: &Response) -> Error {
    let target = text(response.headers(), header::LOCATION)
        .and_then(|target| response.url().join(target).ok());
    match target {
        None => Error::refused(format!("`{url}` redirects to nowhere")),
        Some(target) if target.scheme() != "https" => Error::refused(format!(
            "`{url}` redirects to `{target}`, which is not https"
        )),
        Some(target) if target.origin() != url.as_reqwest().origin() => {
            Error::refused(format!("`{url}` redirects to `{target}`, another host"))
                .help("give that address itself, if you trust it")
        }
        Some(_) => Error::refused(format!("`{url}` redirects more than {MAX_REDIRECTS} times")),
    }
}

fn too_large(url: &Url, kind: Kind) -> Error {
    let Kind { name, limit } = kind;
    Error::refused(format!(
        "`{url}` is larger than {}, the limit for {name}",
        size(limit)
    ))
}

fn size(limit: u64) -> String {
    if limit.is_multiple_of(super::MIB) {
        format!("{} MiB", limit / super::MIB)
    } else {
        format!("{limit} bytes")
    }
}

fn untrusted(url: &Url, error: &rustls::Error) -> Error {
    let refused = |why: &str| Error::refused(format!("`{url}` is not to be trusted: {why}"));
    let rustls::Error::InvalidCertificate(problem) = error else {
        return match error {
            rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
            | rustls::Error::PeerIncompatible(_) => {
                refused("the server does not speak TLS 1.2 or later")
            }
            _ => refused("TLS failed").because(error.to_string()),
        };
    };
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            refused("the server's certificate has expired")
                .help("check the clock of this machine too")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            refused("the server's certificate is not valid yet")
                .help("check the clock of this machine too")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            refused("the server's certificate is for another host name")
        }
        CertificateError::UnknownIssuer => {
            refused("the server's certificate comes from an unknown issuer")
                .help("if a company proxy opens TLS, give its CA with `--tls-ca FILE`")
        }
        _ => refused("the server's certificate is not accepted").because(error.to_string()),
    }
}

fn builtin_anchors() -> Result<Vec<reqwest::Certificate>, Error> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|der| reqwest::Certificate::from_der(der))
        .collect::<Result<_, _>>()
        .map_err(|error| {
            Error::unable("cannot use the built-in roots for TLS").because(innermost(&error))
        })
}

fn read_anchors(path: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    let refused = || {
        Error::refused(format!(
            "`{}` holds no certificate in PEM form",
            path.display()
        ))
    };
    let pem = file::read(path, super::CERTIFICATES)?;
    let anchors = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|error| refused().because(innermost(&error)))?;
    if anchors.is_empty() {
        return Err(refused().help("`--tls-ca` takes PEM: -----BEGIN CERTIFICATE-----"));
    }
    Ok(anchors)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// Reads `Thu, 14 May 2026 03:12:02 GMT`.
fn http_date(text: &str) -> Option<Date> {
    let time = rfc2822::parse(text).ok()?;
    Some(time.with_time_zone(jiff::tz::TimeZone::UTC).date())
}

/// The first error of type `E` behind `error`; an [`io::Error`] hides its inner one from `source()`.
fn cause<'a, E: error::Error + 'static>(error: &'a (dyn error::Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = inner.map_or_else(|| error.source(), |inner| Some(inner));
    }
    None
}

/// The last cause, which says most.
fn innermost(error: &dyn error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

const MAX_REDIRECTS: usize = 5;

const USER_AGENT: &str = concat!("bundle/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_day_of_a_last_change_is_taken_in_utc() {
        assert_eq!(
            http_date("Thu, 14 May 2026 03:12:02 GMT"),
            Some(date(2026, 5, 14))
        );
        assert_eq!(
            http_date("Thu, 14 May 2026 03:12:02 +0500"),
            Some(date(2026, 5, 13))
        );
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn a_cause_is_found_behind_an_io_error() {
        let hidden = io::Error::other(io::Error::other(rustls::Error::DecryptError));
        assert_eq!(
            cause::<rustls::Error>(&hidden),
            Some(&rustls::Error::DecryptError)
        );
        assert_eq!(cause::<rustls::Error>(&io::Error::other("x")), None);
    }
}
