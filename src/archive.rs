//! The tree as a tar archive that is, byte for byte, the layer a container builder makes of it.
//!
//! Current builders (Docker, `BuildKit`, buildah) unpack what `ADD` gives them and write the layer again with Go's
//! `archive/tar`. An archive written the same way in the first place has the layer's digest: its SHA-256 is the
//! *`diff_id`* that `docker inspect` prints.
//!
//! What could vary from run to run, machine to machine or release to release, and how each is pinned:
//!
//! | could vary | pinned to |
//! |-|-|
//! | order of entries | that of a walk, see [`TreePath`](crate::tree::TreePath) |
//! | directories that an entry implies | all written; builders would date them by the clock |
//! | modification times | 0 |
//! | owner | numbers, from the tree; the name fields are empty |
//! | permissions | from the tree; no file type bits, no umask |
//! | dialect | plain ustar; a tree has no path that needs an extension |
//! | number format | octal, filled with zeros to the field, then NUL; device numbers too |
//! | checksum format | six octal digits, NUL, space |
//! | end of archive | two blocks of zeros, no filling up to a record of 10,240 bytes |
//! | gzip header | no name, no time, "maximum compression", "unknown system" |
//! | gzip, zstd encoder | called directly, versions pinned exactly in `Cargo.toml`, golden digests in the tests |
//!
//! Encoders do change from version to version, so only the digest of the *uncompressed* archive is a promise.

use std::{borrow::Cow, io, path::Path};

use tar::{EntryType, Header};

use crate::{
    digest::Sha256,
    error::Error,
    notice::Notice,
    tree::{Node, Tree, TreePath},
};

/// An uncompressed archive and its digest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Archive {
    tar: Vec<u8>,
    diff_id: Sha256,
}

/// How the archive is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compression {
    /// A plain tar: every builder unpacks it.
    None,
    /// RFC 1952: every builder unpacks it.
    Gzip,
    /// RFC 8878: some builders do not unpack it, see [`Compression::notice`].
    Zstd,
}

impl Archive {
    /// Writes `tree` as a tar archive.
    ///
    /// # Errors
    ///
    /// None that a [`Tree`] is known to cause; those of the `tar` crate are passed on.
    pub fn of(tree: &Tree) -> Result<Self, Error> {
        let tar = write(tree)
            .map_err(|error| Error::unable("cannot write the archive").because(error))?;
        let diff_id = Sha256::of(&tar);
        Ok(Self { tar, diff_id })
    }

    /// The uncompressed archive.
    #[must_use]
    pub fn tar(&self) -> &[u8] {
        &self.tar
    }

    /// The SHA-256 of the uncompressed archive, which is the layer's digest in an image.
    #[must_use]
    pub fn diff_id(&self) -> Sha256 {
        self.diff_id
    }

    /// The archive in the form in which it is stored.
    ///
    /// # Errors
    ///
    /// The encoder gave up, for want of memory.
    pub fn compress(&self, compression: Compression) -> Result<Cow<'_, [u8]>, Error> {
        Ok(match compression {
            Compression::None => Cow::Borrowed(&self.tar),
            Compression::Gzip => Cow::Owned(gzip(&self.tar)?),
            Compression::Zstd => Cow::Owned(zstd(&self.tar)?),
        })
    }
}

impl Compression {
    /// The compression that the name of the output asks for; `-`, standard output, is a plain tar.
    ///
    /// # Errors
    ///
    /// The name has none of the known endings.
    pub fn of(output: &Path) -> Result<Self, Error> {
        let name = output.to_string_lossy().to_ascii_lowercase();
        ENDINGS
            .into_iter()
            .find_map(|(ending, compression)| name.ends_with(ending).then_some(compression))
            .or_else(|| (name == "-").then_some(Self::None))
            .ok_or_else(|| {
                Error::usage(format!(
                    "the name `{}` does not tell the form",
                    output.display()
                ))
                .faults(["expected the ending `.tar`, `.tar.gz`, `.tgz` or `.tar.zst`"])
                .help("`--output bundle.tar`, or `--output -` for a tar on standard output")
            })
    }

    /// What the user should know before relying on this form.
    #[must_use]
    pub fn notice(self) -> Option<Notice> {
        match self {
            Self::None | Self::Gzip => None,
            Self::Zstd => Some(Notice::warning("zstd-support", ZSTD_SUPPORT)),
        }
    }
}

fn write(tree: &Tree) -> io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, node) in tree.iter() {
        let data: &[u8] = match node {
            Node::File(bytes) => bytes,
            Node::Directory(_) | Node::Symlink(_) => &[],
        };
        builder.append(&header(path, node)?, data)?;
    }
    builder.into_inner()
}

fn header(path: &TreePath, node: &Node) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_mode(node.mode());
    header.set_uid(node.owner().into());
    header.set_gid(node.owner().into());
    header.set_mtime(0);
    header.set_device_major(0)?;
    header.set_device_minor(0)?;
    match node {
        Node::Directory(_) => {
            header.set_entry_type(EntryType::Directory);
            header.set_path(format!("{path}/"))?;
            header.set_size(0);
        }
        Node::File(bytes) => {
            header.set_entry_type(EntryType::Regular);
            header.set_path(path.as_str())?;
            header.set_size(bytes.len() as u64);
        }
        Node::Symlink(target) => {
            header.set_entry_type(EntryType::Symlink);
            header.set_path(path.as_str())?;
            header.set_link_name_literal(target.seen_from(path))?;
            header.set_size(0);
        }
    }
    set_checksum(&mut header)?;
    Ok(header)
}

/// `Header::set_cksum` fills the field with seven digits and NUL; Go, as most writers, ends it with NUL and space.
fn set_checksum(header: &mut Header) -> io::Result<()> {
    header.set_cksum();
    let checksum = format!("{:06o}\0 ", header.cksum()?);
    header
        .as_old_mut()
        .cksum
        .copy_from_slice(checksum.as_bytes());
    Ok(())
}

/// libdeflate's best level: for the usual 190 KB it takes 15 ms. Zopfli saves another 0.2 % for five times the work, but
/// weighs symbols in floating point, with a logarithm that is the platform's own: a host could change a byte.
fn gzip(tar: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
    let mut bytes = vec![0; encoder.gzip_compress_bound(tar.len())];
    let length = encoder
        .gzip_compress(tar, &mut bytes)
        .map_err(|error| Error::unable("cannot compress the archive with gzip").because(error))?;
    bytes.truncate(length);
    Ok(bytes)
}

/// One frame that states its content size, so that readers need no larger window than the archive.
fn zstd(tar: &[u8]) -> Result<Vec<u8>, Error> {
    zstd::bulk::compress(tar, ZSTD_LEVEL)
        .map_err(|error| Error::unable("cannot compress the archive with zstd").because(error))
}

const ENDINGS: [(&str, Compression); 4] = [
    (".tar", Compression::None),
    (".tar.gz", Compression::Gzip),
    (".tgz", Compression::Gzip),
    (".tar.zst", Compression::Zstd),
];

/// The highest level that is not "ultra"; those gain nothing on this little data.
const ZSTD_LEVEL: i32 = 19;

/// As measured and read in the sources in November 2026.
const ZSTD_SUPPORT: &str = "not every builder unpacks zstd: kaniko fails, and Docker before 23.0 and BuildKit before 0.10 \
                            copy the archive into the image as a file without a word; `.tar` and `.tar.gz` work everywhere";

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::{collection, prelude::*};

    use super::*;
    use crate::tree::Directory;

    fn path(text: &str) -> TreePath {
        text.parse().unwrap()
    }

    /// Every kind of node, a name that sorts below `/`, a file that fills a block and one that does not.
    fn sample() -> Tree {
        let mut tree = Tree::default();
        tree.file(
            path("etc/ssl/certs/ca-certificates.crt"),
            *b"certificates\n",
        )
        .unwrap();
        tree.file(path("usr/share/zoneinfo/Asia/Shanghai"), [b'z'; 512])
            .unwrap();
        tree.file(path("usr/share/zoneinfo/Asia-2"), *b"").unwrap();
        for (link, target) in [
            ("Asia/Chongqing", "Asia/Shanghai"),
            ("PRC", "Asia/Shanghai"),
        ] {
            let [link, target] =
                [link, target].map(|zone| path(&format!("usr/share/zoneinfo/{zone}")));
            tree.symlink(link, &target).unwrap();
        }
        tree.directory(path("tmp"), Directory::SHARED).unwrap();
        tree.directory(path("home/nonroot"), Directory::home(65532))
            .unwrap();
        tree
    }

    /// The digest is what `tests/data/archive/golden.py` prints, which makes the same archive without this program.
    #[test]
    fn the_golden_digest_of_a_small_tree_never_changes() {
        let archive = Archive::of(&sample()).unwrap();
        assert_eq!(
            archive.diff_id().to_string(),
            "390e4f354ab42762c62495ac0310b113e89cab13eb29cd1c09a95449b9795544"
        );
        assert_eq!(archive.diff_id(), Sha256::of(archive.tar()));
    }

    #[test]
    fn an_empty_tree_is_the_end_of_an_archive() {
        assert_eq!(Archive::of(&Tree::default()).unwrap().tar(), [0; 1024]);
    }

    /// If this fails after an update of an encoder, the digests of compressed bundles change for every user: say so in
    /// the changelog.
    #[test]
    fn the_golden_digests_of_compressed_archives_change_only_on_purpose() {
        let archive = Archive::of(&sample()).unwrap();
        for (compression, digest) in [
            (
                Compression::Gzip,
                "c2d3d67d94a009503a9a680d4dca34f8485fe7397cbbd63d7596b0ced8b6f9cc",
            ),
            (
                Compression::Zstd,
                "b910cc642acc4f09681450df2bf30f001314e6332fc5279adc40c5bc4451301f",
            ),
        ] {
            let bytes = archive.compress(compression).unwrap();
            assert_eq!(Sha256::of(&bytes).to_string(), digest, "{compression:?}");
        }
    }

    #[test]
    fn the_gzip_header_tells_neither_time_nor_name_nor_system() {
        let bytes = Archive::of(&sample())
            .unwrap()
            .compress(Compression::Gzip)
            .unwrap()
            .into_owned();
        assert_eq!(bytes[..10], *b"\x1f\x8b\x08\0\0\0\0\0\x02\xff");
    }

    #[test]
    fn a_zstd_frame_comes_first_and_states_its_size() {
        let archive = Archive::of(&sample()).unwrap();
        let bytes = archive.compress(Compression::Zstd).unwrap();
        assert_eq!(bytes[..4], *b"\x28\xb5\x2f\xfd");
        let size = zstd::zstd_safe::get_frame_content_size(&bytes).unwrap();
        assert_eq!(size, Some(archive.tar().len() as u64));
        assert_eq!(zstd::decode_all(&*bytes).unwrap(), archive.tar());
    }

    #[test]
    fn the_name_of_the_output_tells_the_compression() {
        for (name, compression) in [
            ("bundle.tar", Compression::None),
            ("-", Compression::None),
            ("a.b/C.TAR", Compression::None),
            ("bundle.tar.gz", Compression::Gzip),
            ("bundle.tgz", Compression::Gzip),
            ("bundle.tar.zst", Compression::Zstd),
        ] {
            assert_eq!(
                Compression::of(Path::new(name)).unwrap(),
                compression,
                "{name}"
            );
        }
        for name in [
            "bundle",
            "bundle.gz",
            "bundle.zst",
            "bundle.tar.xz",
            "tar",
            "a.tar/b",
        ] {
            let message = Compression::of(Path::new(name)).unwrap_err().render();
            assert!(message.starts_with(&format!("the name `{name}` does not tell the form\n")));
        }
    }

    #[test]
    fn only_zstd_comes_with_a_warning() {
        assert_eq!(Compression::None.notice(), None);
        assert_eq!(Compression::Gzip.notice(), None);
        assert_eq!(Compression::Zstd.notice().unwrap().code, "zstd-support");
    }

    /// What a reader finds: path, mode, owner, time, and the bytes or the link's text.
    type Found = (String, u32, u64, u64, Vec<u8>);

    fn read_back(tar: &[u8]) -> Vec<Found> {
        let mut archive = tar::Archive::new(tar);
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            let mut bytes = Vec::new();
            match header.link_name_bytes() {
                Some(target) => bytes.extend_from_slice(&target),
                None => {
                    entry.read_to_end(&mut bytes).unwrap();
                }
            }
            let path = String::from_utf8(header.path_bytes().into_owned()).unwrap();
            assert_eq!(header.uid().unwrap(), header.gid().unwrap());
            (
                path,
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.mtime().unwrap(),
                bytes,
            )
        });
        entries.collect()
    }

    fn expected(tree: &Tree) -> Vec<Found> {
        let entries = tree.iter().map(|(path, node)| {
            let (path, bytes) = match node {
                Node::Directory(_) => (format!("{path}/"), Vec::new()),
                Node::File(bytes) => (path.to_string(), bytes.clone()),
                Node::Symlink(target) => (path.to_string(), target.seen_from(path).into_bytes()),
            };
            (path, node.mode(), node.owner().into(), 0, bytes)
        });
        entries.collect()
    }

    /// Names that collide and nest often, among them those that sort below `/`.
    fn paths() -> impl Strategy<Value = String> {
        collection::vec("[ab+.-]{1,2}z", 1..5).prop_map(|parts| parts.join("/"))
    }

    fn nodes() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
        collection::vec((paths(), collection::vec(any::<u8>(), 0..1100)), 0..12)
    }

    /// Adds what does not clash with what is there, links last.
    fn grow(nodes: &[(String, Vec<u8>)]) -> (Tree, Vec<(String, Vec<u8>)>) {
        let mut tree = Tree::default();
        let added = nodes
            .iter()
            .filter(|(name, bytes)| tree.file(path(name), bytes.clone()).is_ok());
        let added = added.cloned().collect();
        (tree, added)
    }

    proptest! {
        #[test]
        fn any_order_of_insertion_gives_the_same_archive(
            (nodes, shuffled) in nodes().prop_map(|nodes| grow(&nodes).1)
                .prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle()))
        ) {
            let [one, other] = [nodes, shuffled].map(|nodes| Archive::of(&grow(&nodes).0).unwrap());
            prop_assert_eq!(one, other);
        }

        #[test]
        fn reading_back_finds_the_tree(nodes in nodes(), links in collection::vec((paths(), any::<prop::sample::Index>()), 0..4)) {
            let (mut tree, added) = grow(&nodes);
            for (link, target) in links.iter().filter(|_| !added.is_empty()) {
                // A link where something else is already is refused; then the tree stays as it was.
                let _ = tree.symlink(path(link), &path(&target.get(&added).0));
            }
            let archive = Archive::of(&tree).unwrap();
            prop_assert_eq!(read_back(archive.tar()), expected(&tree));
            prop_assert_eq!(archive.tar().len() % 512, 0);
        }
    }
}
