//! A frame of the demo clip through each degradation that changes pixels, on one core.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CameraSpec, ConnectLimit, Source, Taken};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasets::degrade::{Degradation, Degrader, Kind};
use vision::{OwnedPlanes, Planes};

fn degrade(c: &mut Criterion) {
    let Some(frame) = real_frame() else { return };
    let view = frame.view();
    let mut group = c.benchmark_group("degrade_i420");
    group.throughput(Throughput::Elements(view.size().area_px()));
    for kind in Kind::ALL {
        // The longest path and the most streaks: none costs more at less strength.
        let Ok(worst) = Degradation::new(kind, 1.0) else { continue };
        let mut degrader = Degrader::new(worst, 1, "people-one-by-one", view.size());
        let mut index = 0;
        group.bench_function(kind.name(), |b| {
            b.iter(|| {
                index += 1;
                degrader.frame(index, black_box(&view))
            });
        });
    }
    group.finish();
}

/// The hundredth frame of the demo clip.
fn real_frame() -> Option<OwnedPlanes> {
    let path = datasets::testkit::clip("people-one-by-one")?;
    let source = Source::File { path, started_unix_ns: 0, recode: None };
    let spec = CameraSpec::new(Arc::from("bench"), source);
    let camera = Camera::open(spec, &ConnectLimit::new(1), Box::new(|_| {})).ok()?;
    let mut seen = 0;
    loop {
        match camera.slot().take(Duration::from_secs(10)) {
            Taken::Frame(_) if seen < 100 => seen += 1,
            Taken::Frame(frame) => return Some(frame.planes.view().to_owned_planes()),
            Taken::TimedOut | Taken::Closed => return None,
        }
    }
}

criterion_group!(benches, degrade);
criterion_main!(benches);
