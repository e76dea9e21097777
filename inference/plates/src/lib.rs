//! Licence plates: from a model's output to a string with a probability for each character.
