//! An RTSP server inside the process that plays clips as if they were cameras: for tests and demonstrations.
//!
//! It listens on the loopback interface only and needs no display.

mod clip;
mod feed;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer_app as gst_app;
use gstreamer_rtsp_server as gst_rtsp_server;
use gstreamer_rtsp_server::prelude::*;

use crate::CaptureError;
use clip::AccessUnits;
use feed::Mount;

/// A clip and the address that plays it.
#[derive(Clone, Debug)]
pub struct Clip {
    /// An MP4 file with an H.264 track.
    pub path: PathBuf,
    /// Path of the URL, with its slash: `/gate`.
    pub mount: String,
    /// How much faster than recorded it plays; above 0.
    pub speed: f64,
}

impl Clip {
    /// The clip at `path`, played at `mount` as fast as it was recorded.
    pub fn new(path: impl Into<PathBuf>, mount: impl Into<String>) -> Self {
        Self { path: path.into(), mount: mount.into(), speed: 1.0 }
    }
}

/// Why the server could not be started. Apart from [`CaptureError`], because the live service never meets it.
#[derive(Debug, thiserror::Error)]
pub enum RtspServerError {
    /// GStreamer is not usable.
    #[error("could not prepare GStreamer")]
    Capture(#[from] CaptureError),
    /// A clip has no H.264 track that can be played in a loop.
    #[error("clip `{path}` cannot be played as a camera: {reason}")]
    Clip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The port is taken, or may not be used.
    #[error("could not listen on port {port} of the loopback interface")]
    Listen {
        /// The port asked for; 0 means any.
        port: u16,
    },
    /// The server's thread could not be started.
    #[error("could not start the server's thread")]
    Thread(#[source] std::io::Error),
}

/// A running RTSP server; dropping it closes its port and its connections.
pub struct RtspServer {
    server: gst_rtsp_server::RTSPServer,
    context: glib::MainContext,
    main_loop: glib::MainLoop,
    source: Option<glib::SourceId>,
    thread: Option<JoinHandle<()>>,
    mounts: Vec<Arc<Mount>>,
    port: u16,
}

impl RtspServer {
    /// Serves `clips` on a free port of `127.0.0.1`, each in real time and in a seamless loop.
    ///
    /// # Errors
    /// [`RtspServerError`].
    pub fn start(clips: &[Clip]) -> Result<Self, RtspServerError> {
        Self::start_on(0, clips)
    }

    /// The same on `port`: brings back a server that was there before.
    ///
    /// # Errors
    /// [`RtspServerError`].
    pub fn start_on(port: u16, clips: &[Clip]) -> Result<Self, RtspServerError> {
        Self::launch(port, clips, None)
    }

    /// Serves `clips` on a free port to whoever knows `user` and `password` (basic authentication).
    ///
    /// # Errors
    /// [`RtspServerError`].
    pub fn start_with_login(clips: &[Clip], user: &str, password: &str) -> Result<Self, RtspServerError> {
        Self::launch(0, clips, Some((user, password)))
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of `mount`, which begins with a slash.
    pub fn url(&self, mount: &str) -> String {
        format!("rtsp://127.0.0.1:{}{mount}", self.port)
    }

    /// Makes the camera at `mount` fall silent while its connections stand, or go on. Returns whether there is such
    /// a camera.
    pub fn set_frozen(&self, mount: &str, frozen: bool) -> bool {
        let camera = self.mounts.iter().find(|camera| camera.path() == mount);
        camera.inspect(|camera| camera.set_frozen(frozen)).is_some()
    }

    fn launch(port: u16, clips: &[Clip], login: Option<(&str, &str)>) -> Result<Self, RtspServerError> {
        crate::init()?;
        let server = gst_rtsp_server::RTSPServer::new();
        server.set_address("127.0.0.1");
        server.set_service(&port.to_string());
        let points = gst_rtsp_server::RTSPMountPoints::new();
        let mut mounts = Vec::new();
        for clip in clips {
            let units = AccessUnits::read(&clip.path)
                .and_then(|units| units.played_at(clip.speed))
                .map_err(|reason| RtspServerError::Clip { path: clip.path.clone(), reason })?;
            let mount = Arc::new(Mount::new(&clip.mount, units));
            points.add_factory(&clip.mount, factory(&mount, login));
            mounts.push(mount);
        }
        server.set_mount_points(Some(&points));
        server.set_auth(login.map(|(user, password)| basic_login(user, password)).as_ref());

        let context = glib::MainContext::new();
        let main_loop = glib::MainLoop::new(Some(&context), false);
        let source = server.attach(Some(&context)).map_err(|_| RtspServerError::Listen { port })?;
        let port = u16::try_from(server.bound_port()).map_err(|_| RtspServerError::Listen { port })?;
        let thread = run(&context, &main_loop).map_err(RtspServerError::Thread)?;
        Ok(Self { server, context, main_loop, source: Some(source), thread: Some(thread), mounts, port })
    }
}

impl Drop for RtspServer {
    fn drop(&mut self) {
        if let Some(source) = self.source.take().and_then(|id| self.context.find_source_by_id(&id)) {
            source.destroy();
        }
        let (server, main_loop) = (self.server.clone(), self.main_loop.clone());
        self.context.invoke(move || {
            server.client_filter(Some(&mut |_, _| gst_rtsp_server::RTSPFilterResult::Remove));
            main_loop.quit();
        });
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Runs `main_loop` in a thread of its own and returns once it turns.
fn run(context: &glib::MainContext, main_loop: &glib::MainLoop) -> std::io::Result<JoinHandle<()>> {
    let (turns, turning) = sync_channel(1);
    // Before it turns, a `quit` would be forgotten.
    let first = glib::idle_source_new(None, glib::Priority::DEFAULT, move || {
        turns.try_send(()).ok();
        glib::ControlFlow::Break
    });
    first.attach(Some(context));
    let (context, main_loop) = (context.clone(), main_loop.clone());
    let thread = thread::Builder::new().name("rtsp-testkit".to_owned()).spawn(move || {
        context.with_thread_default(|| main_loop.run()).ok();
    })?;
    // Disconnected when the thread has ended already; then there is nothing to wait for either.
    turning.recv().ok();
    Ok(thread)
}

fn factory(mount: &Arc<Mount>, login: Option<(&str, &str)>) -> gst_rtsp_server::RTSPMediaFactory {
    let factory = gst_rtsp_server::RTSPMediaFactory::new();
    factory.set_shared(true);
    factory.set_launch(
        "( appsrc name=units is-live=true format=time ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )",
    );
    if let Some((user, _)) = login {
        let role = gst::Structure::builder(user)
            .field("media.factory.access", true)
            .field("media.factory.construct", true)
            .build();
        factory.add_role_from_structure(&role);
    }
    let mount = Arc::clone(mount);
    factory.connect_media_configure(move |_, media| {
        let units = media.element().downcast::<gst::Bin>().ok().and_then(|bin| bin.by_name("units"));
        if let Some(source) = units.and_then(|units| units.downcast::<gst_app::AppSrc>().ok()) {
            mount.play(&source);
        }
    });
    factory
}

fn basic_login(user: &str, password: &str) -> gst_rtsp_server::RTSPAuth {
    let auth = gst_rtsp_server::RTSPAuth::new();
    let token = gst_rtsp_server::RTSPToken::builder().field("media.factory.role", user).build();
    auth.add_basic(&gst_rtsp_server::RTSPAuth::make_basic(user, password), &token);
    auth
}
