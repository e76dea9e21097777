//! Random sequences of operations against a plain model in memory.

use std::collections::BTreeMap;

use delivery::{DeliveryError, Draft, Journal};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use crate::support::journal::{encode, open, passage};

const KINDS: [&str; 3] = ["passage", "camera_status", "box_status"];
const CONSUMERS: [&str; 2] = ["console", "export"];

#[derive(Clone, Debug)]
enum Step {
    Append { kind: usize, count: usize },
    AppendPanicking,
    Acknowledge { consumer: usize, sequence: u64 },
    Read { from: u64, limit: usize, kind: Option<usize> },
    Reopen { close_first: bool },
}

#[derive(Default)]
struct Model {
    /// Kind of each event; sequence 1 is at index 0.
    events: Vec<usize>,
    consumers: BTreeMap<usize, u64>,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..KINDS.len(), 1_usize..5).prop_map(|(kind, count)| Step::Append { kind, count }),
        1 => Just(Step::AppendPanicking),
        2 => (0..CONSUMERS.len(), 0_u64..30).prop_map(|(consumer, sequence)| Step::Acknowledge { consumer, sequence }),
        3 => (0_u64..30, 0_usize..10, prop::option::of(0..KINDS.len()))
            .prop_map(|(from, limit, kind)| Step::Read { from, limit, kind }),
        1 => any::<bool>().prop_map(|close_first| Step::Reopen { close_first }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_journal_does_what_a_list_in_memory_does(steps in prop::collection::vec(step(), 1..40)) {
        let dir = TempDir::new().unwrap();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut journal = Some(open(dir.path()));
        let mut model = Model::default();
        for step in steps {
            if let Step::Reopen { close_first } = step {
                if close_first {
                    journal.as_ref().unwrap().close();
                }
                drop(journal.take());
                journal = Some(open(dir.path()));
            } else {
                carry_out(step, journal.as_ref().unwrap(), &mut model, &runtime)?;
            }
            let journal = journal.as_ref().unwrap();
            let last = model.events.len() as u64;
            prop_assert_eq!(journal.bounds(), (last.min(1), last));
            for (index, name) in CONSUMERS.iter().enumerate() {
                let remembered = runtime.block_on(journal.consumer(name)).unwrap();
                prop_assert_eq!(remembered, model.consumers.get(&index).copied().unwrap_or(0));
            }
        }
    }
}

fn carry_out(
    step: Step,
    journal: &Journal,
    model: &mut Model,
    runtime: &Runtime,
) -> Result<(), TestCaseError> {
    match step {
        Step::Append { kind, count } => {
            for _ in 0..count {
                let sequence = journal.append(Draft { kind: KINDS[kind].to_owned(), ..passage() }).unwrap();
                model.events.push(kind);
                prop_assert_eq!(sequence, model.events.len() as u64);
            }
        }
        Step::AppendPanicking => {
            let refused = journal.append(Draft { encode: Box::new(|_| panic!("asked for")), ..passage() });
            let is_named = matches!(refused, Err(DeliveryError::EncodePanicked { .. }));
            prop_assert!(is_named);
        }
        Step::Acknowledge { consumer, sequence } => {
            let outcome = runtime.block_on(journal.acknowledge(CONSUMERS[consumer], sequence));
            if sequence <= model.events.len() as u64 {
                let held = model.consumers.entry(consumer).or_default();
                *held = sequence.max(*held);
                prop_assert_eq!(outcome.unwrap(), *held);
            } else {
                let is_named = matches!(outcome, Err(DeliveryError::AcknowledgedAhead { .. }));
                prop_assert!(is_named);
            }
        }
        Step::Read { from, limit, kind } => {
            let kinds: Vec<String> = kind.iter().map(|kind| KINDS[*kind].to_owned()).collect();
            let read = runtime.block_on(journal.read(from, limit, &kinds)).unwrap();
            let expected: Vec<(u64, &str)> = (1..)
                .zip(&model.events)
                .filter(|(sequence, held)| from <= *sequence && kind.is_none_or(|kind| kind == **held))
                .map(|(sequence, held)| (sequence, KINDS[*held]))
                .take(limit)
                .collect();
            let found: Vec<(u64, &str)> =
                read.iter().map(|entry| (entry.sequence, entry.kind.as_str())).collect();
            prop_assert_eq!(found, expected);
            for entry in &read {
                prop_assert_eq!(&entry.payload, &encode(entry.sequence));
            }
        }
        Step::Reopen { .. } => {}
    }
    Ok(())
}
