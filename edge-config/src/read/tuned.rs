//! `inference.tuned`: a file of measurements, and what the configuration asks beyond them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::de::DeTable;

use super::inference::{BATCH_RANGE, SESSIONS_RANGE};
use crate::cursor::{Item, Table};
use crate::document::Document;
use crate::{Certificate, Config, Machine, Problems, Source, Tuned, TunedModel};

/// A longer file holds no measurements.
const MAX_BYTES: u64 = 1 << 20;

const RATE_HZ: std::ops::RangeInclusive<f64> = 0.1..=1000.0;

/// The file that `item` names. That it cannot be used is a problem of the item.
pub(super) fn tuned(item: &Item<'_>) -> Option<Tuned> {
    let file = item.file_path()?;
    let text = match text_of(&file) {
        Ok(text) => text,
        Err(error) => return item.problem(format_args!("could not read file {file:?}: {error}")),
    };
    match parse(&file, &text, item.document.surroundings.machine) {
        Ok(tuned) => Some(tuned),
        Err(problems) => {
            // One line for each would have two places: the first says enough to measure again.
            let first = problems.iter().next().map(ToString::to_string).unwrap_or_default();
            item.problem(format_args!("{first}; run `cairn bench --tune` again"))
        }
    }
}

fn text_of(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if MAX_BYTES < text.len() as u64 {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {MAX_BYTES} bytes")));
    }
    Ok(text)
}

fn parse(file: &Path, text: &str, here: Option<&Machine>) -> Result<Tuned, Problems> {
    let name = file.display().to_string();
    let document = Document::new(&name, text, Path::new(""), crate::Surroundings::default());
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        document.problem(at, "", format_args!("not TOML: {}", error.message()));
    }
    let root = Table::root(&document, root.get_ref());
    let tuned = if errors.is_empty() { measurements(&root, file, here) } else { None };
    let problems = document.take_problems();
    match tuned {
        Some(tuned) if problems.is_empty() => Ok(tuned),
        _ => Err(Problems::new(problems)),
    }
}

fn measurements(root: &Table<'_>, file: &Path, here: Option<&Machine>) -> Option<Tuned> {
    let measured_on = root.need("measured-on", "the day of the measurement", |item| text(item));
    let onnxruntime = root.need("onnxruntime", "a version", |item| text(item));
    // For the reader of the file alone.
    root.maybe("cairn", text);
    let machine = root.need("machine", "a [machine] table", |item| item.table(machine));
    let models = root.each("model", model);
    let certificates = root.each("certificate", certificate);
    root.finish();
    let machine = machine?;
    Some(Tuned {
        file: file.to_owned(),
        measured_on: measured_on?,
        onnxruntime: onnxruntime?,
        is_here: here.is_some_and(|here| here.is_like(&machine)),
        machine,
        models: models?.into_iter().collect::<Option<_>>()?,
        certificates: certificates?.into_iter().collect::<Option<_>>()?,
    })
}

fn machine(table: &Table<'_>) -> Option<Machine> {
    let cpu = table.need("cpu", "the name of the processor", text);
    let cores = table.need("cores", "how many there are", |item| item.whole(1..=u32::MAX, ""));
    let memory_mb = table.need("memory-mb", "how much there is", |item| item.whole(1..=u32::MAX, ""));
    let arch = table.need("arch", "the architecture", text);
    table.maybe("kernel", text);
    Some(Machine { cpu: cpu?, cores: cores?, memory_mb: memory_mb?, arch: arch? })
}

fn model(table: &Table<'_>) -> Option<TunedModel> {
    let id = table.need("id", "the id of a model card", text);
    let input = table.need("input", "width and height", pair);
    let provider = table.need("provider", "what ran it", text);
    let precision = table.need("precision", "that of its weights", text);
    let batch = table.need("batch", "frames in one run", |item| item.count(BATCH_RANGE));
    let threads = table.need("threads", "threads inside one run", |item| item.count(1..=64));
    let sessions = table.need("sessions", "sessions side by side", |item| item.count(SESSIONS_RANGE));
    table.maybe("runs-per-second", |item| item.number(0.0..=f64::MAX));
    Some(TunedModel {
        id: id?,
        input: input?,
        provider: provider?,
        precision: precision?,
        batch: batch?,
        threads: threads?,
        sessions: sessions?,
    })
}

fn certificate(table: &Table<'_>) -> Option<Certificate> {
    let cameras = table.need("cameras", "how many", |item| item.whole(0..=u32::MAX, ""));
    let codec = table.need("codec", "how they code", text);
    let size = table.need("size", "width and height", pair);
    let camera_hz = table.need("camera-hz", "pictures per second", |item| item.number(RATE_HZ));
    let rate_hz = table.need("rate-hz", "pictures looked at per second", |item| item.number(RATE_HZ));
    let model = table.need("model", "the id of a model card", text);
    let input = table.need("input", "width and height", pair);
    let provider = table.need("provider", "what ran it", text);
    let limit = table.need("frame-age-limit-ms", "the bound", |item| item.whole(1..=u32::MAX, ""));
    let p95 = table.need("frame-age-p95-ms", "the age", |item| item.number(0.0..=f64::MAX));
    Some(Certificate {
        cameras: cameras?,
        codec: codec?,
        size: size?,
        camera_hz: camera_hz?,
        rate_hz: rate_hz?,
        model: model?,
        input: input?,
        provider: provider?,
        frame_age_limit_ms: limit?,
        frame_age_p95_ms: p95?,
    })
}

fn text(item: &Item<'_>) -> Option<String> {
    item.text("text").map(str::to_owned)
}

fn pair(item: &Item<'_>) -> Option<(u32, u32)> {
    let [width, height] = item.exactly("[width, height] in pixels")?.map(|side| side.whole(1..=u32::MAX, ""));
    Some((width?, height?))
}

/// What the live cameras of `config` ask beyond the measurements, in words for the operator; nothing where nothing is measured.
///
/// Each certificate takes the whole machine, so the cameras' shares of their certificates must not add up to more than
/// one. A camera without a rate of its own counts with the rate of the certificate's cameras; what its pictures are coded
/// in is not known before it is connected. Looks at tiles are in no certificate.
pub(super) fn warnings(tuned: &Tuned, config: &Config, knows_machine: bool) -> Vec<String> {
    if knows_machine && !tuned.is_here {
        return vec![format!(
            "measured on another machine ({}), so it says nothing about this one; run `cairn bench --tune` here",
            tuned.machine
        )];
    }
    let mut warnings = Vec::new();
    let mut load = 0.0;
    let mut relied_on: Vec<&Certificate> = Vec::new();
    for camera in config.cameras.iter().filter(|camera| matches!(camera.source, Source::Rtsp(_))) {
        let provider = config.inference.provider_of(&camera.model);
        let Some(certificate) = tuned.certificate(&camera.model, camera.input_size, provider) else {
            let size =
                camera.input_size.map(|(width, height)| format!(" at {width}x{height}")).unwrap_or_default();
            let provider = provider.wish.candidates().join(" or ");
            warnings.push(format!(
                "has no certificate for model {:?}{size} on {provider}, which camera {:?} asks for; run `cairn bench --tune --model {}`",
                camera.model, camera.id, camera.model
            ));
            continue;
        };
        if let Some(smallest) = camera.smallest_px() {
            warnings.push(format!(
                "counts one look at each frame, but camera {:?} looks again at tiles for `smallest-px = {smallest}`",
                camera.id
            ));
        }
        load += camera.max_rate_hz.unwrap_or(certificate.camera_hz) / certificate.frames_per_second();
        if !relied_on.contains(&certificate) {
            relied_on.push(certificate);
        }
    }
    // Rates are written in decimals: a sum that should be 1 may be a little more.
    if 1.0 + 1e-6 < load {
        let certified: Vec<String> = relied_on.iter().map(ToString::to_string).collect();
        let asked = if load.is_finite() { format!("{:.0} %", 100.0 * load) } else { "more".to_owned() };
        warnings.push(format!(
            "cameras ask for {asked} of what this machine was measured to carry on {}: {}",
            tuned.measured_on,
            certified.join(", or ")
        ));
    }
    warnings
}
