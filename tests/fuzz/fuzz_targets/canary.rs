//! Fails on one word. `.ci/fuzz` demands that it is found, which chance alone would not do in a day.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    assert!(
        !matches!(input, [b'c', b'a', b'n', b'a', b'r', b'y', ..]),
        "the canary is found"
    );
});
