/// A plate of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Line of the table, from 1.
    pub line: usize,
    /// As typed.
    pub written: String,
    /// Normalised: capitals, no separators, in the order of its syntax where a grammar has one.
    pub text: String,
    /// ISO 3166-1 alpha-2 in capitals, where the table tells it.
    pub country: Option<String>,
    /// What the table says of it; may be empty.
    pub note: String,
    /// When it counts.
    pub valid: Validity,
}

/// A span of time, open where an end is absent. Seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from_unix_s: Option<i64>,
    /// The first second beyond.
    pub until_unix_s: Option<i64>,
}

impl Validity {
    /// Whether `unix_s` lies within.
    pub fn holds(&self, unix_s: i64) -> bool {
        self.from_unix_s.is_none_or(|from| from <= unix_s)
            && self.until_unix_s.is_none_or(|until| unix_s < until)
    }
}
