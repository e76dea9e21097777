use super::layout::LayoutId;
use super::scheme::SchemeId;

/// Whose plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Country {
    /// Vietnam.
    Vietnam,
    /// China.
    China,
    /// Brazil.
    Brazil,
    /// Any of Europe's, in Latin letters.
    Europe,
}

impl Country {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Vietnam, Self::China, Self::Brazil, Self::Europe];

    /// ISO 3166-1 alpha-2, and `EU` for Europe's.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vietnam => "VN",
            Self::China => "CN",
            Self::Brazil => "BR",
            Self::Europe => "EU",
        }
    }
}

/// What is written on one plate, and how.
///
/// Whoever knows the grammars makes these: a set takes them from a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateText {
    /// Whose plate.
    pub country: Country,
    /// Name of the syntax that the text follows.
    pub syntax: String,
    /// As written, one text per line of the layout, with `-`, `.`, `·` and blanks where the plate has them.
    pub lines: Vec<String>,
    /// Sizes and places.
    pub layout: LayoutId,
    /// Colours.
    pub scheme: SchemeId,
}

impl PlateText {
    /// What a reader is to read, line by line: characters without separators, `Đ` as `D`.
    pub fn read_lines(&self) -> Vec<String> {
        let read = |line: &String| line.chars().filter(|&c| !is_separator(c)).map(as_read).collect();
        self.lines.iter().map(read).collect()
    }

    /// All lines as written, with a blank between them.
    pub(super) fn shown(&self) -> String {
        self.lines.join(" ")
    }
}

/// Whether `character` separates groups and is no part of the number.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, '-' | '.' | '·' | ' ')
}

fn as_read(character: char) -> char {
    if character == 'Đ' { 'D' } else { character }
}
