//! A file of certificates, PEM or DER, as a source and as an extra CA: read, chosen from, and written in the canonical form.
//!
//! The first line of the input is a value of `--ca`, the rest is the file.

#![no_main]

use jiff::civil::date;
use scratch_bundle::roots::{Choice, Root, Roots, Rules, Selectors};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let rules = Rules::new(date(2027, 1, 1)).expect("a policy that can be read");
    let line = input.iter().position(|byte| *byte == b'\n');
    let (ca, file) = input.split_at(line.map_or(0, |end| end + 1));
    let ca = String::from_utf8_lossy(ca);

    let read = [
        Roots::parse_pem(file, "input", &rules),
        Roots::parse_extra(file, "input", &rules),
    ];
    for roots in read.into_iter().flatten() {
        ensure_checked(&roots, &rules);
        let Ok(Selectors(ca)) = ca.trim_end().parse() else {
            continue;
        };
        if let Ok(chosen) = roots.choose(Choice::new(ca, Vec::new(), Vec::new()), Vec::new(), &rules) {
            ensure_checked(&chosen, &rules);
        }
    }
});

/// What is written is the same set again for whoever reads it, and no certificate in it fails a check.
fn ensure_checked(roots: &Roots, rules: &Rules) {
    let pem = roots.to_pem();
    if roots.kept.is_empty() {
        assert_eq!(pem, "");
        return;
    }
    let again = Roots::parse_pem(pem.as_bytes(), "output", rules)
        .unwrap_or_else(|error| panic!("the output is refused: {}", error.render()));
    assert!(again.dropped.is_empty(), "dropped: {:?}", again.dropped);
    assert!(ders(&again).eq(ders(roots)), "another set");
    assert_eq!(again.to_pem(), pem);
}

fn ders(roots: &Roots) -> impl Iterator<Item = &[u8]> {
    roots.kept.iter().map(Root::der)
}
