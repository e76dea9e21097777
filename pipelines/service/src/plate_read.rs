//! From what a plate's looks come to to the contract.

use plates::grammar::{Correction, Lines, Match, RawCharacter, RawRead};
use plates::{Outcome, Reason, Status};
use proto::v1 as pb;

/// Grammars' matches that are told.
const MATCHES: usize = 4;

/// What the looks at one plate come to, but for where it was, its pictures and what lists say.
pub(crate) fn plate_read(outcome: &Outcome<'_>) -> pb::PlateRead {
    let (status, reason) = match outcome.status {
        Status::Confirmed => (pb::PlateStatus::Confirmed, pb::UnreadReason::Unspecified),
        Status::SingleLook => (pb::PlateStatus::SingleLook, pb::UnreadReason::Unspecified),
        Status::Rejected(reason) => (pb::PlateStatus::Rejected, unread_reason(reason)),
    };
    let nothing = RawRead::default();
    let read = outcome.vote.as_ref().map_or(&nothing, |vote| &vote.read);
    pb::PlateRead {
        status: status.into(),
        reason: reason.into(),
        raw: read.text(),
        characters: read.characters.iter().map(character).collect(),
        confidence: outcome.vote.as_ref().map_or(0.0, |vote| vote.confidence),
        lines: match read.lines {
            None => 0,
            Some(Lines::One) => 1,
            Some(Lines::Two) => 2,
        },
        colours: read.colours.map(|colours| colours.name().to_owned()).unwrap_or_default(),
        matches: outcome.matches.iter().take(MATCHES).map(|found| plate_match(found, read.lines)).collect(),
        lists: Vec::new(),
        looks: outcome.looks,
        agreeing: outcome.vote.as_ref().map_or(0, |vote| vote.agreeing),
        searches: outcome.searches,
        width_px: outcome.widest_px,
        corners: Vec::new(),
        evidence_sha256: String::new(),
        lists_asked: Vec::new(),
    }
}

/// The reason by its name in the contract.
pub(crate) fn unread_reason(reason: Reason) -> pb::UnreadReason {
    match reason {
        Reason::NoPlate => pb::UnreadReason::NoPlate,
        Reason::TooSmall => pb::UnreadReason::TooSmall,
        Reason::Glare => pb::UnreadReason::Glare,
        Reason::MotionBlur => pb::UnreadReason::MotionBlur,
        Reason::LowConfidence => pb::UnreadReason::LowConfidence,
        Reason::Grammar => pb::UnreadReason::Grammar,
    }
}

fn character(read: &RawCharacter) -> pb::PlateCharacter {
    let alternative = |&(character, probability): &(char, f32)| pb::PlateAlternative {
        character: character.to_string(),
        probability,
    };
    pb::PlateCharacter {
        character: read.character.to_string(),
        probability: read.probability,
        alternatives: read.alternatives.iter().map(alternative).collect(),
    }
}

/// Printed in the lines that were seen, else in the likeliest ones of its syntax.
fn plate_match(found: &Match<'_>, seen: Option<Lines>) -> pb::PlateMatch {
    let lines = seen.or_else(|| found.syntax.lines().next());
    pb::PlateMatch {
        country: found.syntax.country.clone(),
        syntax: found.syntax.id.clone(),
        kind: found.syntax.kind.name().to_owned(),
        text: found.text.clone(),
        display: lines.and_then(|lines| found.display(lines)).unwrap_or_default(),
        corrections: found.corrections.iter().map(correction).collect(),
        contradictions: u32::from(found.contradictions),
        confirmed_syntax: found.syntax.confirmed,
    }
}

fn correction(correction: &Correction) -> pb::PlateCorrection {
    pb::PlateCorrection {
        place: u32::try_from(correction.place).unwrap_or(u32::MAX),
        from: correction.from.to_string(),
        to: correction.to.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plates::{Look, Measures, ReadSettings, Tally, grammar};
    use vision::FramePoint;

    use super::*;

    fn look(seconds: u64, text: &str, probability: f32) -> Look {
        let mut read = RawRead { lines: Some(Lines::Two), ..RawRead::from(text) };
        read.characters.iter_mut().for_each(|character| character.probability = probability);
        let width_px = 100.0 + seconds as f32;
        let measures = Measures {
            width_px,
            height_px: 70.0,
            edge_px: 2.0,
            edge_frame_px: 2.0,
            washed_out: 0.0,
            contrast: 120.0,
            brightness: 130.0,
        };
        Look {
            at: Duration::from_secs(seconds),
            corners: [FramePoint { x: 0.0, y: 0.0 }; 4],
            measures,
            read,
            complete: 1.0,
        }
    }

    #[test]
    fn a_read_is_told_with_its_country_and_as_printed() {
        let mut tally = Tally::new(ReadSettings::default());
        for look in [look(0, "29B123456", 0.9), look(1, "29B123456", 0.95)] {
            assert!(tally.found(look.measures.width_px));
            tally.add(look);
        }
        let told = plate_read(&tally.outcome(grammar::all()));
        assert_eq!(
            (told.status(), told.reason()),
            (pb::PlateStatus::Confirmed, pb::UnreadReason::Unspecified)
        );
        assert_eq!((told.raw.as_str(), told.lines, told.looks, told.agreeing), ("29B123456", 2, 2, 2));
        assert_eq!((told.characters.len(), told.width_px, told.searches), (9, 101.0, 2));
        let first = &told.matches[0];
        assert_eq!((first.country.as_str(), first.kind.as_str()), ("VN", "motorcycle"));
        assert_eq!(first.display, ["29-B1", "234.56"]);
    }

    #[test]
    fn what_was_not_read_is_told_with_its_reason() {
        let mut tally = Tally::new(ReadSettings::default());
        tally.found_none();
        let told = plate_read(&tally.outcome(grammar::all()));
        assert_eq!((told.status(), told.reason()), (pb::PlateStatus::Rejected, pb::UnreadReason::NoPlate));
        assert_eq!((told.raw.as_str(), told.confidence, told.searches), ("", 0.0, 1));
    }
}
