//! The archive as a file that is whole at every moment.
//!
//! The bytes go to a temporary file in the same folder, which then takes the name of the output. So whatever happens on
//! the way, a full disk or a kill included, the name leads to the old bytes or to the new ones. (A kill can leave the
//! temporary file, named `.bundle-…`, behind.)
//!
//! Bytes that are there already are not written again: `make` and build caches look at the file's time.

use std::{
    fs::{self, File, Metadata, Permissions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{digest::Sha256, error::Error};

/// Where the archive goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// A file.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

/// What became of the output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// The file is new.
    Created,
    /// The file had other bytes before.
    Replaced,
    /// The file had these bytes already and was not touched.
    Unchanged,
    /// The bytes went to standard output.
    Streamed,
    /// The file does not have these bytes, and nothing was to be written.
    Unwritten,
}

/// A file that needs no more than its name, or one that has its bytes already.
#[derive(Debug)]
pub struct Staged(Option<Change>);

#[derive(Debug)]
struct Change {
    bytes: NamedTempFile,
    /// The name that the user gave.
    path: PathBuf,
    /// The name that the bytes will have.
    target: PathBuf,
    written: Written,
}

impl Destination {
    /// Reads the value of `--output`, where `-` is standard output.
    ///
    /// # Errors
    ///
    /// Standard output is a terminal, which an archive would only confuse; or the name is that of a folder.
    pub fn of(output: &Path, stdout_is_terminal: bool) -> Result<Self, Error> {
        if output == Path::new("-") {
            if stdout_is_terminal {
                return Err(terminal());
            }
            return Ok(Self::Stdout);
        }
        if names_folder(output) {
            return Err(folder(output));
        }
        Ok(Self::File(output.to_owned()))
    }

    /// Delivers `bytes`. A new file gets the mode that the umask leaves of 0666, a replaced one keeps its mode. If the
    /// name is a symbolic link, the file it leads to is written and the link stays.
    ///
    /// # Errors
    ///
    /// The folder is missing or cannot be written to, the disk is full, or something that is not a regular file has the
    /// name already.
    pub fn write(&self, bytes: &[u8], stdout: &mut impl Write) -> Result<Written, Error> {
        match self {
            Self::File(path) => stage(path, bytes)?.commit(),
            Self::Stdout => stream(bytes, stdout),
        }
    }

    /// Makes sure that the archive does not take the place of the lock.
    ///
    /// # Errors
    ///
    /// Both names lead to one file.
    pub fn ensure_apart(&self, lock: &Path) -> Result<(), Error> {
        match self {
            Self::File(path) if is_same_file(path, lock) => Err(Error::usage(format!(
                "the output `{}` is the lock",
                path.display()
            ))
            .help("`--output` and `--lock` name two files")),
            _ => Ok(()),
        }
    }

    /// The file that `--check` compares.
    ///
    /// # Errors
    ///
    /// Standard output holds nothing to compare.
    pub fn comparable(&self) -> Result<&Path, Error> {
        match self {
            Self::File(path) => Ok(path),
            Self::Stdout => Err(Error::usage(
                "`--check` compares a file, and `--output -` is none",
            )
            .help("name the file: `--output bundle.tar`")),
        }
    }
}

/// Makes sure that the file at `path` holds `bytes`; nothing is written.
///
/// # Errors
///
/// The file is missing or holds other bytes (status 4), or it is not a regular file, or it cannot be read.
pub fn ensure_holds(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let expected = Sha256::of(bytes);
    let mut faults = vec![format!("expected sha256:{expected}, {} bytes", bytes.len())];
    if regular_file(path, path)?.is_none() {
        return Err(Error::found(format!("there is no `{}`", path.display()))
            .faults(faults)
            .help("the same command without `--check` writes it"));
    }
    let (found, length) = File::open(path)
        .and_then(Sha256::of_reader)
        .map_err(|error| Error::io("read", path, error))?;
    if found == expected {
        return Ok(());
    }
    faults.push(format!("found    sha256:{found}, {length} bytes"));
    Err(Error::found(format!(
        "`{}` is not what these inputs produce",
        path.display()
    ))
    .faults(faults)
    .help("the same command without `--check` writes it anew"))
}

/// What is known of the file `target`, which the user calls `path`; `None` if there is none.
fn regular_file(path: &Path, target: &Path) -> Result<Option<Metadata>, Error> {
    match fs::metadata(target) {
        Ok(file) if file.is_dir() => Err(folder(path)),
        Ok(file) if !file.is_file() => Err(special(path)),
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unwritable(path, target, error)),
    }
}

/// Puts `bytes` beside the file at `path`, down to the disk, so that only the renaming is left to do. Dropped without
/// [`Staged::commit`], it is gone and the file is as it was.
///
/// # Errors
///
/// Those of [`Destination::write`].
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, Error> {
    let target = follow(path);
    let old = regular_file(path, &target)?;
    let unchanged = old
        .as_ref()
        .is_some_and(|old| old.len() == bytes.len() as u64)
        && fs::read(&target).is_ok_and(|old| old == bytes);
    if unchanged {
        return Ok(Staged::unchanged());
    }
    let written = match old {
        Some(_) => Written::Replaced,
        None => Written::Created,
    };
    match put_beside(&target, bytes, old.map(|old| old.permissions())) {
        Ok(bytes) => Ok(Staged(Some(Change {
            bytes,
            path: path.to_owned(),
            target,
            written,
        }))),
        Err(error) => Err(unwritable(path, &target, error)),
    }
}

fn put_beside(target: &Path, bytes: &[u8], mode: Option<Permissions>) -> io::Result<NamedTempFile> {
    let mut file = temporary(parent(target))?;
    file.as_file_mut().write_all(bytes)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    // Without this, a loss of power after the renaming can leave the new name without the new bytes.
    file.as_file().sync_all()?;
    Ok(file)
}

impl Staged {
    /// A file that needs no new bytes.
    #[must_use]
    pub fn unchanged() -> Self {
        Self(None)
    }

    /// Gives the bytes their name.
    ///
    /// # Errors
    ///
    /// The file system does not allow it any more.
    pub fn commit(self) -> Result<Written, Error> {
        let Some(change) = self.0 else {
            return Ok(Written::Unchanged);
        };
        match change.bytes.persist(&change.target) {
            Ok(_) => Ok(change.written),
            Err(error) => Err(unwritable(&change.path, &change.target, error.error)),
        }
    }
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bundle-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// The file that `path` leads to, which may be missing yet.
fn follow(path: &Path) -> PathBuf {
    match (fs::canonicalize(path), fs::read_link(path)) {
        (Ok(target), _) => target,
        // A link that leads nowhere; one that leads in a circle gives another error.
        (Err(error), Ok(target)) if error.kind() == ErrorKind::NotFound => {
            follow(&parent(path).join(target))
        }
        _ => path.to_owned(),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Whether two names lead to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let target = follow(path);
        let folder = fs::canonicalize(parent(&target)).ok()?;
        Some(folder.join(target.file_name()?))
    };
    one == other || place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

fn names_folder(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
        || path.file_name().is_none()
        || path.is_dir()
}

fn terminal() -> Error {
    Error::usage("standard output is a terminal, not a place for an archive")
        .help("`--output bundle.tar`, or redirect standard output to a file or a program")
}

fn folder(path: &Path) -> Error {
    Error::usage(format!("the output `{}` is a folder", path.display())).help(format!(
        "name a file in it: `--output {}`",
        path.join("bundle.tar").display()
    ))
}

fn special(path: &Path) -> Error {
    Error::usage(format!(
        "the output `{}` is not a regular file",
        path.display()
    ))
    .help("`--output -` writes to standard output, which can be redirected there")
}

fn unwritable(path: &Path, target: &Path, error: io::Error) -> Error {
    let folder = parent(target).display();
    let message = format!("cannot write `{}`", path.display());
    match error.kind() {
        ErrorKind::NotFound if !parent(target).exists() => Error::unable(message)
            .faults([format!("the folder `{folder}` does not exist")])
            .help(format!("create it first: `mkdir -p {folder}`")),
        // The last is what `/proc` says, and a folder that has been deleted while somebody is in it.
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotFound => {
            Error::unable(message)
                .faults([format!("the folder `{folder}` does not take new files")])
                .help("choose another folder: the file is put together beside its final name")
        }
        // The crate `tempfile` adds the random name of its file.
        kind if error.raw_os_error().is_none() => {
            Error::unable(message).because(io::Error::from(kind))
        }
        _ => Error::unable(message).because(error),
    }
}

/// A reader that has seen enough is no failure.
fn stream(bytes: &[u8], stdout: &mut impl Write) -> Result<Written, Error> {
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::unable("cannot write to standard output").because(error))
        }
        _ => Ok(Written::Streamed),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{
        os::unix::fs::{PermissionsExt as _, symlink},
        time::{Duration, SystemTime},
    };

    use tempfile::TempDir;

    use super::*;
    use crate::error::Status;

    fn write(path: &Path, bytes: &[u8]) -> Result<Written, Error> {
        Destination::of(path, false)?.write(bytes, &mut Vec::new())
    }

    /// The folder with the names in it, so that a forgotten temporary file is noticed.
    fn names(folder: &TempDir) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_created_then_replaced_then_left_alone() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bundle.tar");
        assert_eq!(write(&path, b"one").unwrap(), Written::Created);
        assert_eq!(write(&path, b"two").unwrap(), Written::Replaced);
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::open(&path).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(write(&path, b"two").unwrap(), Written::Unchanged);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(&folder), ["bundle.tar"]);
    }

    /// The yardstick is a file that the standard library creates under the same umask.
    #[test]
    fn a_new_file_has_the_usual_mode_and_a_replaced_one_keeps_its_own() {
        let folder = TempDir::new().unwrap();
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        File::create(folder.path().join("usual")).unwrap();
        let path = folder.path().join("bundle.tar");
        write(&path, b"one").unwrap();
        assert_eq!(mode("bundle.tar"), mode("usual"));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(mode("bundle.tar") & 0o7777, 0o600);
    }

    #[test]
    fn a_link_stays_and_the_file_it_leads_to_is_written() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        symlink("out/real.tar", folder.path().join("hop")).unwrap();
        symlink("hop", folder.path().join("bundle.tar")).unwrap();
        let path = folder.path().join("bundle.tar");
        assert_eq!(write(&path, b"one").unwrap(), Written::Created);
        assert_eq!(write(&path, b"two").unwrap(), Written::Replaced);
        assert_eq!(
            fs::read(folder.path().join("out/real.tar")).unwrap(),
            b"two"
        );
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("hop"));
    }

    #[test]
    fn what_cannot_be_written_is_told_with_its_reason() {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        symlink("round.tar", root.join("round.tar")).unwrap();
        symlink("/dev/null", root.join("null.tar")).unwrap();
        File::create(root.join("file")).unwrap();
        for (name, status, message) in [
            (
                ".",
                Status::Usage,
                "the output `ROOT/.` is a folder\n  help: name a file in it: `--output ROOT/./bundle.tar`",
            ),
            (
                "new/",
                Status::Usage,
                "the output `ROOT/new/` is a folder\n  help: name a file in it: `--output ROOT/new/bundle.tar`",
            ),
            (
                "a/b/x.tar",
                Status::Unable,
                "cannot write `ROOT/a/b/x.tar`\n  the folder `ROOT/a/b` does not exist\n  \
                 help: create it first: `mkdir -p ROOT/a/b`",
            ),
            (
                "null.tar",
                Status::Usage,
                "the output `ROOT/null.tar` is not a regular file\n  \
                 help: `--output -` writes to standard output, which can be redirected there",
            ),
        ] {
            let error = write(&root.join(name), b"x").unwrap_err();
            assert_eq!(
                error.render(),
                message.replace("ROOT", &root.display().to_string())
            );
            assert_eq!(error.status(), status, "{name}");
        }
        // For the rest, the reason is the system's own.
        for name in ["file/x.tar", "round.tar"] {
            let path = root.join(name);
            let cause = File::create(&path).unwrap_err();
            let error = write(&path, b"x").unwrap_err();
            let message = format!("cannot write `{}`\n  cause: {cause}", path.display());
            assert_eq!(error.render(), message);
            assert_eq!(error.status(), Status::Unable);
        }
        assert_eq!(names(&folder), ["file", "null.tar", "round.tar"]);
    }

    /// As the kernel, not a folder's mode, would say it: the tests may run as root.
    #[test]
    fn a_folder_that_takes_no_files_is_told_without_the_name_of_a_temporary_file() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            let error = unwritable(Path::new("x.tar"), Path::new("x.tar"), kind.into());
            assert_eq!(
                error.render(),
                "cannot write `x.tar`\n  the folder `.` does not take new files\n  \
                 help: choose another folder: the file is put together beside its final name"
            );
        }
        let full = io::Error::new(ErrorKind::StorageFull, "… at path \".bundle-x1y2z3\"");
        let error = unwritable(Path::new("x.tar"), Path::new("x.tar"), full);
        assert_eq!(
            error.render(),
            "cannot write `x.tar`\n  cause: no storage space"
        );
    }

    #[test]
    fn standard_output_takes_the_bytes_unless_it_is_a_terminal() {
        let stdout = Path::new("-");
        let mut bytes = Vec::new();
        let destination = Destination::of(stdout, false).unwrap();
        assert_eq!(
            destination.write(b"tar", &mut bytes).unwrap(),
            Written::Streamed
        );
        assert_eq!(bytes, b"tar");
        let error = Destination::of(stdout, true).unwrap_err();
        assert_eq!(
            error.render(),
            "standard output is a terminal, not a place for an archive\n  \
             help: `--output bundle.tar`, or redirect standard output to a file or a program"
        );
        assert_eq!(error.status(), Status::Usage);
    }

    /// A writer that fails in one way.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_failure_and_a_full_disk_is() {
        let left = Destination::Stdout.write(b"tar", &mut Failing(ErrorKind::BrokenPipe));
        assert_eq!(left.unwrap(), Written::Streamed);
        let full = Destination::Stdout.write(b"tar", &mut Failing(ErrorKind::StorageFull));
        let message = full.unwrap_err().render();
        assert_eq!(
            message,
            "cannot write to standard output\n  cause: no storage space"
        );
    }
}
