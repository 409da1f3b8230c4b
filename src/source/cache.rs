//! Downloads kept for later: bytes by their digest, and what a server last said of an address.
//!
//! The cache only ever saves time. It may be missing, read-only, full or damaged: every read checks the digest, every
//! write is a rename of a whole file, and a failure is at most a remark. Several runs may use it at once.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{Kind, Url, file};
use crate::{digest::Sha256, notice::Notice};

/// A folder such as `~/.cache/bundle`, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The bytes with this digest, if they are here and unharmed.
    pub(super) fn bytes(
        &self,
        sha256: Sha256,
        kind: Kind,
        notices: &mut Vec<Notice>,
    ) -> Option<Vec<u8>> {
        let path = self.bytes_path(sha256)?;
        path.exists().then_some(())?;
        match file::read(&path, kind) {
            Ok(bytes) if Sha256::of(&bytes) == sha256 => return Some(bytes),
            Ok(_) => notices.push(damaged(&path, "its digest is another one")),
            Err(error) => notices.push(damaged(&path, &error.to_string())),
        }
        None
    }

    /// Keeps `bytes`.
    pub(super) fn keep(&self, sha256: Sha256, bytes: &[u8], notices: &mut Vec<Notice>) {
        if let Some(path) = self.bytes_path(sha256) {
            write(&path, bytes, notices);
        }
    }

    /// What the server last said of `url`.
    pub(super) fn answer(&self, url: &Url) -> Option<Answer> {
        let text = fs::read_to_string(self.answer_path(url)?).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Remembers what the server said of `url`.
    pub(super) fn remember(&self, url: &Url, answer: &Answer, notices: &mut Vec<Notice>) {
        if let (Some(path), Ok(text)) =
            (self.answer_path(url), serde_json::to_string_pretty(answer))
        {
            write(&path, text.as_bytes(), notices);
        }
    }

    fn bytes_path(&self, sha256: Sha256) -> Option<PathBuf> {
        Some(
            self.folder
                .as_ref()?
                .join("sha256")
                .join(sha256.to_string()),
        )
    }

    fn answer_path(&self, url: &Url) -> Option<PathBuf> {
        let name = Sha256::of(url.to_string().as_bytes());
        Some(
            self.folder
                .as_ref()?
                .join("url")
                .join(format!("{name}.json")),
        )
    }
}

/// What a server said of an address: enough to ask it only for news.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Answer {
    /// The `ETag` of the bytes, sent back as it came.
    pub(super) etag: String,
    /// The digest of the bytes.
    pub(super) sha256: Sha256,
    /// The address that keeps them.
    pub(super) pinned: Url,
}

fn write(path: &Path, bytes: &[u8], notices: &mut Vec<Notice>) {
    if let Err(error) = try_write(path, bytes) {
        notices.push(Notice::info(
            "cache-not-written",
            format!("cannot keep `{}` in the cache: {error}", path.display()),
        ));
    }
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn damaged(path: &Path, why: &str) -> Notice {
    Notice::warning(
        "cache-damaged",
        format!("the cached file `{}` is not used: {why}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_bytes_come_back_and_damaged_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("bundle")));
        let sha256 = Sha256::of(b"abc");
        let mut notices = Vec::new();
        assert_eq!(cache.bytes(sha256, KIND, &mut notices), None);

        cache.keep(sha256, b"abc", &mut notices);
        assert_eq!(
            cache.bytes(sha256, KIND, &mut notices),
            Some(b"abc".to_vec())
        );
        assert_eq!(notices, []);

        let path = folder.path().join("bundle/sha256").join(sha256.to_string());
        fs::write(&path, b"abd").unwrap();
        assert_eq!(cache.bytes(sha256, KIND, &mut notices), None);
        let told = format!(
            "the cached file `{}` is not used: its digest is another one",
            path.display()
        );
        assert_eq!(notices, [Notice::warning("cache-damaged", told)]);
    }

    #[test]
    fn an_answer_comes_back_and_a_damaged_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().into()));
        let url = Url::constant("https://example.org/a.pem");
        let answer = Answer {
            etag: "\"2e416-651be75c8e480\"".to_owned(),
            sha256: Sha256::of(b"abc"),
            pinned: url.clone(),
        };
        cache.remember(&url, &answer, &mut Vec::new());
        assert_eq!(cache.answer(&url).unwrap().etag, answer.etag);
        assert_eq!(cache.answer(&url).unwrap().pinned, url);

        fs::write(cache.answer_path(&url).unwrap(), b"{").unwrap();
        assert!(cache.answer(&url).is_none());
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_only_a_remark() {
        let file = NamedTempFile::new().unwrap();
        let mut notices = Vec::new();
        Cache::new(Some(file.path().into())).keep(Sha256::of(b"abc"), b"abc", &mut notices);
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].code, "cache-not-written");

        Cache::new(None).keep(Sha256::of(b"abc"), b"abc", &mut notices);
        assert_eq!(notices.len(), 1);
    }

    const KIND: Kind = Kind {
        name: "letters",
        limit: 8,
    };
}
