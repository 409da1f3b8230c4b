//! CA certificates of the user's own: a file, or standard input.

use std::{
    io::{self, Read as _},
    path::Path,
};

use super::{Kind, MIB, file};
use crate::error::Error;

/// Reads the value of `--extra-ca`: the file at `path`, or standard input for `-`. Gives the bytes, and what to call them.
///
/// # Errors
///
/// Asked wrongly: something that is no file. Refused: no bytes, or more than 4 MiB. Unable: everything else.
pub fn read_extra(path: &Path) -> Result<(Vec<u8>, String), Error> {
    if path.as_os_str() != "-" {
        let bytes = file::read(path, EXTRA).map_err(|error| error.help(HELP))?;
        return Ok((bytes, path.display().to_string()));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .take(EXTRA.limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::unable("cannot read standard input").because(error))?;
    if bytes.len() as u64 > EXTRA.limit {
        return Err(Error::refused(
            "standard input is larger than 4 MiB, the limit for CA certificates",
        ));
    }
    Ok((bytes, "standard input".to_owned()))
}

const EXTRA: Kind = Kind {
    name: "CA certificates",
    limit: 4 * MIB,
};

const HELP: &str = "give the path of a file with CA certificates, or `-` for standard input";
