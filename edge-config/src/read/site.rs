use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::cursor::{Item, Table};
use crate::{BoxIdentity, Camera, Decisions, Evidence, Listen, Position};

const DEFAULT_GRPC: SocketAddr = SocketAddr::new(LOOPBACK, 7443);
const DEFAULT_HTTP: SocketAddr = SocketAddr::new(LOOPBACK, 7480);
const LOOPBACK: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// No place on earth is farther from UTC.
const MAX_OFFSET_MIN: i32 = 14 * 60;
const EVIDENCE: Evidence = Evidence { jpeg_quality: 85, snapshots: true, crops: true };

const DECISIONS: Decisions = Decisions { retention: Duration::from_secs(72 * 3600), max_mib: 64 };
const RETENTION: RangeInclusive<Duration> = Duration::from_secs(3600)..=Duration::from_secs(90 * 24 * 3600);

pub(super) fn identity(table: &Table<'_>) -> Option<BoxIdentity> {
    let id = table.need("id", "the id of the box", Item::id);
    let site = table.need("site", "the id of the site", Item::id);
    let data_dir = table.need("data-dir", "the folder of journal and evidence", Item::file_path);
    let position = table.maybe("position", |item| item.table(position));
    let utc_offset_min = table.or("utc-offset", 0, utc_offset);
    Some(BoxIdentity {
        id: id?,
        site: site?,
        data_dir: data_dir?,
        position: position?,
        utc_offset_min: utc_offset_min?,
    })
}

/// `"+07:00"` as minutes.
fn utc_offset(item: &Item<'_>) -> Option<i32> {
    let parsed = item.peek_text().and_then(|text| {
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = digits.split_once(':')?;
        let two_digits = |text: &str| {
            let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| text.parse::<i32>().ok()).flatten()
        };
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        (minutes < 60 && 60 * hours + minutes <= MAX_OFFSET_MIN).then_some(sign * (60 * hours + minutes))
    });
    parsed.or_else(|| item.refuse("an offset such as \"+07:00\", from \"-14:00\" to \"+14:00\""))
}

/// What may not go as the operator expects when `[box]` has no `utc-offset`.
pub(super) fn warning(cameras: &[Camera]) -> Option<String> {
    let scheduled = |camera: &&Camera| camera.rules.iter().any(|rule| !rule.conditions.schedule.is_empty());
    let names: Vec<String> =
        cameras.iter().filter(scheduled).map(|camera| format!("`{}`", camera.id)).collect();
    (!names.is_empty()).then(|| format!("not given: the schedules of {} are taken in UTC", names.join(", ")))
}

/// Latitude and longitude of a `position` table.
pub(super) fn position(table: &Table<'_>) -> Option<Position> {
    let latitude = table.need("latitude", "degrees north", |item| item.number(-90.0..=90.0));
    let longitude = table.need("longitude", "degrees east", |item| item.number(-180.0..=180.0));
    Some(Position { latitude_deg: latitude?, longitude_deg: longitude? })
}

pub(super) fn listen(root: &Table<'_>) -> Option<Listen> {
    root.or("listen", Listen { grpc: DEFAULT_GRPC, http: DEFAULT_HTTP }, |item| {
        item.table(|table| {
            let grpc = table.or("grpc", DEFAULT_GRPC, address);
            let http = table.or("http", DEFAULT_HTTP, address);
            let (grpc, http) = (grpc?, http?);
            if grpc == http && grpc.port() != 0 {
                table.problem(
                    Some("http"),
                    format_args!("got {http}, expected another address than that of grpc"),
                );
                return None;
            }
            Some(Listen { grpc, http })
        })
    })
}

fn address(item: &Item<'_>) -> Option<SocketAddr> {
    let Some(address) = item.peek_text().and_then(|text| text.parse::<SocketAddr>().ok()) else {
        return item.refuse("an address and a port such as \"127.0.0.1:7443\"");
    };
    if !address.ip().is_loopback() {
        return item.refuse("a loopback address: others stay refused until mTLS and roles can be configured");
    }
    Some(address)
}

pub(super) fn evidence(root: &Table<'_>) -> Option<Evidence> {
    root.or("evidence", EVIDENCE, |item| {
        item.table(|table| {
            let jpeg_quality = table.or("jpeg-quality", EVIDENCE.jpeg_quality, |item| {
                item.whole(1..=100, "").and_then(|quality| u8::try_from(quality).ok())
            });
            let snapshots = table.or("snapshots", EVIDENCE.snapshots, Item::flag);
            let crops = table.or("crops", EVIDENCE.crops, Item::flag);
            Some(Evidence { jpeg_quality: jpeg_quality?, snapshots: snapshots?, crops: crops? })
        })
    })
}

pub(super) fn decisions(root: &Table<'_>) -> Option<Decisions> {
    root.or("decisions", DECISIONS, |item| {
        item.table(|table| {
            let retention = table.or("retention", DECISIONS.retention, |item| item.duration(RETENTION));
            let max_mib = table.or("max-mib", DECISIONS.max_mib, |item| item.whole(1..=4096, ""));
            Some(Decisions { retention: retention?, max_mib: max_mib? })
        })
    })
}
