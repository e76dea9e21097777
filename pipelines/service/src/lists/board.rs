//! Every list of a box, and what a read matches in them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use plates::grammar::{Correction, RawRead};
use plates::list::Hit;
use proto::v1 as pb;

use super::shelf::Shelf;
use super::{Kind, Opened, PublicKey};

/// Matches of one read at most, over all lists.
const MOST_MATCHES: usize = 8;

/// Folder of the versions in force, in the data folder.
const KEPT: &str = "lists";

/// The lists of a box. Reading them never waits for a file.
#[derive(Default)]
pub(crate) struct Lists {
    keys: Vec<PublicKey>,
    shelves: Vec<Shelf>,
}

impl Lists {
    /// The lists that `settings` names, as they were in force last and as their files are now. A list that cannot be had
    /// is told and left out until its file is good.
    ///
    /// # Errors
    /// When there is no room for them in `data_dir`.
    pub(crate) fn open(settings: &edge_config::Lists, data_dir: &Path, unix_s: i64) -> anyhow::Result<Self> {
        let folder = data_dir.join(KEPT);
        if !settings.lists.is_empty() {
            let made = fs::create_dir_all(&folder);
            made.with_context(|| format!("could not make the folder `{}`", folder.display()))?;
        }
        let keys = settings.keys.iter().copied().map(PublicKey::of).collect();
        let shelf = |list: &edge_config::PlateListFile| {
            Shelf::new(&list.name, list.kind.into(), &list.path, folder.join(format!("{}.list", list.name)))
        };
        let lists = Self { keys, shelves: settings.lists.iter().map(shelf).collect() };
        lists.shelves.iter().for_each(|shelf| shelf.recall(&lists.keys));
        lists.refresh(unix_s);
        Ok(lists)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// Looks at every file, and swaps those lists whose file is new and good.
    pub(crate) fn refresh(&self, unix_s: i64) {
        self.shelves.iter().for_each(|shelf| shelf.refresh(&self.keys, unix_s));
    }

    /// Every list in force, in the order of the configuration.
    pub(crate) fn asked(&self, unix_s: i64) -> Vec<pb::ListUse> {
        self.in_force().map(|opened| list_use(&opened, unix_s)).collect()
    }

    /// The entries that `read` matches at `unix_s`, nearest first, then in the order of the configuration. Near ones only
    /// where no list has the very plate. An expired permit list permits nothing.
    pub(crate) fn find(&self, read: &RawRead, unix_s: i64) -> Vec<pb::ListMatch> {
        let mut matches: Vec<pb::ListMatch> = Vec::new();
        for opened in self.in_force() {
            let header = &opened.header;
            if header.kind == Kind::Permit && header.is_expired(unix_s) {
                continue;
            }
            let hits = opened.list.find(read, unix_s);
            matches.extend(hits.iter().map(|hit| list_match(hit, list_use(&opened, unix_s))));
        }
        if matches.iter().any(|found| !found.fuzzy) {
            matches.retain(|found| !found.fuzzy);
        }
        // Stable: the order of the configuration and of the tables decides between equals.
        matches.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        matches.truncate(MOST_MATCHES);
        matches
    }

    /// Writes into `told` what the lists say of `read`. Of a read that is not sure they are not asked: its doubts would make
    /// other plates near ones.
    pub(crate) fn note(&self, told: &mut pb::PlateRead, read: &RawRead, unix_s: i64) {
        let is_sure = match told.status() {
            pb::PlateStatus::Confirmed | pb::PlateStatus::SingleLook => true,
            pb::PlateStatus::Rejected => told.reason() == pb::UnreadReason::Grammar,
            pb::PlateStatus::Unspecified => false,
        };
        if is_sure {
            told.lists = self.find(read, unix_s);
            told.lists_asked = self.asked(unix_s);
        }
    }

    /// How each list is.
    pub(crate) fn statuses(&self, unix_s: i64) -> Vec<pb::ListStatus> {
        let status = |shelf: &Shelf| {
            let report = shelf.report();
            let mut status = pb::ListStatus {
                name: shelf.name.clone(),
                kind: kind(shelf.kind).into(),
                fault: report.fault.unwrap_or_default(),
                refused: report.refused,
                ..pb::ListStatus::default()
            };
            if let Some(Opened { header, sha256, key_id, list }) = report.in_force.as_deref() {
                status.version = header.version;
                status.entries = list.entries().len() as u64;
                status.issued_unix_s = header.issued_unix_s;
                status.expires_unix_s = header.expires_unix_s;
                status.expired = header.is_expired(unix_s);
                status.sha256.clone_from(sha256);
                status.key_id.clone_from(key_id);
            }
            status
        };
        self.shelves.iter().map(status).collect()
    }

    fn in_force(&self) -> impl Iterator<Item = Arc<Opened>> {
        self.shelves.iter().filter_map(Shelf::in_force)
    }
}

fn list_use(opened: &Opened, unix_s: i64) -> pb::ListUse {
    let header = &opened.header;
    pb::ListUse {
        name: header.name.clone(),
        kind: kind(header.kind).into(),
        version: header.version,
        expired: header.is_expired(unix_s),
    }
}

fn list_match(hit: &Hit<'_>, list: pb::ListUse) -> pb::ListMatch {
    pb::ListMatch {
        list: Some(list),
        plate: hit.entry.text.clone(),
        country: hit.entry.country.clone().unwrap_or_default(),
        note: hit.entry.note.clone(),
        fuzzy: !hit.exact(),
        distance: hit.distance,
        substitutions: hit.substitutions.iter().map(correction).collect(),
    }
}

fn correction(correction: &Correction) -> pb::PlateCorrection {
    pb::PlateCorrection {
        place: correction.place as u32,
        from: correction.from.to_string(),
        to: correction.to.to_string(),
    }
}

fn kind(kind: Kind) -> pb::ListKind {
    match kind {
        Kind::Watch => pb::ListKind::Watch,
        Kind::Permit => pb::ListKind::Permit,
    }
}
