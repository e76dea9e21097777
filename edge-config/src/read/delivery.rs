use std::ops::RangeInclusive;
use std::time::Duration;

use super::login;
use super::source::refuse_url;
use crate::address;
use crate::cursor::{Item, Table};
use crate::{Delivery, Endpoint, Ledger, Mqtt, Requests};

const DEFAULT_MQTT_PORT: u16 = 1883;
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Outside of it the client library panics or wraps around.
const KEEP_ALIVE_RANGE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(65_535);
const MQTT_IN_FLIGHT: usize = 16;
const REQUESTS: [(&str, Requests); 2] = [("off", Requests::Off), ("trust-broker", Requests::TrustBroker)];
const LEDGER_IN_FLIGHT: usize = 64;
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(10);
const RECEIPT_TIMEOUT_RANGE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
const NO_DESTINATION: &str =
    "no destination, expected [delivery.mqtt], [delivery.ledger] or `local-only = true`";

pub(super) fn delivery(root: &Table<'_>, box_id: Option<&str>) -> Option<Delivery> {
    let Some(item) = root.get("delivery") else {
        root.problem(Some("delivery"), NO_DESTINATION);
        return None;
    };
    item.table(|table| {
        let mqtt = table.maybe("mqtt", |item| item.table(|table| mqtt(table, box_id)));
        let ledger = table.maybe("ledger", |item| item.table(ledger));
        let has_destination = table.has("mqtt") || table.has("ledger");
        let local_only = table.or("local-only", false, |item| match item.flag()? {
            true if has_destination => {
                item.misplaced("got true beside a destination, expected one or the other")
            }
            flag => Some(flag),
        });
        if !has_destination && local_only == Some(false) {
            table.problem(None, NO_DESTINATION);
            return None;
        }
        local_only?;
        Some(Delivery { mqtt: mqtt?, ledger: ledger? })
    })
}

fn mqtt(table: &Table<'_>, box_id: Option<&str>) -> Option<Mqtt> {
    let scheme =
        Scheme { plain: "mqtt", encrypted: "mqtts", receiver: "the broker", port: Some(DEFAULT_MQTT_PORT) };
    let broker = receiver(table, "broker", &scheme);
    let client_id = table.maybe("client-id", client_id);
    let login = login::login(table);
    let keep_alive = table.or("keep-alive", KEEP_ALIVE, |item| item.duration(KEEP_ALIVE_RANGE));
    let in_flight = table.or("in-flight", MQTT_IN_FLIGHT, |item| item.count(1..=16));
    let requests = table.or("requests", Requests::Off, |item| item.choice(&REQUESTS));
    let client_id = client_id?.or_else(|| box_id.map(|id| format!("cairn-{id}")));
    Some(Mqtt {
        broker: broker?,
        client_id: client_id?,
        login: login?,
        keep_alive: keep_alive?,
        in_flight: in_flight?,
        requests: requests?,
    })
}

fn client_id(item: &Item<'_>) -> Option<String> {
    match item.peek_text() {
        Some(text) if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Some(text.to_owned())
        }
        _ => item.refuse("1 to 128 printable characters without spaces"),
    }
}

fn ledger(table: &Table<'_>) -> Option<Ledger> {
    let scheme = Scheme { plain: "http", encrypted: "https", receiver: "the ledger", port: None };
    let endpoint = receiver(table, "url", &scheme);
    let in_flight = table.or("in-flight", LEDGER_IN_FLIGHT, |item| item.count(1..=1024));
    let receipt_timeout =
        table.or("receipt-timeout", RECEIPT_TIMEOUT, |item| item.duration(RECEIPT_TIMEOUT_RANGE));
    Some(Ledger { endpoint: endpoint?, in_flight: in_flight?, receipt_timeout: receipt_timeout? })
}

/// How the url of a receiver is written.
struct Scheme {
    plain: &'static str,
    encrypted: &'static str,
    receiver: &'static str,
    /// Port where the operator writes none.
    port: Option<u16>,
}

/// The url in `key`, plain text to another machine only with `allow-plaintext = true`.
fn receiver(table: &Table<'_>, key: &'static str, scheme: &Scheme) -> Option<Endpoint> {
    let allow_plaintext = table.or("allow-plaintext", false, Item::flag);
    let expected = match scheme.port {
        Some(_) => format!("\"{}://host[:port]\"", scheme.plain),
        None => format!("\"{}://host:port\"", scheme.plain),
    };
    let endpoint = table.need(key, &expected, |item| {
        let Some(text) = item.peek_text() else { return item.refuse(&expected) };
        let (written, rest) = text.split_once("://").unwrap_or(("", text));
        if written == scheme.encrypted {
            let (receiver, plain) = (scheme.receiver, scheme.plain);
            return item.problem(format_args!("TLS to {receiver} is not available yet, expected an unencrypted {plain}:// url"));
        }
        if rest.contains('@') {
            return item.problem(format_args!("user or password inside the url, expected {expected}"));
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let endpoint = (written == scheme.plain).then(|| address::endpoint(authority, scheme.port)).flatten();
        let Some(endpoint) = endpoint else { return refuse_url(item, text, &expected) };
        if !endpoint.is_loopback() && allow_plaintext == Some(false) {
            return item.refuse(
                "a loopback address, or `allow-plaintext = true` where the way there is protected by other means",
            );
        }
        Some(endpoint)
    });
    allow_plaintext?;
    endpoint
}
