//! What chrono-tz says of its zones, in the lines of `.ci/zones.py`:
//!
//!     frozen names       every zone that it knows, one a line
//!     frozen changes     `NAME SECONDS OFFSET ABBREVIATION DST` for each second from 1900 to 2100 from which something differs
//!     frozen offsets     `NAME SECONDS OFFSET ABBREVIATION` for each line `NAME SECONDS` on standard input
//!     frozen version     the release

use std::{
    env,
    fmt::{self, Display},
    io::{self, BufWriter, Write as _},
    process,
};

use chrono::{DateTime, Offset as _, TimeZone};
use chrono_tz::{IANA_TZDB_VERSION, OffsetComponents as _, OffsetName as _, TZ_VARIANTS, Tz};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match env::args().nth(1).as_deref() {
        Some("version") => writeln!(out, "{IANA_TZDB_VERSION}"),
        Some("names") => TZ_VARIANTS
            .iter()
            .try_for_each(|zone| writeln!(out, "{}", zone.name())),
        Some("changes") => TZ_VARIANTS.iter().try_for_each(|zone| {
            changes(*zone).try_for_each(|at| {
                let shown = Shown::at(*zone, at);
                writeln!(
                    out,
                    "{} {at} {shown} {}",
                    zone.name(),
                    u8::from(shown.is_dst())
                )
            })
        }),
        Some("offsets") => io::stdin().lines().try_for_each(|line| {
            let line = line?;
            let (name, at) = line.split_once(' ').expect("NAME SECONDS");
            let zone: Tz = name.parse().expect("a zone");
            writeln!(
                out,
                "{name} {at} {}",
                Shown::at(zone, at.parse().expect("seconds"))
            )
        }),
        _ => process::exit(2),
    }
}

/// The seconds from 1900 to 2100 from which a clock shows something else. chrono-tz does not tell its transitions, so
/// they are looked for: between two moments of a grid that differ there is one.
fn changes(zone: Tz) -> impl Iterator<Item = i64> {
    (FROM..TO).step_by(STEP as usize).filter_map(move |from| {
        let (mut before, mut after) = (from, (from + STEP).min(TO - 1));
        let old = Shown::at(zone, before);
        if old == Shown::at(zone, after) {
            return None;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if Shown::at(zone, middle) == old {
                before = middle;
            } else {
                after = middle;
            }
        }
        Some(after)
    })
}

/// What a clock shows at a moment.
struct Shown(<Tz as TimeZone>::Offset);

impl Shown {
    fn at(zone: Tz, at: i64) -> Self {
        let moment = DateTime::from_timestamp(at, 0).expect("a moment");
        Self(zone.offset_from_utc_datetime(&moment.naive_utc()))
    }

    fn seconds(&self) -> i32 {
        self.0.fix().local_minus_utc()
    }

    fn is_dst(&self) -> bool {
        !self.0.dst_offset().is_zero()
    }
}

impl PartialEq for Shown {
    /// A numeric abbreviation such as `+08` is not stored: it follows from the offset.
    fn eq(&self, other: &Self) -> bool {
        let told = |shown: &Self| (shown.seconds(), shown.is_dst());
        told(self) == told(other) && self.0.abbreviation() == other.0.abbreviation()
    }
}

impl Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.seconds(), self.0)
    }
}

/// 1900-01-01 and 2100-01-01, as in `.ci/zones.py`.
const FROM: i64 = -2_208_988_800;
const TO: i64 = 4_102_444_800;

/// Six hours: no zone of 2025b changes twice within one.
const STEP: i64 = 21_600;
