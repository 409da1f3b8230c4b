//! How long each stage takes: `cargo bench --bench stages`.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may panic, and a macro writes its main function"
)]

use std::{hint::black_box, process::Command};

use criterion::{Criterion, criterion_group, criterion_main};
use scratch_bundle::{
    archive::{Archive, Compression},
    roots::{Roots, Rules},
    source::Tzdata,
    tree::{Tree, TreePath},
    zic::{Form, Source},
};

criterion_group!(benches, roots, zones, archive, whole_run);
criterion_main!(benches);

fn rules() -> Rules {
    Rules::new(jiff::civil::date(2026, 11, 24)).unwrap()
}

fn roots(criterion: &mut Criterion) {
    criterion.bench_function("parse and check the built-in roots", |bencher| {
        bencher.iter(|| Roots::builtin(&rules()).unwrap());
    });
    let pem = Roots::builtin(&rules()).unwrap().to_pem();
    criterion.bench_function("parse and check the same roots as PEM", |bencher| {
        bencher.iter(|| Roots::parse_pem(black_box(pem.as_bytes()), "bench", &rules()).unwrap());
    });
}

fn zones(criterion: &mut Criterion) {
    let tzdata = Tzdata::builtin();
    criterion.bench_function("parse the time zone data", |bencher| {
        bencher.iter(|| Source::parse(&tzdata.zic_files()).unwrap());
    });
    let source = Source::parse(&tzdata.zic_files()).unwrap();
    let all: Vec<_> = source.names().collect();
    for (name, zones) in [
        ("compile two zones", &["Asia/Shanghai", "Asia/Tokyo"][..]),
        ("compile all zones", &all),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let compile = |zone: &&str| source.compile(zone, Form::Slim).unwrap().unwrap();
                let bytes = zones.iter().map(|zone| compile(zone).to_tzif().len());
                bytes.sum::<usize>()
            });
        });
    }
}

fn archive(criterion: &mut Criterion) {
    let pem = Roots::builtin(&rules()).unwrap().to_pem();
    let tree = || {
        let mut tree = Tree::default();
        tree.file(TreePath::certificates(), pem.as_bytes()).unwrap();
        for zone in ["Asia/Shanghai", "Asia/Tokyo"] {
            tree.file(TreePath::zone(zone).unwrap(), [b'z'; 400])
                .unwrap();
        }
        tree
    };
    criterion.bench_function("tree and archive", |bencher| {
        bencher.iter(|| Archive::of(&tree()).unwrap());
    });
    let archive = Archive::of(&tree()).unwrap();
    for (name, compression) in [("gzip", Compression::Gzip), ("zstd", Compression::Zstd)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| archive.compress(compression).unwrap().len());
        });
    }
}

fn whole_run(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    criterion.bench_function("the whole run, a process of its own", |bencher| {
        bencher.iter(|| {
            let status = Command::new(env!("CARGO_BIN_EXE_bundle"))
                .args([
                    "--zones",
                    "Asia/Shanghai,Asia/Tokyo",
                    "--offline",
                    "--quiet",
                ])
                .current_dir(&folder)
                .status();
            assert!(status.unwrap().success());
        });
    });
}
