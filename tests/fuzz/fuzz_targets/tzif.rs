//! A file that claims to be the zone `A`: it is taken or refused, whatever it holds.

#![no_main]

use std::sync::LazyLock;

use scratch_bundle::{
    readback::read_back,
    zic::{File, Source},
};

static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    let text = "R s 1990 ma - Mar lastSu 1u 1 D\nR s 1990 ma - O lastSu 1u 0 S\nZ A 0:30 - LMT 1990\n1 s C%sT\n";
    Source::parse(&[File {
        name: "zones",
        text,
    }])
    .expect("a source")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let is_taken = read_back("A", input, &SOURCE).is_ok();
    assert!(!is_taken || input.starts_with(b"TZif"));
});
