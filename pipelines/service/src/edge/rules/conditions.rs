//! What a rule asks besides what it waits for.

use edge_config::{MinHeight, Period, Weekday};
use models::Card;
use scene::{Conditions, Profile, Profiles, Schedule, Veto};

use super::{class_indices, n_of_m};

pub(super) fn conditions_of(conditions: &edge_config::Conditions, card: &Card) -> anyhow::Result<Conditions> {
    let veto = conditions.veto.as_ref().map(|veto| {
        let classes = class_indices(card, &veto.classes)?;
        Ok::<_, anyhow::Error>(Veto { classes, max_overlap: veto.max_overlap, max_share: veto.max_share })
    });
    let periods: Vec<scene::Period> = conditions.schedule.iter().map(period).collect();
    Ok(Conditions {
        min_height: conditions.min_height.map(|height| match height {
            MinHeight::Pixels(pixels) => scene::MinHeight::Pixels(pixels),
            MinHeight::Metres(metres) => scene::MinHeight::Metres(metres),
        }),
        min_speed: conditions.min_speed,
        max_speed: conditions.max_speed,
        veto: veto.transpose()?,
        schedule: (!periods.is_empty()).then_some(Schedule { periods }),
        settled: conditions.settled,
        min_class_share: Some(conditions.min_class_share),
    })
}

pub(super) fn profiles_of(profiles: &edge_config::Profiles) -> Profiles {
    let of = |profile: &edge_config::Profile| Profile {
        enabled: profile.enabled,
        confirm: profile.confirm.map(n_of_m),
        min_travel: profile.min_travel,
        min_score: profile.min_score,
    };
    Profiles { day: of(&profiles.day), night: of(&profiles.night), infrared: of(&profiles.infrared) }
}

fn period(period: &Period) -> scene::Period {
    let day = |day: &Weekday| match day {
        Weekday::Monday => scene::Weekday::Monday,
        Weekday::Tuesday => scene::Weekday::Tuesday,
        Weekday::Wednesday => scene::Weekday::Wednesday,
        Weekday::Thursday => scene::Weekday::Thursday,
        Weekday::Friday => scene::Weekday::Friday,
        Weekday::Saturday => scene::Weekday::Saturday,
        Weekday::Sunday => scene::Weekday::Sunday,
    };
    scene::Period { days: period.days.iter().map(day).collect(), from: period.from_min, to: period.to_min }
}
