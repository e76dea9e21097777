//! How a camera sees the ground and the light: `ground`, `pose`, `light`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::shapes;
use crate::cursor::{Item, Table};
use crate::quadrangle::{Horizon, QuadrangleFault};
use crate::{Ground, LightBounds, Pose, PoseUncertainty};

const EXPECTED_IMAGE: &str = "a list of 4 points [x, y] of the picture";
const EXPECTED_METRES: &str = "a list of 4 places [x, y] in metres";
/// Farther is no place in a picture.
const METRES: RangeInclusive<f64> = -100_000.0..=100_000.0;

/// As `scene::PoseUncertainty`.
const UNCERTAINTY: PoseUncertainty = PoseUncertainty {
    position_m: 5.0,
    height_m: 0.2,
    heading_deg: 3.0,
    tilt_deg: 1.0,
    field_of_view_deg: 2.0,
    point: 0.01,
};

/// As `scene::LightSettings`.
const LIGHT: LightBounds = LightBounds {
    night_below: 50.0,
    day_above: 70.0,
    infrared_below: 2.0,
    colour_above: 4.0,
    hold: Duration::from_secs(1),
    settle: Duration::from_secs(3),
};
const LEVELS: RangeInclusive<f64> = 0.0..=255.0;
const SPELLS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);

/// `ground`, and the horizon that it implies.
pub(super) fn ground(table: &Table<'_>) -> Option<(Ground, Horizon)> {
    let (image_item, metres_item) = (table.get("image"), table.get("metres"));
    let image = table.need("image", EXPECTED_IMAGE, image);
    let metres = table.need("metres", EXPECTED_METRES, metres);
    let (image, metres) = (image?, metres?);
    let exact = |[x, y]: [f32; 2]| [f64::from(x), f64::from(y)];
    let image_points = image.map(|point| exact([point.x, point.y]));
    let line = |item: Option<Item<'_>>, points: [usize; 3]| {
        let [a, b, c] = points.map(|point| point + 1);
        item?.problem(format_args!("points {a}, {b} and {c} lie on one line, expected a quadrangle"))
    };
    match Horizon::of(image_points, metres.map(exact)) {
        Ok(horizon) => Some((Ground { image, metres }, horizon)),
        Err(QuadrangleFault::ImageLine(points)) => line(image_item, points),
        Err(QuadrangleFault::GroundLine(points)) => line(metres_item, points),
        Err(QuadrangleFault::Order(first, second)) => metres_item?.problem(format_args!(
            "points {} and {} would lie on different sides of the horizon, expected the places in the order of `image`",
            first + 1,
            second + 1
        )),
    }
}

fn image(item: &Item<'_>) -> Option<[crate::Point; 4]> {
    let [a, b, c, d] = item.exactly(EXPECTED_IMAGE)?.map(|point| shapes::point(&point));
    Some([a?, b?, c?, d?])
}

fn metres(item: &Item<'_>) -> Option<[[f32; 2]; 4]> {
    let place = |item: Item<'_>| {
        let [x, y] = item.exactly("a place [x, y] in metres")?.map(|value| value.fraction(METRES));
        Some([x?, y?])
    };
    let [a, b, c, d] = item.exactly(EXPECTED_METRES)?.map(place);
    Some([a?, b?, c?, d?])
}

pub(super) fn pose(table: &Table<'_>) -> Option<Pose> {
    let height_m = table.need("height-m", "metres above the ground", |item| item.number(0.1..=1000.0));
    let tilt_deg = table.need("tilt-deg", "degrees below the horizon", |item| item.number(-45.0..=90.0));
    let field_of_view_deg =
        table.need("field-of-view-deg", "degrees across the picture", |item| item.number(1.0..=179.0));
    let uncertainty = table.or("uncertainty", UNCERTAINTY, |item| item.table(uncertainty));
    Some(Pose {
        height_m: height_m?,
        tilt_deg: tilt_deg?,
        field_of_view_deg: field_of_view_deg?,
        uncertainty: uncertainty?,
    })
}

fn uncertainty(table: &Table<'_>) -> Option<PoseUncertainty> {
    let deviation = |key, default, most: f64| table.or(key, default, |item| item.number(0.0..=most));
    let position_m = deviation("position-m", UNCERTAINTY.position_m, 999.0);
    let height_m = deviation("height-m", UNCERTAINTY.height_m, 999.0);
    let heading_deg = deviation("heading-deg", UNCERTAINTY.heading_deg, 180.0);
    let tilt_deg = deviation("tilt-deg", UNCERTAINTY.tilt_deg, 90.0);
    let field_of_view_deg = deviation("field-of-view-deg", UNCERTAINTY.field_of_view_deg, 90.0);
    let point = deviation("point", UNCERTAINTY.point, 1.0);
    Some(PoseUncertainty {
        position_m: position_m?,
        height_m: height_m?,
        heading_deg: heading_deg?,
        tilt_deg: tilt_deg?,
        field_of_view_deg: field_of_view_deg?,
        point: point?,
    })
}

pub(super) fn light(camera: &Table<'_>) -> Option<LightBounds> {
    camera.or("light", LIGHT, |item| {
        item.table(|table| {
            let luma = band(table, ("night-below", LIGHT.night_below), ("day-above", LIGHT.day_above));
            let saturation =
                band(table, ("infrared-below", LIGHT.infrared_below), ("colour-above", LIGHT.colour_above));
            let hold = table.or("hold", LIGHT.hold, |item| item.duration(SPELLS));
            let settle = table.or("settle", LIGHT.settle, |item| item.duration(SPELLS));
            let ((night_below, day_above), (infrared_below, colour_above)) = (luma?, saturation?);
            Some(LightBounds {
                night_below,
                day_above,
                infrared_below,
                colour_above,
                hold: hold?,
                settle: settle?,
            })
        })
    })
}

/// Two levels of which the first is not above the second.
fn band(table: &Table<'_>, low: (&'static str, f32), high: (&'static str, f32)) -> Option<(f32, f32)> {
    let level = |(key, default)| table.or(key, default, |item: &Item<'_>| item.fraction(LEVELS));
    let (below, above) = (level(low), level(high));
    let (below, above) = (below?, above?);
    if below <= above {
        return Some((below, above));
    }
    // The defaults agree, so one of the two is written.
    match table.get(high.0) {
        Some(item) => item.refuse(format_args!("at least {below} ({})", low.0)),
        None => table.get(low.0)?.refuse(format_args!("at most {above} ({})", high.0)),
    }
}
