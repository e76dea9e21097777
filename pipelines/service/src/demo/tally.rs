//! What has been seen so far, and the lines that are printed as it is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use delivery::EvidenceStore;
use proto::v1 as pb;

use super::clips::DemoClip;
use super::outage::Part;
use super::report::{Figures, MemorySample, PassageRow, Report};
use super::snapshot;
use super::watch::Sighting;
use crate::machine::{self, Usage};

/// Everything a demo has seen.
pub(crate) struct Tally {
    clips: Vec<DemoClip>,
    store: EvidenceStore,
    snapshots: PathBuf,
    endpoint: Option<String>,
    box_pid: Option<u32>,
    /// First word of the feed per sequence.
    journalled: BTreeMap<u64, Seen>,
    published: Receiver,
    receipted: Receiver,
    passages: Vec<PassageRow>,
    /// From the box's last word to the broker.
    last_sequence: Option<u64>,
    figures: Figures,
    /// Of the box's present process.
    usage: Usage,
    /// Of its earlier ones.
    usage_before: Usage,
    memory: Vec<MemorySample>,
}

struct Seen {
    at: Duration,
    label: Option<String>,
}

/// What one receiver has got.
#[derive(Default)]
struct Receiver {
    keys: BTreeSet<u64>,
    repeats: u64,
    /// First arrivals behind a later one.
    out_of_order: u64,
}

impl Receiver {
    /// Whether it is new.
    fn take(&mut self, sequence: u64) -> bool {
        let is_late = self.keys.last().is_some_and(|last| sequence < *last);
        let is_new = self.keys.insert(sequence);
        self.repeats += u64::from(!is_new);
        self.out_of_order += u64::from(is_new && is_late);
        is_new
    }
}

impl Tally {
    pub(crate) fn new(clips: Vec<DemoClip>, data_dir: &Path, snapshots: PathBuf) -> Self {
        Self {
            clips,
            store: EvidenceStore::attach(data_dir),
            snapshots,
            endpoint: None,
            box_pid: None,
            journalled: BTreeMap::new(),
            published: Receiver::default(),
            receipted: Receiver::default(),
            passages: Vec::new(),
            last_sequence: None,
            figures: Figures::default(),
            usage: Usage::default(),
            usage_before: Usage::default(),
            memory: Vec::new(),
        }
    }

    /// Address of the running box.
    pub(crate) fn endpoint(&self) -> Option<String> {
        self.endpoint.clone()
    }

    /// The first sequence the feed has not told yet.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.journalled.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    /// Whether both receivers hold everything up to the box's last word.
    pub(crate) fn is_complete(&self) -> bool {
        self.last_sequence.is_some_and(|last| {
            (1..=last).all(|sequence| {
                self.published.keys.contains(&sequence)
                    && self.receipted.keys.contains(&sequence)
                    && self.journalled.contains_key(&sequence)
            })
        })
    }

    /// Reads what the box's process has used so far.
    pub(crate) fn sample_usage(&mut self, at: Duration) {
        if let Some(usage) = self.box_pid.and_then(machine::usage) {
            self.usage = usage;
            self.memory.push(MemorySample { at_s: at.as_secs(), rss_mb: usage.rss_mb });
        }
    }

    pub(crate) fn take(&mut self, sighting: Sighting, at: Duration) {
        match sighting {
            Sighting::Up { part, pid } => {
                println!("{} {} is up, process {}", stamp(at), part.name(), pid.unwrap_or(0));
                if part == Part::Box {
                    self.box_pid = pid;
                }
            }
            Sighting::Down { part, for_s } => {
                println!("{} {} is down, starts again in {for_s} s", stamp(at), part.name());
                if part == Part::Box {
                    self.box_has_gone();
                }
            }
            Sighting::BoxReady { endpoint } => self.endpoint = Some(endpoint),
            Sighting::LedgerReady => {}
            Sighting::Journalled(event) => self.journalled(&event, at),
            Sighting::Published(event) => {
                // A receiver may hear of an event before the feed does.
                self.journalled(&event, at);
                let sequence = sequence_of(&event);
                if self.published.take(sequence) {
                    self.mark(sequence, "published", at, |row| row.published = true);
                }
            }
            // The ledger says itself what it held already; a restarted one has said some of it before.
            Sighting::Receipted { sequence } => {
                if self.receipted.take(sequence) {
                    self.mark(sequence, "receipted", at, |row| row.receipted = true);
                }
            }
            Sighting::BoxSays { online, last_sequence } => {
                self.last_sequence = (!online).then_some(last_sequence);
            }
            Sighting::Figures { status, cameras } => self.figures.update(&status, cameras),
        }
    }

    fn journalled(&mut self, event: &pb::Event, at: Duration) {
        let sequence = sequence_of(event);
        if self.journalled.contains_key(&sequence) {
            return;
        }
        let label = match &event.body {
            Some(pb::event::Body::Passage(passage)) if passage.state() == pb::PassageState::Opened => {
                Some(self.confirmed(event, passage, sequence, at))
            }
            _ => None,
        };
        self.journalled.insert(sequence, Seen { at, label });
        // The ledger may have been faster than the feed.
        for (held, word) in [
            (self.published.keys.contains(&sequence), true),
            (self.receipted.keys.contains(&sequence), false),
        ] {
            if held && let Some(row) = self.passages.iter_mut().find(|row| row.sequence == sequence) {
                if word { row.published = true } else { row.receipted = true }
            }
        }
    }

    /// A new passage: its line, its picture, its row.
    fn confirmed(&mut self, event: &pb::Event, passage: &pb::Passage, sequence: u64, at: Duration) -> String {
        let camera = event.camera_id.clone().unwrap_or_default();
        let clip = self.clips.iter().find(|clip| clip.camera == camera);
        let place = clip.and_then(|clip| clip.place(&passage.place_id));
        let name = format!("{sequence:04}-{camera}-{}.jpg", passage.object_class);
        let snapshot = snapshot::annotate(&self.store, event, place, &self.snapshots.join(name));
        let snapshot = match snapshot {
            Ok(path) => Some(path.display().to_string()),
            Err(error) => {
                println!("{} no snapshot of event {sequence}: {error:#}", stamp(at));
                None
            }
        };
        let direction = passage.direction().as_str_name().trim_start_matches("DIRECTION_").to_lowercase();
        let label = format!(
            "#{sequence} {camera}: {} {direction} `{}` by rule `{}`",
            passage.object_class, passage.place_id, passage.rule_id
        );
        println!("{} confirmed  {label}", stamp(at));
        let box_id = event.key.as_ref().map_or("", |key| key.box_id.as_str());
        self.passages.push(PassageRow {
            key: format!("{box_id}/{sequence}"),
            sequence,
            passage_id: passage.passage_id.clone(),
            camera,
            class: passage.object_class.clone(),
            rule: passage.rule_id.clone(),
            direction,
            snapshot,
            published: false,
            receipted: false,
        });
        label
    }

    fn mark(&mut self, sequence: u64, word: &str, at: Duration, set: impl Fn(&mut PassageRow)) {
        if let Some(row) = self.passages.iter_mut().find(|row| row.sequence == sequence) {
            set(row);
        }
        if let Some(Seen { at: since, label: Some(label) }) = self.journalled.get(&sequence) {
            let after = at.saturating_sub(*since).as_millis();
            println!("{} {word:<10} {label} (+{after} ms)", stamp(at));
        }
    }

    fn box_has_gone(&mut self) {
        self.box_pid = None;
        self.endpoint = None;
        self.figures.box_has_gone();
        self.usage_before.cpu_seconds += self.usage.cpu_seconds;
        self.usage_before.peak_rss_mb = self.usage_before.peak_rss_mb.max(self.usage.peak_rss_mb);
        self.usage = Usage::default();
    }

    pub(crate) fn report(self, ran: Duration, out: &Path) -> Report {
        let served =
            self.clips.iter().filter(|clip| clip.is_seen).map(|clip| clip.camera.to_owned()).collect();
        Report::new(
            served,
            self.passages,
            self.figures,
            self.journalled.len() as u64,
            [self.published.keys.len() as u64, self.receipted.keys.len() as u64],
            self.published.repeats + self.receipted.repeats,
            self.published.out_of_order + self.receipted.out_of_order,
            Usage {
                cpu_seconds: self.usage_before.cpu_seconds + self.usage.cpu_seconds,
                rss_mb: self.usage.rss_mb,
                peak_rss_mb: self.usage_before.peak_rss_mb.max(self.usage.peak_rss_mb),
            },
            &self.memory,
            ran,
            out,
        )
    }
}

fn sequence_of(event: &pb::Event) -> u64 {
    event.key.as_ref().map_or(0, |key| key.sequence)
}

fn stamp(at: Duration) -> String {
    format!("{:7.1} s", at.as_secs_f64())
}
