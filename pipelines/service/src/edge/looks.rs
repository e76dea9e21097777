//! How a camera looks at its frames: at the whole of each and, where its rules ask for objects that are too small for
//! that, again at tiles of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use detect::Detection;
use edge_config::{Camera, Tiles};
use engine::Wait;
use scene::{MotionGrid, Tiling};
use vision::{FrameBox, FrameRect, FrameView, Planes, SizePx};

use super::Detector;
use super::detector::{DetectError, Lens};

/// A tile in which nothing moves is looked at this often all the same: what was missed, or stood still when the camera
/// came up, is found then.
const QUIET_PERIOD: Duration = Duration::from_millis(500);

/// A box that comes nearer than this to the inner border of a tile may be part of an object; in input pixels.
const BORDER_PX: f32 = 2.0;

/// More than this is not a closer look but another camera's worth of work.
const MAX_TILES: usize = 16;

/// What the rules of a camera ask for that a look at the whole frame may not show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SmallObjects {
    /// Height of the smallest, in frame pixels.
    smallest_px: f32,
    /// Rows in which they may be, as fractions of the frame's height.
    band: (f32, f32),
    tiles: Tiles,
}

/// A camera's looks at frames of one size and format.
pub(crate) struct Looks {
    whole: Lens,
    tiles: Vec<Tile>,
    which: Tiles,
    motion: MotionGrid,
    /// Rows that the tiles cover.
    rows: std::ops::Range<u32>,
}

struct Tile {
    region: FrameRect,
    lens: Lens,
    /// Boxes nearer than this to an inner border are left to others; in frame pixels.
    border_px: f32,
    /// When it was looked at last.
    looked: Option<Duration>,
}

/// What was found in one frame.
#[derive(Debug)]
pub(crate) struct Found {
    /// In frame pixels.
    pub(crate) detections: Vec<Detection>,
    /// Why a tile that was due was not looked at, nor any after it.
    pub(crate) tile_missed: Option<DetectError>,
}

/// One frame to look at.
pub(crate) struct Sighted<'a> {
    pub(crate) planes: Arc<dyn Planes>,
    /// When it was taken; `None` for a picture that has no frame before it.
    pub(crate) at: Option<Duration>,
    /// What is followed, in frame pixels.
    pub(crate) followed: &'a [FrameBox],
}

impl SmallObjects {
    /// What the rules of `camera` ask for.
    pub(crate) fn of(camera: &Camera) -> Option<Self> {
        let smallest_px = camera.smallest_px()?;
        let edge_config::SmallObjects { horizon, tiles } = camera.small_objects;
        Some(Self { smallest_px: smallest_px as f32, band: horizon, tiles })
    }

    /// The tiles that a model needs which finds objects of `least_px` input pixels, when `scale` input pixels show one
    /// frame pixel in a look at the whole `frame`, and its input holds `input`.
    fn tiles(&self, frame: SizePx, input: SizePx, scale: f32, least_px: f32) -> Vec<FrameRect> {
        let needed = least_px / self.smallest_px;
        if needed <= scale {
            return Vec::new();
        }
        let side = |input: u32| ((input as f32 / needed) as u32).max(1);
        let tiling = Tiling {
            band: self.band,
            tile: SizePx::new(side(input.width), side(input.height)),
            // Anything larger is found in the look at the whole frame.
            overlap_px: (least_px / scale).ceil() as u32,
        };
        tiling.over(frame)
    }
}

impl Looks {
    /// Looks through `detector` at frames like `view`.
    ///
    /// # Errors
    /// As [`Detector::lens`].
    pub(crate) fn new(
        detector: &Detector,
        view: &FrameView<'_>,
        small: Option<SmallObjects>,
    ) -> Result<Self, DetectError> {
        let whole = detector.lens(view)?;
        let frame = view.size();
        let least_px = detector.smallest_px();
        let regions =
            small.map_or_else(Vec::new, |small| small.tiles(frame, whole.input(), whole.scale(), least_px));
        if MAX_TILES < regions.len() {
            tracing::warn!(
                %frame,
                model = detector.card().id,
                tiles = regions.len(),
                most = MAX_TILES,
                "objects as small as a rule asks for need too many tiles: no tile is looked at; \
                 raise `smallest-px`, narrow `horizon`, or take a larger `input-size`"
            );
        }
        let regions = if regions.len() <= MAX_TILES { regions } else { Vec::new() };
        let rows = regions.iter().map(|region| region.y).min().unwrap_or(0)
            ..regions.iter().map(|region| region.y + region.height).max().unwrap_or(0);
        let tiles = regions.into_iter().map(|region| {
            let lens = whole.on_region(region)?;
            Ok(Tile { region, border_px: BORDER_PX / lens.scale(), lens, looked: None })
        });
        Ok(Self {
            tiles: tiles.collect::<Result<_, DetectError>>()?,
            whole,
            which: small.map_or(Tiles::All, |small| small.tiles),
            motion: MotionGrid::default(),
            rows,
        })
    }

    /// Whether these were made for frames like `view`.
    pub(crate) fn fit(&self, view: &FrameView<'_>) -> bool {
        self.whole.fits(view)
    }

    /// The look at the whole frame.
    pub(crate) fn whole(&self) -> &Lens {
        &self.whole
    }

    /// How long the latest frame waited in the session's queue, over all looks at it.
    pub(crate) fn take_waited(&mut self) -> Duration {
        let lenses = std::iter::once(&mut self.whole).chain(self.tiles.iter_mut().map(|tile| &mut tile.lens));
        lenses.map(Lens::take_waited).sum()
    }

    /// What is in one frame, all looks at it together waiting for the session as long as `wait` says. A tile that gets no
    /// answer costs nothing of what was seen before it, and is due again in the next frame.
    ///
    /// # Errors
    /// As [`Lens::look`], for the look at the whole frame.
    pub(crate) fn look(
        &mut self,
        frame: &Sighted<'_>,
        min_score: f32,
        wait: Wait,
    ) -> Result<Found, DetectError> {
        let begun = Instant::now();
        let whole = self.whole.look(Arc::clone(&frame.planes), min_score, wait)?;
        if self.tiles.is_empty() {
            return Ok(Found { detections: whole, tile_missed: None });
        }
        let size = frame.planes.view().size();
        if self.which == Tiles::Moving {
            self.motion.update(&frame.planes.view(), self.rows.clone());
        }
        let mut looks = vec![whole];
        let mut tile_missed = None;
        for tile in &mut self.tiles {
            if self.which == Tiles::Moving && !is_due(tile.region, tile.looked, frame, &self.motion) {
                continue;
            }
            let left = Wait { limit: wait.limit.saturating_sub(begun.elapsed()), ..wait };
            let mut found = match tile.lens.look(Arc::clone(&frame.planes), min_score, left) {
                Ok(found) => found,
                Err(error) => {
                    tile_missed = Some(error);
                    break;
                }
            };
            tile.looked = frame.at;
            found.retain(|detection| !tile.region.may_cut(&detection.bbox, size, tile.border_px));
            looks.push(found);
        }
        Ok(Found { detections: detect::merge_looks(&looks), tile_missed })
    }
}

/// Whether a tile over `region` that was `looked` at then is to be looked at again.
fn is_due(region: FrameRect, looked: Option<Duration>, frame: &Sighted<'_>, motion: &MotionGrid) -> bool {
    let (Some(at), Some(looked)) = (frame.at, looked) else { return true };
    looked + QUIET_PERIOD <= at
        || motion.moved_in(region)
        || frame.followed.iter().any(|followed| region.touches(followed))
}

#[cfg(test)]
mod tests;
