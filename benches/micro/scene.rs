//! What the scene does with the pixels of each frame, on one core: two frames of the demo clip in turn.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CameraSpec, ConnectLimit, Source, Taken};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scene::{CameraShift, LightMeter};
use vision::{OwnedPlanes, Planes};

fn scene(c: &mut Criterion) {
    let Some(frames) = real_frames() else { return };
    let size = frames[0].view().size();
    let mut group = c.benchmark_group(format!("scene_{}x{}", size.width, size.height));
    group.throughput(Throughput::Elements(size.area_px()));
    let mut shift = CameraShift::default();
    let mut frame = frames.iter().cycle();
    group.bench_function("camera_shift", |b| {
        b.iter(|| frame.next().and_then(|frame| shift.update(black_box(&frame.view()))));
    });
    let mut light = LightMeter::default();
    group.bench_function("light_meter", |b| {
        b.iter(|| frame.next().map(|frame| light.update(Duration::ZERO, black_box(&frame.view()))));
    });
    group.finish();
}

/// Two frames of the demo clip, one after the other.
fn real_frames() -> Option<[OwnedPlanes; 2]> {
    let path = datasets::testkit::clip("people-one-by-one")?;
    let source = Source::File { path, started_unix_ns: 0, recode: None };
    let spec = CameraSpec::new(Arc::from("bench"), source);
    let camera = Camera::open(spec, &ConnectLimit::new(1), Box::new(|_| {})).ok()?;
    let mut seen = Vec::new();
    while let Taken::Frame(frame) = camera.slot().take(Duration::from_secs(10)) {
        if 100 <= frame.sequence {
            seen.push(frame.planes.view().to_owned_planes());
        }
        if let Ok(both) = <[OwnedPlanes; 2]>::try_from(std::mem::take(&mut seen)).map_err(|few| seen = few) {
            return Some(both);
        }
    }
    None
}

criterion_group!(benches, scene);
criterion_main!(benches);
