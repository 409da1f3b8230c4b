//! A tar archive as a builder would unpack it, read as untrusted input.
//!
//! What is believed and what is not: sizes are limits, not promises; nothing is unpacked to a disk; names that lead out of
//! the root are refused; links are followed inside the archive only, and not for ever.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    io::{self, Read as _},
};

use tar::EntryType;

use crate::{digest::Sha256, error::Error, text};

/// What an archive holds, by paths without a leading or trailing slash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    diff_id: Sha256,
    entries: BTreeMap<String, Entry>,
}

/// What is at a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The permissions, without the type of file.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What an [`Entry`] is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file; a hard link is the file it leads to.
    File(Vec<u8>),
    /// A symbolic link with this text.
    Symlink(String),
    /// A device or a pipe.
    Special,
}

impl Bundle {
    /// Whether `bytes` begin as a tar archive, or as a compressed file that may hold one.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(GZIP) || bytes.starts_with(ZSTD) || is_tar(bytes)
    }

    /// Reads an archive in one of the three forms; `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// Refused: the archive is damaged, is over a limit, or holds a name that leads out of the root.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let refused = || {
            Error::refused(format!(
                "`{}` cannot be read as a bundle",
                text::escape(name)
            ))
        };
        let tar = decompress(bytes).map_err(|error| refused().because(error))?;
        if !is_tar(&tar) {
            return Err(
                refused().faults(["it is compressed, but what is in it is not a tar archive"])
            );
        }
        let entries = entries(&tar).map_err(|error| refused().because(error))?;
        Ok(Self {
            diff_id: Sha256::of(&tar),
            entries,
        })
    }

    /// The digest of the uncompressed archive.
    #[must_use]
    pub fn diff_id(&self) -> Sha256 {
        self.diff_id
    }

    /// Every path and what is there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// The path to which `path` leads over all links, and what is there. A link counts as absolute from the archive's root.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(String, &Entry)> {
        let mut ahead: VecDeque<&str> = path.split('/').collect();
        let mut behind: Vec<&str> = Vec::new();
        let mut links = 0;
        while let Some(component) = ahead.pop_front() {
            match component {
                "" | "." => {}
                ".." => {
                    behind.pop();
                }
                name => {
                    behind.push(name);
                    if let Some(Kind::Symlink(target)) =
                        self.entries.get(&behind.join("/")).map(|entry| &entry.kind)
                    {
                        links += 1;
                        if links > MAX_LINKS {
                            return None;
                        }
                        behind.pop();
                        if target.starts_with('/') {
                            behind.clear();
                        }
                        for component in target.rsplit('/') {
                            ahead.push_front(component);
                        }
                    }
                }
            }
        }
        let path = behind.join("/");
        let entry = self.entries.get(&path)?;
        Some((path, entry))
    }
}

/// A tar has its magic in the first header; an empty one begins with a block of zeros.
fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
        || (bytes.len() >= 1024 && bytes.iter().all(|&byte| byte == 0))
}

fn decompress(bytes: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    if bytes.starts_with(GZIP) {
        return gunzip(bytes).map(Cow::Owned);
    }
    if bytes.starts_with(ZSTD) {
        let mut tar = Vec::new();
        let mut frame = zstd::Decoder::new(bytes)?;
        frame.window_log_max(MAX_WINDOW_LOG)?;
        frame.take(MAX_SIZE as u64 + 1).read_to_end(&mut tar)?;
        return if tar.len() > MAX_SIZE {
            Err(too_large())
        } else {
            Ok(Cow::Owned(tar))
        };
    }
    if bytes.len() > MAX_SIZE {
        return Err(too_large());
    }
    Ok(Cow::Borrowed(bytes))
}

/// The last four bytes of a gzip file say how much it holds.
fn gunzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let size = bytes
        .last_chunk()
        .map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if size > MAX_SIZE {
        return Err(too_large());
    }
    let mut tar = vec![0; size];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(bytes, &mut tar)
        .map_err(|_| invalid("its gzip data is damaged".to_owned()))?;
    tar.truncate(length);
    Ok(tar)
}

fn entries(tar: &[u8]) -> io::Result<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = normal(&entry.path_bytes())?;
        if path.is_empty() {
            continue;
        }
        let target = entry
            .link_name_bytes()
            .map(|name| String::from_utf8_lossy(&name).into_owned());
        let kind = match (entry.header().entry_type(), target) {
            (EntryType::Directory, _) => Kind::Directory,
            (EntryType::Symlink, Some(target)) => Kind::Symlink(target),
            (EntryType::Link, Some(target)) => match entries.get(&normal(target.as_bytes())?) {
                Some(Entry { kind, .. }) => Kind::clone(kind),
                None => {
                    return Err(invalid(format!(
                        "`{}` is a hard link to nothing",
                        text::escape(&path)
                    )));
                }
            },
            (EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse, _) => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                Kind::File(bytes)
            }
            _ => Kind::Special,
        };
        let mode = entry.header().mode()? & 0o7777;
        // Builders let the last of equal names win.
        entries.insert(path, Entry { mode, kind });
        if entries.len() > MAX_ENTRIES {
            return Err(invalid(format!("more than {MAX_ENTRIES} entries")));
        }
    }
    Ok(entries)
}

/// A name without `./`, `/` and the slash at the end.
fn normal(name: &[u8]) -> io::Result<String> {
    let name = String::from_utf8_lossy(name);
    let components: Vec<_> = name
        .split('/')
        .filter(|component| !matches!(*component, "" | "."))
        .collect();
    if components.contains(&"..") {
        return Err(invalid(format!(
            "the name `{}` leads out of the archive",
            text::escape(&name)
        )));
    }
    Ok(components.join("/"))
}

fn too_large() -> io::Error {
    invalid(format!("more than {} MiB", MAX_SIZE >> 20))
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

const GZIP: &[u8] = b"\x1f\x8b\x08";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// A bundle with every zone and every extra has a tenth of this.
const MAX_SIZE: usize = 64 << 20;

const MAX_ENTRIES: usize = 20_000;

/// 8 MiB, what RFC 8878 asks every reader to bear.
const MAX_WINDOW_LOG: u32 = 23;

/// As Linux.
const MAX_LINKS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::{Archive, Compression},
        tree::{Directory, Tree, TreePath},
    };

    fn path(text: &str) -> TreePath {
        text.parse().unwrap()
    }

    fn sample() -> Archive {
        let mut tree = Tree::default();
        tree.file(path("zones/Asia/Shanghai"), *b"TZif").unwrap();
        tree.symlink(path("zones/PRC"), &path("zones/Asia/Shanghai"))
            .unwrap();
        tree.symlink(path("etc/localtime"), &path("zones/PRC"))
            .unwrap();
        tree.directory(path("tmp"), Directory::SHARED).unwrap();
        Archive::of(&tree).unwrap()
    }

    /// A tar with entries that this program would never write: name, type, link text, data.
    fn foreign(entries: &[(&str, EntryType, &str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, target, data) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o100_640);
            header.set_size(data.len() as u64);
            header.set_cksum();
            builder.append(&header, *data).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn message(bytes: &[u8]) -> String {
        Bundle::read(bytes, "x.tar").unwrap_err().render()
    }

    #[test]
    fn each_form_reads_as_the_same_bundle() {
        let archive = sample();
        let plain = Bundle::read(archive.tar(), "b").unwrap();
        assert_eq!(plain.diff_id(), archive.diff_id());
        for compression in [Compression::Gzip, Compression::Zstd] {
            let bytes = archive.compress(compression).unwrap();
            assert!(Bundle::is_one(&bytes));
            assert_eq!(Bundle::read(&bytes, "b").unwrap(), plain);
        }
        assert_eq!(plain.find("tmp").unwrap().1.mode, 0o1777);
    }

    #[test]
    fn links_are_followed_to_the_file() {
        let bundle = Bundle::read(sample().tar(), "b").unwrap();
        let (path, entry) = bundle.find("/etc/localtime").unwrap();
        assert_eq!(path, "zones/Asia/Shanghai");
        assert_eq!(entry.kind, Kind::File(b"TZif".to_vec()));
        assert_eq!(bundle.find("zones/Asia/Tokyo"), None);
    }

    #[test]
    fn other_writers_are_understood() {
        let tar = foreign(&[
            ("./", EntryType::Directory, "", b""),
            ("./etc/", EntryType::Directory, "", b""),
            ("/etc/a", EntryType::Regular, "", b"one"),
            ("etc/b", EntryType::Link, "./etc/a", b""),
            ("etc/a", EntryType::Regular, "", b"two"),
            ("abs", EntryType::Symlink, "/etc/../etc", b""),
            ("round", EntryType::Symlink, "round", b""),
            ("null", EntryType::Char, "", b""),
        ]);
        let bundle = Bundle::read(&tar, "x").unwrap();
        let names: Vec<_> = bundle.iter().map(|(path, _)| path).collect();
        assert_eq!(names, ["abs", "etc", "etc/a", "etc/b", "null", "round"]);
        let file = |path: &str| bundle.find(path).unwrap().1.clone();
        assert_eq!(file("abs/a").kind, Kind::File(b"two".to_vec()));
        assert_eq!(file("etc/b").kind, Kind::File(b"one".to_vec()));
        assert_eq!(file("etc/a").mode, 0o640);
        assert_eq!(file("null").kind, Kind::Special);
        assert_eq!(bundle.find("round"), None);
    }

    #[test]
    fn what_a_builder_would_choke_on_is_refused() {
        let regular = EntryType::Regular;
        assert_eq!(
            message(&foreign(&[("a/../../b", regular, "", b"")])),
            "`x.tar` cannot be read as a bundle\n  cause: the name `a/../../b` leads out of the archive"
        );
        assert_eq!(
            message(&foreign(&[("a", EntryType::Link, "b", b"")])),
            "`x.tar` cannot be read as a bundle\n  cause: `a` is a hard link to nothing"
        );
        let mut truncated = foreign(&[("a", regular, "", &[1; 2000])]);
        truncated.truncate(1024);
        assert_eq!(
            message(&truncated),
            "`x.tar` cannot be read as a bundle\n  cause: unexpected EOF during skip"
        );
    }

    #[test]
    fn compressed_input_is_held_to_the_limits() {
        let zeros = vec![0; MAX_SIZE + 1];
        let bomb = zstd::bulk::compress(&zeros, 1).unwrap();
        let too_large = "`x.tar` cannot be read as a bundle\n  cause: more than 64 MiB";
        assert_eq!(message(&bomb), too_large);
        let mut lie = GZIP.to_vec();
        lie.extend([0xff; 8]);
        assert_eq!(message(&lie), too_large);
        let text = zstd::bulk::compress(b"just a text", 1).unwrap();
        assert_eq!(
            message(&text),
            "`x.tar` cannot be read as a bundle\n  it is compressed, but what is in it is not a tar archive"
        );
    }
}
