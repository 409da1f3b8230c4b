//! The zone compiler against files that zic 2026c wrote.

use std::collections::BTreeMap;

use scratch_bundle::{
    digest::Sha256,
    zic::{File, Form, Source},
};

#[test]
fn every_slim_file_of_2026f_is_byte_identical() {
    assert_golden(Form::Slim, include_str!("../data/tzif-2026f-slim.sha256"));
}

#[test]
fn every_fat_file_of_2026f_is_byte_identical() {
    assert_golden(Form::Fat, include_str!("../data/tzif-2026f-fat.sha256"));
}

fn assert_golden(form: Form, golden: &str) {
    let text = include_str!("../../assets/tzdata/tzdata.zi");
    let source = Source::parse(&[File {
        name: "tzdata.zi",
        text,
    }])
    .unwrap();
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
