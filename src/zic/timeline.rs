//! What a zone's clocks show over time: the compiler's idea of a zone, before it is encoded.

/// The clock of a zone between two transitions: RFC 9636's local time type record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LocalType {
    /// Seconds ahead of universal time.
    pub offset: i32,
    /// Whether daylight saving time is in force.
    pub is_dst: bool,
    /// What the time is called, such as `CST`.
    pub abbreviation: String,
    /// RFC 9636's indicators: by which clock the transition was told.
    pub(super) marks: Marks,
}

/// RFC 9636's standard/wall and UT/local indicators of a type.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Marks {
    pub(super) standard: bool,
    pub(super) universal: bool,
}

/// A moment at which the clock changes to another type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transition {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub at: i64,
    /// The index of the type from then on.
    pub to: usize,
}

/// A whole zone: types in order of creation and transitions in order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    pub(super) types: Vec<LocalType>,
    /// The type before the first transition.
    pub(super) initial: usize,
    pub(super) transitions: Vec<Transition>,
    /// The last transition that the footer cannot tell: it belongs to an earlier era or comes from a rule that ends.
    pub(super) last_explicit: Option<Transition>,
}

impl Timeline {
    /// The index of `wanted`, which is added if it is new.
    pub(super) fn intern(&mut self, wanted: LocalType) -> usize {
        self.types
            .iter()
            .position(|known| *known == wanted)
            .unwrap_or_else(|| {
                self.types.push(wanted);
                self.types.len() - 1
            })
    }

    pub(super) fn offset(&self, index: usize) -> i64 {
        i64::from(self.types[index].offset)
    }

    /// Whether clocks of two types show the same, whatever the marks.
    pub(super) fn look_alike(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.types[one], &self.types[other]);
        (one.offset, one.is_dst, &one.abbreviation)
            == (other.offset, other.is_dst, &other.abbreviation)
    }
}
