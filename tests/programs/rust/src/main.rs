//! What the usual Rust crates find in a bundle: how many roots, and one line for each moment, as `.ci/consumers` expects it.

use chrono::{Local, TimeZone as _};
use jiff::{Timestamp, tz::TimeZone};

fn main() {
    let found = rustls_native_certs::load_native_certs();
    println!("roots {}", found.certs.len());
    tell("zone", TimeZone::get("Europe/Paris"), 1_774_746_000);
    tell("alias", TimeZone::get("US/Eastern"), 1_772_953_200);
    tell("local", Ok(TimeZone::system()), 1_775_318_400);
    for moment in [1_775_318_399, 1_775_318_400] {
        println!(
            "chrono {}",
            Local.timestamp_opt(moment, 0).unwrap().format("%z")
        );
    }
    println!("name {}", TimeZone::system().iana_name().unwrap_or("none"));
}

fn tell(name: &str, zone: Result<TimeZone, jiff::Error>, change: i64) {
    let Ok(zone) = zone else {
        println!("{name} unknown");
        return;
    };
    for moment in [change - 1, change] {
        let moment = Timestamp::from_second(moment)
            .unwrap()
            .to_zoned_datetime(zone.clone());
        println!("{name} {}", moment.strftime("%z %Z"));
    }
}
