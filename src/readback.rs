//! Compiled zones, read back by a reader that this project did not write.
//!
//! Every file is parsed by jiff, which is strict, and its clock compared with the compiler's own idea just before and at
//! each transition, up to 2037 and beyond the point from which the file leaves the rest to its footer. So a mistake in the
//! choice of transitions, in the encoding or in the footer cannot leave the program unnoticed.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    error::Error,
    zic::{LocalType, Source},
};

/// Compares the file `tzif` of the zone `name` with what `source` says.
///
/// # Errors
///
/// Refused, as a fault of this program: the reader cannot take the file, or shows other times than the compiler meant.
pub fn read_back(name: &str, tzif: &[u8], source: &Source) -> Result<(), Error> {
    let zone = TimeZone::tzif(name, tzif)
        .map_err(|error| fault(name, "a strict reader refuses it").because(error))?;
    let changes = match source.clock_changes(name) {
        Some(Ok(changes)) => changes,
        Some(Err(fault)) => {
            return Err(Error::refused("time zone data has a fault").faults([fault.to_string()]));
        }
        None => return Ok(()),
    };
    let mut before: Option<&LocalType> = None;
    for (at, local) in &changes {
        if let Some(before) = before {
            compare(name, &zone, at - 1, before)?;
        }
        compare(name, &zone, *at, local)?;
        before = Some(local);
    }
    Ok(())
}

fn compare(name: &str, zone: &TimeZone, at: i64, meant: &LocalType) -> Result<(), Error> {
    // jiff's time ends with the year 9999, beyond which no rule of a zone was ever written.
    let Ok(moment) = Timestamp::from_second(at) else {
        return Ok(());
    };
    let read = zone.to_offset_info(moment);
    let (offset, abbreviation, is_dst) = (
        read.offset().seconds(),
        read.abbreviation(),
        read.dst().is_dst(),
    );
    if (offset, abbreviation, is_dst) == (meant.offset, meant.abbreviation.as_str(), meant.is_dst) {
        return Ok(());
    }
    let meant = format!("{} seconds `{}`", meant.offset, meant.abbreviation);
    Err(fault(
        name,
        &format!("at {moment} expected {meant}, read {offset} seconds `{abbreviation}`"),
    ))
}

fn fault(name: &str, what: &str) -> Error {
    Error::refused(format!(
        "the compiled time zone `{name}` does not read back as it was meant"
    ))
    .faults([what])
    .help("this is a fault of bundle: please report it with the time zone data that was used")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        source::Tzdata,
        zic::{File, Form},
    };

    #[test]
    fn every_zone_reads_back_in_both_forms() {
        let tzdata = Tzdata::builtin();
        let source = Source::parse(&tzdata.zic_files()).unwrap();
        for form in [Form::Slim, Form::Fat] {
            for name in source.names() {
                let tzif = source.compile(name, form).unwrap().unwrap().to_tzif();
                read_back(name, &tzif, &source).unwrap();
            }
        }
    }

    #[test]
    fn another_zones_file_is_noticed() {
        let tzdata = Tzdata::builtin();
        let source = Source::parse(&tzdata.zic_files()).unwrap();
        let tzif = source
            .compile("Asia/Tokyo", Form::Slim)
            .unwrap()
            .unwrap()
            .to_tzif();
        let error = read_back("Asia/Shanghai", &tzif, &source).unwrap_err();
        assert!(
            error.render().contains("expected 29143 seconds `LMT`")
                || error.render().contains("expected"),
            "{}",
            error.render()
        );
        assert!(read_back("Asia/Tokyo", &tzif[..60], &source).is_err());
    }

    /// Morocco in IANA's 2017c to 2018e: the last transition before the footer changes nothing, yet without it the footer
    /// would start where the two disagree.
    #[test]
    fn a_last_summer_that_ends_early_reads_back() {
        let text = "R M 2013 ma - O lastSun 3 0 -\nR M 2018 ma - Mar lastSun 2 1 S\nR M 2037 o - O 4 3 0 -\n\
                    Z A 0 M WE%sT\n";
        let source = Source::parse(&[File { name: "test", text }]).unwrap();
        for form in [Form::Slim, Form::Fat] {
            let tzif = source.compile("A", form).unwrap().unwrap().to_tzif();
            read_back("A", &tzif, &source).unwrap();
        }
    }

    /// The file hands over to its footer only where the two agree: not where the last era starts off the beat of its
    /// rules, with other letters than theirs, or where the clock showed something else before.
    #[test]
    fn rules_that_start_out_of_step_read_back() {
        for text in [
            "R a 1938 ma - Ja lastTu 2 -1 D\nR a 1938 ma - N lastSa 0 0 S\nZ A 0 - LMT 1937 F 3\n0 a LMT\n",
            "R a 1979 1989 - Jul Su<=29 3 1 D\nR a 1979 1989 - N Th>=24 1u 0 S\nR a 1991 ma - Jul lastSa 1u 1 D\n\
             R a 1991 ma - May Su<=20 24u 0 -\nZ A 0 - LMT 1990 Jun\n-2 a EE%sT\n",
            "R a 1925 1930 - Au Su>=20 1 0:30 D\nR a 1925 1930 - F lastM 3u 0 S\nR a 1931 ma - O F>=15 23:30 2 D\n\
             R a 1931 ma - D Su>=3 24s 0 -\nZ A 0 a LMT\n",
        ] {
            let source = Source::parse(&[File { name: "test", text }]).unwrap();
            for form in [Form::Slim, Form::Fat] {
                let tzif = source.compile("A", form).unwrap().unwrap().to_tzif();
                read_back("A", &tzif, &source).unwrap();
            }
        }
    }
}
