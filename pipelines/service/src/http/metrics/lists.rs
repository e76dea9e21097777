//! Lists of plates: which version is in force, and whether its file is good. Never what is on them.

use proto::v1 as pb;

use super::{Metric, Sample, counter, gauge, labelled};
use crate::edge::BoxState;

pub(super) fn list_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    let statuses = state.lists.statuses(delivery::unix_ns().div_euclid(1_000_000_000));
    let each = |value: fn(&pb::ListStatus) -> f64| -> Vec<Sample> {
        statuses.iter().map(|status| labelled("list", &status.name, value(status))).collect()
    };
    let flag = |flag: bool| f64::from(u8::from(flag));
    metrics.push(gauge(
        "cairn_list_version",
        "Version of each list that is in force; 0 where none is",
        each(|status| status.version as f64),
    ));
    metrics.push(gauge("cairn_list_entries", "Entries of each list", each(|status| status.entries as f64)));
    metrics.push(gauge(
        "cairn_list_expires_timestamp_seconds",
        "When each list is out of date, in seconds since 1970",
        each(|status| status.expires_unix_s as f64),
    ));
    let faults = statuses.iter().map(|status| labelled("list", &status.name, flag(!status.fault.is_empty())));
    metrics.push(gauge("cairn_list_fault", "1 while the file of a list is not taken", faults.collect()));
    metrics.push(counter(
        "cairn_list_files_refused",
        "Files of each list that were not taken",
        each(|status| status.refused as f64),
    ));
}
