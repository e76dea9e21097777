//! One spelling for what people type and what readers say.

use std::collections::BTreeSet;

use crate::grammar::{Grammar, Lines, RawRead};

/// What a character of a typed plate is.
pub(super) enum Typed {
    /// A letter or digit, in capitals.
    Character(char),
    /// Says nothing.
    Separator,
    /// Belongs on no plate.
    Stranger,
}

/// Full-width forms, as Chinese and Japanese keyboards give them, are their plain ones; Đ is D, as readers without it say.
pub(super) fn typed(character: char) -> Typed {
    let narrow = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    };
    match narrow {
        'đ' | 'Đ' => Typed::Character('D'),
        '-' | '.' | '·' | '•' | '・' | '‧' | '/' | '_' | '‐' | '–' | '—' => Typed::Separator,
        c if c.is_whitespace() => Typed::Separator,
        c if c.is_alphanumeric() => Typed::Character(c.to_uppercase().next().unwrap_or(c)),
        _ => Typed::Stranger,
    }
}

/// The letters and digits of `text` alone; the first character that belongs on no plate otherwise.
pub(super) fn plain(text: &str) -> Result<String, char> {
    let mut plain = String::new();
    for character in text.chars() {
        match typed(character) {
            Typed::Character(character) => plain.push(character),
            Typed::Separator => {}
            Typed::Stranger => return Err(character),
        }
    }
    Ok(plain)
}

/// How a plate is written.
pub(super) struct Spellings {
    /// The normalised text.
    pub(super) text: String,
    /// Every plain text that a reader may say for it: as typed, normalised, and in each order of reading.
    pub(super) keys: BTreeSet<String>,
    /// Why it may not be what was meant.
    pub(super) doubt: Option<String>,
}

/// The spellings of `plain` as a plate of `country`, or of any where none is told. Nothing is corrected: what people
/// type is what they mean.
pub(super) fn spellings(plain: &str, country: Option<&str>, grammar: &Grammar) -> Spellings {
    let matches = grammar.parse(&RawRead::from(plain));
    let ours = matches.iter().filter(|found| country.is_none_or(|code| found.syntax.country == code));
    let (fitting, near): (Vec<_>, Vec<_>) = ours.partition(|found| found.exact());
    let mut keys = BTreeSet::from([plain.to_owned()]);
    for found in &fitting {
        keys.insert(found.text.clone());
        let printed = [Lines::One, Lines::Two].into_iter().filter_map(|lines| found.display(lines));
        keys.extend(printed.filter_map(|lines| self::plain(&lines.concat()).ok()));
    }
    let text = fitting.first().map_or_else(|| plain.to_owned(), |found| found.text.clone());
    let is_known = country.is_none_or(|code| grammar.country(code).is_some());
    let doubt = (fitting.is_empty() && is_known).then(|| {
        let whose = country.map_or("any country known here".to_owned(), |code| format!("`{code}`"));
        let meant = near.first().map(|found| format!(", is `{}` meant?", found.text));
        format!("fits no syntax of {whose}{}", meant.unwrap_or_default())
    });
    Spellings { text, keys, doubt }
}
