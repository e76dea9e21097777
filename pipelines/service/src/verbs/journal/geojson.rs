//! `cairn journal geojson`: passages as a map.
//!
//! A passage is one feature, with what its last held revision knows; one that was retracted is none. Memory grows with the
//! number of passages that are asked for.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use delivery::HeldEvents;
use edge_config::Strictness;
use prost::Message as _;
use proto::v1 as pb;
use serde_json::{Value, json};

use crate::verbs::check;

#[derive(Debug, clap::Args)]
pub(crate) struct GeojsonArgs {
    /// The box's configuration.
    config: PathBuf,
    /// File to write; standard output where it is not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Passages from this time on, such as 2026-05-01T17:00:00+07:00.
    #[arg(long, value_parser = moment)]
    from: Option<SystemTime>,
    /// Passages before this time.
    #[arg(long, value_parser = moment)]
    to: Option<SystemTime>,
    /// Passages of these cameras alone.
    #[arg(long)]
    camera: Vec<String>,
    /// Passages under these rules alone.
    #[arg(long)]
    rule: Vec<String>,
}

/// Events read from the journal at once.
const PAGE: usize = 500;

fn moment(text: &str) -> Result<SystemTime, String> {
    let expected = "expected a date and time with offset, from 1970 on, such as 2026-05-01T17:00:00+07:00";
    edge_config::parse_moment(text).ok_or_else(|| expected.to_owned())
}

pub(super) fn run(args: &GeojsonArgs) -> anyhow::Result<ExitCode> {
    // A camera that cannot be used says nothing about what the journal holds.
    let config = match check::read(&args.config, Strictness::Lenient) {
        Ok(checked) => checked.config,
        Err(error) => {
            eprintln!("{}", check::refusal(&error));
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
    };
    let places = Asked::of(args).places_in(&config.identity.data_dir)?;
    match &args.out {
        Some(file) => write_file(file, &places),
        None => write_all(std::io::stdout().lock(), &places).context("could not write the map"),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Whole or not at all: a map that was being written looks like a map with less on it.
fn write_file(file: &Path, places: &[Place]) -> anyhow::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::File::create(&part)
        .and_then(|out| write_all(out, places))
        .and_then(|()| std::fs::rename(&part, file));
    if written.is_err() {
        std::fs::remove_file(&part).ok();
    }
    written.with_context(|| format!("could not write `{}`", file.display()))
}

/// The collection, a feature to a line.
fn write_all(out: impl std::io::Write, places: &[Place]) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    writeln!(out, "{{\"type\":\"FeatureCollection\",\"features\":[")?;
    for (index, place) in places.iter().enumerate() {
        let comma = if index + 1 < places.len() { "," } else { "" };
        writeln!(out, "{}{comma}", place.feature())?;
    }
    writeln!(out, "]}}")?;
    out.flush()
}

/// Which passages are wanted.
struct Asked {
    /// UTC nanoseconds since 1970, the last one excluded.
    from_ns: i64,
    to_ns: i64,
    cameras: Vec<String>,
    rules: Vec<String>,
}

impl Asked {
    fn of(args: &GeojsonArgs) -> Self {
        let ns = |moment: SystemTime| {
            let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
        };
        Self {
            from_ns: args.from.map_or(i64::MIN, ns),
            to_ns: args.to.map_or(i64::MAX, ns),
            cameras: args.camera.clone(),
            rules: args.rule.clone(),
        }
    }

    /// The passages of the journal in `dir`, in the order in which they were opened.
    fn places_in(&self, dir: &Path) -> anyhow::Result<Vec<Place>> {
        let opening = || format!("could not open the journal in `{}`", dir.display());
        let held = HeldEvents::open(dir).with_context(opening)?;
        let mut places: Vec<Place> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut from = 0;
        loop {
            let page = held.read(from, PAGE, &["passage".to_owned()])?;
            let Some(last) = page.last() else { break };
            from = last.sequence + 1;
            for entry in &page {
                let event = pb::Event::decode(entry.payload.as_slice())
                    .with_context(|| format!("event {} of the journal cannot be read", entry.sequence))?;
                let Some(place) = Place::of(event) else { continue };
                match known.get(&place.id) {
                    Some(&index) => places[index].learn(place),
                    None => {
                        known.insert(place.id.clone(), places.len());
                        places.push(place);
                    }
                }
            }
        }
        places.retain(|place| self.wants(place));
        Ok(places)
    }

    fn wants(&self, place: &Place) -> bool {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        !place.retracted
            && (self.from_ns..self.to_ns).contains(&place.at_unix_ns)
            && named(&self.cameras, &place.camera)
            && named(&self.rules, &place.rule)
    }
}

/// A passage and where it was.
struct Place {
    id: String,
    camera: String,
    rule: String,
    class: String,
    direction: pb::Direction,
    /// When it happened, UTC nanoseconds since 1970; of a passage whose opening is no longer held, when the first
    /// revision that is was made.
    at_unix_ns: i64,
    objects: u32,
    location: Option<pb::Location>,
    /// Of the camera.
    position: Option<pb::Position>,
    retracted: bool,
}

const NS_PER_MS: i64 = 1_000_000;

impl Place {
    /// What one revision tells; `None` of an event that is no passage.
    fn of(event: pb::Event) -> Option<Self> {
        let Some(pb::event::Body::Passage(passage)) = event.body else { return None };
        let state = passage.state();
        let direction = passage.direction();
        let seen_unix_ns = event.clocks.map_or(0, |clocks| clocks.wall_unix_ns);
        let waited_ms = i64::try_from(passage.confirmed_after_ms).unwrap_or(i64::MAX);
        let before_ns =
            if state == pb::PassageState::Opened { waited_ms.saturating_mul(NS_PER_MS) } else { 0 };
        Some(Self {
            id: passage.passage_id,
            camera: event.camera_id.unwrap_or_default(),
            rule: passage.rule_id,
            class: passage.object_class,
            direction,
            at_unix_ns: seen_unix_ns.saturating_sub(before_ns),
            objects: passage.objects,
            location: passage.location,
            position: event.position,
            retracted: state == pb::PassageState::Retracted,
        })
    }

    /// Takes in a later revision: it knows more, but not when the passage was.
    fn learn(&mut self, later: Self) {
        let retracted = self.retracted || later.retracted;
        *self = Self { at_unix_ns: self.at_unix_ns, retracted, ..later };
    }

    fn feature(&self) -> Value {
        let (longitude, latitude, what) = match (&self.location, &self.position) {
            (Some(place), _) => (place.longitude_deg, place.latitude_deg, "object"),
            (None, Some(camera)) => (camera.longitude_deg, camera.latitude_deg, "camera"),
            (None, None) => return self.feature_at(Value::Null, "unknown"),
        };
        let point = json!({ "type": "Point", "coordinates": [degrees(longitude), degrees(latitude)] });
        self.feature_at(point, what)
    }

    fn feature_at(&self, geometry: Value, location: &str) -> Value {
        let direction = self.direction.as_str_name().trim_start_matches("DIRECTION_").to_lowercase();
        let mut feature = json!({
            "type": "Feature",
            "id": self.id,
            "geometry": geometry,
            "properties": {
                "passage": self.id,
                "camera": self.camera,
                "rule": self.rule,
                "class": self.class,
                "direction": direction,
                "time": delivery::rfc3339(self.at_unix_ns),
                "objects": self.objects,
                "location": location,
            },
        });
        if let Some(place) = &self.location {
            let metres = (f64::from(place.uncertainty_m) * 10.0).ceil() / 10.0;
            feature["properties"]["uncertainty_m"] = json!(metres);
        }
        feature
    }
}

/// To a centimetre, which is more than is known.
fn degrees(value: f64) -> f64 {
    (value * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests;
