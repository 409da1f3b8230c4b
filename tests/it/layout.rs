//! How a source is laid out in lines and files says nothing about its zones.

use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use scratch_bundle::{
    digest::Sha256,
    zic::{File, Form, Source},
};

proptest! {
    #![proptest_config(Config { cases: 6, failure_persistence: None, ..Config::default() })]

    #[test]
    fn order_files_line_ends_blanks_and_comments_change_no_byte(
        records in Just(records()).prop_shuffle(),
        names in vec("[a-z]{1,8}", 1..5),
        line_end in select(vec!["\n", "\r\n", " # what for\n", "\t\n\n# a remark\n"]),
        blank in select(vec![" ", "\t", " \t  "]),
    ) {
        let texts = records.chunks(records.len().div_ceil(names.len())).map(|part| {
            let lines = part.concat();
            lines.lines().map(|line| line.replace(' ', blank) + line_end).collect::<String>()
        });
        let texts = texts.collect::<Vec<_>>();
        let files = names.iter().zip(&texts).map(|(name, text)| File { name, text });
        let source = Source::parse(&files.collect::<Vec<_>>()).unwrap();
        prop_assert!(digests(&source) == digests(&crate::release::builtin()));
    }
}

/// Rules, links, and zones with the lines that continue them.
fn records() -> Vec<String> {
    let text = include_str!("../../assets/tzdata/tzdata.zi");
    let mut records = Vec::<String>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(['R', 'Z', 'L']) {
            records.push(format!("{line}\n"));
        } else {
            let zone = records.last_mut().unwrap();
            *zone += line;
            zone.push('\n');
        }
    }
    records
}

fn digests(source: &Source) -> Vec<(String, Form, Sha256)> {
    let forms = [Form::Slim, Form::Fat];
    let both = source
        .names()
        .flat_map(|name| forms.map(|form| (name, form)));
    both.map(|(name, form)| {
        let tzif = source.compile(name, form).unwrap().unwrap().to_tzif();
        (name.to_owned(), form, Sha256::of(&tzif))
    })
    .collect()
}
