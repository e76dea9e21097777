//! Latest status of each camera, for destinations that keep a retained copy. It does not pass through the journal.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::error::DeliveryError;
use crate::name::check_name;

const MAX_CAMERAS: usize = 256;
const MAX_JSON_BYTES: usize = 16 << 10;

/// Written by anyone, read by one destination.
#[derive(Debug)]
pub(crate) struct CameraBoard {
    latest: Mutex<BTreeMap<String, Notice>>,
    changes: watch::Sender<u64>,
}

#[derive(Clone, Debug)]
struct Notice {
    json: String,
    /// Value of the change counter when it was set.
    change: u64,
}

/// What one connection has sent of the board: camera to change.
pub(crate) type Shown = HashMap<String, u64>;

impl CameraBoard {
    pub(crate) fn new() -> Self {
        Self { latest: Mutex::default(), changes: watch::channel(0).0 }
    }

    pub(crate) fn set(&self, camera: &str, json: String) -> Result<(), DeliveryError> {
        check_name("camera id", camera)?;
        let refuse = |reason| Err(DeliveryError::CameraStatus { camera: camera.to_owned(), reason });
        if MAX_JSON_BYTES < json.len() {
            return refuse(format!("{} bytes, at most {MAX_JSON_BYTES} are taken", json.len()));
        }
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match latest.get(camera) {
            Some(held) if held.json == json => return Ok(()),
            None if MAX_CAMERAS <= latest.len() => {
                return refuse(format!("{MAX_CAMERAS} cameras are on the board"));
            }
            _ => {}
        }
        let change = *self.changes.borrow() + 1;
        latest.insert(camera.to_owned(), Notice { json, change });
        drop(latest);
        self.changes.send_replace(change);
        Ok(())
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A camera whose latest status is not in `shown`, which then has it.
    pub(crate) fn next(&self, shown: &mut Shown) -> Option<(String, String)> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (camera, notice) =
            latest.iter().find(|(camera, notice)| shown.get(*camera) != Some(&notice.change))?;
        shown.insert(camera.clone(), notice.change);
        Some((camera.clone(), notice.json.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::{CameraBoard, MAX_CAMERAS, Shown};

    #[test]
    fn only_the_latest_value_of_a_camera_is_shown_once() {
        let board = CameraBoard::new();
        board.set("north", "1".to_owned()).unwrap();
        board.set("north", "2".to_owned()).unwrap();
        board.set("south", "3".to_owned()).unwrap();
        let mut shown = Shown::new();
        assert_eq!(board.next(&mut shown), Some(("north".to_owned(), "2".to_owned())));
        assert_eq!(board.next(&mut shown), Some(("south".to_owned(), "3".to_owned())));
        assert_eq!(board.next(&mut shown), None);
        board.set("south", "3".to_owned()).unwrap();
        assert_eq!(board.next(&mut shown), None, "an unchanged status was sent again");
        assert!(board.next(&mut Shown::new()).is_some(), "a new connection starts from nothing");
    }

    #[test]
    fn the_board_is_bounded() {
        let board = CameraBoard::new();
        for number in 0..MAX_CAMERAS {
            board.set(&format!("cam{number}"), "{}".to_owned()).unwrap();
        }
        assert!(board.set("one-more", "{}".to_owned()).is_err());
        assert!(board.set("cam0", "x".repeat(16 << 10)).is_ok());
        assert!(board.set("cam0", "x".repeat((16 << 10) + 1)).is_err());
    }
}
