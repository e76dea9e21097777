//! From checked settings to a running box, and back down in order.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use capture::{Camera, CameraStatus, ConnectLimit};
use delivery::{DecisionStore, EvidenceStore, Journal};
use edge_config::{Checked, Config, DisabledCamera};
use engine::SessionThread;
use proto::v1 as pb;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::backlog::draft;
use super::best_look::BestLooks;
use super::camera::{Around, CameraThread, status_json};
use super::checkpoint;
use super::checkpoint_writer::CheckpointWriter;
use super::decisions::{DecisionKeeper, QUESTIONS};
use super::event::{CameraOrigin, Origin, camera_state_name};
use super::forwarding::Forwarding;
use super::keeper::Keeper;
use super::limits::Limits;
use super::loading::Loader;
use super::plates::Plates;
use super::resume::{Before, Beginning};
use super::second_look::SecondLooks;
use super::sight::Sight;
use super::state::{BoxState, CameraRecord};
use super::timeline::Now;
use super::{Detector, Readiness, clocks, outlook, requests, rules, settings};
use crate::lists::{Lists, Watcher};
use crate::readers::PersonEmbedder;
use crate::tensors::Lent;

/// Cameras that may connect at the same time: after a power cut all of them want to.
const CONNECTS_IN_FLIGHT: usize = 4;

/// Changes of state that wait for their camera's thread.
const STATUS_QUEUE: usize = 32;

/// How long a step of the stop may take before the next one begins without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopGrace {
    /// For the streams, for the cameras' threads, and for the sessions.
    pub(crate) camera: Duration,
    /// For the destinations to settle.
    pub(crate) drain: Duration,
}

/// A running box without its servers.
pub(crate) struct EdgeBox {
    pub(crate) state: Arc<BoxState>,
    cameras: Vec<RunningCamera>,
    /// Sessions that embed people or read plates.
    crops: Vec<SessionThread>,
    /// Writes checkpoints; where a camera is live.
    checkpoints: Option<JoinHandle<()>>,
    /// Looks at the files of lists; where there are any.
    lists: Option<Watcher>,
    forwarding: Forwarding,
    /// Whether any camera is live: a box of recorded footage says nothing of itself, so that its events depend on the
    /// footage alone.
    live: bool,
}

struct RunningCamera {
    record: Arc<CameraRecord>,
    thread: JoinHandle<()>,
}

impl EdgeBox {
    /// Starts everything but the servers. Each camera's thread holds a clone of `ended` until it ends.
    ///
    /// A camera that cannot be started is disabled by name and the rest goes on.
    ///
    /// # Errors
    /// When the journal, the evidence store, the runtime library or a forwarder cannot be had: without these there is
    /// no box.
    pub(crate) async fn start(
        config_file: &Path,
        checked: Checked,
        ended: mpsc::Sender<()>,
    ) -> anyhow::Result<Self> {
        let Checked { config, disabled, warnings } = checked;
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        capture::init().context("could not start GStreamer")?;
        let origin = origin_of(config_file, &config)?;
        let journal = Journal::open(&config.identity.data_dir, &origin.box_id).with_context(|| {
            format!("could not open the journal in `{}`", config.identity.data_dir.display())
        })?;
        let evidence = EvidenceStore::open(&config.identity.data_dir)?;
        let decisions = DecisionStore::open(&config.identity.data_dir, settings::decision_limits(&config))?;

        let mut loader = Loader::new(&config)?;
        let (plans, mut records) = plan_cameras(&config, &origin, &mut loader);
        records.extend(disabled.iter().map(misconfigured));
        let plate_desk = loader.plate_desk(&config);
        let providers = loader.providers();
        let (detectors, crops) = loader.finish();
        let lent = lent(&config, &detectors)?;
        let lists = Arc::new(Lists::open(&config.lists, &config.identity.data_dir, now_unix_s())?);

        let requests_refused = Arc::<AtomicU64>::default();
        let (handler, requests) = requests::intake(&config, &requests_refused).unzip();
        let forwarding = Forwarding::start(&config, &origin, &journal, handler)?;
        let state = Arc::new(BoxState {
            origin,
            started: Instant::now(),
            journal,
            evidence,
            decisions,
            cameras: records,
            detectors,
            providers,
            destinations: forwarding.statuses(),
            readiness: Readiness::default(),
            subscribers_lagged: AtomicU64::new(0),
            requests_refused,
            lent,
            plate_desk,
            lists,
        });
        if let Some(requests) = requests {
            requests::serve(Arc::clone(&state), requests);
        }
        let live = config.cameras.iter().any(settings::is_live);
        if live {
            state.journal.append(draft(&state.origin.box_status(pb::BoxState::Started)))?;
        }
        let (writer, checkpoints) =
            live.then(|| CheckpointWriter::start(&config.identity.data_dir)).transpose()?.unzip();
        let watcher = (!state.lists.is_empty()).then(|| Watcher::start(Arc::clone(&state.lists), now_unix_s));
        let watcher = watcher.transpose().context("could not start the thread that looks at lists")?;
        let connects = ConnectLimit::new(CONNECTS_IN_FLIGHT);
        let mut cameras = Vec::new();
        for plan in plans {
            let record = Arc::clone(&plan.record);
            let kept = match writer.clone().filter(|_| settings::is_live(plan.camera)) {
                Some(writer) => {
                    let path = writer.path(&plan.camera.id);
                    let before = Before::read(&path, &plan.camera.id, &state.journal).await;
                    Some((writer, before))
                }
                None => None,
            };
            match plan.start(&config, &state, &forwarding, &connects, kept, ended.clone()) {
                Ok(camera) => cameras.push(camera),
                Err(error) => {
                    let reason = format!("{error:#}");
                    tracing::error!(camera = record.id, reason, "camera is disabled");
                    record.disable(reason);
                }
            }
        }
        let edge_box = Self { state, cameras, crops, checkpoints, lists: watcher, forwarding, live };
        edge_box.tell_disabled();
        Ok(edge_box)
    }

    /// Whoever holds the retained state of a camera from its better days has to hear that it is disabled.
    fn tell_disabled(&self) {
        let publish = self.forwarding.camera_status();
        for camera in &self.state.cameras {
            let report = camera.report();
            if report.state() == pb::CameraState::Disabled {
                publish(&camera.id, status_json(&report, None));
            }
        }
    }

    /// What went wrong with recorded footage: a line per camera that was not played to its end, frame by frame.
    pub(crate) fn failures(&self) -> Vec<String> {
        let failure = |camera: &Arc<CameraRecord>| {
            let report = camera.report();
            let unanswered = camera.counts.unanswered.load(Ordering::Relaxed);
            if report.state() != pb::CameraState::Ended {
                let state = camera_state_name(report.state());
                return Some(format!("camera `{}` is {state}: {}", camera.id, report.reason));
            }
            let partly = camera.counts.tiles_missed.load(Ordering::Relaxed);
            match (unanswered, partly) {
                (0, 0) => None,
                (0, _) => {
                    Some(format!("camera `{}`: {partly} frames were not looked at in all tiles", camera.id))
                }
                _ => Some(format!("camera `{}`: {unanswered} frames were not inferred", camera.id)),
            }
        };
        self.state.cameras.iter().filter_map(failure).collect()
    }

    /// Stops in order: not ready, sources, sessions, the journal's last word, delivery. `all_ended` answers when the
    /// last camera's thread has ended. A step that overruns its grace is named in the log and left behind.
    pub(crate) async fn stop(self, grace: StopGrace, all_ended: &mut mpsc::Receiver<()>) {
        let Self { state, cameras, crops, checkpoints, lists, forwarding, live } = self;
        state.readiness.stop();
        std::thread::scope(|scope| {
            for RunningCamera { record, .. } in &cameras {
                let name = format!("stop-{}", record.id);
                let stopped =
                    std::thread::Builder::new().name(name).spawn_scoped(scope, || record.stop(grace.camera));
                if stopped.is_err() {
                    record.stop(grace.camera);
                }
            }
        });
        // No message is ever sent: this ends when the last thread has dropped its end.
        let ended = tokio::time::timeout(grace.camera, all_ended.recv()).await.is_ok();
        for RunningCamera { record, thread } in cameras {
            if !ended && !thread.is_finished() {
                tracing::warn!(camera = record.id, limit = ?grace.camera, "camera thread did not end in time");
            } else if thread.join().is_err() {
                tracing::error!(camera = record.id, "camera thread had panicked");
            }
        }
        // It ends with the last camera's thread; one that did not end in time keeps it.
        if let Some(thread) = checkpoints.filter(|_| ended)
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes checkpoints had panicked");
        }
        drop(lists);
        stop_sessions(state.detectors.clone(), crops, grace.camera).await;
        if live
            && let Err(error) = state.journal.append(draft(&state.origin.box_status(pb::BoxState::Stopping)))
        {
            tracing::error!(error = %error, "journal did not take the stop");
        }
        state.decisions.close();
        forwarding.stop(&state.journal, grace.drain).await;
    }
}

/// Stops the sessions on a thread of their own, and waits for them for `limit` at most.
async fn stop_sessions(detectors: Vec<Detector>, crops: Vec<SessionThread>, limit: Duration) {
    let (done, stopped) = oneshot::channel();
    let stopping = std::thread::Builder::new().name("stop-sessions".to_owned()).spawn(move || {
        detectors.iter().for_each(Detector::stop);
        crops.into_iter().for_each(SessionThread::stop);
        done.send(()).ok();
    });
    match stopping {
        Ok(_) if tokio::time::timeout(limit, stopped).await.is_ok() => {}
        Ok(_) => tracing::warn!(?limit, "a model did not stop in time"),
        Err(error) => tracing::error!(%error, "could not start the thread that stops the models"),
    }
}

/// Everything a camera needs that can fail before it starts.
struct CameraPlan<'a> {
    camera: &'a edge_config::Camera,
    sight: Sight,
    plates: Option<Plates>,
    /// Classes whose objects may become evidence.
    evident: BTreeSet<u16>,
    origin: CameraOrigin,
    record: Arc<CameraRecord>,
}

fn plan_cameras<'a>(
    config: &'a Config,
    origin: &Origin,
    loader: &mut Loader,
) -> (Vec<CameraPlan<'a>>, Vec<Arc<CameraRecord>>) {
    let mut plans = Vec::new();
    let mut records = Vec::new();
    for camera in &config.cameras {
        let parts = loader.detector(camera).and_then(|detector| {
            let second_looks = SecondLooks::of(camera, |model| loader.second(model))?;
            let embedder = camera.appearance.as_ref().map(|model| loader.person_embedder(model));
            let embedder = embedder.transpose()?;
            let evident = rules::classes_of(camera, detector.card())?;
            let limit = settings::inference_limit(config, camera);
            let plates = match &camera.plates {
                Some(asked) => {
                    let (locator, reader) =
                        (loader.second(&asked.locator)?, loader.plate_reader(&asked.reader)?);
                    Some(Plates::of(camera, asked, detector.card(), limit, (locator, reader))?)
                }
                None => None,
            };
            let origin = CameraOrigin {
                origin: origin.clone(),
                camera_id: camera.id.clone(),
                position: settings::position(config, camera),
                pose: outlook::camera_pose(camera)?,
                model: detector.model_use(),
                classes: detector.card().classes.clone(),
                second_models: second_looks.models(),
                appearance_model: embedder.as_ref().map(PersonEmbedder::model_use),
                plate_models: plates.as_ref().map(Plates::models).unwrap_or_default(),
            };
            let sight = Sight::new(camera, detector, limit, None)?
                .with_second_looks(second_looks)
                .with_appearance(embedder)?;
            Ok((sight.at_utc_offset(config.identity.utc_offset_min), plates, evident, origin))
        });
        match parts {
            Ok((sight, plates, evident, origin)) => {
                let redaction = sight.redaction().clone();
                let counts = plates.as_ref().map(Plates::counts);
                let mut record = CameraRecord::supervised(&camera.id, camera.required, redaction);
                record.plates = counts;
                let record = Arc::new(record);
                records.push(Arc::clone(&record));
                plans.push(CameraPlan { camera, sight, plates, evident, origin, record });
            }
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::error!(camera = camera.id, reason, "camera is disabled");
                records.push(Arc::new(CameraRecord::disabled(&camera.id, camera.required, reason)));
            }
        }
    }
    (plans, records)
}

/// A camera whose block in the configuration cannot be used.
fn misconfigured(camera: &DisabledCamera) -> Arc<CameraRecord> {
    for problem in camera.problems.iter() {
        tracing::error!(camera = camera.id, "camera is disabled: {problem}");
    }
    let reason = camera.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Arc::new(CameraRecord::disabled(&camera.id, camera.required, reason))
}

impl CameraPlan<'_> {
    fn start(
        mut self,
        config: &Config,
        state: &BoxState,
        forwarding: &Forwarding,
        connects: &ConnectLimit,
        kept: Option<(CheckpointWriter, Option<Before>)>,
        ended: mpsc::Sender<()>,
    ) -> anyhow::Result<RunningCamera> {
        let id = self.camera.id.clone();
        let record = Arc::clone(&self.record);
        let watched = Arc::clone(&record);
        let (statuses, status_queue) = sync_channel::<CameraStatus>(STATUS_QUEUE);
        let queue_id = id.clone();
        let on_state_change = move |status: &CameraStatus| match statuses.try_send(status.clone()) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            // The thread is busy with a frame; the next change says it all.
            Err(TrySendError::Full(_)) => tracing::warn!(camera = queue_id, "a change of state was not told"),
        };
        let camera = Camera::open(settings::camera_spec(self.camera), connects, Box::new(on_state_change))?;
        let (keeper, beginning) = self.begin(kept).unzip();
        let (asking, questions) = sync_channel(QUESTIONS);
        record.answers(asking);
        let thread = CameraThread {
            keeper,
            beginning: beginning.unwrap_or_default(),
            limits: Limits::of(self.camera),
            recorded: !settings::is_live(self.camera),
            record: self.record,
            slot: Arc::clone(camera.slot()),
            statuses: status_queue,
            publish_status: forwarding.camera_status(),
            status_told: Instant::now(),
            sight: self.sight,
            priorities: rules::priorities_of(self.camera),
            lists: Arc::clone(&state.lists),
            evidence: state.evidence.clone(),
            policy: settings::evidence_policy(config),
            evident: self.evident,
            blurring: rules::blurring(self.camera),
            best_looks: BestLooks::default(),
            plates: self.plates,
            around: Around::default(),
            journal: state.journal.clone(),
            journal_health: state.readiness.journal_health(),
            decisions: DecisionKeeper::new(state.decisions.clone(), self.origin.clone()),
            questions,
            origin: self.origin,
        };
        let thread = std::thread::Builder::new()
            .name(format!("scene-{id}"))
            .spawn(move || {
                let _until_the_end = ended;
                // Whatever went wrong, this camera alone stops, and says so.
                if std::panic::catch_unwind(AssertUnwindSafe(|| thread.run())).is_err() {
                    watched.disable("its thread panicked, see the log".to_owned());
                }
            })
            .with_context(|| format!("could not start the thread of camera `{id}`"))?;
        record.attach(camera);
        Ok(RunningCamera { record, thread })
    }
}

impl CameraPlan<'_> {
    /// What the camera begins with, and who keeps it from now on.
    fn begin(&mut self, kept: Option<(CheckpointWriter, Option<Before>)>) -> Option<(Keeper, Beginning)> {
        let (writer, before) = kept?;
        let (camera, origin) = (&self.camera.id, &self.origin.origin);
        let settings =
            checkpoint::sha256(format!("{:?} {}", self.camera, self.origin.model.sha256).as_bytes());
        let now = Now {
            boot_id: &origin.boot_id,
            monotonic_ns: capture::monotonic_ns(),
            wall_unix_ns: delivery::unix_ns(),
        };
        let wall_is_set = origin.wall == pb::ClockSource::Ntp;
        let beginning =
            before.map(|before| before.begin(&mut self.sight, camera, &settings, &now, wall_is_set));
        let missed = Arc::clone(&self.record.counts.checkpoints_missed);
        Some((Keeper::new(writer, camera, settings, missed), beginning.unwrap_or_default()))
    }
}

/// By the box's wall clock.
fn now_unix_s() -> i64 {
    delivery::unix_ns().div_euclid(1_000_000_000)
}

/// The models of the box as functions of tensors, where the configuration lends them.
fn lent(config: &Config, detectors: &[Detector]) -> anyhow::Result<Option<Arc<Lent>>> {
    if !config.inference.open_protocol {
        return Ok(None);
    }
    let sessions = detectors.iter().flat_map(Detector::ways_in);
    Ok(Some(Arc::new(Lent::new(sessions, config.inference.deadline)?)))
}

fn origin_of(config_file: &Path, config: &Config) -> anyhow::Result<Origin> {
    let bytes =
        std::fs::read(config_file).with_context(|| format!("could not read `{}`", config_file.display()))?;
    let config_sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Origin {
        box_id: config.identity.id.clone(),
        site: config.identity.site.clone(),
        boot_id: crate::machine::boot_id().context("this kernel has no boot id")?,
        wall: clocks::wall_source(),
        config_sha256,
    })
}
