//! `bundle zones`: which names there are, and what their clocks show.

use jiff::Timestamp;
use scratch_bundle::zic::Form;
use tz::TimeZoneRef;

use crate::{command::Test, release};

const FIVE: &str = "Asia/Kolkata,US/Eastern,America/New_York,country:NZ";

const TOLD: &str = "\
5 names of tzdata 2026f, built-in, at 2026-11-24T00:00:00Z
  America/New_York  US  -05 EST       until 2027-03-14T07:00:00Z, then -04 EDT       zone
  Asia/Kolkata      IN  +05:30 IST    stays so                                       zone
  Pacific/Auckland  NZ  +13 NZDT      until 2027-04-03T14:00:00Z, then +12 NZST      zone
  Pacific/Chatham   NZ  +13:45 +1345  until 2027-04-03T14:00:00Z, then +12:45 +1245  zone
  US/Eastern        -   -05 EST       until 2027-03-14T07:00:00Z, then -04 EDT       alias of America/New_York
";

#[test]
fn each_name_comes_with_its_country_its_clock_and_the_next_change() {
    for moment in ["2026-11-24", "2026-11-24T01:00:00+01:00", "1795478400"] {
        Test::new()
            .args(["zones", FIVE, "--offline", "--at", moment])
            .stdout(TOLD)
            .run();
    }
    Test::new()
        .args(["zones", FIVE, "--tzdata", "builtin"])
        .stdout(TOLD)
        .run();
}

#[test]
fn the_lock_says_which_data_and_nothing_is_written() {
    let test = Test::new()
        .write(
            "my.zi",
            "# version 2020x\nZ Test/Here 1 - ONE 2030\n2 - TWO\n",
        )
        .args(["--zones", "Test/Here", "--ca-source", "builtin"])
        .args(["--tzdata", "my.zi", "-q"])
        .run();
    let before = (test.read("bundle.lock"), test.read("bundle.tar"));
    let test = test
        .again()
        .args(["zones"])
        .stdout(
            "1 name of tzdata 2020x, my.zi, at 2026-11-24T00:00:00Z\n  \
             Test/Here  -  +01 ONE  until 2029-12-31T23:00:00Z, then +02 TWO  zone\n",
        )
        .run();
    assert_eq!((test.read("bundle.lock"), test.read("bundle.tar")), before);
    test.again()
        .args(["zones", "--tzdata", "builtin", "UTC"])
        .stdout(
            "1 name of tzdata 2026f, built-in, at 2026-11-24T00:00:00Z\n  \
             UTC  -  +00 UTC  stays so  alias of Etc/UTC\n",
        )
        .run();
}

#[test]
fn unknown_names_and_moments_are_asked_wrongly() {
    Test::new()
        .args(["zones", "--offline", "Asia/Shangai,country:ZZ"])
        .status(2)
        .stderr(
            "error: 2 unknown time zones\n  \
             `Asia/Shangai`  a similar zone exists: `Asia/Shanghai`\n  \
             `country:ZZ`    no country has this ISO 3166 code\n  \
             help: `bundle zones` lists them all; patterns such as `Europe/*`, `country:CN`, `all` and `none` are taken too\n",
        )
        .run();
    let output = Test::new()
        .args(["zones", "--offline", "UTC", "--at", "tomorrow"])
        .output();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr
            .starts_with("error: invalid value 'tomorrow' for '--at <MOMENT>': expected a moment"),
        "{stderr}"
    );
}

/// tz-rs reads the files of the same compiler: at each moment it shows the same time, and it changes exactly when told.
#[test]
fn another_reader_agrees_on_every_name_at_every_moment() {
    let source = release::builtin();
    for moment in [
        "1850-01-01",
        "1943-06-01",
        "1970-01-01",
        "2026-11-24",
        "2044-07-01",
        "2199-12-31",
    ] {
        let output = Test::new()
            .args(["zones", "--offline", "--report", "json", "--at", moment])
            .output();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let at: Timestamp = json["at"].as_str().unwrap().parse().unwrap();
        let zones = json["zones"].as_array().unwrap();
        assert_eq!(zones.len(), 598);
        let mut changes = 0;
        for zone in zones {
            let name = zone["name"].as_str().unwrap();
            let tzif = source.compile(name, Form::Slim).unwrap().unwrap().to_tzif();
            let reader = tz::TimeZone::from_tz_data(&tzif).unwrap();
            let shown = |told: &serde_json::Value| {
                (
                    i32::try_from(told["offset"].as_i64().unwrap()).unwrap(),
                    told["abbreviation"].as_str().unwrap().to_owned(),
                    told["is_dst"].as_bool().unwrap(),
                )
            };
            let clock = |at: i64| read(reader.as_ref(), at);
            assert_eq!(clock(at.as_second()), shown(zone), "{name} at {moment}");
            let next = &zone["next"];
            if next.is_null() {
                assert_eq!(
                    clock(at.as_second() + 400 * 366 * 86_400),
                    shown(zone),
                    "{name}"
                );
                continue;
            }
            changes += 1;
            let next_at: Timestamp = next["at"].as_str().unwrap().parse().unwrap();
            assert_eq!(clock(next_at.as_second() - 1), shown(zone), "{name}");
            assert_eq!(clock(next_at.as_second()), shown(next), "{name}");
        }
        assert!(changes > 100, "{moment}: {changes} changes");
    }
}

fn read(zone: TimeZoneRef<'_>, at: i64) -> (i32, String, bool) {
    let local = zone.find_local_time_type(at).unwrap();
    (
        local.ut_offset(),
        local.time_zone_designation().to_owned(),
        local.is_dst(),
    )
}
