//! Where a camera's pictures come from: its url and the keys that belong to it.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::login;
use crate::address;
use crate::cursor::{Item, Table, misplaced};
use crate::instant;
use crate::{Clip, Source, Stream, Transport};

const DEFAULT_RTSP_PORT: u16 = 554;
const EXPECTED_URL: &str = "\"rtsp://host[:port]/path\", \"file:///path\" or \"file:path\"";
const EXPECTED_MOMENT: &str = "a date and time with offset, from 1970 on and without quotes, \
                               such as 2024-05-01T10:00:00Z";
const TRANSPORTS: [(&str, Transport); 2] = [("tcp", Transport::Tcp), ("udp", Transport::Udp)];

enum Place {
    Rtsp(String),
    File(PathBuf),
}

pub(super) fn source(camera: &Table<'_>) -> Option<Source> {
    let place = camera.need("url", EXPECTED_URL, place);
    let (transport_item, recorded_at_item) = (camera.get("transport"), camera.get("recorded-at"));
    let transport = transport_item.as_ref().map_or(Some(Transport::Tcp), |item| item.choice(&TRANSPORTS));
    let recorded_at = recorded_at_item.as_ref().map_or(Some(UNIX_EPOCH), recorded_at);
    let login = login::login(camera);
    match place? {
        Place::Rtsp(url) => {
            misplaced([recorded_at_item], "only a recorded file has a time of recording")?;
            Some(Source::Rtsp(Stream { url, transport: transport?, login: login? }))
        }
        Place::File(path) => {
            let of_rtsp = [transport_item, camera.get("user"), camera.get("password")];
            misplaced(of_rtsp, "only an rtsp camera has this")?;
            Some(Source::File(Clip { path, recorded_at: recorded_at? }))
        }
    }
}

fn recorded_at(item: &Item<'_>) -> Option<SystemTime> {
    let moment = item.datetime(EXPECTED_MOMENT)?;
    instant::moment(moment).or_else(|| item.refuse(EXPECTED_MOMENT))
}

fn place(item: &Item<'_>) -> Option<Place> {
    let Some(text) = item.peek_text() else { return item.refuse(EXPECTED_URL) };
    if let Some(path) = text.strip_prefix("file:") {
        return file(item, path).map(Place::File);
    }
    let Some((authority, path)) = text.strip_prefix("rtsp://").and_then(|rest| rest.split_once('/')) else {
        return refuse_url(item, text, EXPECTED_URL);
    };
    if authority.contains('@') || has_password_parameter(path) {
        return item.problem(
            "user or password inside the url; write the url without them and use the keys `user` and `password`",
        );
    }
    let is_plain =
        !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '#' | '"' | '\\'));
    match address::endpoint(authority, Some(DEFAULT_RTSP_PORT)) {
        Some(_) if is_plain => Some(Place::Rtsp(text.to_owned())),
        _ => refuse_url(item, text, EXPECTED_URL),
    }
}

fn file(item: &Item<'_>, path: &str) -> Option<PathBuf> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return item.refuse("\"file:///path\" (three strokes) or \"file:path\""),
        None => path,
    };
    if path.is_empty() || path.ends_with('/') || path.contains(char::is_control) {
        return item.refuse("the path of a file after \"file:\"");
    }
    Some(item.document.base_dir.join(path))
}

fn has_password_parameter(path: &str) -> bool {
    let names = ["password", "passwd", "pass", "pwd"];
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let name = |parameter: &str| parameter.split('=').next().unwrap_or_default().to_ascii_lowercase();
    query.split('&').any(|parameter| names.contains(&name(parameter).as_str()))
}

/// Refuses a url without showing what may be a password in it.
pub(super) fn refuse_url<T>(item: &Item<'_>, url: &str, expected: &str) -> Option<T> {
    let lower = url.to_ascii_lowercase();
    match lower.contains('@') || lower.contains("pass") || lower.contains("pwd") {
        true => item.problem(format_args!(
            "got a url that is not shown as it may hold a password, expected {expected}"
        )),
        false => item.refuse(expected),
    }
}
