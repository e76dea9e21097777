use std::time::Duration;

use super::*;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq)]
struct Item {
    name: &'static str,
    wanted: bool,
    hold_until: Instant,
}

impl Waiting for Item {
    fn is_wanted(&self, _: Instant) -> bool {
        self.wanted
    }

    fn hold_until(&self) -> Instant {
        self.hold_until
    }
}

fn item(name: &'static str) -> Item {
    Item { name, wanted: true, hold_until: Instant::now() + LONG }
}

fn queue(capacity: usize, max: usize, hold: Duration) -> Queue<Item> {
    Queue::new(capacity, Batching { max, hold })
}

fn names(items: &[Item]) -> Vec<&'static str> {
    items.iter().map(|item| item.name).collect()
}

fn taken(queue: &Queue<Item>) -> Vec<&'static str> {
    names(&queue.take().expect("something waits").wanted)
}

#[test]
fn one_who_asks_often_gets_no_more_turns_than_the_others() {
    let queue = queue(32, 1, Duration::ZERO);
    let (flood, calm, late) = (queue.caller(), queue.caller(), queue.caller());
    let born = Instant::now();
    for _ in 0..6 {
        queue.push(&flood, born, item("flood")).expect("room");
    }
    for _ in 0..2 {
        queue.push(&calm, born, item("calm")).expect("room");
    }
    assert_eq!(taken(&queue), ["flood"], "all have an equal right, and it came first");
    queue.push(&late, born, item("late")).expect("room");
    let order: Vec<&str> = (0..5).flat_map(|_| taken(&queue)).collect();
    assert_eq!(order, ["calm", "late", "flood", "calm", "flood"]);
}

#[test]
fn between_callers_with_an_equal_right_the_older_frame_goes_first() {
    let queue = queue(8, 1, Duration::ZERO);
    let now = Instant::now();
    let callers = [queue.caller(), queue.caller(), queue.caller()];
    for (caller, (name, age)) in callers.iter().zip([("young", 1), ("old", 30), ("middle", 20)]) {
        queue.push(caller, now - Duration::from_millis(age), item(name)).expect("room");
    }
    let order: Vec<&str> = (0..3).flat_map(|_| taken(&queue)).collect();
    assert_eq!(order, ["old", "middle", "young"]);
}

#[test]
fn a_newcomer_waits_like_one_served_just_now() {
    let queue = queue(8, 1, Duration::ZERO);
    let (a, b) = (queue.caller(), queue.caller());
    let now = Instant::now();
    queue.push(&a, now, item("a")).expect("room");
    queue.push(&b, now, item("b")).expect("room");
    assert_eq!(taken(&queue), ["a"]);
    // Older than anything, and still behind `b`, who has waited since before it came.
    queue.push(&queue.caller(), now - LONG, item("newcomer")).expect("room");
    queue.push(&a, now, item("a")).expect("room");
    let order: Vec<&str> = (0..3).flat_map(|_| taken(&queue)).collect();
    assert_eq!(order, ["b", "newcomer", "a"]);
}

#[test]
fn a_batch_takes_one_turn_of_each_before_a_second_of_anybody() {
    let queue = queue(8, 3, Duration::ZERO);
    let (flood, calm) = (queue.caller(), queue.caller());
    let now = Instant::now();
    for _ in 0..4 {
        queue.push(&flood, now, item("flood")).expect("room");
    }
    queue.push(&calm, now, item("calm")).expect("room");
    assert_eq!(taken(&queue), ["flood", "calm", "flood"]);
    assert_eq!(taken(&queue), ["flood", "flood"]);
}

#[test]
fn what_nobody_wants_is_handed_out_apart_and_takes_no_turn() {
    let queue = queue(8, 1, Duration::ZERO);
    let (a, b) = (queue.caller(), queue.caller());
    let now = Instant::now();
    queue.push(&a, now, Item { wanted: false, ..item("gone") }).expect("room");
    queue.push(&a, now, item("a")).expect("room");
    queue.push(&b, now, item("b")).expect("room");
    let first = queue.take().expect("open");
    assert_eq!((names(&first.wanted), names(&first.unwanted)), (vec![], vec!["gone"]));
    assert_eq!((taken(&queue), taken(&queue)), (vec!["a"], vec!["b"]));
}

#[test]
fn a_full_or_closed_queue_gives_back_at_once() {
    let queue = queue(1, 1, Duration::ZERO);
    let (caller, now) = (queue.caller(), Instant::now());
    queue.push(&caller, now, item("first")).expect("room");
    let refused = queue.push(&caller, now, item("second"));
    assert!(matches!(refused, Err(Refused::Full(Item { name: "second", .. }))), "{refused:?}");
    queue.close();
    let refused = queue.push(&caller, now, item("third"));
    assert!(matches!(refused, Err(Refused::Closed(Item { name: "third", .. }))), "{refused:?}");
    assert_eq!(taken(&queue), ["first"], "what is there is still handed out");
    assert!(queue.take().is_none());
}

#[test]
fn fewer_than_a_batch_are_held_until_the_oldest_frame_is_of_age() {
    let hold = Duration::from_millis(40);
    let queue = queue(8, 4, hold);
    let caller = queue.caller();
    let (begun, half) = (Instant::now(), hold / 2);
    queue.push(&caller, begun - half, item("old")).expect("room");
    queue.push(&caller, begun, item("young")).expect("room");
    assert_eq!(taken(&queue), ["old", "young"]);
    let held = begun.elapsed();
    assert!(half <= held && held < LONG, "held {held:?}");
}

#[test]
fn nothing_holds_a_full_batch_or_a_frame_of_age_or_an_end() {
    let queue = queue(8, 2, LONG);
    let caller = queue.caller();
    let now = Instant::now();
    queue.push(&caller, now, item("a")).expect("room");
    queue.push(&caller, now, item("b")).expect("room");
    assert_eq!(taken(&queue), ["a", "b"]);
    queue.push(&caller, now - LONG, item("old")).expect("room");
    assert_eq!(taken(&queue), ["old"]);
    queue.push(&caller, now, Item { hold_until: now, ..item("impatient") }).expect("room");
    assert_eq!(taken(&queue), ["impatient"]);
    queue.push(&caller, now, item("last")).expect("room");
    queue.close();
    assert_eq!(taken(&queue), ["last"]);
    assert!(now.elapsed() < LONG, "nothing was held");
}

#[test]
fn a_held_batch_goes_when_it_is_full() {
    let queue = queue(8, 2, LONG);
    let (a, b) = (queue.caller(), queue.caller());
    let begun = Instant::now();
    queue.push(&a, begun, item("a")).expect("room");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| taken(&queue));
        queue.push(&b, begun, item("b")).expect("room");
        assert_eq!(waiting.join().expect("no panic"), ["a", "b"]);
    });
    assert!(begun.elapsed() < LONG);
}

#[test]
fn closing_wakes_one_that_waits() {
    let queue = queue(1, 1, Duration::ZERO);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.take().is_none());
        queue.close();
        assert!(waiting.join().expect("no panic"));
    });
}

#[test]
fn two_who_take_share_what_waits_and_neither_sleeps_over_it() {
    let queue = queue(8, 2, LONG);
    let caller = queue.caller();
    let born = Instant::now() - LONG / 2;
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..2).map(|_| scope.spawn(|| taken(&queue).len())).collect();
        for _ in 0..4 {
            queue.push(&caller, born, item("one")).expect("room");
        }
        let counts: Vec<usize> = waiting.into_iter().map(|one| one.join().expect("no panic")).collect();
        assert_eq!(counts, [2, 2]);
    });
    assert!(born.elapsed() < LONG, "nothing was held to the end");
}
