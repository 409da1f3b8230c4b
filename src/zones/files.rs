//! The files of the chosen time zones.

use std::collections::BTreeSet;

use super::Selection;
use crate::{
    error::Error,
    readback::read_back,
    zic::{Faults, Form, Source},
};

/// One zone, compiled, and the names that lead to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ZoneFile {
    /// The name that holds the bytes: the canonical one if it was asked for, else the first alias.
    pub name: String,
    /// The other names that were asked for; they become links.
    pub aliases: BTreeSet<String>,
    /// The file, in the form of RFC 9636.
    pub tzif: Vec<u8>,
}

impl ZoneFile {
    /// Compiles what was chosen and reads it back.
    ///
    /// # Errors
    ///
    /// Refused: rules that contradict each other, all in one error, or a file that does not read back as it was meant.
    pub fn compile(selection: &Selection, source: &Source, form: Form) -> Result<Vec<Self>, Error> {
        let mut files = Vec::new();
        let mut faults = Faults::default();
        for (zone, names) in selection.zones() {
            match source.compile(zone, form) {
                Some(Ok(compiled)) => {
                    files.push((zone, Self::new(zone, names, compiled.to_tzif())));
                }
                Some(Err(fault)) => faults.push(fault),
                None => {}
            }
        }
        if faults.count() > 0 {
            return Err(Error::refused("time zone data has faults").faults(faults.lines()));
        }
        files
            .into_iter()
            .map(|(zone, file)| read_back(zone, &file.tzif, source).map(|()| file))
            .collect()
    }

    fn new(zone: &str, names: &BTreeSet<String>, tzif: Vec<u8>) -> Self {
        let name = match names.first() {
            Some(first) if !names.contains(zone) => first,
            _ => zone,
        };
        Self {
            name: name.to_owned(),
            aliases: names
                .iter()
                .filter(|alias| *alias != name)
                .cloned()
                .collect(),
            tzif,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Tzdata;

    fn files(selectors: &str) -> Vec<(String, Vec<String>)> {
        let tzdata = Tzdata::builtin();
        let source = Source::parse(&tzdata.zic_files()).unwrap();
        let selectors = selectors
            .split(',')
            .map(|text| text.parse().unwrap())
            .collect::<Vec<_>>();
        let selection = Selection::resolve(&selectors, &source, &tzdata.tables).unwrap();
        let files = ZoneFile::compile(&selection, &source, Form::Slim).unwrap();
        files
            .into_iter()
            .map(|file| (file.name, file.aliases.into_iter().collect()))
            .collect()
    }

    #[test]
    fn the_canonical_name_holds_the_bytes_if_it_was_asked_for() {
        assert_eq!(
            files("PRC,Asia/Chongqing,Asia/Shanghai"),
            [(
                "Asia/Shanghai".to_owned(),
                vec!["Asia/Chongqing".to_owned(), "PRC".to_owned()]
            )]
        );
    }

    #[test]
    fn else_the_first_alias_holds_the_bytes() {
        assert_eq!(
            files("PRC,Asia/Chongqing"),
            [("Asia/Chongqing".to_owned(), vec!["PRC".to_owned()])]
        );
    }
}
