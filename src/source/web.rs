//! Downloads through the cache: the newest bytes of an address, or the bytes that a lock pins.

use std::sync::Mutex;

use super::{
    Fetched, Kind, Origin, Url,
    cache::{Answer, Cache},
    http::{Body, Client, Failure, HttpSettings, Reply},
};
use crate::{digest::Sha256, error::Error, notice::Notice};

/// The web, as one run sees it.
#[derive(Debug)]
pub(super) struct Web {
    cache: Cache,
    /// Made when the first address is asked, for it reads every root of the system.
    client: Mutex<Option<Client>>,
    settings: HttpSettings,
    offline: bool,
}

impl Web {
    pub(super) fn new(cache: Cache, settings: HttpSettings, offline: bool) -> Self {
        Self {
            cache,
            client: Mutex::new(None),
            settings,
            offline,
        }
    }

    /// Takes the newest bytes at `url`: asks for news if the cache knows what it had last, else for the file.
    ///
    /// `check` refuses wrong bytes and tells the address that keeps them; only then are they kept.
    pub(super) fn newest(
        &self,
        url: &Url,
        kind: Kind,
        notices: &mut Vec<Notice>,
        check: impl FnOnce(&Client, &Body) -> Result<Url, Failure>,
    ) -> Result<Fetched, Failure> {
        if self.offline {
            return Err(Failure::Unreachable {
                url: url.clone(),
                reason: "`--offline` is given".to_owned(),
            });
        }
        let client = self.client()?;
        let known = self.cache.answer(url).and_then(|answer| {
            let bytes = self.cache.bytes(answer.sha256, kind, notices)?;
            Some((answer, bytes))
        });
        let etag = known.as_ref().map(|(answer, _)| answer.etag.as_str());
        match (client.get(url, kind, etag)?, known) {
            (Reply::Body(body), _) => {
                ensure_data(url, kind, &body.bytes)?;
                let pinned = check(&client, &body)?;
                Ok(self.keep(url, body, pinned, notices))
            }
            (Reply::NotModified, Some((answer, bytes))) => Ok(Fetched {
                bytes: bytes.into(),
                origin: Origin::Url(answer.pinned),
                sha256: answer.sha256,
            }),
            (Reply::Missing | Reply::NotModified, _) => Err(missing(url).into()),
        }
    }

    /// Takes the bytes with the digest `sha256`: from the cache, else from `url`.
    pub(super) fn pinned(
        &self,
        url: &Url,
        sha256: Sha256,
        kind: Kind,
        notices: &mut Vec<Notice>,
    ) -> Result<Fetched, Error> {
        if let Some(bytes) = self.cache.bytes(sha256, kind, notices) {
            return Ok(Fetched {
                bytes: bytes.into(),
                origin: Origin::Url(url.clone()),
                sha256,
            });
        }
        if self.offline {
            return Err(Error::unable(format!(
                "`{url}` is not in the cache, and `--offline` forbids to fetch it"
            ))
            .help("run once without `--offline` on a machine with network"));
        }
        let body = match self.client()?.get(url, kind, None)? {
            Reply::Body(body) => body,
            Reply::Missing | Reply::NotModified => {
                return Err(missing(url).help("`bundle update` pins what its publisher offers now"));
            }
        };
        ensure_data(url, kind, &body.bytes)?;
        let fetched = Fetched::new(body.bytes, Origin::Url(url.clone()));
        fetched.ensure_digest(sha256)?;
        self.cache.keep(sha256, &fetched.bytes, notices);
        Ok(fetched)
    }

    fn keep(&self, url: &Url, body: Body, pinned: Url, notices: &mut Vec<Notice>) -> Fetched {
        let fetched = Fetched::new(body.bytes, Origin::Url(pinned.clone()));
        let sha256 = fetched.sha256;
        self.cache.keep(sha256, &fetched.bytes, notices);
        if let Some(etag) = body.etag {
            self.cache.remember(
                url,
                &Answer {
                    etag,
                    sha256,
                    pinned,
                },
                notices,
            );
        }
        fetched
    }

    fn client(&self) -> Result<Client, Error> {
        let mut slot = self
            .client
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(client) = &*slot {
            return Ok(client.clone());
        }
        let client = Client::new(&self.settings)?;
        Ok(slot.insert(client).clone())
    }
}

/// Refuses what is plainly something else: the page of a login portal, an empty body, UTF-16.
fn ensure_data(url: &Url, kind: Kind, bytes: &[u8]) -> Result<(), Error> {
    let name = kind.name;
    let text = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    if bytes.is_empty() {
        return Err(Error::refused(format!("`{url}` is empty; expected {name}")));
    }
    if text.starts_with(b"<") {
        return Err(
            Error::refused(format!("`{url}` is a web page; expected {name}"))
                .help("the login page of a network may have answered: log in, or use `--offline`"),
        );
    }
    if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..] = bytes {
        return Err(Error::refused(format!(
            "`{url}` is text in UTF-16; expected {name}"
        )));
    }
    Ok(())
}

fn missing(url: &Url) -> Error {
    Error::refused(format!("`{url}` does not exist"))
}
