use super::chance::Chance;
use super::layout::LayoutId;
use super::scheme::SchemeId;
use super::text::{Country, PlateText};

impl PlateText {
    /// What a grammar prints, on a plate that the country has for it: `syntax` is the grammar's name for it, `lines` are as
    /// printed, `colours` is characters on ground as in `black-on-white`. Where plates of several sizes carry such a text,
    /// chance decides. `None` when no plate of the country has these colours or so many lines.
    pub fn printed(
        country: Country,
        syntax: &str,
        lines: Vec<String>,
        colours: &str,
        chance: &mut Chance,
    ) -> Option<Self> {
        let scheme = scheme(country, syntax, colours)?;
        let layouts = layouts(country, syntax, scheme, lines.len());
        if layouts.is_empty() {
            return None;
        }
        let layout = *chance.pick(layouts);
        Some(Self { country, syntax: syntax.to_owned(), lines, layout, scheme })
    }
}

fn scheme(country: Country, syntax: &str, colours: &str) -> Option<SchemeId> {
    let is_foreign = matches!(syntax, "diplomatic" | "foreign");
    Some(match (country, colours) {
        (Country::Vietnam, "black-on-white") if is_foreign => SchemeId::VnForeign,
        (Country::Vietnam, "black-on-white") => SchemeId::VnWhite,
        (Country::Vietnam, "black-on-yellow") => SchemeId::VnYellow,
        (Country::Vietnam, "white-on-blue") => SchemeId::VnBlue,
        (Country::Vietnam, "white-on-red") => SchemeId::VnRed,
        (Country::China, "white-on-blue") => SchemeId::CnBlue,
        (Country::China, "black-on-yellow") => SchemeId::CnYellow,
        (Country::China, "black-on-green") => SchemeId::CnGreen,
        (Country::China, "black-on-yellow-green") => SchemeId::CnYellowGreen,
        (Country::China, "black-on-white") => SchemeId::CnWhite,
        (Country::China, "white-on-black") => SchemeId::CnBlack,
        (Country::Brazil, "black-on-white") if syntax.starts_with("mercosur") => SchemeId::BrWhite,
        (Country::Brazil, "black-on-white") => SchemeId::BrGrey,
        (Country::Brazil, "white-on-red") => SchemeId::BrRed,
        (Country::Europe, "black-on-white") => SchemeId::EuWhite,
        (Country::Europe, "black-on-yellow") => SchemeId::EuYellow,
        (Country::Europe, "white-on-blue") => SchemeId::EuBlue,
        (Country::Europe, "red-on-white") => SchemeId::EuRedLetters,
        _ => return None,
    })
}

/// Plates for so many lines; a size that is named twice is twice as frequent.
fn layouts(country: Country, syntax: &str, scheme: SchemeId, lines: usize) -> &'static [LayoutId] {
    let is_new_energy = matches!(scheme, SchemeId::CnGreen | SchemeId::CnYellowGreen);
    match (country, lines) {
        (Country::Vietnam, 1) => &[LayoutId::VnCarLong, LayoutId::VnCarLong, LayoutId::VnCarLongOld],
        (Country::Vietnam, 2) if syntax.contains("motorcycle") => &[LayoutId::VnMotorcycle],
        (Country::Vietnam, 2) => &[LayoutId::VnCarShort, LayoutId::VnCarShort, LayoutId::VnCarShortOld],
        (Country::China, 1) if is_new_energy => &[LayoutId::CnNewEnergy],
        (Country::China, 1) => &[LayoutId::CnStandard],
        (Country::China, 2) => &[LayoutId::CnTwoLine],
        (Country::Brazil, 1) if syntax.starts_with("mercosur") => &[LayoutId::BrMercosur],
        (Country::Brazil, 1) => &[LayoutId::BrOld],
        (Country::Brazil, 2) if syntax.starts_with("mercosur") => &[LayoutId::BrMercosurMotorcycle],
        (Country::Brazil, 2) => &[LayoutId::BrOldMotorcycle],
        (Country::Europe, 1) => &[LayoutId::EuLong],
        (Country::Europe, 2) => &[LayoutId::EuTwoLine, LayoutId::EuMotorcycle],
        _ => &[],
    }
}
