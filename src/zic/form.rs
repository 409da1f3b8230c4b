//! The two forms of TZif that zic writes.

/// The form of a TZif file, as zic's option `-b`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Form {
    /// What readers since about 2020 need: 64-bit data, and a footer for what recurs.
    #[default]
    Slim,
    /// Also 32-bit data, and recurring transitions written out to 2037, for older readers.
    Fat,
}
