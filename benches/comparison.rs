//! This program beside what people do today, in size and in speed: `cargo bench --bench comparison [-- CERTIFICATES]`.
//!
//! The other side takes the host's zoneinfo and CERTIFICATES, a file such as curl's; without it the host's own.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and may panic"
)]

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

fn main() {
    let certificates = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .unwrap_or_else(|| "/etc/ssl/certs/ca-certificates.crt".to_owned());
    let zoneinfo = "/usr/share/zoneinfo";
    if ![&certificates, zoneinfo]
        .iter()
        .all(|path| Path::new(path).exists())
    {
        println!("skipped: `{certificates}` or `{zoneinfo}` is not on this machine");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench {
        folder: folder.path(),
        certificates: fs::canonicalize(certificates)
            .unwrap()
            .display()
            .to_string(),
        zoneinfo,
    };
    bench.sizes();
    bench.speed();
}

struct Bench<'a> {
    folder: &'a Path,
    certificates: String,
    zoneinfo: &'a str,
}

impl Bench<'_> {
    fn sizes(&self) {
        for output in ["bundle.tar", "bundle.tar.gz", "bundle.tar.zst"] {
            self.bundle(output);
        }
        self.by_hand();
        let all = format!(
            "tar -chzf all.tar.gz -P {} {}",
            self.zoneinfo, self.certificates
        );
        self.run(Command::new("sh").args(["-c", &all]));
        println!("{:>9}  what", "bytes");
        for (file, what) in [
            ("bundle.tar", "bundle, two zones, tar"),
            ("bundle.tar.gz", "bundle, two zones, gzip"),
            ("bundle.tar.zst", "bundle, two zones, zstd"),
            (
                "by-hand.tar.gz",
                "by hand: two zones and the certificate file, tar | gzip",
            ),
            (
                "all.tar.gz",
                "by hand: all of zoneinfo and the certificate file, tar -chzf",
            ),
        ] {
            let bytes = fs::metadata(self.folder.join(file)).unwrap().len();
            println!("{bytes:>9}  {what}");
        }
        let program = fs::metadata(env!("CARGO_BIN_EXE_bundle")).unwrap().len();
        println!("{program:>9}  the program");
    }

    /// The sides take turns, so that other work on the machine falls on all of them.
    fn speed(&self) {
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            times[0].push(self.time(|| self.by_hand()));
            times[1].push(self.time(|| self.bundle("bundle.tar")));
            times[2].push(self.time(|| self.bundle("bundle.tar.gz")));
        }
        let [by_hand, tar, gzip] = times.map(median);
        println!("\nmedians of {ROUNDS} runs in turn, two zones");
        for (what, time) in [
            ("by hand, unchecked, tar | gzip", by_hand),
            ("bundle, everything verified, tar", tar),
            ("bundle, everything verified, smallest gzip", gzip),
        ] {
            let ratio = time.as_secs_f64() / by_hand.as_secs_f64();
            println!(
                "{:>6.1} ms  ratio {ratio:.2}  {what}",
                time.as_secs_f64() * 1e3
            );
        }
        self.memory();
    }

    /// As GNU time or Python tells it.
    fn memory(&self) {
        let measure = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); \
                       print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = Command::new("python3")
            .args(["-c", measure, env!("CARGO_BIN_EXE_bundle")])
            .args(ARGUMENTS)
            .current_dir(self.folder)
            .output();
        match output {
            Ok(output) => println!(
                "{:>6} KiB resident at most",
                String::from_utf8_lossy(&output.stdout).trim()
            ),
            Err(_) => {
                println!("skipped: python3, which measures the memory, is not on this machine");
            }
        }
    }

    fn time(&self, run: impl Fn()) -> Duration {
        for file in [
            "bundle.tar",
            "bundle.tar.gz",
            "by-hand.tar.gz",
            "bundle.lock",
        ] {
            // Each run starts from nothing.
            let _ = fs::remove_file(self.folder.join(file));
        }
        let start = Instant::now();
        run();
        start.elapsed()
    }

    fn bundle(&self, output: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bundle"));
        self.run(command.args(ARGUMENTS).args(["--output", output]));
    }

    fn by_hand(&self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/by-hand.sh");
        let arguments = [script, &self.certificates, self.zoneinfo, "by-hand.tar.gz"];
        self.run(Command::new("sh").args(arguments));
    }

    fn run(&self, command: &mut Command) {
        let output = command.current_dir(self.folder).output().unwrap();
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

const ARGUMENTS: [&str; 4] = [
    "--zones",
    "Asia/Shanghai,Asia/Tokyo",
    "--offline",
    "--quiet",
];

const ROUNDS: usize = 41;
