//! Runs the program in a folder of its own and checks everything it says.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// One run of the program. Standard output and standard error are expected to be empty and the status 0 unless told
/// otherwise. The main job gets `--offline` unless the test is [`Test::online`].
pub(crate) struct Test {
    folder: TempDir,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    online: bool,
    stdout: String,
    stderr: String,
    status: i32,
}

impl Test {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            args: Vec::new(),
            environment: vec![("SOURCE_DATE_EPOCH".to_owned(), TODAY.to_owned())],
            online: false,
            stdout: String::new(),
            stderr: String::new(),
            status: 0,
        }
    }

    /// A further run in the same folder.
    pub(crate) fn again(self) -> Self {
        Self {
            folder: self.folder,
            ..Self::new()
        }
    }

    pub(crate) fn write(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    pub(crate) fn online(mut self) -> Self {
        self.online = true;
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn stdout(mut self, text: impl Into<String>) -> Self {
        self.stdout = text.into();
        self
    }

    pub(crate) fn stderr(mut self, text: impl Into<String>) -> Self {
        self.stderr = text.into();
        self
    }

    pub(crate) fn status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    /// Runs the program and compares everything; gives the test back for a look at the folder.
    #[track_caller]
    pub(crate) fn run(self) -> Self {
        let output = self.output();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(text(&output.stderr), self.stderr, "standard error");
        assert_eq!(text(&output.stdout), self.stdout, "standard output");
        assert_eq!(output.status.code(), Some(self.status), "status");
        self
    }

    /// Runs the program and leaves the comparison to the caller.
    pub(crate) fn output(&self) -> Output {
        let main_job = self
            .args
            .first()
            .is_some_and(|first| first.starts_with('-'));
        let offline = (main_job && !self.online).then_some("--offline");
        Command::new(env!("CARGO_BIN_EXE_bundle"))
            .args(&self.args)
            .args(offline)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap()
    }
}

/// 2026-11-24 00:00:00 UTC, so that no test depends on the clock.
pub(crate) const TODAY: &str = "1795478400";
