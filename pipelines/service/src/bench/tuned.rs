//! `tuned.toml`: measurements as `cairn run` and `cairn check` read them (`edge_config::Tuned`).

use std::fmt::Write as _;

use super::capacity::{Capacity, Certified};
use super::infer::{InferFigure, fastest};
use crate::machine::{Machine, VERSION};

/// The text of the file. `date` is the day of the measurement, `2026-11-22`.
pub(crate) fn tuned_toml(capacity: &Capacity, machine: &Machine, onnxruntime: &str, date: &str) -> String {
    let mut text = format!(
        "# Written by `cairn bench --tune`: how this machine runs its models best, and how many cameras it carries.\n\
         # Name it in the box's configuration: `[inference] tuned = \"tuned.toml\"`.\n\
         measured-on = {}\nonnxruntime = {}\ncairn = {}\n\n\
         [machine]\ncpu = {}\ncores = {}\nmemory-mb = {}\narch = {}\nkernel = {}\n",
        quoted(date),
        quoted(onnxruntime),
        quoted(VERSION),
        quoted(&machine.cpu),
        machine.cores,
        machine.memory_mb,
        quoted(machine.arch),
        quoted(&machine.kernel),
    );
    for figure in best_of_each(capacity) {
        let InferFigure { model, input: (width, height), setup, runs_per_second, .. } = figure;
        // Writing to a string cannot fail.
        write!(
            text,
            "\n[[model]]\nid = {}\ninput = [{width}, {height}]\nprovider = {}\nprecision = {}\nbatch = {}\nthreads = {}\n\
             sessions = {}\nruns-per-second = {runs_per_second:.1}\n",
            quoted(model),
            quoted(setup.provider),
            quoted(setup.precision),
            setup.batch,
            setup.threads,
            setup.sessions,
        )
        .ok();
    }
    for certified in &capacity.capacity {
        let Certified { cameras, profile, model, input, setup, frame_age_ms, frame_age_limit_ms } = certified;
        write!(
            text,
            "\n[[certificate]]\ncameras = {cameras}\ncodec = {}\nsize = [{}, {}]\ncamera-hz = {:?}\nrate-hz = {:?}\n\
             model = {}\ninput = [{}, {}]\nprovider = {}\nframe-age-limit-ms = {frame_age_limit_ms}\n\
             frame-age-p95-ms = {:.1}\n",
            quoted(profile.codec),
            profile.size.0,
            profile.size.1,
            profile.camera_hz,
            profile.rate_hz,
            quoted(model),
            input.0,
            input.1,
            quoted(setup.provider),
            frame_age_ms.map_or(0.0, |ages| ages.p95),
        )
        .ok();
    }
    text
}

/// One way to run each model at each size on each provider and in each precision: where cameras were tried, the one that
/// carried the most, else the fastest.
fn best_of_each(capacity: &Capacity) -> Vec<&InferFigure> {
    let mut best: Vec<&InferFigure> = Vec::new();
    for figure in &capacity.infer {
        if best.iter().any(|known| is_rival(known, figure)) {
            continue;
        }
        let rivals = capacity.infer.iter().filter(|other| is_rival(other, figure));
        let on_cameras = rivals.clone().find(|rival| {
            let tried_with = |found: &Certified| {
                found.model == rival.model && found.input == rival.input && found.setup == rival.setup
            };
            capacity.capacity.iter().any(tried_with)
        });
        best.extend(on_cameras.or_else(|| fastest(rivals)));
    }
    best
}

/// Whether one box could run the model either way, and has to choose.
fn is_rival(a: &InferFigure, b: &InferFigure) -> bool {
    let place = |figure: &InferFigure| (figure.input, figure.setup.provider, figure.setup.precision);
    a.model == b.model && place(a) == place(b)
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use edge_config::{Strictness, Surroundings, parse};

    use super::*;
    use crate::bench::infer::{Percentiles, Setup};
    use crate::bench::streams::{AgePercentiles, Profile};

    fn setup(threads: usize) -> Setup {
        Setup { provider: "cpu", precision: "fp32", batch: 1, threads, sessions: 1 }
    }

    fn figure(model: &str, setup: Setup, runs_per_second: f64) -> InferFigure {
        let ms = Percentiles { p50: 10.0, p99: 12.0 };
        InferFigure { model: model.to_owned(), input: (416, 416), setup, ms, cpu_ms: 9.0, runs_per_second }
    }

    fn measured() -> Capacity {
        let profile = Profile { codec: "h264", size: (1920, 1080), camera_hz: 25.0, rate_hz: 10.0 };
        let certified = Certified {
            cameras: 4,
            profile,
            model: "yolox-nano-416".to_owned(),
            input: (416, 416),
            setup: setup(1),
            frame_age_ms: Some(AgePercentiles { p50: 50.0, p95: 131.24, p99: 200.0 }),
            frame_age_limit_ms: 250,
        };
        Capacity {
            decode: Vec::new(),
            infer: vec![
                figure("yolox-nano-416", setup(1), 80.0),
                figure("yolox-nano-416", setup(2), 120.0),
                figure("other", setup(1), 20.0),
                figure("other", setup(2), 30.0),
                figure("other", Setup { batch: 4, sessions: 2, ..setup(1) }, 33.0),
                figure("other", Setup { provider: "cuda", ..setup(1) }, 500.0),
            ],
            streams: Vec::new(),
            capacity: vec![certified],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let machine = Machine { cpu: "Odd \"CPU\" \\ 9000".to_owned(), ..Machine::current() };
        let folder = tempfile::tempdir().expect("folder");
        let text = tuned_toml(&measured(), &machine, "1.31.1", "2026-11-22");
        std::fs::write(folder.path().join("tuned.toml"), &text).expect("written");
        let edge = "[box]\nid = \"b\"\nsite = \"s\"\ndata-dir = \"d\"\n[delivery]\nlocal-only = true\n\
                    [inference]\ntuned = \"tuned.toml\"\n";
        let known = machine.known();
        let surroundings = Surroundings { machine: Some(&known), ..Surroundings::default() };
        let checked = parse("edge.toml", edge, folder.path(), Strictness::Strict, surroundings)
            .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
        let inference = checked.config.inference;
        let tuned = inference.tuned.clone().expect("named");
        assert!(tuned.is_here && tuned.onnxruntime == "1.31.1" && tuned.measured_on == "2026-11-22");
        assert_eq!(tuned.machine, known);
        let [certificate] = tuned.certificates.as_slice() else { panic!("{tuned:?}") };
        assert_eq!((certificate.cameras, certificate.frames_per_second()), (4, 40.0));
        assert_eq!((certificate.frame_age_limit_ms, certificate.frame_age_p95_ms), (250, 131.2));
        assert_eq!(tuned.models.len(), 3);
        let measured = |model: &str| {
            let input = Some((416, 416));
            let (batch, sessions) = (inference.batch_of(model, input), inference.sessions_of(model, input));
            (batch, inference.threads_of(model, input), sessions)
        };
        // The one that carried the cameras, though it is not the fastest alone; and the fastest where none were tried, of
        // those on the processor, where this box runs its models.
        assert_eq!((measured("yolox-nano-416"), measured("other")), ((1, 1, 1), (4, 1, 2)));
        assert_eq!(
            Path::new("tuned.toml"),
            tuned.file.strip_prefix(folder.path()).expect("beside the configuration")
        );
    }
}
