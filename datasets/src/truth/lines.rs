use std::path::Path;

use super::{Findings, Problems};

/// Where the lines of a text begin.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, starts: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    /// Line of byte `at`, from 1.
    pub(crate) fn at(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at)
    }

    /// Line of the first byte of `part`, a slice of the text.
    pub(crate) fn of_part(&self, part: &str) -> usize {
        self.at((part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize))
    }

    /// Line of the first byte from `at` on that breaks no line.
    pub(crate) fn at_text(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let breaks = bytes.iter().skip(at).take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.at(at + breaks)
    }
}

/// `bytes` of `file` as text.
///
/// # Errors
/// The line of the first byte that is not UTF-8.
pub(crate) fn decode<'a>(file: &Path, bytes: &'a [u8]) -> Result<&'a str, Problems> {
    std::str::from_utf8(bytes).or_else(|error| {
        let mut findings = Findings::new(file);
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        findings.note(line, "", "not UTF-8 text");
        findings.finish("")
    })
}
