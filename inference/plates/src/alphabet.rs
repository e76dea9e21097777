use crate::PlateError;

/// What each class of a reader stands for: a character, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// In the order of the classes, without the empty symbol.
    characters: Vec<char>,
    /// Class of the empty symbol, the blank of CTC.
    empty: usize,
}

impl Alphabet {
    /// The alphabet of `characters`, in the order of the classes that remain when class `empty` is left out.
    ///
    /// # Errors
    /// [`PlateError::NoCharacters`], [`PlateError::CharacterTwice`] or [`PlateError::EmptySymbol`].
    pub fn new(characters: &str, empty: usize) -> Result<Self, PlateError> {
        let characters: Vec<char> = characters.chars().collect();
        if characters.is_empty() {
            return Err(PlateError::NoCharacters);
        }
        if let Some(i) = (1..characters.len()).find(|&i| characters[..i].contains(&characters[i])) {
            return Err(PlateError::CharacterTwice { character: characters[i] });
        }
        if characters.len() < empty {
            return Err(PlateError::EmptySymbol { empty, characters: characters.len() });
        }
        Ok(Self { characters, empty })
    }

    /// Number of classes, the empty symbol among them.
    pub fn classes(&self) -> usize {
        self.characters.len() + 1
    }

    /// The character of `class`; `None` for the empty symbol and beyond the last class.
    pub fn character(&self, class: usize) -> Option<char> {
        let index = if class < self.empty { Some(class) } else { class.checked_sub(1) };
        index.filter(|_| class != self.empty).and_then(|index| self.characters.get(index)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_symbol_may_stand_anywhere() {
        for (empty, expected) in [(0, "-abc"), (2, "ab-c"), (3, "abc-")] {
            let alphabet = Alphabet::new("abc", empty).expect("good");
            let classes: String =
                (0..alphabet.classes()).map(|class| alphabet.character(class).unwrap_or('-')).collect();
            assert_eq!(classes, expected);
            assert_eq!(alphabet.character(4), None);
        }
    }

    #[test]
    fn alphabets_that_cannot_be_are_refused() {
        let told = |characters, empty| Alphabet::new(characters, empty).expect_err("bad").to_string();
        assert_eq!(told("", 0), "alphabet is empty, expected at least one character");
        assert_eq!(told("皖A皖", 3), "alphabet has `皖` twice, expected each character once");
        assert_eq!(told("AB", 3), "empty symbol is class 3, expected at most 2, the number of characters");
    }
}
