//! How a camera looks at the ground and by what light: from its settings to the scene's types, and from a box in its
//! picture to a place on the map.

use std::time::Duration;

use edge_config::{Camera, TrackerKind};
use proto::v1 as pb;
use scene::{CameraPose, GroundPlane, GroundPoint, LightSettings, PoseUncertainty, SceneError, Wgs84};
use track::{Clock, TrackerSettings};
use vision::{FrameBox, SizePx};

use super::rules::point;

/// Detections below are of no use to the tracker's second association (ByteTrack's τ_low).
pub(crate) const LOW_SCORE: f32 = 0.1;

/// ByteTrack starts a track at a score of so much above the one that makes a detection a sure one.
const BYTE_TRACK_START: f32 = 0.1;

/// What the papers give as 30 frames, and SORT's one missed frame at the lowest usual rate, 8 frames a second.
const THIRTY_FRAMES: Duration = Duration::from_secs(1);
const ONE_MISSED_FRAME: Duration = Duration::from_millis(250);

/// A foot nearer to the lower edge of the picture than this, in pixels, may as well be below it.
const EDGE_PX: f32 = 1.0;

/// The tracker of `camera`, whose detections are sure ones from `score` on. The published trackers count frames; here
/// time passes as it does, because a live camera's frames do not come evenly.
pub(super) fn tracker_settings(camera: &Camera, score: f32, class_groups: Vec<Vec<u16>>) -> TrackerSettings {
    let own = TrackerSettings::default();
    let mut settings = match camera.tracker.kind {
        TrackerKind::Cairn => TrackerSettings {
            high_score: score,
            new_track_score: score,
            low_score: LOW_SCORE.min(score),
            ..own
        },
        TrackerKind::Sort => TrackerSettings {
            high_score: score,
            new_track_score: score,
            low_score: score,
            max_lost: ONE_MISSED_FRAME,
            max_lost_tentative: ONE_MISSED_FRAME,
            ..TrackerSettings::sort()
        },
        TrackerKind::ByteTrack => TrackerSettings {
            high_score: score,
            new_track_score: (score + BYTE_TRACK_START).min(1.0),
            low_score: LOW_SCORE.min(score),
            max_lost: THIRTY_FRAMES,
            ..TrackerSettings::byte_track()
        },
        TrackerKind::OcSort => TrackerSettings {
            high_score: score,
            new_track_score: score,
            low_score: score,
            max_lost: THIRTY_FRAMES,
            max_lost_tentative: THIRTY_FRAMES,
            ..TrackerSettings::oc_sort()
        },
    };
    settings.clock = Clock::Times;
    settings.class_groups = class_groups;
    if let Some(max_lost) = camera.tracker.max_lost {
        // Where a tentative track lives as long as a confirmed one, it still does.
        let as_long = settings.max_lost_tentative == settings.max_lost;
        settings.max_lost_tentative =
            if as_long { max_lost } else { settings.max_lost_tentative.min(max_lost) };
        settings.max_lost = max_lost;
    }
    settings.min_hits = camera.tracker.min_hits.unwrap_or(settings.min_hits);
    settings.min_iou = camera.tracker.min_iou.unwrap_or(settings.min_iou);
    settings
}

/// The ground that `camera` sees, where its settings tell.
///
/// # Errors
/// When the four places are no quadrangle.
pub(super) fn ground_plane(camera: &Camera) -> Result<Option<GroundPlane>, SceneError> {
    let Some(ground) = &camera.ground else { return Ok(None) };
    let metres = ground.metres.map(|[x, y]| GroundPoint { x, y });
    GroundPlane::new(ground.image.map(point), metres).map(Some)
}

/// Where `camera` stands and looks, where its settings tell enough of it.
///
/// # Errors
/// When a value is out of its range.
pub(super) fn camera_pose(camera: &Camera) -> Result<Option<CameraPose>, SceneError> {
    let (Some(pose), Some(position), Some(heading_deg)) = (camera.pose, camera.position, camera.heading_deg)
    else {
        return Ok(None);
    };
    let uncertainty = PoseUncertainty {
        position_m: pose.uncertainty.position_m,
        height_m: pose.uncertainty.height_m,
        heading_deg: pose.uncertainty.heading_deg,
        tilt_deg: pose.uncertainty.tilt_deg,
        field_of_view_deg: pose.uncertainty.field_of_view_deg,
        point: pose.uncertainty.point,
    };
    let pose = CameraPose {
        position: Wgs84 { latitude_deg: position.latitude_deg, longitude_deg: position.longitude_deg },
        height_m: pose.height_m,
        heading_deg: f64::from(heading_deg),
        tilt_deg: pose.tilt_deg,
        field_of_view_deg: pose.field_of_view_deg,
        uncertainty,
    };
    pose.check()?;
    Ok(Some(pose))
}

pub(super) fn light_settings(camera: &Camera) -> LightSettings {
    let light = camera.light;
    LightSettings {
        night_below: light.night_below,
        day_above: light.day_above,
        infrared_below: light.infrared_below,
        colour_above: light.colour_above,
        hold: light.hold,
        settle: light.settle,
    }
}

/// Where the object in `bbox` of a picture of `size` stands; `None` on the horizon, above it, and where the picture
/// ends above the object's foot.
pub(super) fn location(pose: &CameraPose, bbox: &FrameBox, size: SizePx) -> Option<pb::Location> {
    let foot = bbox.clipped(size).foot();
    if size.height as f32 - EDGE_PX < foot.y {
        return None;
    }
    let located = pose.locate(foot.normalised(size), size)?;
    Some(pb::Location {
        latitude_deg: located.position.latitude_deg,
        longitude_deg: located.position.longitude_deg,
        uncertainty_m: located.uncertainty_m as f32,
    })
}

#[cfg(test)]
mod tests;
