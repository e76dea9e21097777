//! The recorded clips of a demo, the cameras they become, and what is looked for in each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use capture::testkit::{Clip, RtspServer};
use vision::NormPoint;

use super::files::Files;

/// A clip that plays a camera.
pub(crate) struct DemoClip {
    pub(crate) camera: &'static str,
    footage: &'static str,
    path: PathBuf,
    rate_hz: f32,
    places: &'static [Place],
    rules: &'static str,
    /// Whether the default model is known to see its objects: then a demo without a passage has failed.
    pub(crate) is_seen: bool,
}

/// Something to draw into snapshots.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Zone { id: &'static str, corners: &'static [NormPoint] },
    Line { id: &'static str, from: NormPoint, to: NormPoint },
}

const fn at(x: f32, y: f32) -> NormPoint {
    NormPoint { x, y }
}

/// People come in from the lower left, stand at a table and leave to the right.
const PEOPLE: DemoClip = DemoClip {
    camera: "people",
    footage: "people-one-by-one",
    path: PathBuf::new(),
    rate_hz: 15.0,
    places: &[Place::Zone {
        id: "table",
        corners: &[at(0.45, 0.6), at(0.75, 0.6), at(0.75, 1.0), at(0.45, 1.0)],
    }],
    rules: r#"
[[camera.rule]]
id = "person-at-table"
version = 1
zone = "table"
on = "enter"
min-dwell = "1s"
classes = ["person"]
anchor = "foot"
confirm = { hits = 4, of = 6 }
min-travel = 0.0
"#,
    is_seen: true,
};

/// A stream of cars turns towards the lower left over one line.
const JUNCTION: DemoClip = DemoClip {
    camera: "junction",
    footage: "vehicle-junction",
    path: PathBuf::new(),
    rate_hz: 15.0,
    places: &[Place::Line { id: "turn", from: at(0.3125, 0.35), to: at(0.3125, 1.0) }],
    rules: r#"
[[camera.rule]]
id = "vehicle-turning-left"
version = 1
line = "turn"
direction = "forward"
classes = ["car", "truck", "bus"]
anchor = "centre"
confirm = { hits = 3, of = 5 }
min-travel = 0.05
# The model takes a motorcycle for a car now and then, never surely.
min-score = 0.45
"#,
    is_seen: true,
};

/// Cars from straight above, both ways over one line.
const LANE: DemoClip = DemoClip {
    camera: "lane",
    footage: "vehicle-overhead-lane",
    path: PathBuf::new(),
    rate_hz: 15.0,
    places: &[Place::Line { id: "gate", from: at(0.0, 0.5), to: at(1.0, 0.5) }],
    rules: r#"
[[camera.rule]]
id = "vehicle-at-gate"
version = 1
line = "gate"
direction = "both"
classes = ["car", "truck", "bus"]
anchor = "centre"
confirm = { hits = 2, of = 8 }
min-travel = 0.1
"#,
    is_seen: false,
};

/// Models and clips, pulled where they are not held yet: the people always, and vehicles from the junction where the
/// mirror has it, else from the lane, which is public.
pub(crate) fn take(mirror: Option<&Path>, cameras: &[String]) -> anyhow::Result<Vec<DemoClip>> {
    let files = Files::new(mirror)?;
    files.model(models::DEFAULT_MODEL)?;
    if !cameras.is_empty() {
        return cameras.iter().map(|camera| chosen(camera, &files)).collect();
    }
    let people = DemoClip { path: files.clip(PEOPLE.footage)?, ..PEOPLE };
    let vehicles = match files.clip(JUNCTION.footage) {
        Ok(path) => DemoClip { path, ..JUNCTION },
        Err(error) => {
            println!(
                "no junction clip ({error:#}): taking the overhead lane, which the default model hardly sees"
            );
            DemoClip { path: files.clip(LANE.footage)?, ..LANE }
        }
    };
    Ok(vec![people, vehicles])
}

fn chosen(camera: &str, files: &Files) -> anyhow::Result<DemoClip> {
    let known = [PEOPLE, JUNCTION, LANE];
    let clip = known.into_iter().find(|clip| clip.camera == camera);
    let clip =
        clip.with_context(|| format!("--camera: got `{camera}`, expected people, junction or lane"))?;
    Ok(DemoClip { path: files.clip(clip.footage)?, ..clip })
}

/// Serves the clips, each in a loop, `speed` times as fast as they were recorded.
pub(crate) fn serve(clips: &[DemoClip], speed: f64) -> anyhow::Result<RtspServer> {
    let served: Vec<Clip> = clips
        .iter()
        .map(|clip| Clip { speed, ..Clip::new(&clip.path, format!("/{}", clip.camera)) })
        .collect();
    RtspServer::start(&served).context("could not serve the clips over RTSP")
}

/// The box's configuration for these clips.
pub(crate) fn edge_toml(
    clips: &[DemoClip],
    server: &RtspServer,
    broker_port: u16,
    ledger_port: u16,
) -> String {
    let mut text = format!(
        r#"# Written by `cairn demo`: recorded clips, served as if they were cameras.
[box]
id = "demo-box"
site = "demo"
data-dir = "data"

[listen]
grpc = "127.0.0.1:0"
http = "127.0.0.1:0"

[delivery.mqtt]
broker = "mqtt://127.0.0.1:{broker_port}"

[delivery.ledger]
url = "http://127.0.0.1:{ledger_port}"
"#
    );
    for clip in clips {
        // Writing to a string cannot fail.
        write!(
            text,
            "\n[[camera]]\nid = \"{}\"\nurl = \"{}\"\ntransport = \"tcp\"\nmodel = \"{}\"\nmax-rate-hz = {:.1}\n",
            clip.camera,
            server.url(&format!("/{}", clip.camera)),
            models::DEFAULT_MODEL,
            clip.rate_hz,
        ).ok();
        for place in clip.places {
            let point = |p: NormPoint| format!("[{:.4}, {:.4}]", p.x, p.y);
            match place {
                Place::Zone { id, corners } => {
                    let corners: Vec<String> = corners.iter().copied().map(point).collect();
                    write!(text, "\n[[camera.zone]]\nid = \"{id}\"\npolygon = [{}]\n", corners.join(", "))
                        .ok();
                }
                Place::Line { id, from, to } => {
                    let (from, to) = (point(*from), point(*to));
                    write!(text, "\n[[camera.line]]\nid = \"{id}\"\nfrom = {from}\nto = {to}\n").ok();
                }
            }
        }
        text.push_str(clip.rules);
    }
    text
}

impl DemoClip {
    /// The place of that id.
    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        let id_of = |place: &Place| match place {
            Place::Zone { id, .. } | Place::Line { id, .. } => *id,
        };
        self.places.iter().copied().find(|place| id_of(place) == id)
    }
}
