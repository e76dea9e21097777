//! A second look by a stronger model, at full resolution, before a passage is told.
//!
//! A passage of a rule that asks for it is held back until the stronger model has found the object too, in the frame that
//! opened it or in one of the next in which it is seen. Nothing of it is told before, so that there is nothing to take
//! back; when it ends unseen by the stronger model it was none, and its rejection says so. A model that gives no answer
//! must not cost an event: the passage is told then, with a clause that did not hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use edge_config::{Camera, Rule, SecondLook};
use engine::Wait;
use proto::v1 as pb;
use scene::{Clause, Judged, Passage, PassageState, Rejection, Subject};
use serde::{Deserialize, Serialize};
use track::Track;
use vision::{FrameBox, FrameRect, Planes, SizePx};

use super::Detector;
use super::checkpoint::is_last;
use super::detector::{DetectError, Lens};

/// Looks at one passage; in each another frame.
const LOOKS: u32 = 5;

/// What the stronger model sees is this many times as wide and as high as the object: it needs some of the surroundings.
const SURROUNDINGS: f32 = 2.0;

/// Least overlap of what the stronger model found with where the object is.
const SAME_IOU: f32 = 0.4;

/// Who looks a second time at the passages of one camera, and what is held back until then.
#[derive(Default)]
pub(crate) struct SecondLooks {
    /// By rule.
    lookers: BTreeMap<String, Looker>,
    state: SecondLooksState,
}

/// What of it goes on after a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SecondLooksState {
    /// Nothing of them has been told.
    held: Vec<Held>,
    /// Passages that are told, and how many revisions were left out before.
    told: Vec<(Key, u32)>,
}

/// Subject, rule and ordinal: what the revisions of one passage have in common.
type Key = (Subject, String, u32);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Held {
    /// Its latest revision.
    passage: Passage,
    looks: u32,
    /// Best score of the object so far.
    score: f32,
}

/// One rule's stronger model.
struct Looker {
    detector: Detector,
    /// Classes of that model that the rule is about.
    classes: Vec<u16>,
    min_score: f32,
    /// For frames of the size at hand.
    lens: Option<Lens>,
}

/// The frame at hand.
pub(crate) struct Sighting<'a> {
    pub(crate) planes: &'a Arc<dyn Planes>,
    pub(crate) tracks: &'a [Track],
    pub(crate) at: Duration,
    pub(crate) wait: Wait,
}

/// What one look said.
enum Verdict {
    /// The object is what the rule is about, by this score.
    Seen(f32),
    /// It was not found; the best score so far.
    Unseen(f32),
    /// The model gave no answer.
    Unanswered(DetectError),
}

impl SecondLooks {
    /// The second looks that the rules of `camera` ask for; `detector_of` loads a model.
    ///
    /// # Errors
    /// When a model cannot be had, or does not know a class of its rule.
    pub(crate) fn of(
        camera: &Camera,
        mut detector_of: impl FnMut(&str) -> anyhow::Result<Detector>,
    ) -> anyhow::Result<Self> {
        let mut looks = Self::default();
        for rule in &camera.rules {
            if let Some(asked) = &rule.second_look {
                let in_rule = || format!("rule `{}`: second look", rule.id);
                looks.add(rule, asked, detector_of(&asked.model).with_context(in_rule)?)?;
            }
        }
        Ok(looks)
    }

    fn add(&mut self, rule: &Rule, asked: &SecondLook, detector: Detector) -> anyhow::Result<()> {
        let index = |class| super::rules::class_index(detector.card(), class);
        let classes = rule.classes.iter().map(|class| index(class)).collect::<anyhow::Result<_>>();
        let classes = classes.with_context(|| format!("rule `{}`: second look", rule.id))?;
        let min_score = asked.min_score.unwrap_or(detector.card().min_score);
        self.lookers.insert(rule.id.clone(), Looker { detector, classes, min_score, lens: None });
        Ok(())
    }

    /// The stronger model of each rule that has one, as events name it.
    pub(crate) fn models(&self) -> BTreeMap<String, pb::ModelUse> {
        self.lookers.iter().map(|(rule, looker)| (rule.clone(), looker.detector.model_use())).collect()
    }

    /// What may be told of `judged`: what nobody has to look at again, and what the stronger model has found in `frame`.
    pub(crate) fn review(&mut self, judged: Judged, frame: Option<&Sighting<'_>>) -> Judged {
        if self.lookers.is_empty() {
            return judged;
        }
        let mut out = Judged { passages: Vec::new(), rejections: judged.rejections };
        for passage in judged.passages {
            if !self.lookers.contains_key(&passage.rule_id) {
                out.passages.push(passage);
            } else if let Some(passage) = self.renumbered(&passage) {
                out.passages.push(passage);
            } else {
                self.hold(passage, &mut out);
            }
        }
        if let Some(frame) = frame {
            self.look(frame, &mut out);
        }
        out
    }

    /// What has to go on after a restart.
    pub(crate) fn snapshot(&self) -> SecondLooksState {
        self.state.clone()
    }

    /// Goes on after a restart.
    pub(crate) fn restore(&mut self, state: SecondLooksState) {
        self.state = state;
    }

    /// A later revision of a passage that is told, as its receivers count; `None` for one that is held back.
    fn renumbered(&mut self, passage: &Passage) -> Option<Passage> {
        let place = self.state.told.iter().position(|(key, _)| *key == key_of(passage))?;
        let left_out = self.state.told[place].1;
        if is_last(passage.state) {
            self.state.told.remove(place);
        }
        Some(Passage { revision: passage.revision.saturating_sub(left_out), ..passage.clone() })
    }

    fn hold(&mut self, passage: Passage, out: &mut Judged) {
        let key = key_of(&passage);
        let place = self.state.held.iter().position(|held| key_of(&held.passage) == key);
        match place {
            // Over, and never found.
            Some(place) if is_last(passage.state) => {
                let held = self.state.held.remove(place);
                let bound = self.lookers.get(&passage.rule_id).map_or(1.0, |looker| looker.min_score);
                out.rejections.push(rejection(&held, bound));
            }
            Some(place) => {
                let held = &mut self.state.held[place];
                // Its decision is that of its opening.
                let decision = std::mem::take(&mut held.passage.decision);
                held.passage = Passage { decision, ..passage };
            }
            None if passage.state == PassageState::Opened => {
                self.state.held.push(Held { passage, looks: 0, score: 0.0 });
            }
            // Held back by nobody: of before the rule asked for a second look.
            None => out.passages.push(passage),
        }
    }

    fn look(&mut self, frame: &Sighting<'_>, out: &mut Judged) {
        let mut place = 0;
        while place < self.state.held.len() {
            let held = &mut self.state.held[place];
            let looker = self.lookers.get_mut(&held.passage.rule_id);
            let (Some(looker), Some(object)) = (looker, object_of(&held.passage, frame.tracks)) else {
                place += 1;
                continue;
            };
            if LOOKS <= held.looks {
                place += 1;
                continue;
            }
            held.looks += 1;
            let clause = match looker.verdict(frame, &object, held.score) {
                Verdict::Unseen(score) => {
                    held.score = score;
                    place += 1;
                    continue;
                }
                Verdict::Seen(score) => clause(score, looker.min_score),
                Verdict::Unanswered(error) => {
                    let (rule, model) = (&held.passage.rule_id, &looker.detector.card().id);
                    tracing::error!(rule, model, %error, "second look was not answered: the passage is told without");
                    Clause { name: "second_look_answered", held: false, ..clause(0.0, 1.0) }
                }
            };
            let Held { passage, .. } = self.state.held.remove(place);
            let left_out = passage.revision - 1;
            self.state.told.push((key_of(&passage), left_out));
            out.passages.push(opened(passage, frame.at, object, clause));
        }
    }
}

impl Looker {
    fn verdict(&mut self, frame: &Sighting<'_>, object: &FrameBox, before: f32) -> Verdict {
        match self.score(frame, object) {
            Ok(score) if self.min_score <= score => Verdict::Seen(score),
            Ok(score) => Verdict::Unseen(score.max(before)),
            Err(error) => Verdict::Unanswered(error),
        }
    }

    /// Score at which the model finds the object in the part of the frame around it; 0 where it does not.
    fn score(&mut self, frame: &Sighting<'_>, object: &FrameBox) -> Result<f32, DetectError> {
        let view = frame.planes.view();
        let lens = match self.lens.take().filter(|lens| lens.fits(&view)) {
            Some(lens) => lens,
            None => self.detector.lens(&view)?,
        };
        let whole = self.lens.insert(lens);
        let region = region_around(object, view.size(), whole.input());
        let mut lens = whole.on_region(region.unwrap_or_else(|| FrameRect::whole(view.size())))?;
        let found = lens.look(
            Arc::clone(frame.planes),
            self.detector.card().min_score.min(self.min_score),
            frame.wait,
        )?;
        let same = found.iter().filter(|detection| {
            self.classes.contains(&detection.class) && SAME_IOU <= detection.bbox.iou(object)
        });
        Ok(same.map(|detection| detection.score).fold(0.0, f32::max))
    }
}

/// The part of a frame of `size` around `object` that has the shape of the model's input.
fn region_around(object: &FrameBox, size: SizePx, input: SizePx) -> Option<FrameRect> {
    let aspect = input.width as f32 / input.height as f32;
    let height = (object.height().max(object.width() / aspect) * SURROUNDINGS).min(size.height as f32);
    let width = (height * aspect).min(size.width as f32);
    let centre = object.centre();
    // Moved into the frame rather than cut: the shape is what the model's input has room for.
    let from = |middle: f32, side: f32, whole: u32| (middle - side / 2.0).clamp(0.0, whole as f32 - side);
    let (x, y) = (from(centre.x, width, size.width), from(centre.y, height, size.height));
    FrameBox::new(x, y, x + width, y + height).and_then(|area| FrameRect::covering(&area, size))
}

/// Where the passage's object is seen in the frame at hand.
fn object_of(passage: &Passage, tracks: &[Track]) -> Option<FrameBox> {
    let subject = passage.subject.track_id()?;
    let is_it = |track: &&Track| track.id == subject || passage.merged_tracks.contains(&track.id);
    let track = tracks.iter().filter(is_it).find(|track| track.seen_now)?;
    Some(track.bbox)
}

/// The first revision that is told: opened in the frame at hand.
fn opened(passage: Passage, at: Duration, object: FrameBox, clause: Clause) -> Passage {
    let mut decision = passage.decision;
    decision.push(clause);
    Passage { state: PassageState::Opened, revision: 1, opened_at: at, at, bbox: object, decision, ..passage }
}

fn rejection(held: &Held, bound: f32) -> Rejection {
    let Held { passage, score, .. } = held;
    let mut decision = passage.decision.clone();
    decision.push(Clause { held: false, ..clause(*score, bound) });
    Rejection {
        subject: passage.subject,
        rule_id: passage.rule_id.clone(),
        rule_version: passage.rule_version,
        at: passage.opened_at,
        first_at: passage.at.saturating_sub(passage.duration),
        last_at: passage.at,
        class: passage.class,
        best_score: passage.best_score,
        bbox: passage.bbox,
        decision,
    }
}

fn clause(score: f32, bound: f32) -> Clause {
    let relation = scene::Relation::AtLeast;
    Clause { name: "second_look", measured: score, relation, bound, held: bound <= score }
}

fn key_of(passage: &Passage) -> Key {
    (passage.subject, passage.rule_id.clone(), passage.ordinal)
}

/// How long a second look may wait: as long as the frame itself may.
pub(crate) fn wait(limit: Duration) -> Wait {
    Wait { limit, born: Instant::now() }
}
