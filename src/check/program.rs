//! What an executable file says about itself: whether it starts on an empty image, and what it looks for there.
//!
//! Headers are read with the crate `object`. What a program looks for is told by the paths it contains: they are constants
//! in every library that knows them, and nothing removes them from a stripped program. A program packed by UPX hides them.

use memchr::memmem;
use object::{
    Architecture, Endianness, FileKind, Object as _, elf,
    read::elf::{ElfFile, FileHeader, ProgramHeader as _},
};
use serde::Serialize;

use crate::{error::Error, text};

/// A program, as far as its file tells.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Program {
    /// How it starts.
    pub start: Start,
    /// The processor that it is for, as Docker calls it where Docker has a name.
    pub architecture: Option<String>,
    /// What it was written in or linked with.
    pub parts: Vec<Part>,
    /// The files in which it may look for certificates.
    pub certificate_files: Vec<String>,
    /// Whether it looks for time zones in files of the system.
    pub looks_for_zones: bool,
    /// Whether UPX has packed it, so that nothing but `start` is certain.
    pub packed: bool,
}

/// How a program starts.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Start {
    /// By itself.
    Static,
    /// With the help of an interpreter and of libraries, which have to be there.
    Dynamic {
        /// The path of the dynamic linker.
        interpreter: String,
        /// The names of the libraries.
        libraries: Vec<String>,
    },
    /// As a text that a shell or another program reads.
    Script {
        /// The program that reads it.
        interpreter: String,
    },
    /// Not at all on Linux.
    Foreign {
        /// The system that it is for.
        system: &'static str,
    },
    /// Not at all: it is a library.
    Library,
}

/// Something that a program was written in or linked with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Part {
    /// Go.
    Go {
        /// The version of the compiler, such as `go1.26.2`.
        version: String,
        /// Whether it carries all time zones (`time/tzdata`).
        embeds_zones: bool,
        /// Whether it carries roots for the case that the system has none (`x509roots/fallback`).
        embeds_roots: bool,
    },
    /// Rust.
    Rust,
    /// The C library musl, linked in.
    Musl,
    /// The C library glibc, linked in.
    Glibc,
    /// OpenSSL, linked in.
    Openssl {
        /// Such as `OpenSSL 3.0.17 1 Jul 2025`.
        version: Option<String>,
        /// The folder in which it looks for `cert.pem`.
        folder: String,
    },
}

impl Program {
    /// Whether `bytes` begin as an executable file of any system does, or as a script.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"#!")
            || FileKind::parse(bytes).is_ok_and(|kind| is_executable(kind, bytes))
    }

    /// Reads an executable file; `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// Refused: the file is damaged.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let (start, architecture) = headers(bytes).map_err(|error| {
            Error::refused(format!("`{}` is a damaged program", text::escape(name))).because(error)
        })?;
        let parts = parts(bytes, &start);
        Ok(Self {
            certificate_files: certificate_files(bytes, &parts),
            looks_for_zones: contains(bytes, ZONES),
            packed: contains(bytes, b"UPX!"),
            parts,
            start,
            architecture,
        })
    }
}

fn is_executable(kind: FileKind, bytes: &[u8]) -> bool {
    match kind {
        FileKind::Elf32
        | FileKind::Elf64
        | FileKind::MachO32
        | FileKind::MachO64
        | FileKind::Pe32
        | FileKind::Pe64 => true,
        // A Java class begins with the same four bytes; then comes its version, at least 45, instead of a small count.
        FileKind::MachOFat32 | FileKind::MachOFat64 => bytes
            .get(4..8)
            .is_some_and(|count| count < [0, 0, 0, 45].as_slice()),
        _ => false,
    }
}

fn headers(bytes: &[u8]) -> object::Result<(Start, Option<String>)> {
    if let Some(line) = bytes.strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let interpreter = String::from_utf8_lossy(line)
            .split_whitespace()
            .next()
            .map(text::escape);
        return Ok((
            Start::Script {
                interpreter: interpreter.unwrap_or_default(),
            },
            None,
        ));
    }
    match FileKind::parse(bytes)? {
        FileKind::Elf32 => elf_headers(&ElfFile::<elf::FileHeader32<Endianness>>::parse(bytes)?),
        FileKind::Elf64 => elf_headers(&ElfFile::<elf::FileHeader64<Endianness>>::parse(bytes)?),
        FileKind::Pe32 | FileKind::Pe64 => Ok((Start::Foreign { system: "Windows" }, None)),
        _ => Ok((Start::Foreign { system: "macOS" }, None)),
    }
}

fn elf_headers<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<(Start, Option<String>)> {
    let endian = file.endian();
    let header = file.elf_header();
    let architecture = architecture(file.architecture());
    if let Some(system) = foreign_system(header.e_ident().os_abi) {
        return Ok((Start::Foreign { system }, architecture));
    }
    let mut interpreter = None;
    for segment in file.elf_program_headers() {
        if let Some(path) = segment.interpreter(endian, file.data())? {
            interpreter = Some(text::escape(&String::from_utf8_lossy(path)));
        }
    }
    let start = match interpreter {
        Some(interpreter) => Start::Dynamic {
            interpreter,
            libraries: libraries(file)?,
        },
        None if header.e_entry(endian).into() == 0 => Start::Library,
        None => Start::Static,
    };
    Ok((start, architecture))
}

fn libraries<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<Vec<String>> {
    let table = file.elf_dynamic_table()?;
    let mut libraries = Vec::new();
    for entry in table.iter().filter(|entry| entry.tag == elf::DT_NEEDED) {
        libraries.push(text::escape(&String::from_utf8_lossy(table.string(entry)?)));
    }
    Ok(libraries)
}

fn foreign_system(abi: elf::OsAbi) -> Option<&'static str> {
    match abi {
        elf::ELFOSABI_FREEBSD => Some("FreeBSD"),
        elf::ELFOSABI_NETBSD => Some("NetBSD"),
        elf::ELFOSABI_OPENBSD => Some("OpenBSD"),
        elf::ELFOSABI_SOLARIS => Some("Solaris"),
        _ => None,
    }
}

fn architecture(architecture: Architecture) -> Option<String> {
    let name = match architecture {
        Architecture::Aarch64 => "arm64",
        Architecture::Arm => "arm",
        Architecture::I386 => "386",
        Architecture::LoongArch64 => "loong64",
        Architecture::PowerPc64 => "ppc64le",
        Architecture::Riscv64 => "riscv64",
        Architecture::S390x => "s390x",
        Architecture::X86_64 => "amd64",
        _ => return None,
    };
    Some(name.to_owned())
}

fn parts(bytes: &[u8], start: &Start) -> Vec<Part> {
    let linked_in = |mark| matches!(start, Start::Static) && contains(bytes, mark);
    [
        go(bytes),
        contains(bytes, b"/rustc/").then_some(Part::Rust),
        linked_in(MUSL_ZONES).then_some(Part::Musl),
        linked_in(b"GLIBC_TUNABLES").then_some(Part::Glibc),
        openssl(bytes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Reads what Go's linker leaves in every program (debug/buildinfo; since Go 1.18 the texts are in the record itself).
fn go(bytes: &[u8]) -> Option<Part> {
    let (version, modules) = memmem::find_iter(bytes, GO_RECORD).find_map(|at| {
        let record = &bytes[at..];
        let inline = record.get(15)? & 2 != 0;
        let (version, rest) = inline
            .then(|| length_and_text(record.get(32..)?))
            .flatten()?;
        let (modules, _) = length_and_text(rest)?;
        (version.starts_with(b"go") || version.starts_with(b"devel")).then_some((version, modules))
    })?;
    Some(Part::Go {
        version: text::escape(&String::from_utf8_lossy(version)),
        embeds_zones: memmem::find_iter(bytes, b"Africa/Abidjan")
            .any(|at| at >= 30 && bytes[at - 30..].starts_with(b"PK\x03\x04")),
        embeds_roots: contains(modules, b"golang.org/x/crypto/x509roots/fallback"),
    })
}

/// A length in groups of seven bits, the lowest first, and a text of that length; then the rest.
fn length_and_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..)?.split_at_checked(length);
        }
    }
    None
}

fn openssl(bytes: &[u8]) -> Option<Part> {
    let folder = memmem::find(bytes, OPENSSL_FOLDER)
        .map(|at| &bytes[at + OPENSSL_FOLDER.len()..])
        .and_then(|rest| printable(rest, b'"'))?;
    let version = memmem::find_iter(bytes, b"OpenSSL ").find_map(|at| {
        let version = printable(&bytes[at..], 0)?;
        let number = version.as_bytes().get(8)?;
        number.is_ascii_digit().then_some(version)
    });
    Some(Part::Openssl { version, folder })
}

fn certificate_files(bytes: &[u8], parts: &[Part]) -> Vec<String> {
    let mut files: Vec<_> = CERTIFICATE_FILES
        .into_iter()
        .filter(|file| contains(bytes, file.as_bytes()))
        .map(str::to_owned)
        .collect();
    for part in parts {
        if let Part::Openssl { folder, .. } = part {
            let file = format!("{folder}/cert.pem");
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

/// The text up to `end`, if it is short and printable.
fn printable(bytes: &[u8], end: u8) -> Option<String> {
    let length = bytes.iter().take(100).position(|&byte| byte == end)?;
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    (!text.contains(char::is_control)).then(|| text.to_owned())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memmem::find(bytes, part).is_some()
}

/// Where Go, rustls-native-certs, curl, gRPC and the builds of OpenSSL look.
const CERTIFICATE_FILES: [&str; 9] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/ssl/cert.pem",
];

/// In every C library, in Go's `time`, in jiff and chrono.
const ZONES: &[u8] = b"/usr/share/zoneinfo";

/// The constant by which musl's `src/time/__tz.c` looks for zones.
const MUSL_ZONES: &[u8] = b"/usr/share/zoneinfo/\0/share/zoneinfo/\0/etc/zoneinfo/\0";

/// What `openssl version -d` prints, a constant of libcrypto.
const OPENSSL_FOLDER: &[u8] = b"OPENSSLDIR: \"";

/// The mark of the record that `go version` reads.
const GO_RECORD: &[u8] = b"\xff Go buildinf:";

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file for x86-64 with one segment that spans it, as the gABI lays it out; `marks` follow the headers.
    fn elf(abi: u8, entry: u64, interpreter: Option<&str>, marks: &[u8]) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.extend([abi, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
        file.extend(entry.to_le_bytes());
        file.extend(64_u64.to_le_bytes());
        file.extend([0; 12]);
        for half in [64_u16, 56, 1, 0, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        let text = interpreter.map_or_else(Vec::new, |path| [path.as_bytes(), b"\0"].concat());
        let (kind, size) = if interpreter.is_some() {
            (3_u32, text.len())
        } else {
            (1, 0)
        };
        file.extend(kind.to_le_bytes());
        file.extend([4, 0, 0, 0]);
        for word in [120, 0, 0, size as u64, size as u64, 1] {
            file.extend(word.to_le_bytes());
        }
        assert_eq!(file.len(), 120);
        file.extend(text);
        file.extend(marks);
        file
    }

    fn read(bytes: &[u8]) -> Program {
        assert!(Program::is_one(bytes));
        Program::read(bytes, "program").unwrap()
    }

    #[test]
    fn the_headers_tell_how_a_program_starts() {
        let interpreter = Some("/lib/ld-musl-x86_64.so.1");
        let dynamic = Start::Dynamic {
            interpreter: "/lib/ld-musl-x86_64.so.1".to_owned(),
            libraries: Vec::new(),
        };
        let script = Start::Script {
            interpreter: "/bin/sh".to_owned(),
        };
        for (bytes, start) in [
            (elf(0, 1, None, b""), Start::Static),
            (elf(3, 1, None, b""), Start::Static),
            (elf(0, 1, interpreter, b""), dynamic),
            (elf(0, 0, None, b""), Start::Library),
            (elf(9, 1, None, b""), Start::Foreign { system: "FreeBSD" }),
            (b"#! /bin/sh -e\necho\n".to_vec(), script),
            (
                b"\xca\xfe\xba\xbe\0\0\0\x02 and more".to_vec(),
                Start::Foreign { system: "macOS" },
            ),
        ] {
            assert_eq!(read(&bytes).start, start);
        }
        assert_eq!(
            read(&elf(0, 1, None, b"")).architecture.as_deref(),
            Some("amd64")
        );
    }

    #[test]
    fn what_is_no_program_is_told_from_one() {
        for bytes in [
            &b""[..],
            b"text",
            b"\x1f\x8b\x08",
            b"\xca\xfe\xba\xbe\0\0\0\x41 a Java class",
        ] {
            assert!(!Program::is_one(bytes));
        }
        let cut = &elf(0, 1, None, b"")[..100];
        let error = Program::read(cut, "program").unwrap_err();
        assert!(
            error
                .render()
                .starts_with("`program` is a damaged program\n  cause: ")
        );
    }

    #[test]
    fn the_test_program_itself_names_its_libraries() {
        if !cfg!(target_os = "linux") {
            println!("skipped: programs here are not for Linux");
            return;
        }
        let program = read(&std::fs::read(std::env::current_exe().unwrap()).unwrap());
        assert!(program.parts.contains(&Part::Rust));
        match program.start {
            Start::Dynamic { libraries, .. } => {
                assert!(
                    libraries.iter().any(|name| name.starts_with("libc.")),
                    "{libraries:?}"
                );
            }
            start => assert_eq!(start, Start::Static),
        }
    }

    /// The record as debug/buildinfo describes it: magic, pointer size, flags, padding, then two texts with their lengths.
    fn go_record(flags: u8) -> Vec<u8> {
        let mut record = [GO_RECORD, &[8, flags], &[0; 16], b"\x08go1.26.2"].concat();
        let modules = b"dep\tgolang.org/x/crypto/x509roots/fallback\tv0.1\n";
        record.push(modules.len().try_into().unwrap());
        record.extend(modules);
        record
    }

    #[test]
    fn go_tells_its_version_and_what_it_carries() {
        let mut marks = go_record(2);
        let go = |embeds_zones| Part::Go {
            version: "go1.26.2".to_owned(),
            embeds_zones,
            embeds_roots: true,
        };
        assert_eq!(read(&elf(0, 1, None, &marks)).parts, [go(false)]);
        marks.extend(b"PK\x03\x04");
        marks.extend([0; 26]);
        marks.extend(b"Africa/Abidjan");
        assert_eq!(read(&elf(0, 1, None, &marks)).parts, [go(true)]);
        // Before Go 1.18 the record held pointers.
        assert_eq!(read(&elf(0, 1, None, &go_record(0))).parts, []);
    }

    #[test]
    fn libraries_that_are_linked_in_tell_where_they_look() {
        let marks = b"\0/usr/share/zoneinfo/\0/share/zoneinfo/\0/etc/zoneinfo/\0OpenSSL 3.0.17 1 Jul 2025\0OPENSSLDIR: \"/opt/ssl\"\0";
        let program = read(&elf(0, 1, None, marks));
        let openssl = Part::Openssl {
            version: Some("OpenSSL 3.0.17 1 Jul 2025".to_owned()),
            folder: "/opt/ssl".to_owned(),
        };
        assert_eq!(program.parts, [Part::Musl, openssl]);
        assert!(program.looks_for_zones);
        assert_eq!(program.certificate_files, ["/opt/ssl/cert.pem"]);
    }
}
