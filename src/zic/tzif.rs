//! TZif, the file format of RFC 9636.

use super::{
    footer::Footer,
    form::Form,
    timeline::{LocalType, Timeline, Transition},
};

/// Encodes a zone whose transitions have been chosen.
pub(super) fn encode(timeline: &Timeline, footer: Option<&Footer>, form: Form) -> Vec<u8> {
    let needs_version_3 = footer.is_some_and(|footer| footer.needs_version_3);
    let version = if needs_version_3 { b'3' } else { b'2' };
    let mut bytes = Vec::new();
    match form {
        Form::Slim => write_stub(version, &mut bytes),
        Form::Fat => Block::narrow(timeline).write(version, &mut bytes),
    }
    Block::wide(timeline, form).write(version, &mut bytes);
    let text = footer.map_or("", |footer| &footer.text);
    bytes.extend(format!("\n{text}\n").bytes());
    bytes
}

/// A header and its data: RFC 9636 sections 3.1 and 3.2.
struct Block {
    width: Width,
    transitions: Vec<Transition>,
    /// The types, of which the block uses some.
    types: Vec<LocalType>,
    /// The types that the block uses, in order of creation.
    used: Vec<usize>,
    /// The type before the first transition. It is written as type 0, in exchange with the one created first.
    initial: usize,
}

/// How many bytes a time takes.
#[derive(Clone, Copy)]
enum Width {
    Narrow,
    Wide,
}

impl Block {
    fn wide(timeline: &Timeline, form: Form) -> Self {
        Self::new(Width::Wide, timeline, timeline.transitions.clone(), form)
    }

    /// What 32-bit time can tell. Where the past is cut off, the type then in force is repeated at the first moment,
    /// for readers that take the earliest transition's type for all time before it.
    fn narrow(timeline: &Timeline) -> Self {
        let is_early = |transition: &&Transition| transition.at < FIRST_NARROW;
        let early = timeline.transitions.iter().take_while(is_early);
        let in_force = early.last().map(|last| Transition {
            at: FIRST_NARROW,
            to: last.to,
        });
        let range = FIRST_NARROW..=LAST_NARROW;
        let within = timeline
            .transitions
            .iter()
            .filter(|transition| range.contains(&transition.at));
        let transitions = in_force.into_iter().chain(within.copied()).collect();
        Self::new(Width::Narrow, timeline, transitions, Form::Fat)
    }

    fn new(width: Width, timeline: &Timeline, transitions: Vec<Transition>, form: Form) -> Self {
        let mut used = transitions
            .iter()
            .map(|transition| transition.to)
            .collect::<Vec<_>>();
        used.push(timeline.initial);
        used.sort_unstable();
        used.dedup();
        let mut block = Self {
            width,
            transitions,
            types: timeline.types.clone(),
            used,
            initial: timeline.initial,
        };
        if form == Form::Fat {
            block.repeat_recent_type(true);
            block.repeat_recent_type(false);
        }
        block
    }

    /// Some readers before 2011 take the last type of a kind for the one now in force: repeat that one at the end if
    /// the last has another offset. Like zic, this takes the place of the last type for its number, which differs where
    /// types have changed places.
    fn repeat_recent_type(&mut self, is_dst: bool) {
        let of_kind = |index: &usize| self.types[*index].is_dst == is_dst;
        let order = self.order();
        let places = self.used.iter().zip(&order);
        let last = places
            .rev()
            .find(|(_, index)| of_kind(index))
            .map(|(place, _)| *place);
        let recent = self
            .transitions
            .iter()
            .map(|transition| transition.to)
            .rfind(of_kind);
        if let (Some(last), Some(recent)) = (last, recent)
            && self.types[last].offset != self.types[recent].offset
        {
            self.used.push(self.types.len());
            self.types.push(self.types[recent].clone());
        }
    }

    /// The used types as they are written.
    fn order(&self) -> Vec<usize> {
        let mut order = self.used.clone();
        if let Some(place) = order.iter().position(|index| *index == self.initial) {
            order.swap(0, place);
        }
        order
    }

    fn write(&self, version: u8, bytes: &mut Vec<u8>) {
        let order = self.order();
        let designations = Designations::of(self.used.iter().map(|index| &self.types[*index]));
        let standard_marks = self.marks(|local| local.marks.standard);
        let universal_marks = self.marks(|local| local.marks.universal);
        let counts = [
            universal_marks.len(),
            standard_marks.len(),
            0,
            self.transitions.len(),
            order.len(),
            designations.bytes.len(),
        ];
        write_header(version, counts, bytes);
        for transition in &self.transitions {
            self.width.write(transition.at, bytes);
        }
        for transition in &self.transitions {
            let place = order.iter().position(|index| *index == transition.to);
            bytes.push(low_byte(place.unwrap_or_default()));
        }
        for local in order.iter().map(|index| &self.types[*index]) {
            bytes.extend(local.offset.to_be_bytes());
            bytes.push(u8::from(local.is_dst));
            bytes.push(low_byte(designations.index(&local.abbreviation)));
        }
        bytes.extend(&designations.bytes);
        bytes.extend(standard_marks);
        bytes.extend(universal_marks);
    }

    /// An indicator for each type as soon as one is set. Like zic, this leaves them in order of creation even where
    /// types have changed places.
    fn marks(&self, mark: impl Fn(&LocalType) -> bool) -> Vec<u8> {
        let marks = self.used.iter().map(|index| mark(&self.types[*index]));
        if marks.clone().any(|mark| mark) {
            marks.map(u8::from).collect()
        } else {
            Vec::new()
        }
    }
}

impl Width {
    fn write(self, at: i64, bytes: &mut Vec<u8>) {
        let wide = at.to_be_bytes();
        bytes.extend(match self {
            Self::Narrow => &wide[4..],
            Self::Wide => &wide[..],
        });
    }
}

/// Abbreviations, each ended by a NUL. One that is the end of another shares its bytes.
struct Designations {
    bytes: Vec<u8>,
}

impl Designations {
    fn of<'a>(types: impl Iterator<Item = &'a LocalType>) -> Self {
        let mut texts: Vec<&str> = Vec::new();
        for text in types.map(|local| local.abbreviation.as_str()) {
            if texts.iter().any(|known| known.ends_with(text)) {
                continue;
            }
            match texts.iter_mut().find(|known| text.ends_with(**known)) {
                Some(end) => *end = text,
                None => texts.push(text),
            }
        }
        let bytes = texts
            .iter()
            .flat_map(|text| text.bytes().chain([0]))
            .collect();
        Self { bytes }
    }

    fn index(&self, abbreviation: &str) -> usize {
        let wanted = [abbreviation.as_bytes(), &[0]].concat();
        let mut windows = self.bytes.windows(wanted.len());
        windows
            .position(|window| window == wanted)
            .unwrap_or_default()
    }
}

/// RFC 9636 section 4: a version 1 block that says nothing, for readers that look at the 64-bit data only.
fn write_stub(version: u8, bytes: &mut Vec<u8>) {
    write_header(version, [0, 0, 0, 0, 1, 1], bytes);
    bytes.extend([0; 7]);
}

/// RFC 9636 section 3.1; the counts are those of UT marks, standard marks, leap seconds, transitions, types and
/// abbreviation bytes.
fn write_header(version: u8, counts: [usize; 6], bytes: &mut Vec<u8>) {
    bytes.extend(b"TZif");
    bytes.push(version);
    bytes.extend([0; 15]);
    for count in counts {
        bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    }
}

/// Indexes of types and abbreviations fit into a byte: the number of both is checked when they are made.
fn low_byte(index: usize) -> u8 {
    debug_assert!(index < 256, "an index that TZif cannot tell");
    index.to_le_bytes()[0]
}

const FIRST_NARROW: i64 = i32::MIN as i64;
const LAST_NARROW: i64 = i32::MAX as i64;

#[cfg(test)]
mod tests {
    use super::*;

    fn local(abbreviation: &str) -> LocalType {
        LocalType {
            offset: 0,
            is_dst: false,
            abbreviation: abbreviation.to_owned(),
            marks: super::super::timeline::Marks::default(),
        }
    }

    #[test]
    fn an_abbreviation_shares_the_end_of_another() {
        let types = ["LMT", "AHST", "HST", "PLMT"].map(local);
        let designations = Designations::of(types.iter());
        assert_eq!(designations.bytes, b"PLMT\0AHST\0");
        assert_eq!(designations.index("LMT"), 1);
        assert_eq!(designations.index("HST"), 6);
    }
}
