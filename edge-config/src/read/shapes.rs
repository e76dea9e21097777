use super::ids::Ids;
use crate::cursor::{Item, Table};
use crate::polygon::{self, PolygonFault};
use crate::{Line, Point, Zone};

const MAX_CORNERS: usize = 64;
const EXPECTED_POINT: &str = "a point [x, y]";
const EXPECTED_POLYGON: &str = "a list of 3 to 64 points [x, y]";

pub(super) fn zone(table: &Table<'_>, ids: &mut Ids) -> Option<Zone> {
    let id = ids.id_of(table);
    let polygon = table.need("polygon", EXPECTED_POLYGON, polygon);
    Some(Zone { id: id?, polygon: polygon? })
}

pub(super) fn line(table: &Table<'_>, ids: &mut Ids) -> Option<Line> {
    let id = ids.id_of(table);
    let ends = ends(table);
    let (from, to) = ends?;
    Some(Line { id: id?, from, to })
}

/// `from` and `to`, which differ.
pub(super) fn ends(table: &Table<'_>) -> Option<(Point, Point)> {
    let from = table.need("from", EXPECTED_POINT, point);
    let to = table.need("to", EXPECTED_POINT, |item| {
        let to = point(item)?;
        if from == Some(to) { item.problem("same point as `from`, expected another one") } else { Some(to) }
    });
    Some((from?, to?))
}

pub(super) fn point(item: &Item<'_>) -> Option<Point> {
    let [x, y] = item.exactly(EXPECTED_POINT)?.map(|value| value.fraction(0.0..=1.0));
    Some(Point { x: x?, y: y? })
}

fn polygon(item: &Item<'_>) -> Option<Vec<Point>> {
    let corners = item.items(EXPECTED_POLYGON)?;
    if !(3..=MAX_CORNERS).contains(&corners.len()) {
        return item.problem(format_args!("got a list of {}, expected {EXPECTED_POLYGON}", corners.len()));
    }
    // Every corner is read before one of them gives up.
    let points: Vec<Option<Point>> = corners.iter().map(point).collect();
    let points: Vec<Point> = points.into_iter().collect::<Option<_>>()?;
    let Some(fault) = polygon::fault(&points) else { return Some(points) };
    match fault {
        PolygonFault::Repeated(corner) => {
            corners[corner].problem("same point as the one before it, expected each corner once")
        }
        PolygonFault::Closed => corners[corners.len() - 1]
            .problem("same point as the first, expected each corner once: the polygon closes by itself"),
        PolygonFault::NoArea => item.problem("the points enclose no area, expected a polygon that does"),
        PolygonFault::Crossing(first, second) => {
            let side = |from: usize| format!("points {from} and {}", (from + 1) % points.len());
            item.problem(format_args!(
                "the side between {} meets the side between {}, expected a polygon that does not cross itself",
                side(first),
                side(second),
            ))
        }
    }
}
