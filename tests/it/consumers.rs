//! What `--for` adds is what other programs accept.

use std::{collections::BTreeSet, fs, process::Command};

use clap::ValueEnum as _;
use scratch_bundle::{
    consumers::{self, Consumer},
    roots::{Roots, Rules},
    source::Tzdata,
    tree::{Node, Tree, TreePath},
};
use tempfile::TempDir;

fn roots() -> Roots {
    Roots::builtin(&Rules::new("2026-11-24".parse().unwrap()).unwrap()).unwrap()
}

/// The certificates and two zones, one with an alias, then what `consumers` add.
fn furnished(consumers: &[Consumer]) -> Tree {
    let roots = roots();
    let mut tree = Tree::default();
    tree.file(TreePath::certificates(), roots.to_pem()).unwrap();
    let shanghai = TreePath::zone("Asia/Shanghai").unwrap();
    tree.file(shanghai.clone(), *b"TZif").unwrap();
    tree.symlink(TreePath::zone("PRC").unwrap(), &shanghai)
        .unwrap();
    consumers::furnish(&mut tree, consumers, &roots, &Tzdata::builtin()).unwrap();
    tree
}

/// The paths that are new, a link with its text.
fn added(consumer: Consumer) -> Vec<String> {
    let before = furnished(&[]);
    let after = furnished(&[consumer]);
    after
        .iter()
        .filter(|(path, node)| before.at(path) != Some(node))
        .map(|(path, node)| match node {
            Node::Directory(_) => format!("{path}/"),
            Node::File(_) => path.to_string(),
            Node::Symlink(target) => format!("{path} -> {}", target.seen_from(path)),
        })
        .collect()
}

#[test]
fn each_consumer_adds_exactly_this() {
    let openssl = [
        "etc/pki/",
        "etc/pki/tls/",
        "etc/pki/tls/cert.pem -> ../../ssl/certs/ca-certificates.crt",
        "etc/ssl/cert.pem -> certs/ca-certificates.crt",
        "usr/lib/",
        "usr/lib/ssl/",
        "usr/lib/ssl/cert.pem -> ../../../etc/ssl/certs/ca-certificates.crt",
    ];
    let tables = [
        "usr/share/zoneinfo/iso3166.tab",
        "usr/share/zoneinfo/zone.tab",
        "usr/share/zoneinfo/zone1970.tab",
    ];
    for consumer in [
        Consumer::Go,
        Consumer::Rust,
        Consumer::Musl,
        Consumer::Glibc,
    ] {
        assert_eq!(added(consumer), Vec::<String>::new());
    }
    assert_eq!(added(Consumer::Openssl), openssl);
    assert_eq!(added(Consumer::Python), openssl);
    assert_eq!(added(Consumer::Ruby), [&openssl[..], &tables].concat());
    assert_eq!(added(Consumer::Dotnet), [&openssl[..], &tables].concat());
    assert_eq!(
        added(Consumer::Cpp),
        [
            "usr/share/zoneinfo/leapseconds",
            "usr/share/zoneinfo/tzdata.zi"
        ]
    );
    assert_eq!(
        added(Consumer::Node),
        ["etc/ssl/cert.pem -> certs/ca-certificates.crt"]
    );
    assert_eq!(
        added(Consumer::Java),
        ["etc/ssl/certs/java/", "etc/ssl/certs/java/cacerts"]
    );
}

/// The table in the README is the one in the code; only the last column is the README's own.
#[test]
fn the_readme_has_the_table_of_consumers() {
    let readme = include_str!("../../README.md");
    for consumer in Consumer::ALL {
        let value = consumer.to_possible_value().unwrap();
        let help = value.get_help().unwrap().to_string();
        let (title, _) = help.split_once(": ").unwrap();
        let mut added = Vec::new();
        for need in consumer.needs() {
            let path = need.path;
            if !["etc/ssl/certs/ca-certificates.crt", "usr/share/zoneinfo"].contains(&path) {
                added.push(format!("`/{path}`"));
            }
        }
        let added = if added.is_empty() {
            "nothing".to_owned()
        } else {
            added.join(", ")
        };
        let row = format!("\n| `{consumer}` | {title} | {added} | ");
        assert!(readme.contains(&row), "README.md lacks {row}");
    }
}

/// Its zone comes with the selection, not with what is added to the tree afterwards.
#[test]
fn only_python_asks_for_a_zone_by_name() {
    let zones = |consumer: Consumer| consumer.zones().collect::<Vec<_>>();
    assert_eq!(zones(Consumer::Python), ["UTC"]);
    assert_eq!(zones(Consumer::Ruby), Vec::<&str>::new());
}

#[test]
fn without_certificates_there_are_no_links_to_them() {
    let mut tree = Tree::default();
    let consumers = [Consumer::Openssl, Consumer::Node];
    consumers::furnish(&mut tree, &consumers, &roots(), &Tzdata::builtin()).unwrap();
    assert_eq!(tree, Tree::default());
}

#[test]
fn keytool_lists_every_root() {
    let path = "etc/ssl/certs/java/cacerts".parse().unwrap();
    let tree = furnished(&[Consumer::Java]);
    let Some(Node::File(store)) = tree.at(&path) else {
        panic!("there is no trust store");
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cacerts");
    fs::write(&file, store).unwrap();

    let keytool = Command::new("keytool")
        .args([
            "-J-Duser.language=en",
            "-list",
            "-rfc",
            "-storepass",
            "changeit",
            "-keystore",
        ])
        .arg(&file)
        .output();
    let Ok(output) = keytool else {
        println!("skipped: `keytool` is not installed");
        return;
    };
    let listing = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{listing}");
    let (mut listed, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for block in pem::parse_many(&listing).unwrap() {
        listed.insert(block.into_contents());
    }
    for root in roots().kept {
        kept.insert(root.der().to_vec());
    }
    assert_eq!(listed, kept);
    assert!(
        listing.contains("Alias name: isrg-root-x1-96bcec06264976f3\nCreation date: Jun 4, 2015\n")
    );
}
