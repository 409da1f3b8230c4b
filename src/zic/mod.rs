//! The zone compiler: IANA's source text to TZif, byte for byte as zic 2026c writes it.
//!
//! It is written from the manual pages zic(8) and tzfile(5), from RFC 9636 and from the files of PyPI's `tzdata` and
//! `pytz`, and uses nothing else of this crate. Give [`Source::parse`](crate::zic::Source::parse) some text, and ask the
//! result for a name. The steps, in the order of the data:
//!
//! | module | turns | into |
//! |---|---|---|
//! | `line` | a line | fields |
//! | `parse` | fields | a rule, an era of a zone, or a link |
//! | `source` | all records | a `Source` whose names stand for something |
//! | `work` | a `Source` | a refusal, where it asks for billions of years |
//! | `expand` | a zone and its rules | types and transitions |
//! | `footer` | the last era | a TZ string for what recurs |
//! | `shrink` | transitions | those that a file holds |
//! | `tzif` | types, transitions, footer | bytes |
//!
//! `fault`, `calendar`, `rule`, `zone`, `timeline` and `form` hold the types between the steps.

mod calendar;
mod expand;
mod fault;
mod footer;
mod form;
mod line;
mod parse;
mod rule;
mod shrink;
mod source;
mod timeline;
mod tzif;
mod work;
mod zone;

pub use self::{
    fault::{Fault, Faults},
    form::Form,
    source::{File, Source},
    timeline::{LocalType, Transition},
};

use self::{
    expand::{Horizon, expand},
    footer::Footer,
    shrink::shrink,
    timeline::Timeline,
};

/// A compiled zone.
#[derive(Clone, Debug)]
pub struct Compiled {
    timeline: Timeline,
    footer: Option<Footer>,
    form: Form,
}

impl Source {
    /// Compiles the zone that `name` stands for. `None` if there is no such name.
    ///
    /// # Errors
    ///
    /// Rules that contradict each other or have no meaning in one of the zone's years, and abbreviations, offsets or
    /// numbers of transitions that TZif or its readers cannot take.
    #[must_use]
    pub fn compile(&self, name: &str, form: Form) -> Option<Result<Compiled, Fault>> {
        let zone = self.zone(name)?;
        Some(self.compile_zone(zone, form))
    }

    /// What the clocks of a zone show until 2037 at least, told by transitions alone: another way to the same truth as
    /// a file and its footer. `None` if there is no such name.
    ///
    /// # Errors
    ///
    /// As for [`Source::compile`].
    #[must_use]
    pub fn clock_changes(&self, name: &str) -> Option<Result<Vec<(i64, LocalType)>, Fault>> {
        let zone = self.zone(name)?;
        let horizon = Horizon::of(self, zone, Form::Fat);
        Some(expand(self, zone, horizon).map(|mut timeline| {
            shrink(&mut timeline, None, Form::Fat);
            let transitions = timeline.transitions.iter();
            transitions
                .map(|transition| (transition.at, timeline.types[transition.to].clone()))
                .collect()
        }))
    }

    fn compile_zone(&self, zone: &zone::Zone, form: Form) -> Result<Compiled, Fault> {
        let footer = match zone.eras.last() {
            Some(era) => Footer::of(era, self.rules_of(era))?,
            None => None,
        };
        let horizon = Horizon::of(self, zone, form);
        let horizon = if footer.is_some() {
            horizon
        } else {
            horizon.extended()
        };
        let mut timeline = expand(self, zone, horizon)?;
        shrink(&mut timeline, footer.as_ref(), form);
        Ok(Compiled {
            timeline,
            footer,
            form,
        })
    }
}

impl Compiled {
    /// The TZif file.
    #[must_use]
    pub fn to_tzif(&self) -> Vec<u8> {
        tzif::encode(&self.timeline, self.footer.as_ref(), self.form)
    }

    /// The transitions, earliest first.
    #[must_use]
    pub fn transitions(&self) -> &[Transition] {
        &self.timeline.transitions
    }

    /// The type that is in force from a transition on.
    #[must_use]
    pub fn type_after(&self, transition: Transition) -> &LocalType {
        &self.timeline.types[transition.to]
    }

    /// The type before the first transition.
    #[must_use]
    pub fn initial_type(&self) -> &LocalType {
        &self.timeline.types[self.timeline.initial]
    }

    /// The TZ string for time after the last transition; empty if no TZ string can tell it.
    #[must_use]
    pub fn footer(&self) -> &str {
        self.footer.as_ref().map_or("", |footer| &footer.text)
    }
}
