//! What a reader is to answer, as class numbers.

use super::SynthError;

/// Characters of our reader in the order of its classes: digits, letters, China's provinces in the order of its grammar,
/// other signs of its plates, and the break between two lines. The empty class comes after them.
pub const READER_CHARACTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳使领学警挂/";

/// Characters that our reader has room for, breaks included.
pub const READER_SLOTS: usize = 12;

/// The class that stands for nothing.
pub const READER_EMPTY: u8 = 75;

/// The classes of `lines`, from the first slot on, with a break between two lines and the rest empty.
///
/// # Errors
/// [`SynthError::Class`] for a character without a class, [`SynthError::Slots`] for more than [`READER_SLOTS`].
pub fn reader_classes(lines: &[String]) -> Result<[u8; READER_SLOTS], SynthError> {
    let text = lines.join("/");
    let mut classes = [READER_EMPTY; READER_SLOTS];
    for (slot, character) in text.chars().enumerate() {
        let class = READER_CHARACTERS
            .chars()
            .position(|known| known == character)
            .ok_or_else(|| SynthError::Class { character, text: text.clone() })?;
        *classes.get_mut(slot).ok_or_else(|| SynthError::Slots { text: text.clone() })? = class as u8;
    }
    Ok(classes)
}
