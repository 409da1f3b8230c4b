//! Files as sources: read whole, within a limit, and only if they are files.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    path::Path,
};

use super::{Fetched, Kind, Origin};
use crate::error::Error;

/// Takes the file at `path` as it is.
pub(super) fn fetch(path: &Path, kind: Kind) -> Result<Fetched, Error> {
    Ok(Fetched::new(read(path, kind)?, Origin::File(path.into())))
}

/// Reads the whole file at `path`.
///
/// # Errors
///
/// Asked wrongly: something that is no file. Refused: an empty file, or one over the limit. Unable: everything else, such
/// as a file that is missing.
pub(super) fn read(path: &Path, kind: Kind) -> Result<Vec<u8>, Error> {
    let Kind { name, limit } = kind;
    let shown = path.display();

    // Opening a FIFO would wait for a writer, so the kind of file is looked at first. A pipe that a shell hands over, as for
    // `<(command)`, is open already.
    let metadata = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::unable(format!("no file `{shown}` to read {name} from"))
                .help("give the path of a file, or `builtin` for what the program carries")
        }
        _ => Error::io("read", path, error),
    })?;
    if !metadata.is_file() && !is_open_pipe(path, &metadata) {
        let found = kind_of(&metadata);
        return Err(
            Error::usage(format!("cannot read {name} from `{shown}`: it is {found}"))
                .help("give the path of a file"),
        );
    }

    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| Error::io("read", path, error))?;
    if bytes.is_empty() {
        return Err(
            Error::refused(format!("`{shown}` is empty; expected {name}"))
                .help("`builtin` takes what the program carries"),
        );
    }
    if bytes.len() as u64 > limit {
        let mib = limit / (1024 * 1024);
        return Err(Error::refused(format!(
            "`{shown}` is larger than {mib} MiB, the limit for {name}"
        )));
    }
    Ok(bytes)
}

fn is_open_pipe(path: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    let is_open = ["/dev/fd", "/proc/self/fd", "/dev/stdin"]
        .iter()
        .any(|open| path.starts_with(open));
    is_open && metadata.file_type().is_fifo()
}

fn kind_of(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::Status;

    #[test]
    fn a_file_is_read_whole_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"12345678").unwrap();
        assert_eq!(read(&path, KIND).unwrap(), b"12345678");
    }

    #[test]
    fn each_way_to_be_no_readable_file_has_its_message() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("empty"), b"").unwrap();
        fs::write(at("large"), b"123456789").unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status()
            .unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();

        for (name, status, message) in [
            (
                "missing",
                Status::Unable,
                "no file `@` to read letters from",
            ),
            (
                "empty/below",
                Status::Unable,
                "no file `@` to read letters from",
            ),
            (
                "",
                Status::Usage,
                "cannot read letters from `@`: it is a folder",
            ),
            (
                "pipe",
                Status::Usage,
                "cannot read letters from `@`: it is a pipe",
            ),
            (
                "socket",
                Status::Usage,
                "cannot read letters from `@`: it is a socket",
            ),
            ("empty", Status::Refused, "`@` is empty; expected letters"),
            (
                "large",
                Status::Refused,
                "`@` is larger than 0 MiB, the limit for letters",
            ),
        ] {
            let path = at(name);
            let error = read(&path, KIND).unwrap_err();
            let message = message.replace('@', &path.display().to_string());
            assert_eq!((error.status(), error.to_string()), (status, message));
        }

        let error = read(Path::new("/dev/null"), KIND).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read letters from `/dev/null`: it is a device"
        );
    }

    const KIND: Kind = Kind {
        name: "letters",
        limit: 8,
    };
}
