use models::BadValue;

use super::checks::{self, Known};
use super::read::Context;
use super::sums::Sums;
use super::toml_file::{TomlFile, joined};
use super::written::{PlatesToml, WhereToml};
use super::{FilePin, ItemError};
use crate::BoxPx;
use crate::truth::plates::{PlateKind, PlateRow};
use crate::truth::{Findings, decode, plates};

/// Pictures and the plates in them.
#[derive(Clone, Debug)]
pub struct PlateSet {
    /// In the order of the list.
    pub plates: Vec<PlateSample>,
}

/// One plate; or, with the quality `negative`, a picture without any.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateSample {
    /// The picture. Several plates may be in one.
    pub file: FilePin,
    /// Its path in the list.
    pub name: String,
    /// What the picture shows.
    pub kind: PlateKind,
    /// Country code.
    pub country: String,
    /// Capitals, digits and Chinese characters; `?` for one that nobody can read.
    pub text: String,
    /// Lines of text, 1 or 2; 0 on a negative.
    pub lines: u8,
    /// Where the plate is, in the picture's pixels.
    pub bbox: Option<BoxPx>,
    /// `ok` where it is to be scored, else why not.
    pub quality: String,
}

pub(super) const KEYS: [&str; 4] = ["list", "folder", "sums", "where"];

/// A plate set's table, checked.
pub(super) struct Plan {
    list: FilePin,
    folder: String,
    sums: FilePin,
    filter: WhereToml,
}

impl Plan {
    pub(super) fn check(
        file: &mut TomlFile<'_>,
        path: &str,
        written: &PlatesToml,
        _: &Known<'_>,
    ) -> Option<Self> {
        let list = checks::pin_table(file, joined(path, "list"), &written.list);
        let folder = checks::relative(file, joined(path, "folder"), &written.folder);
        let sums = checks::pin_table(file, joined(path, "sums"), &written.sums);
        Some(Self { list: list?, folder: folder?, sums: sums?, filter: written.filter.clone() })
    }

    pub(super) fn read(&self, context: &Context<'_>) -> Result<PlateSet, ItemError> {
        let (path, bytes) = context.media.read(&self.list)?;
        let rows = plates::read(&path, decode(&path, &bytes)?)?;
        let sums = Sums::read(&self.sums, context.media)?;
        let mut findings = Findings::new(&path);
        let mut plates = Vec::new();
        for row in rows.into_iter().filter(|row| self.filter.holds(row)) {
            match sums.pin(format!("{}/{}", self.folder, row.file)) {
                Ok(pin) => {
                    let PlateRow { file: name, kind, country, text, lines, bbox, quality, .. } = row;
                    plates.push(PlateSample { file: pin, name, kind, country, text, lines, bbox, quality });
                }
                Err(expected) => findings.value(row.line, BadValue::new("file", &row.file, expected)),
            }
        }
        let plates = findings.finish(plates)?;
        if plates.is_empty() {
            let mut findings = Findings::new(context.dataset);
            findings.note(context.line, "where", format!("`where` leaves no plate of `{}`", self.list.file));
            findings.finish(())?;
        }
        Ok(PlateSet { plates })
    }
}

impl WhereToml {
    fn holds(&self, row: &PlateRow) -> bool {
        self.kind.is_none_or(|kind| kind == row.kind)
            && self.country.as_ref().is_none_or(|country| *country == row.country)
            && self.quality.as_ref().is_none_or(|quality| *quality == row.quality)
    }
}
