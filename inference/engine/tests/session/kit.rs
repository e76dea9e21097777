use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use engine::{
    Answer, Batching, EngineError, InputShape, Outputs, Proof, ProviderRequest, Request, Runtime,
    SessionHandle, SessionSpec, SessionThread, Ticket, Wait,
};
use vision::{ElementType, SizePx, TensorLayout};

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);
/// Size of the fixtures' inputs.
pub(crate) const SIZE: SizePx = SizePx::new(4, 4);

/// `Some(path)` if it exists; else `None`, or a panic on CI, where nothing may be skipped.
pub(crate) fn needed(test: &str, what: &Path) -> Option<PathBuf> {
    if what.exists() {
        return Some(what.to_path_buf());
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs {}", what.display());
    eprintln!("SKIPPED: {test}: needs {}", what.display());
    None
}

/// A file of the mirror folder.
pub(crate) fn mirror(test: &str, relative: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("CAIRN_MIRROR").map_or_else(beside, PathBuf::from);
    needed(test, &folder.join(relative))
}

/// The runtime, loaded once for all tests.
pub(crate) fn runtime(test: &str) -> Option<Runtime> {
    match Runtime::find(None) {
        Ok(path) => Some(Runtime::load(&path).expect("library loads")),
        Err(EngineError::LibraryMissing { .. }) => {
            needed(test, Path::new(".cairn/onnxruntime/lib/libonnxruntime.so")).map(|_| unreachable!())
        }
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// An input of floating-point values, plane after plane.
pub(crate) fn planar(name: &str, size: SizePx) -> InputShape {
    InputShape { name: name.into(), size, element: ElementType::F32, layout: TensorLayout::Nchw }
}

/// `scale_and_shift.onnx`: `scaled = 2 · picture + 1`, and the mean of each channel of that.
pub(crate) fn scale_and_shift() -> SessionSpec {
    SessionSpec {
        name: "scale".into(),
        model: fixture("scale_and_shift.onnx"),
        input: planar("picture", SIZE),
        outputs: vec!["scaled".into(), "means".into()],
        queue: 2,
        intra_op_threads: 1,
        batch: Batching::default(),
        provider: ProviderRequest::default(),
        proof: Proof::Finite,
    }
}

/// `packed_bytes.onnx`: bytes of a 4x2 picture, and the mean of each channel.
pub(crate) fn packed_bytes() -> SessionSpec {
    SessionSpec {
        model: fixture("packed_bytes.onnx"),
        input: InputShape {
            name: "pixels".into(),
            size: SizePx::new(4, 2),
            element: ElementType::U8,
            layout: TensorLayout::Nhwc,
        },
        outputs: vec!["values".into(), "means".into()],
        ..scale_and_shift()
    }
}

pub(crate) fn spawned(runtime: &Runtime, spec: SessionSpec) -> (SessionHandle, SessionThread) {
    SessionHandle::spawn(runtime, spec).expect("session starts")
}

/// Fills the input with one value, gives back all of output 0 and counts its fills.
#[derive(Clone, Default)]
pub(crate) struct Plain {
    pub(crate) value: f32,
    pub(crate) fills: Arc<AtomicUsize>,
}

impl Plain {
    pub(crate) fn new(value: f32) -> Self {
        Self { value, ..Self::default() }
    }

    pub(crate) fn fills(&self) -> usize {
        self.fills.load(Ordering::SeqCst)
    }
}

impl Request for Plain {
    type Element = f32;
    type Output = Vec<f32>;

    fn fill(&mut self, input: &mut [f32]) {
        self.fills.fetch_add(1, Ordering::SeqCst);
        input.fill(self.value);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Vec<f32> {
        outputs.get(0).expect("has an output").data.to_vec()
    }
}

/// A request made of two closures, for an input of floating-point values.
pub(crate) struct Custom<F, G>(pub(crate) F, pub(crate) G);

impl<T, F, G> Request for Custom<F, G>
where
    T: Send + 'static,
    F: FnMut(&mut [f32]) + Send + 'static,
    G: FnMut(&Outputs<'_>) -> T + Send + 'static,
{
    type Element = f32;
    type Output = T;

    fn fill(&mut self, input: &mut [f32]) {
        (self.0)(input);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> T {
        (self.1)(outputs)
    }
}

/// Holds a session's thread until it is opened.
pub(crate) struct Gate {
    open: SyncSender<()>,
    done: Receiver<()>,
}

impl Gate {
    /// Queues a request that waits in its `fill`, and waits until it does.
    pub(crate) fn hold(session: &SessionHandle) -> Self {
        let (open, opened) = sync_channel(1);
        let (enter, entered) = sync_channel(1);
        let (finish, done) = sync_channel(1);
        let fill = move |_: &mut [f32]| {
            enter.send(()).expect("test is waiting");
            opened.recv_timeout(LONG).expect("test opens the gate");
        };
        let reply = move |answer: Result<Answer<()>, EngineError>| {
            answer.expect("gate ran");
            finish.send(()).expect("test is waiting");
        };
        session.submit(Custom(fill, |_: &Outputs<'_>| ()), LONG, reply).expect("queue has room");
        entered.recv_timeout(LONG).expect("thread takes the request");
        Self { open, done }
    }

    pub(crate) fn open(self) {
        self.open.send(()).expect("thread is waiting");
        self.done.recv_timeout(LONG).expect("gate is answered");
    }
}

/// What a reply was called with.
pub(crate) type Replies<T> = Receiver<Result<Answer<T>, EngineError>>;

/// Submits and hands out what the reply will be called with.
pub(crate) fn submitted<R: Request>(
    session: &SessionHandle,
    request: R,
    wait: impl Into<Wait>,
) -> Result<(Ticket, Replies<R::Output>), EngineError> {
    let (sender, receiver) = sync_channel(4);
    let ticket = session.submit(request, wait, move |answer| sender.send(answer).expect("kept"))?;
    Ok((ticket, receiver))
}

/// The one call of a reply.
pub(crate) fn only<T>(replies: &Replies<T>) -> Result<Answer<T>, EngineError> {
    let first = replies.recv_timeout(LONG).expect("reply is called");
    assert!(replies.recv_timeout(LONG).is_err(), "reply is called once");
    first
}
