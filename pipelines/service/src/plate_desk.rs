//! Reads plates in pictures that callers send, by the code of the lanes: locate, rectify, read, hold against lists.
//!
//! Everything here blocks and computes; it runs on a named thread. A request's deadline is looked at before each stage,
//! and bounds every wait for a session.

use std::sync::Arc;
use std::time::{Duration, Instant};

use detect::{Detection, Points};
use plates::{ReadSettings, Status, Tally, grammar};
use proto::v1 as pb;
use vision::{FramePoint, NormPoint, Picture, PictureLimits, Planes as _, SizePx, VisionError};

use crate::edge::{DetectError, Detector};
use crate::lists::Lists;
use crate::plate_read::{plate_read, unread_reason};
use crate::readers::{PlateReader, ReadError};

/// Larger pictures are refused by their header: 16 megapixels decode to 48 MB, and to 128 MB with 16 bits a channel.
pub(crate) const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(8192, 8192), pixels: 16 << 20 };

/// What a box has to say of its plate reader.
pub(crate) enum Desk {
    /// The configuration asks for none.
    Absent,
    /// It did not load, and why.
    Failed(String),
    Open(Arc<PlateDesk>),
}

/// A locator and a reader, for callers from outside.
pub(crate) struct PlateDesk {
    locator: Detector,
    reader: PlateReader,
    settings: edge_config::PlateReader,
}

/// Where a plate is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sought {
    /// Anywhere.
    Anywhere,
    /// It fills the picture.
    Whole,
    /// Here, in fractions of the picture.
    Here([NormPoint; 4]),
}

/// A picture and what is asked of it.
pub(crate) struct Question {
    pub(crate) picture: Vec<u8>,
    pub(crate) sought: Sought,
    pub(crate) max_plates: usize,
    pub(crate) min_confidence: Option<f32>,
    /// For the validity of lists' entries.
    pub(crate) taken_unix_s: i64,
    pub(crate) arrived: Instant,
    /// No stage begins later.
    pub(crate) until: Instant,
}

/// Why a picture was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    #[error("picture")]
    Picture(#[source] VisionError),
    #[error(
        "corners: those of no plate, expected top left, top right, bottom right and bottom left of a convex one"
    )]
    Corners,
    #[error("the deadline had passed before the picture could be {0}")]
    Late(&'static str),
    #[error("could not look for plates")]
    Locate(#[source] DetectError),
    #[error("could not read a plate")]
    Read(#[source] ReadError),
}

impl PlateDesk {
    pub(crate) const fn new(
        locator: Detector,
        reader: PlateReader,
        settings: edge_config::PlateReader,
    ) -> Self {
        Self { locator, reader, settings }
    }

    /// Requests at once.
    pub(crate) const fn queue(&self) -> usize {
        self.settings.queue
    }

    /// How long a request may take.
    pub(crate) const fn deadline(&self) -> Duration {
        self.settings.deadline
    }

    /// Reads one picture.
    ///
    /// # Errors
    /// [`DeskError`].
    pub(crate) fn answer(&self, question: &Question, lists: &Lists) -> Result<pb::ReadResponse, DeskError> {
        let begun = Instant::now();
        let left =
            |stage| question.until.checked_duration_since(Instant::now()).ok_or(DeskError::Late(stage));
        left("decoded")?;
        let picture = Arc::new(Picture::decode(&question.picture, LIMITS).map_err(DeskError::Picture)?);
        let size = picture.size();
        let decoded = Instant::now();

        let (width, height) = (size.width as f32, size.height as f32);
        let at = |x: f32, y: f32| FramePoint { x: x * width, y: y * height };
        let found: Vec<[FramePoint; 4]> = match question.sought {
            Sought::Whole => vec![[at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)]],
            Sought::Here(corners) => vec![corners.map(|corner| at(corner.x, corner.y))],
            // No plate in it could be wide enough.
            Sought::Anywhere if size.width < self.settings.min_width_px => Vec::new(),
            Sought::Anywhere => self.locate(&picture, left("searched")?)?,
        };
        let located = Instant::now();

        let settings = ReadSettings {
            min_width_px: self.settings.min_width_px as f32,
            min_confidence: question.min_confidence.unwrap_or(self.settings.min_confidence),
            only_grammars: self.settings.known_countries_only,
            ..ReadSettings::default()
        };
        let mut plates = Vec::new();
        for corners in found.iter().take(question.max_plates) {
            let mut tally = Tally::new(settings);
            if tally.found(mean_width(corners)) {
                let margin = self.settings.margin * f32::from(u8::from(question.sought == Sought::Anywhere));
                let look =
                    self.reader.look(&picture.view(), corners, margin, Duration::ZERO, Some(left("read")?));
                match look.map_err(DeskError::Read)? {
                    Some(look) => {
                        tally.add(look);
                    }
                    None if matches!(question.sought, Sought::Here(_)) => return Err(DeskError::Corners),
                    // A locator's corners that cross each other: found, and never read.
                    None => {}
                }
            }
            let outcome = tally.outcome(grammar::all());
            let mut told = plate_read(&outcome);
            told.corners = corners
                .iter()
                .map(|corner| pb::PlateCorner { x: corner.x / width, y: corner.y / height })
                .collect();
            if let Some(vote) = &outcome.vote {
                lists.note(&mut told, &vote.read, question.taken_unix_s);
            }
            plates.push((outcome.status, told));
        }
        let done = Instant::now();

        let is_read = |status: &Status| !matches!(status, Status::Rejected(_));
        let reason = match plates.first() {
            _ if plates.iter().any(|(status, _)| is_read(status)) => pb::UnreadReason::Unspecified,
            Some((Status::Rejected(reason), _)) => unread_reason(*reason),
            _ if size.width < self.settings.min_width_px => pb::UnreadReason::TooSmall,
            _ => pb::UnreadReason::NoPlate,
        };
        let ms = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f32() * 1000.0;
        Ok(pb::ReadResponse {
            width_px: size.width,
            height_px: size.height,
            left_out: found.len().saturating_sub(plates.len()) as u32,
            plates: plates.into_iter().map(|(_, told)| told).collect(),
            reason: reason.into(),
            locator: (question.sought == Sought::Anywhere).then(|| self.locator.model_use()),
            reader: Some(self.reader.model_use()),
            times: Some(pb::ReadTimes {
                queued_ms: ms(question.arrived, begun),
                decode_ms: ms(begun, decoded),
                locate_ms: ms(decoded, located),
                read_ms: ms(located, done),
            }),
        })
    }

    /// Corners of the plates in `picture`, the surest first.
    fn locate(&self, picture: &Arc<Picture>, limit: Duration) -> Result<Vec<[FramePoint; 4]>, DeskError> {
        let looked = self.locator.lens(&picture.view()).and_then(|mut lens| {
            lens.look(Arc::clone(picture) as _, self.locator.card().min_score, limit.into())
        });
        let mut detections: Vec<Detection> = looked.map_err(DeskError::Locate)?;
        detections.sort_by(|a, b| b.score.total_cmp(&a.score));
        let corners = detections.iter().filter_map(|detection| match detection.points {
            Points::Corners(corners) => Some(corners),
            Points::None | Points::Landmarks(_) => None,
        });
        Ok(corners.collect())
    }
}

/// Of its upper and lower edge, in pixels.
fn mean_width(&[upper_left, upper_right, lower_right, lower_left]: &[FramePoint; 4]) -> f32 {
    let length = |a: FramePoint, b: FramePoint| (a.x - b.x).hypot(a.y - b.y);
    (length(upper_left, upper_right) + length(lower_left, lower_right)) / 2.0
}
