//! Two Rust readers that we did not write say the same of every compiled zone: `jiff` and `tz-rs`.
//!
//! `.ci/readers` asks other languages, and an oracle that shares nothing with any of them.

use jiff::{Timestamp, tz};
use scratch_bundle::zic::{Form, Source};

use crate::release;

#[test]
fn jiff_and_tz_rs_read_every_slim_zone_alike() {
    compare_all(&release::builtin(), Form::Slim);
}

#[test]
fn jiff_and_tz_rs_read_every_fat_zone_alike() {
    compare_all(&release::builtin(), Form::Fat);
}

#[test]
fn jiff_and_tz_rs_read_every_zone_of_2026c_as_published_alike() {
    if let Some(source) = release::published() {
        compare_all(&source, Form::Slim);
        compare_all(&source, Form::Fat);
    }
}

/// A comparison that cannot tell Seoul from Tokyo would be worth nothing.
#[test]
fn another_zone_is_told_apart() {
    let source = release::builtin();
    let seoul = Reader::of(&compile(&source, "Asia/Seoul", Form::Slim));
    let tokyo = Reader::of(&compile(&source, "Asia/Tokyo", Form::Slim));
    assert_ne!(seoul.by_jiff(at(0)), tokyo.by_tz_rs(at(0)));
}

fn compare_all(source: &Source, form: Form) {
    let names: Vec<_> = source.names().collect();
    assert_eq!(names.len(), 598);
    let mut moments = 0;
    let mut differences = Vec::new();
    for name in names {
        let reader = Reader::of(&compile(source, name, form));
        for moment in reader.probes() {
            let (jiff, tz_rs) = (reader.by_jiff(moment), reader.by_tz_rs(moment));
            moments += 1;
            if jiff != tz_rs {
                differences.push(format!(
                    "{name} at {moment}: jiff {jiff:?}, tz-rs {tz_rs:?}"
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {moments} moments differ, the first: {}",
        differences.len(),
        differences[0]
    );
    assert!(moments > 1_000_000, "only {moments} moments were compared");
}

/// Offset in seconds, abbreviation, daylight saving time.
type Local = (i32, String, bool);

struct Reader {
    jiff: tz::TimeZone,
    tz_rs: ::tz::TimeZone,
}

impl Reader {
    fn of(tzif: &[u8]) -> Self {
        Self {
            jiff: tz::TimeZone::tzif("", tzif).expect("a file that jiff reads"),
            tz_rs: ::tz::TimeZone::from_tz_data(tzif).expect("a file that tz-rs reads"),
        }
    }

    fn by_jiff(&self, moment: Timestamp) -> Local {
        let info = self.jiff.to_offset_info(moment);
        (
            info.offset().seconds(),
            info.abbreviation().to_owned(),
            info.dst().is_dst(),
        )
    }

    fn by_tz_rs(&self, moment: Timestamp) -> Local {
        let local = self
            .tz_rs
            .find_local_time_type(moment.as_second())
            .expect("a moment that tz-rs knows");
        (
            local.ut_offset(),
            local.time_zone_designation().to_owned(),
            local.is_dst(),
        )
    }

    /// From 1900 to 2100: every transition, the second before it, the second after it, and a grid.
    fn probes(&self) -> Vec<Timestamp> {
        let from: Timestamp = "1900-01-01T00:00:00Z".parse().unwrap();
        let to: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
        let transitions = self
            .jiff
            .following(from)
            .map(|transition| transition.timestamp());
        let around = transitions
            .take_while(|&moment| moment < to)
            .flat_map(|moment| [-1, 0, 1].map(|second| at(moment.as_second() + second)));
        let grid = (from.as_second()..to.as_second()).step_by(STEP).map(at);
        around.chain(grid).collect()
    }
}

/// About 31 days, and prime, so that every hour and minute of the day gets its turn.
const STEP: usize = 2_678_417;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn compile(source: &Source, name: &str, form: Form) -> Vec<u8> {
    source.compile(name, form).unwrap().unwrap().to_tzif()
}
