//! Other programs read the archive as it is meant.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use scratch_bundle::{
    archive::{Archive, Compression},
    tree::{Directory, Tree, TreePath},
};
use tempfile::TempDir;

fn path(text: &str) -> TreePath {
    text.parse().unwrap()
}

fn sample() -> Archive {
    let mut tree = Tree::default();
    tree.file(path("etc/certs.crt"), *b"certificates\n")
        .unwrap();
    tree.file(path("zones/Asia/Shanghai"), [b'z'; 512]).unwrap();
    tree.file(path("zones/Asia-2"), *b"").unwrap();
    tree.symlink(path("zones/PRC"), &path("zones/Asia/Shanghai"))
        .unwrap();
    tree.directory(path("tmp"), Directory::SHARED).unwrap();
    tree.directory(path("home/nonroot"), Directory::home(65532))
        .unwrap();
    Archive::of(&tree).unwrap()
}

/// The archive in its three forms, as files in a folder of their own.
fn files() -> (TempDir, [PathBuf; 3]) {
    let folder = TempDir::new().unwrap();
    let archive = sample();
    let files = ["b.tar", "b.tar.gz", "b.tar.zst"].map(|name| {
        let path = folder.path().join(name);
        let bytes = archive.compress(Compression::of(&path).unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    });
    (folder, files)
}

/// What `program` prints, without an error message; nothing if it is not installed.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .env("TZ", "UTC")
        .output();
    let Ok(output) = output else {
        println!("skipped: `{program}` is not installed");
        return None;
    };
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message, "", "{program} {arguments:?}");
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        output.status
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn python_finds_every_field_as_written() {
    let (_folder, [tar, gz, _]) = files();
    for file in [tar, gz] {
        let Some(listing) = run("python3", &["-c", PYTHON], &file) else {
            return;
        };
        assert_eq!(listing, PYTHON_LISTING);
    }
}

#[test]
fn gnu_tar_lists_every_entry() {
    let (_folder, files) = files();
    for file in files {
        if file.ends_with("b.tar.zst") && Command::new("zstd").arg("--version").output().is_err() {
            println!("skipped: GNU tar needs the program `zstd`");
            continue;
        }
        let Some(listing) = run("tar", &["--numeric-owner", "-tvf"], &file) else {
            return;
        };
        assert_eq!(listing, TAR_LISTING);
    }
}

#[test]
fn bsdtar_lists_every_entry() {
    let (_folder, files) = files();
    for file in files {
        let Some(listing) = run("bsdtar", &["-tf"], &file) else {
            return;
        };
        let names: String = TAR_LISTING
            .lines()
            .map(|line| line.split_whitespace().nth(5).unwrap().to_owned() + "\n")
            .collect();
        assert_eq!(listing, names);
    }
}

const PYTHON: &str = r#"
import sys, tarfile
with tarfile.open(sys.argv[1]) as tar:
    assert tar.pax_headers == {}
    for entry in tar:
        assert (entry.uname, entry.gname, entry.mtime, entry.pax_headers) == ("", "", 0, {})
        data = tar.extractfile(entry).read() if entry.isreg() else b""
        print(entry.name, entry.type.decode(), oct(entry.mode), entry.uid, entry.gid, entry.linkname or data[:5])
"#;

const PYTHON_LISTING: &str = "\
etc 5 0o755 0 0 b''
etc/certs.crt 0 0o644 0 0 b'certi'
home 5 0o755 0 0 b''
home/nonroot 5 0o700 65532 65532 b''
tmp 5 0o1777 0 0 b''
zones 5 0o755 0 0 b''
zones/Asia 5 0o755 0 0 b''
zones/Asia/Shanghai 0 0o644 0 0 b'zzzzz'
zones/Asia-2 0 0o644 0 0 b''
zones/PRC 2 0o777 0 0 Asia/Shanghai
";

const TAR_LISTING: &str = "\
drwxr-xr-x 0/0               0 1970-01-01 00:00 etc/
-rw-r--r-- 0/0              13 1970-01-01 00:00 etc/certs.crt
drwxr-xr-x 0/0               0 1970-01-01 00:00 home/
drwx------ 65532/65532       0 1970-01-01 00:00 home/nonroot/
drwxrwxrwt 0/0               0 1970-01-01 00:00 tmp/
drwxr-xr-x 0/0               0 1970-01-01 00:00 zones/
drwxr-xr-x 0/0               0 1970-01-01 00:00 zones/Asia/
-rw-r--r-- 0/0             512 1970-01-01 00:00 zones/Asia/Shanghai
-rw-r--r-- 0/0               0 1970-01-01 00:00 zones/Asia-2
lrwxrwxrwx 0/0               0 1970-01-01 00:00 zones/PRC -> Asia/Shanghai
";
