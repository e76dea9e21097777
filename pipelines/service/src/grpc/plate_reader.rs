//! `cairn.v1.PlateReader`: plates in a picture that the caller sends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::RUN_GRACE;
use proto::v1 as pb;
use proto::v1::plate_reader_server::{PlateReader as PlateReaderApi, PlateReaderServer};
use tonic::{Code, Request, Response, Status};
use vision::NormPoint;

use super::admission::Admission;
use super::oip::Call;
use super::picture_thread::PictureThread;
use super::status::of_desk;
use crate::edge::BoxState;
use crate::plate_desk::{Desk, DeskError, Question, Sought};

/// Largest picture, in bytes.
const MAX_PICTURE_BYTES: usize = 16 << 20;
/// Room for the rest of a request.
const MAX_BESIDE_PICTURE_BYTES: usize = 4096;

const PLATES: u32 = 4;
const MOST_PLATES: u32 = 16;

/// Calls at once where the configuration has no reader: each is refused with its reason.
const CALLS: usize = 4;

pub(super) struct PlateReader {
    state: Arc<BoxState>,
    thread: PictureThread,
}

impl PlateReader {
    /// The service behind its door.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub(super) fn server(state: &Arc<BoxState>) -> std::io::Result<Admission<PlateReaderServer<Self>>> {
        let (calls, limit) = match &state.plate_desk {
            Desk::Open(desk) => (desk.queue(), desk.deadline() + RUN_GRACE),
            Desk::Absent | Desk::Failed(_) => (CALLS, Duration::from_secs(5)),
        };
        let service = Self { state: Arc::clone(state), thread: PictureThread::spawn("plates")? };
        let server = PlateReaderServer::new(service)
            .max_decoding_message_size(MAX_PICTURE_BYTES + MAX_BESIDE_PICTURE_BYTES);
        Ok(Admission::new(server, calls, limit, Arc::clone(&state.requests_refused)))
    }

    async fn answer(&self, request: Request<pb::ReadRequest>) -> Result<pb::ReadResponse, Status> {
        let call = Call::of(&request)?;
        let desk = match &self.state.plate_desk {
            Desk::Open(desk) => Arc::clone(desk),
            Desk::Absent => {
                let reason = "this box reads no pictures: its configuration has no `[plate-reader]`";
                return Err(Status::failed_precondition(reason));
            }
            Desk::Failed(reason) => {
                return Err(Status::failed_precondition(format!("the plate reader did not load: {reason}")));
            }
        };
        if self.state.readiness.is_stopping() {
            return Err(Status::unavailable("the box is stopping"));
        }
        let deadline = call.deadline(desk.deadline(), None);
        let question = question(request.into_inner(), call.arrived, deadline.queued_until)?;
        let lists = Arc::clone(&self.state.lists);
        let work = self.thread.run(move || desk.answer(&question, &lists));
        match tokio::time::timeout_at(deadline.answered_by.into(), work).await {
            Ok(answer) => answer?.map_err(|error| of_desk(&error)),
            Err(_) => Err(of_desk(&DeskError::Late("answered"))),
        }
    }
}

#[tonic::async_trait]
impl PlateReaderApi for PlateReader {
    async fn read(&self, request: Request<pb::ReadRequest>) -> Result<Response<pb::ReadResponse>, Status> {
        self.answer(request).await.map(Response::new).inspect_err(|status| {
            if status.code() == Code::ResourceExhausted {
                self.state.requests_refused.fetch_add(1, Ordering::Relaxed);
            }
        })
    }
}

/// What is asked, if it can be.
fn question(
    request: pb::ReadRequest,
    arrived: std::time::Instant,
    until: std::time::Instant,
) -> Result<Question, Status> {
    let content = pb::PictureContent::try_from(request.content).map_err(|_| {
        Status::invalid_argument(format!("content: got {}, expected a PictureContent", request.content))
    })?;
    let pb::ReadRequest { picture, corners, max_plates, min_confidence, taken_unix_ns, .. } = request;
    if picture.is_empty() {
        return Err(Status::invalid_argument("picture: got no bytes, expected a JPEG or PNG picture"));
    }
    if MAX_PICTURE_BYTES < picture.len() {
        let message = format!("picture: got {} bytes, expected at most {MAX_PICTURE_BYTES}", picture.len());
        return Err(Status::resource_exhausted(message));
    }
    if MOST_PLATES < max_plates {
        let message = format!("max_plates: got {max_plates}, expected at most {MOST_PLATES}");
        return Err(Status::invalid_argument(message));
    }
    if let Some(confidence) = min_confidence.filter(|confidence| !(0.0..=1.0).contains(confidence)) {
        let message = format!("min_confidence: got {confidence}, expected 0 to 1");
        return Err(Status::invalid_argument(message));
    }
    let now = delivery::unix_ns();
    Ok(Question {
        picture,
        sought: sought(content, &corners)?,
        max_plates: if max_plates == 0 { PLATES } else { max_plates } as usize,
        min_confidence,
        taken_unix_s: taken_unix_ns.unwrap_or(now).div_euclid(1_000_000_000),
        arrived,
        until,
    })
}

fn sought(content: pb::PictureContent, corners: &[pb::PlateCorner]) -> Result<Sought, Status> {
    let is_plate = content == pb::PictureContent::Plate;
    match corners {
        [] if is_plate => Ok(Sought::Whole),
        [] => Ok(Sought::Anywhere),
        _ if is_plate => {
            Err(Status::invalid_argument("corners: got some, expected none beside PICTURE_CONTENT_PLATE"))
        }
        [a, b, c, d] => {
            let inside =
                |corner: &pb::PlateCorner| (0.0..=1.0).contains(&corner.x) && (0.0..=1.0).contains(&corner.y);
            if let Some(at) = corners.iter().position(|corner| !inside(corner)) {
                let pb::PlateCorner { x, y } = corners[at];
                let message = format!("corners[{at}]: got ({x}, {y}), expected fractions from 0 to 1");
                return Err(Status::invalid_argument(message));
            }
            Ok(Sought::Here([a, b, c, d].map(|corner| NormPoint { x: corner.x, y: corner.y })))
        }
        _ => {
            let message = format!("corners: got {}, expected four or none", corners.len());
            Err(Status::invalid_argument(message))
        }
    }
}
