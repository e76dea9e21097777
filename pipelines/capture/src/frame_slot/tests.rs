use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::*;

const LONG: Duration = Duration::from_secs(20);

fn spawn<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    thread::Builder::new().name("slot-test".into()).spawn(work).expect("thread")
}

#[test]
fn the_newest_frame_wins_and_the_loss_is_counted() {
    let slot = FrameSlot::new();
    assert!(slot.put(1) && slot.put(2) && slot.put(3));
    assert_eq!((slot.take(Duration::ZERO), slot.superseded()), (Taken::Frame(3), 2));
    assert_eq!(slot.take(Duration::from_millis(1)), Taken::TimedOut);
}

#[test]
fn a_closed_slot_gives_out_what_it_holds_and_takes_nothing_more() {
    let slot = FrameSlot::new();
    assert!(slot.put(1));
    slot.close();
    assert!(!slot.put(2) && !slot.put_waiting(3));
    assert_eq!((slot.take(LONG), slot.take(LONG)), (Taken::Frame(1), Taken::Closed));
    assert_eq!(slot.superseded(), 0);
}

#[test]
fn footage_that_waits_loses_nothing_and_keeps_its_order() {
    let slot = Arc::new(FrameSlot::new());
    let producer = spawn({
        let slot = Arc::clone(&slot);
        move || {
            let all = (0..20_000).all(|number| slot.put_waiting(number));
            slot.close();
            all
        }
    });
    let mut taken = Vec::new();
    while let Taken::Frame(number) = slot.take(LONG) {
        taken.push(number);
    }
    assert!(producer.join().expect("joins"));
    assert!(taken.iter().copied().eq(0..20_000), "{} frames", taken.len());
    assert_eq!(slot.superseded(), 0);
}

#[test]
fn closing_wakes_a_producer_and_a_consumer() {
    let full = Arc::new(FrameSlot::new());
    assert!(full.put_waiting(1));
    let producer = spawn({
        let full = Arc::clone(&full);
        move || full.put_waiting(2)
    });
    let empty = Arc::new(FrameSlot::<i32>::new());
    let consumer = spawn({
        let empty = Arc::clone(&empty);
        move || empty.take(Duration::MAX)
    });
    full.close();
    empty.close();
    assert!(!producer.join().expect("joins"));
    assert_eq!(consumer.join().expect("joins"), Taken::Closed);
    assert_eq!(full.take(LONG), Taken::Frame(1));
}

#[test]
fn a_waiting_consumer_gets_the_frame_that_comes() {
    let slot = Arc::new(FrameSlot::new());
    let consumer = spawn({
        let slot = Arc::clone(&slot);
        move || slot.take(LONG)
    });
    assert!(slot.put(7));
    assert_eq!(consumer.join().expect("joins"), Taken::Frame(7));
}

#[test]
fn in_step_a_frame_is_let_go_when_the_next_is_asked_for() {
    let slot = Arc::new(FrameSlot { in_step: true, ..FrameSlot::new() });
    let producer = spawn({
        let slot = Arc::clone(&slot);
        move || (0..1_000).take_while(|&number| slot.put_waiting(Arc::new(number))).count()
    });
    for number in 0..1_000 {
        let Taken::Frame(frame) = slot.take(LONG) else { panic!("frame {number} is missing") };
        assert_eq!(*frame, number);
        // Nobody puts the next one before it is asked for.
        assert!(slot.lock().frame.is_none(), "{number}");
        thread::yield_now();
        assert!(slot.lock().frame.is_none(), "{number}");
    }
    slot.close();
    assert_eq!(producer.join().expect("joins"), 1_000);
}
