//! What the archive will hold: paths and nodes, as pure data.
//!
//! A tree is valid by construction: every path is relative and short enough for a ustar header, every parent is a
//! directory of the tree, no path is two things at once, and every link leads to something in the tree. The order in
//! which nodes were added cannot be told from it.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, btree_map::Entry},
    fmt, iter,
    str::FromStr,
};

use crate::error::Error;

/// Paths and what is there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tree {
    nodes: BTreeMap<TreePath, Node>,
}

/// What is at a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Node {
    /// A directory.
    Directory(Directory),
    /// A regular file, readable by everybody (0644), owned by root.
    File(Vec<u8>),
    /// A symbolic link to this path, which is in the tree; see [`TreePath::seen_from`] for the text of the link.
    Symlink(TreePath),
}

/// Mode and owner of a directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Directory {
    mode: u32,
    owner: u32,
}

/// A path in the archive: relative, without a trailing slash, such as `etc/ssl/certs`.
///
/// It has no empty, `.` or `..` component, only letters, digits and `+-._`, and at most 99 bytes, so that it fits the name
/// field of a ustar header even as a directory, whose name ends in `/` there.
///
/// The order is that of a walk: component by component, a directory before its children. A plain string order differs,
/// since `+`, `-` and `.` sort below `/`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct TreePath(String);

impl Tree {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// The path is something else already.
    pub fn file(&mut self, path: TreePath, bytes: impl Into<Vec<u8>>) -> Result<(), Error> {
        self.add(path, Node::File(bytes.into()))
    }

    /// Adds a symbolic link at `path` that leads to `target`, which must be in the tree already.
    ///
    /// # Errors
    ///
    /// The path is something else already, nothing is at the target, or the link's text is too long for a ustar header.
    pub fn symlink(&mut self, path: TreePath, target: &TreePath) -> Result<(), Error> {
        if !self.nodes.contains_key(target) {
            return Err(
                Error::refused(format!("the link `{path}` would lead nowhere"))
                    .faults([format!("nothing is at `{target}` in the bundle")]),
            );
        }
        if target.seen_from(&path).len() > MAX_LINK {
            return Err(Error::refused(format!(
                "the link from `{path}` to `{target}` is longer than the {MAX_LINK} bytes that a ustar header holds"
            )));
        }
        self.add(path, Node::Symlink(target.clone()))
    }

    /// Adds a directory. A plain one is what parents are by themselves, so it yields to any other kind.
    ///
    /// # Errors
    ///
    /// The path is something else already.
    pub fn directory(&mut self, path: TreePath, directory: Directory) -> Result<(), Error> {
        self.add(path, Node::Directory(directory))
    }

    /// What is at `path`, a link included.
    #[must_use]
    pub fn at(&self, path: &TreePath) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// The path that `path` is or, over any number of links, leads to.
    #[must_use]
    pub fn follow<'a>(&'a self, path: &'a TreePath) -> &'a TreePath {
        // A link's target was in the tree before the link, so this comes to an end.
        match self.at(path) {
            Some(Node::Symlink(target)) => self.follow(target),
            _ => path,
        }
    }

    /// Every path and what is there, a directory before its children.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Node)> {
        self.nodes.iter()
    }

    /// The paths that are not, or not so, in `other`; plain directories do not count.
    pub fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a TreePath> {
        self.iter()
            .filter(|(path, node)| other.at(path) != Some(node))
            .filter(|(_, node)| **node != Node::Directory(Directory::PLAIN))
            .map(|(path, _)| path)
    }

    fn add(&mut self, path: TreePath, node: Node) -> Result<(), Error> {
        for parent in path.ancestors() {
            let there = self
                .nodes
                .entry(parent.clone())
                .or_insert(Node::Directory(Directory::PLAIN));
            if !matches!(there, Node::Directory(_)) {
                return Err(clash(&parent, there, "directory"));
            }
        }
        match self.nodes.entry(path) {
            Entry::Vacant(vacant) => {
                vacant.insert(node);
            }
            Entry::Occupied(mut there) => match (there.get(), &node) {
                (old, new) if old == new => {}
                (Node::Directory(_), Node::Directory(Directory::PLAIN)) => {}
                (Node::Directory(Directory::PLAIN), Node::Directory(_)) => {
                    there.insert(node);
                }
                (old, new) => return Err(clash(there.key(), old, new.kind())),
            },
        }
        Ok(())
    }
}

impl Node {
    /// The permissions, `0o1777` at most.
    #[must_use]
    pub fn mode(&self) -> u32 {
        match self {
            Self::Directory(directory) => directory.mode,
            Self::File(_) => 0o644,
            Self::Symlink(_) => 0o777,
        }
    }

    /// The user and the group that own it.
    #[must_use]
    pub fn owner(&self) -> u32 {
        match self {
            Self::Directory(directory) => directory.owner,
            Self::File(_) | Self::Symlink(_) => 0,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::File(_) => "file",
            Self::Symlink(_) => "link",
        }
    }
}

impl Directory {
    /// Readable by everybody, as every parent is.
    pub const PLAIN: Self = Self {
        mode: 0o755,
        owner: 0,
    };

    /// Writable by everybody, each may remove only what is theirs: `tmp`.
    pub const SHARED: Self = Self {
        mode: 0o1777,
        owner: 0,
    };

    /// The home of one user, whose group has the same number.
    #[must_use]
    pub const fn home(owner: u32) -> Self {
        Self { mode: 0o700, owner }
    }
}

impl TreePath {
    /// Where the certificates are: the first place in which Go, rustls, Debian's curl and most others look.
    #[must_use]
    pub fn certificates() -> Self {
        Self(CERTIFICATES.to_owned())
    }

    /// Where the time zone `name` is; `name` must be fit to be a path.
    ///
    /// # Errors
    ///
    /// Refused: a name such as `../etc`.
    pub fn zone(name: &str) -> Result<Self, Error> {
        format!("{ZONES}/{name}").parse()
    }

    /// The name of the time zone whose place this is.
    #[must_use]
    pub fn zone_name(&self) -> Option<&str> {
        self.0.strip_prefix(ZONES)?.strip_prefix('/')
    }

    /// The text of a relative link at `link` that leads here: `../America/New_York` for one at `US/Eastern`'s place.
    #[must_use]
    pub fn seen_from(&self, link: &Self) -> String {
        let shared = self
            .ancestors()
            .zip(link.ancestors())
            .take_while(|(a, b)| a == b)
            .count();
        let up = iter::repeat_n("..", link.ancestors().count() - shared);
        let down = self.components().skip(shared);
        up.chain(down).collect::<Vec<_>>().join("/")
    }

    /// The path as text, without a leading or a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that hold it, the outermost first.
    fn ancestors(&self) -> impl Iterator<Item = Self> {
        self.0
            .match_indices('/')
            .map(|(end, _)| Self(self.0[..end].to_owned()))
    }

    fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl FromStr for TreePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match fault(text) {
            None => Ok(Self(text.to_owned())),
            Some(fault) => Err(Error::refused(format!(
                "`{}` cannot be a path in the bundle: {fault}",
                text.escape_debug()
            ))),
        }
    }
}

impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.components().cmp(other.components())
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn clash(path: &TreePath, old: &Node, new: &str) -> Error {
    if old.kind() == new {
        return Error::refused(format!("`{path}` would be two different {}", plural(new)));
    }
    Error::refused(format!(
        "`{path}` would be a {} and a {new} at once",
        old.kind()
    ))
}

fn plural(kind: &str) -> &'static str {
    match kind {
        "directory" => "directories",
        "file" => "files",
        _ => "links",
    }
}

fn fault(path: &str) -> Option<&'static str> {
    if path.len() > MAX_PATH {
        return Some("it is longer than 99 bytes");
    }
    path.split('/').find_map(|component| match component {
        "" => Some("a part of it is empty"),
        "." | ".." => Some("`.` and `..` are not allowed"),
        _ if !component.bytes().all(is_portable) => {
            Some("only letters, digits and `+-._` are allowed")
        }
        _ => None,
    })
}

fn is_portable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)
}

const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

const ZONES: &str = "usr/share/zoneinfo";

/// The name field of a ustar header has 100 bytes; a directory's name ends in `/` there.
const MAX_PATH: usize = 99;

/// The link name field of a ustar header.
const MAX_LINK: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_that_could_leave_the_root_or_not_fit_a_header_is_refused() {
        let long = "x".repeat(99);
        for good in ["etc", "etc/ssl/certs", "Etc/GMT+8", ".wh", "...", &long] {
            assert_eq!(path(good).as_str(), good);
        }
        let longer = "x".repeat(100);
        for (bad, fault) in [
            ("", "a part of it is empty"),
            ("/etc", "a part of it is empty"),
            ("etc/", "a part of it is empty"),
            ("a//b", "a part of it is empty"),
            ("./a", "`.` and `..` are not allowed"),
            ("a/../b", "`.` and `..` are not allowed"),
            ("a\\b", "only letters, digits and `+-._` are allowed"),
            ("Zürich", "only letters, digits and `+-._` are allowed"),
            (&longer, "it is longer than 99 bytes"),
        ] {
            let error = bad.parse::<TreePath>().unwrap_err();
            assert!(error.render().ends_with(fault), "{bad}: {}", error.render());
        }
    }

    #[test]
    fn a_zone_has_its_place_below_one_folder() {
        let place = TreePath::zone("Asia/Tokyo").unwrap();
        assert_eq!(place.as_str(), "usr/share/zoneinfo/Asia/Tokyo");
        assert_eq!(place.zone_name(), Some("Asia/Tokyo"));
        assert_eq!(path("usr/share/zoneinfo").zone_name(), None);
        assert_eq!(path("usr/share/zoneinfo2/UTC").zone_name(), None);
        let error = TreePath::zone("../etc").unwrap_err();
        assert_eq!(
            error.render(),
            "`usr/share/zoneinfo/../etc` cannot be a path in the bundle: `.` and `..` are not allowed"
        );
    }

    #[test]
    fn the_order_is_that_of_a_walk() {
        let mut paths = ["a.b", "a-b", "a/b", "a+b", "a", "a/b/c", "a0"].map(path);
        paths.sort();
        assert_eq!(
            paths,
            ["a", "a/b", "a/b/c", "a+b", "a-b", "a.b", "a0"].map(path)
        );
    }

    #[test]
    fn a_link_takes_the_shortest_relative_way() {
        for (link, target, text) in [
            ("z/Asia/Chongqing", "z/Asia/Shanghai", "Shanghai"),
            ("z/US/Eastern", "z/America/New_York", "../America/New_York"),
            ("z/PRC", "z/Asia/Shanghai", "Asia/Shanghai"),
            ("z/Etc/Zulu", "z/UTC", "../UTC"),
            ("etc/localtime", "usr/z/UTC", "../usr/z/UTC"),
            ("a/b/c", "a/b", "../b"),
            ("a", "b", "b"),
        ] {
            assert_eq!(path(target).seen_from(&path(link)), text);
        }
    }

    #[test]
    fn parents_come_by_themselves_and_yield_to_special_directories() {
        let mut tree = Tree::default();
        tree.file(path("home/user/file"), *b"x").unwrap();
        tree.directory(path("home/user"), Directory::home(7))
            .unwrap();
        tree.directory(path("home/user"), Directory::PLAIN).unwrap();
        tree.directory(path("home/user"), Directory::home(7))
            .unwrap();
        let nodes: Vec<_> = tree
            .iter()
            .map(|(path, node)| (path.as_str(), node.mode(), node.owner()))
            .collect();
        assert_eq!(
            nodes,
            [
                ("home", 0o755, 0),
                ("home/user", 0o700, 7),
                ("home/user/file", 0o644, 0)
            ]
        );
    }

    #[test]
    fn what_is_beyond_another_tree_are_files_links_and_special_directories() {
        let mut before = Tree::default();
        before.file(path("a/b"), *b"x").unwrap();
        let mut after = before.clone();
        after.file(path("c/d"), *b"x").unwrap();
        after.symlink(path("e"), &path("a/b")).unwrap();
        after.directory(path("tmp"), Directory::SHARED).unwrap();
        let beyond: Vec<_> = after.beyond(&before).map(TreePath::as_str).collect();
        assert_eq!(beyond, ["c/d", "e", "tmp"]);
        assert_eq!(after.beyond(&after).count(), 0);
    }

    #[test]
    fn nothing_is_two_things_at_once() {
        let mut tree = Tree::default();
        tree.file(path("a"), *b"x").unwrap();
        tree.file(path("a"), *b"x").unwrap();
        tree.directory(path("tmp"), Directory::SHARED).unwrap();
        tree.symlink(path("l"), &path("a")).unwrap();
        for (result, message) in [
            (
                tree.file(path("a"), *b"y"),
                "`a` would be two different files",
            ),
            (
                tree.file(path("a/b"), *b"x"),
                "`a` would be a file and a directory at once",
            ),
            (
                tree.file(path("l/b"), *b"x"),
                "`l` would be a link and a directory at once",
            ),
            (
                tree.file(path("tmp"), *b"x"),
                "`tmp` would be a directory and a file at once",
            ),
            (
                tree.directory(path("tmp"), Directory::home(7)),
                "`tmp` would be two different directories",
            ),
            (
                tree.symlink(path("l"), &path("tmp")),
                "`l` would be two different links",
            ),
            (
                tree.symlink(path("m"), &path("b")),
                "the link `m` would lead nowhere\n  nothing is at `b` in the bundle",
            ),
        ] {
            assert_eq!(result.unwrap_err().render(), message);
        }
    }

    #[test]
    fn links_are_followed_to_the_end() {
        let mut tree = Tree::default();
        tree.file(path("a/file"), *b"").unwrap();
        tree.symlink(path("b"), &path("a/file")).unwrap();
        tree.symlink(path("c/d"), &path("b")).unwrap();
        assert_eq!(tree.follow(&path("c/d")), &path("a/file"));
        assert_eq!(tree.follow(&path("nowhere")), &path("nowhere"));
    }

    /// A half-added path would leave a file with children.
    #[test]
    fn a_refused_node_leaves_the_tree_as_it_was() {
        let mut tree = Tree::default();
        tree.file(path("a"), *b"x").unwrap();
        let before = tree.clone();
        tree.file(path("a/b/c"), *b"x").unwrap_err();
        assert_eq!(tree, before);
    }

    #[test]
    fn a_link_that_does_not_fit_a_header_is_refused() {
        let mut tree = Tree::default();
        let target = path(&"t".repeat(99));
        tree.file(target.clone(), *b"").unwrap();
        let error = tree.symlink(path("a/link"), &target).unwrap_err();
        assert!(
            error
                .render()
                .ends_with("the 100 bytes that a ustar header holds")
        );
    }
}
