//! One picture through each detector on each provider that is present: inference alone, one thread, one session.
//!
//! `ORT_DYLIB_PATH` says which library; what it offers besides the processor needs the cargo feature of that name.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::{
    Batching, InputShape, Outputs, Proof, ProofInput, ProviderRequest, Request, Runtime, SessionHandle,
    SessionSpec, Wish,
};
use vision::{ElementType, SizePx, TensorLayout};

const MODELS: [(&str, &str, SizePx); 4] = [
    ("yolox-nano-416", "images", SizePx::new(416, 416)),
    ("yolox-nano", "images", SizePx::new(416, 416)),
    ("yolox-nano", "images", SizePx::new(416, 256)),
    ("nanodet-plus-m-1.5x", "image", SizePx::new(416, 256)),
];
const LONG: Duration = Duration::from_secs(600);

/// Leaves the input as the session's proof filled it, so that nothing but the model's run is timed.
struct Again;

impl Request for Again {
    type Element = f32;
    type Output = f32;

    fn fill(&mut self, _: &mut [f32]) {}

    fn read(&mut self, outputs: &Outputs<'_>) -> f32 {
        outputs.get(0).map_or(0.0, |output| output.data[0])
    }
}

fn providers(c: &mut Criterion) {
    let runtime = match Runtime::find(None).and_then(|file| Runtime::load(&file)) {
        Ok(runtime) => runtime,
        Err(error) => return eprintln!("SKIPPED: providers: {error}"),
    };
    let reports = engine::providers(&runtime);
    for report in &reports {
        eprintln!("{}: {:?} {:?}", report.provider, report.presence, report.devices);
    }
    let mut group = c.benchmark_group("provider");
    group.sample_size(30);
    for (id, input, size) in MODELS {
        let Some(model) = models::testkit::model(id) else { continue };
        for report in reports.iter().filter(|report| report.is_present()) {
            let input = InputShape {
                name: input.to_owned(),
                size,
                element: ElementType::F32,
                layout: TensorLayout::Nchw,
            };
            let outputs = vec!["output".to_owned()];
            let tolerance = engine::Tolerance { absolute: 0.02, relative: 0.02 };
            let spec = SessionSpec {
                name: id.to_owned(),
                model: model.clone(),
                outputs,
                queue: 1,
                intra_op_threads: 1,
                batch: Batching::default(),
                provider: ProviderRequest::from(Wish::Require(report.provider)),
                proof: Proof::AgreesWithCpu { input: ProofInput::pattern(&input), tolerance },
                input,
            };
            let (session, _thread) = match SessionHandle::spawn(&runtime, spec) {
                Ok(session) => session,
                Err(error) => {
                    eprintln!("SKIPPED: {error}");
                    continue;
                }
            };
            let name = format!("{id}/{size}/{}", report.provider);
            group.bench_function(name, |b| {
                b.iter(|| assert!(black_box(session.run(Again, LONG)).is_ok()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, providers);
criterion_main!(benches);
