//! What is hidden in pictures: the only way from a frame to a picture that is stored or served.
//!
//! A test holds that no other file of the service makes a picture of a frame, so that none leaves with a privacy zone in it
//! or with a bystander who is to be unreadable.

use anyhow::bail;
use edge_config::Camera;
use models::Card;
use vision::{FrameBox, FramePoint, FrameRect, FrameView, NormPoint, OwnedPlanes, Picture, Planes, SizePx};

/// What is left of a privacy zone.
const FILL: [u8; 3] = [0, 0, 0];

/// The class whose looks are hidden.
const PERSON: &str = "person";

/// Two boxes that overlap more are two looks at one person.
const SAME_IOU: f32 = 0.5;

/// How much larger than a person's box what is blurred is, on each side: hands and hair reach over it.
const BLUR_MARGIN: f32 = 0.05;

/// What one camera hides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redaction {
    zones: Vec<Vec<NormPoint>>,
    /// Those that the model is not to see either.
    blind: Vec<Vec<NormPoint>>,
    /// Whether people are blurred where nobody is the subject.
    blurs_people: bool,
    /// Index of the class, where the model knows it.
    person: Option<u16>,
}

/// Pixels of a frame, or of a part of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exposure<'a> {
    pub(crate) view: FrameView<'a>,
    /// Which pixels of the frame they are.
    pub(crate) rect: FrameRect,
    /// Of the whole frame.
    pub(crate) frame: SizePx,
}

/// A picture that may be stored and served.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Redacted {
    pub(crate) picture: Picture,
    /// Privacy zones filled in it.
    pub(crate) masked: u32,
    /// People blurred in it.
    pub(crate) blurred: u32,
}

impl<'a> Exposure<'a> {
    /// The whole of a frame.
    pub(crate) fn whole(view: FrameView<'a>) -> Self {
        Self { view, rect: FrameRect::whole(view.size()), frame: view.size() }
    }
}

impl Redaction {
    /// What `camera` hides, whose model is `card`.
    ///
    /// # Errors
    /// When people are to be blurred whom the model does not know.
    pub(crate) fn of(camera: &Camera, card: &Card) -> anyhow::Result<Self> {
        let polygon = |zone: &edge_config::PrivacyZone| -> Vec<NormPoint> {
            zone.polygon.iter().map(|point| NormPoint { x: point.x, y: point.y }).collect()
        };
        let person = card.classes.iter().position(|class| class == PERSON);
        let person = person.and_then(|index| u16::try_from(index).ok());
        let by_rule = camera.rules.iter().any(|rule| rule.blur_bystanders == Some(true));
        if person.is_none() && (camera.blur_bystanders || by_rule) {
            bail!("`blur-bystanders`: model `{}` has no class `{PERSON}`, so nobody can be blurred", card.id);
        }
        Ok(Self {
            zones: camera.privacy.iter().map(polygon).collect(),
            blind: camera.privacy.iter().filter(|zone| !zone.detect).map(polygon).collect(),
            blurs_people: camera.blur_bystanders,
            person,
        })
    }

    #[cfg(test)]
    pub(crate) fn hiding(zones: Vec<Vec<NormPoint>>) -> Self {
        Self { zones, ..Self::default() }
    }

    /// Whether pictures without a subject show nobody either.
    pub(crate) fn blurs_people(&self) -> bool {
        self.blurs_people
    }

    /// Whether a place in the frame is hidden.
    pub(crate) fn hides(&self, place: NormPoint) -> bool {
        self.zones.iter().any(|zone| contains(zone, place))
    }

    /// The people among `boxes`, each once; the earlier of two looks at one stays.
    pub(crate) fn people(&self, boxes: impl Iterator<Item = (u16, FrameBox)>) -> Vec<FrameBox> {
        let Some(person) = self.person else { return Vec::new() };
        let mut people: Vec<FrameBox> = Vec::new();
        for (_, bbox) in boxes.filter(|(class, _)| *class == person) {
            if people.iter().all(|known| known.iou(&bbox) <= SAME_IOU) {
                people.push(bbox);
            }
        }
        people
    }

    /// What the model may see of a frame: all of it, or a copy without the zones in which nothing is to be detected.
    pub(crate) fn seen_by_model(&self, view: &FrameView<'_>) -> Option<OwnedPlanes> {
        if self.blind.is_empty() {
            return None;
        }
        let mut planes = view.to_owned_planes();
        for zone in &self.blind {
            planes.black_out(&in_frame(zone, view.size()));
        }
        Some(planes)
    }

    /// The picture of `area`, in frame pixels, or of all that is exposed: `bystanders` blurred but for what is in
    /// `subject`, then privacy zones filled.
    pub(crate) fn picture(
        &self,
        exposed: &Exposure<'_>,
        area: Option<&FrameBox>,
        subject: Option<&FrameBox>,
        bystanders: &[FrameBox],
    ) -> Redacted {
        let Exposure { view, rect, frame } = *exposed;
        let shifted = |bbox: &FrameBox, x: u32, y: u32| bbox.moved(-(x as f32), -(y as f32));
        let within = area.map_or(FrameBox::whole(view.size()), |area| shifted(area, rect.x, rect.y));
        let mut picture = Picture::crop(&view, &within);
        let inner = FrameRect::covering(&within, view.size()).unwrap_or(FrameRect::whole(view.size()));
        let (left, top) = (rect.x + inner.x, rect.y + inner.y);
        let subject_here = subject.map(|subject| shifted(subject, left, top));
        let mut blurred = 0;
        for bystander in bystanders {
            if subject.is_some_and(|subject| SAME_IOU < subject.iou(bystander)) {
                continue;
            }
            let here = shifted(bystander, left, top).grown(BLUR_MARGIN);
            blurred += u32::from(picture.blur(&here, subject_here.as_ref()));
        }
        let mut masked = 0;
        for zone in &self.zones {
            let corners = in_frame(zone, frame);
            let here: Vec<FramePoint> = corners
                .iter()
                .map(|corner| FramePoint { x: corner.x - left as f32, y: corner.y - top as f32 })
                .collect();
            masked += u32::from(picture.fill_polygon(&here, FILL));
        }
        Redacted { picture, masked, blurred }
    }

    /// The whole of a frame in which nobody is the subject.
    pub(crate) fn overview(&self, planes: &dyn Planes, people: &[FrameBox]) -> Redacted {
        let people = if self.blurs_people { people } else { &[] };
        self.picture(&Exposure::whole(planes.view()), None, None, people)
    }
}

fn in_frame(zone: &[NormPoint], frame: SizePx) -> Vec<FramePoint> {
    zone.iter().map(|point| point.in_frame(frame)).collect()
}

/// Even-odd rule.
fn contains(zone: &[NormPoint], place: NormPoint) -> bool {
    let sides = zone.iter().zip(zone.iter().cycle().skip(1));
    let cuts = sides.filter(|(a, b)| {
        (a.y <= place.y) != (b.y <= place.y) && place.x < a.x + (place.y - a.y) / (b.y - a.y) * (b.x - a.x)
    });
    cuts.count() % 2 == 1
}

#[cfg(test)]
mod tests;
