//! `cairn.v1.Box`: state of the box, of its cameras and models, and a look through either.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proto::v1 as pb;
use proto::v1::box_service_server::BoxService as BoxApi;
use tonic::{Code, Request, Response, Status};
use vision::{Picture, PictureLimits, Planes, SizePx};

use super::picture_thread::PictureThread;
use super::status::{of_detect, of_feedback, of_picture, of_why_not};
use crate::edge::{BoxState, Detector, feedback, millis, not_ready, why_not};
use crate::machine;

/// Larger pictures are refused by their header: 16 megapixels decode to 48 MB.
const MAX_PICTURE: SizePx = SizePx::new(8192, 8192);
const MAX_PICTURE_PX: u64 = 16 << 20;

/// A request waits this long for a session at most.
const DETECT_LIMIT: Duration = Duration::from_secs(5);

const SNAPSHOT_QUALITY: u8 = 85;

pub(crate) struct BoxService {
    state: Arc<BoxState>,
    pictures: PictureThread,
}

impl BoxService {
    pub(crate) fn new(state: Arc<BoxState>) -> std::io::Result<Self> {
        Ok(Self { state, pictures: PictureThread::spawn("pictures")? })
    }

    /// Refusals for want of room are counted wherever they come from.
    fn counted(&self, status: Status) -> Status {
        if status.code() == Code::ResourceExhausted {
            self.state.requests_refused.fetch_add(1, Ordering::Relaxed);
        }
        status
    }

    async fn detections(&self, request: pb::DetectRequest) -> Result<pb::DetectResponse, Status> {
        let pb::DetectRequest { picture, model, min_score } = request;
        let detector = self.detector(&model)?;
        if !(0.0..=1.0).contains(&min_score) {
            return Err(Status::invalid_argument(format!("min_score: got {min_score}, expected 0 to 1")));
        }
        let floor = if min_score == 0.0 { detector.card().min_score } else { min_score };
        let limits = PictureLimits { size: MAX_PICTURE, pixels: MAX_PICTURE_PX };
        let decoded = self.pictures.run(move || Picture::decode(&picture, limits)).await?;
        let planes: Arc<dyn Planes> = Arc::new(decoded.map_err(|error| of_picture("picture", &error))?);
        let size = planes.view().size();
        let found = detector
            .detect_async(planes, floor, DETECT_LIMIT.into())
            .await
            .map_err(|error| of_detect(&error))?;
        let detections = found
            .iter()
            .map(|detection| pb::Detection {
                object_class: detector.class_name(detection.class).to_owned(),
                score: detection.score,
                x0: detection.bbox.x0(),
                y0: detection.bbox.y0(),
                x1: detection.bbox.x1(),
                y1: detection.bbox.y1(),
            })
            .collect();
        Ok(pb::DetectResponse {
            width_px: size.width,
            height_px: size.height,
            detections,
            model: Some(detector.model_use()),
        })
    }

    fn detector(&self, model: &str) -> Result<&Detector, Status> {
        self.state.detector(model).ok_or_else(|| {
            let loaded: Vec<&str> = self.state.detectors.iter().map(|d| d.card().id.as_str()).collect();
            Status::failed_precondition(format!(
                "model: `{model}` is not loaded; loaded are [{}]",
                loaded.join(", ")
            ))
        })
    }
}

#[tonic::async_trait]
impl BoxApi for BoxService {
    async fn status(&self, _: Request<pb::StatusRequest>) -> Result<Response<pb::StatusResponse>, Status> {
        let state = &self.state;
        let not_ready = not_ready(state);
        let (first_sequence, last_sequence) = state.journal.bounds();
        Ok(Response::new(pb::StatusResponse {
            box_id: state.origin.box_id.clone(),
            site: state.origin.site.clone(),
            version: machine::VERSION.to_owned(),
            boot_id: state.origin.boot_id.clone(),
            ready: not_ready.is_empty(),
            not_ready,
            journal: Some(pb::JournalStatus { first_sequence, last_sequence }),
            destinations: state
                .destinations()
                .into_iter()
                .map(|destination| pb::DestinationStatus {
                    name: destination.name,
                    state: destination.state.to_string(),
                    last_error: destination.last_error.unwrap_or_default(),
                    sent: destination.sent,
                    settled: destination.settled,
                    in_flight: destination.in_flight,
                    resent: destination.resent,
                    dead_letters: destination.dead_letters,
                })
                .collect(),
            models: state.detectors.iter().flat_map(Detector::statuses).collect(),
            uptime_ms: millis(state.started.elapsed()),
            config_sha256: state.origin.config_sha256.clone(),
            lists: state.lists.statuses(delivery::unix_ns().div_euclid(1_000_000_000)),
        }))
    }

    async fn cameras(&self, _: Request<pb::CamerasRequest>) -> Result<Response<pb::CamerasResponse>, Status> {
        let cameras = self.state.cameras.iter().map(|camera| camera.report()).collect();
        Ok(Response::new(pb::CamerasResponse { cameras }))
    }

    async fn snapshot(
        &self,
        request: Request<pb::SnapshotRequest>,
    ) -> Result<Response<pb::SnapshotResponse>, Status> {
        let id = request.into_inner().camera_id;
        let camera = self
            .state
            .camera(&id)
            .ok_or_else(|| Status::not_found(format!("camera_id: this box has no camera `{id}`")))?;
        let (frame, people) = camera
            .latest_frame()
            .ok_or_else(|| Status::failed_precondition(format!("camera `{id}` has sent no frame yet")))?;
        let clocks = self.state.origin.clocks_of(&frame.clocks);
        let camera = Arc::clone(camera);
        let jpeg = self
            .pictures
            .run(move || {
                let shown = camera.redaction.overview(frame.planes.as_ref(), &people);
                shown.picture.to_jpeg(SNAPSHOT_QUALITY)
            })
            .await
            .map_err(|status| self.counted(status))?
            .map_err(|error| of_picture("snapshot", &error))?;
        Ok(Response::new(pb::SnapshotResponse { jpeg, clocks: Some(clocks) }))
    }

    async fn detect(
        &self,
        request: Request<pb::DetectRequest>,
    ) -> Result<Response<pb::DetectResponse>, Status> {
        self.detections(request.into_inner()).await.map(Response::new).map_err(|status| self.counted(status))
    }

    async fn why_not(
        &self,
        request: Request<pb::WhyNotRequest>,
    ) -> Result<Response<pb::WhyNotResponse>, Status> {
        let answer = why_not(&self.state, request.get_ref()).await;
        answer.map(Response::new).map_err(|error| self.counted(of_why_not(&error)))
    }

    async fn feedback(
        &self,
        request: Request<pb::FeedbackRequest>,
    ) -> Result<Response<pb::FeedbackResponse>, Status> {
        let answer = feedback(&self.state, request.get_ref()).await;
        answer.map(Response::new).map_err(|error| self.counted(of_feedback(&error)))
    }
}
