//! Time zone source: read, and each zone compiled, slim and fat.
//!
//! Each file goes through the reader of another library, as in the program, which refuses what does not read back.

#![no_main]

use scratch_bundle::{
    readback::read_back,
    zic::{File, Form, Source},
};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(source) = Source::parse(&[File {
        name: "input",
        text,
    }]) else {
        return;
    };
    for name in source.names().take(20) {
        for form in [Form::Slim, Form::Fat] {
            if let Some(Ok(compiled)) = source.compile(name, form) {
                let tzif = compiled.to_tzif();
                assert!(tzif.starts_with(b"TZif"));
                assert!(tzif.ends_with(b"\n"));
                // A saving of half a day has no footer that readers take: refused, and so never written.
                let _ = read_back(name, &tzif, &source);
            }
        }
    }
});
