//! The zone compiler against files that zic wrote: 2026b or later, by those who make the packages `tzdata` and `pytz`.

use std::collections::BTreeMap;

use scratch_bundle::{
    digest::Sha256,
    zic::{Form, Source},
};

use crate::release;

#[test]
fn every_slim_file_of_2026f_is_byte_identical() {
    let golden = include_str!("../data/tzif-2026f-slim.sha256");
    assert_golden(&release::builtin(), Form::Slim, golden);
}

#[test]
fn every_fat_file_of_2026f_is_byte_identical() {
    let golden = include_str!("../data/tzif-2026f-fat.sha256");
    assert_golden(&release::builtin(), Form::Fat, golden);
}

#[test]
fn every_slim_file_of_2026c_as_published_is_byte_identical() {
    if let Some(source) = release::published() {
        let golden = include_str!("../data/tzif-2026c-slim.sha256");
        assert_golden(&source, Form::Slim, golden);
    }
}

#[test]
fn every_fat_file_of_2026c_as_published_is_byte_identical() {
    if let Some(source) = release::published() {
        let golden = include_str!("../data/tzif-2026c-fat.sha256");
        assert_golden(&source, Form::Fat, golden);
    }
}

fn assert_golden(source: &Source, form: Form, golden: &str) {
    let compiled = source
        .names()
        .map(|name| {
            let tzif = source.compile(name, form).unwrap().unwrap().to_tzif();
            (name, Sha256::of(&tzif))
        })
        .collect::<BTreeMap<_, _>>();
    let expected = golden
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(digest, name)| (name, digest.parse().unwrap()))
        .collect::<BTreeMap<_, Sha256>>();
    assert_eq!(expected.len(), 598);
    let differing = expected
        .iter()
        .filter(|(name, digest)| compiled.get(*name) != Some(*digest))
        .collect::<Vec<_>>();
    assert!(differing.is_empty(), "{differing:?}");
    assert_eq!(compiled.len(), expected.len());
}
