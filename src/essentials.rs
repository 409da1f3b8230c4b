//! What an empty image lacks besides certificates and time zones, for those who ask.

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    error::Error,
    tree::{Directory, Tree, TreePath},
};

/// A value of `--with`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Essential {
    /// /tmp, writable by everybody (1777)
    Tmp,
    /// /etc/passwd and /etc/group with root, nobody (65534) and nonroot (65532), and /home/nonroot
    Users,
    /// /etc/nsswitch.conf: look for hosts in /etc/hosts, then ask DNS
    Nsswitch,
}

/// Adds `essentials` to `tree`.
///
/// # Errors
///
/// None that is known: the places do not clash with others in a bundle.
pub fn add(tree: &mut Tree, essentials: &[Essential]) -> Result<(), Error> {
    for essential in essentials {
        match essential {
            Essential::Tmp => tree.directory("tmp".parse()?, Directory::SHARED)?,
            Essential::Users => {
                tree.file("etc/passwd".parse()?, PASSWD)?;
                tree.file("etc/group".parse()?, GROUP)?;
                tree.directory("home/nonroot".parse()?, Directory::home(NONROOT))?;
            }
            Essential::Nsswitch => tree.file("etc/nsswitch.conf".parse()?, NSSWITCH)?,
        }
    }
    Ok(())
}

/// Adds `etc/localtime`, the time zone of programs that are not told one. `zone` must be in the tree.
///
/// It is a relative link through `usr/share/zoneinfo`, because readers disagree about the rest: jiff and .NET take the
/// zone's name from the text after `zoneinfo/`, the crate `iana-time-zone` wants the text to begin with `../usr/share` or
/// `/usr/share`, and all others just read the file. (A container that mounts the host's file over it, `-v
/// /etc/localtime:/etc/localtime`, covers the zone that the link leads to: moby/moby#16481.)
///
/// # Errors
///
/// Refused: the zone is not in the tree.
pub fn localtime(tree: &mut Tree, zone: &str) -> Result<(), Error> {
    tree.symlink("etc/localtime".parse()?, &TreePath::zone(zone)?)
}

const NONROOT: u32 = 65532;

const PASSWD: &str = "\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
";

const GROUP: &str = "\
root:x:0:
nobody:x:65534:
nonroot:x:65532:
";

const NSSWITCH: &str = "hosts: files dns\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Node;

    /// Each node: path, mode, owner, and text or target.
    fn nodes(tree: &Tree) -> Vec<(String, u32, u32, String)> {
        let node = |(path, node): (&TreePath, &Node)| {
            let text = match node {
                Node::Directory(_) => String::new(),
                Node::File(bytes) => String::from_utf8(bytes.clone()).unwrap(),
                Node::Symlink(target) => target.seen_from(path),
            };
            (path.to_string(), node.mode(), node.owner(), text)
        };
        tree.iter().map(node).collect()
    }

    fn node(path: &str, mode: u32, owner: u32, text: &str) -> (String, u32, u32, String) {
        (path.to_owned(), mode, owner, text.to_owned())
    }

    #[test]
    fn each_essential_has_its_modes_and_owners() {
        let mut tree = Tree::default();
        let all = [Essential::Tmp, Essential::Users, Essential::Nsswitch];
        add(&mut tree, &all).unwrap();
        assert_eq!(
            nodes(&tree),
            [
                node("etc", 0o755, 0, ""),
                node(
                    "etc/group",
                    0o644,
                    0,
                    "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"
                ),
                node("etc/nsswitch.conf", 0o644, 0, "hosts: files dns\n"),
                node("etc/passwd", 0o644, 0, PASSWD),
                node("home", 0o755, 0, ""),
                node("home/nonroot", 0o700, 65532, ""),
                node("tmp", 0o1777, 0, ""),
            ]
        );
    }

    #[test]
    fn nothing_is_added_unasked() {
        let mut tree = Tree::default();
        add(&mut tree, &[]).unwrap();
        assert_eq!(tree, Tree::default());
    }

    #[test]
    fn localtime_keeps_the_name_of_the_zone_in_the_text_of_the_link() {
        let mut tree = Tree::default();
        let shanghai = TreePath::zone("Asia/Shanghai").unwrap();
        tree.file(shanghai.clone(), *b"").unwrap();
        tree.symlink(TreePath::zone("PRC").unwrap(), &shanghai)
            .unwrap();
        localtime(&mut tree, "PRC").unwrap();
        let link = node("etc/localtime", 0o777, 0, "../usr/share/zoneinfo/PRC");
        assert_eq!(nodes(&tree)[1], link);
        localtime(&mut tree, "Asia/Tokyo").unwrap_err();
    }
}
