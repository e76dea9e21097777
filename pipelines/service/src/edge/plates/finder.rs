use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use detect::Points;
use engine::Wait;
use models::Task;
use plates::Look;
use proto::v1 as pb;
use vision::{FrameBox, FramePoint, FrameRect, Planes};

use crate::edge::Detector;
use crate::edge::detector::{DetectError, Lens};
use crate::readers::{PlateReader, ReadError};

/// A little of the surroundings: a plate may reach over its vehicle's box.
const SURROUNDINGS: f32 = 0.05;

/// A plate that is wider is lettering: a share of its vehicle's width, which may be cut by the frame's border.
const WIDEST_SHARE: f32 = 0.75;

/// Why nobody knows what plate there is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    #[error("no plate was sought")]
    Locate(#[from] DetectError),
    #[error("no plate was read")]
    Read(#[from] ReadError),
}

/// The models of one camera's plates.
pub(super) struct Finder {
    locator: Detector,
    reader: PlateReader,
    /// Around a plate, as a share of its size.
    margin: f32,
    /// For frames of the size at hand.
    lens: Option<Lens>,
}

impl Finder {
    pub(super) fn new(locator: Detector, reader: PlateReader, margin: f32) -> anyhow::Result<Self> {
        let card = locator.card();
        ensure!(
            card.task == Task::DetectPlate,
            "model `{}` is for the task `{}`, expected `{}`",
            card.id,
            card.task,
            Task::DetectPlate
        );
        Ok(Self { locator, reader, margin, lens: None })
    }

    pub(super) fn models(&self) -> Vec<pb::ModelUse> {
        vec![self.locator.model_use(), self.reader.model_use()]
    }

    /// Corners of the plate of `vehicle`, in frame pixels, as it is read; not those of a `nearer` vehicle in front of it.
    pub(super) fn locate(
        &mut self,
        planes: &Arc<dyn Planes>,
        vehicle: &FrameBox,
        nearer: &[FrameBox],
        wait: Wait,
    ) -> Result<Option<[FramePoint; 4]>, SearchError> {
        let view = planes.view();
        let lens = match self.lens.take().filter(|lens| lens.fits(&view)) {
            Some(lens) => lens,
            None => self.locator.lens(&view)?,
        };
        let whole = self.lens.insert(lens);
        let area = vehicle.grown(SURROUNDINGS).clipped(view.size());
        let region = FrameRect::covering(&area, view.size()).unwrap_or(FrameRect::whole(view.size()));
        let mut lens = whole.on_region(region)?;
        let found = lens.look(Arc::clone(planes), self.locator.card().min_score, wait)?;
        let plates = found.iter().filter_map(|detection| match detection.points {
            Points::Corners(corners) => Some((detection.score, corners)),
            Points::None | Points::Landmarks(_) => None,
        });
        let own = plates.filter(|(_, corners)| is_plate_of(vehicle, nearer, corners));
        let best = own.reduce(|best, other| if best.0 < other.0 { other } else { best });
        Ok(best.map(|(_, corners)| corners))
    }

    /// What the plate with these `corners` says, in a frame taken at `at`.
    pub(super) fn read(
        &self,
        planes: &Arc<dyn Planes>,
        corners: &[FramePoint; 4],
        at: Duration,
        wait: Wait,
    ) -> Result<Option<Look>, SearchError> {
        let left = wait.limit.saturating_sub(wait.born.elapsed());
        Ok(self.reader.look(&planes.view(), corners, self.margin, at, Some(left))?)
    }
}

/// Whether the quadrangle has a plate's shape and place on `vehicle`.
fn is_plate_of(vehicle: &FrameBox, nearer: &[FrameBox], corners: &[FramePoint; 4]) -> bool {
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.x, sum.1 + corner.y));
    let centre = FramePoint { x: sum.0 / 4.0, y: sum.1 / 4.0 };
    let holds = |area: &FrameBox| {
        (area.x0()..area.x1()).contains(&centre.x) && (area.y0()..area.y1()).contains(&centre.y)
    };
    let [width, _] = plates::extent(corners);
    plates::is_plate_shaped(corners)
        && width <= WIDEST_SHARE * vehicle.width()
        && holds(vehicle)
        && !nearer.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x0: f32, y0: f32, x1: f32, y1: f32) -> FrameBox {
        FrameBox::new(x0, y0, x1, y1).expect("valid")
    }

    fn at(x: f32, y: f32, width: f32, height: f32) -> [FramePoint; 4] {
        [(x, y), (x + width, y), (x + width, y + height), (x, y + height)].map(|(x, y)| FramePoint { x, y })
    }

    #[test]
    fn a_plate_is_on_its_own_vehicle_and_no_lettering() {
        let vehicle = area(100.0, 100.0, 400.0, 300.0);
        assert!(is_plate_of(&vehicle, &[], &at(200.0, 240.0, 90.0, 20.0)));
        assert!(!is_plate_of(&vehicle, &[], &at(110.0, 120.0, 280.0, 60.0)), "across the lorry");
        assert!(!is_plate_of(&vehicle, &[], &at(200.0, 240.0, 20.0, 40.0)), "a badge");
        assert!(!is_plate_of(&vehicle, &[], &at(420.0, 240.0, 90.0, 20.0)), "beside it");
        let in_front = area(180.0, 200.0, 320.0, 380.0);
        assert!(!is_plate_of(&vehicle, &[in_front], &at(200.0, 240.0, 90.0, 20.0)), "of the one in front");
    }
}
