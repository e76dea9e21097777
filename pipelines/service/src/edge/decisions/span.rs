use proto::v1 as pb;

/// A span is handed over after this many nanoseconds at the latest: what a killed box may have looked at without saying.
const LONGEST_NS: i64 = 60_000_000_000;

/// How a camera is, since when, and what came of it.
#[derive(Debug, Default)]
pub(super) struct SpanWatch {
    current: Option<pb::CameraSpan>,
}

impl SpanWatch {
    /// The camera is in another state; answers with the span that is over.
    pub(super) fn state_changed(
        &mut self,
        state: pb::CameraState,
        reason: &str,
        now: i64,
    ) -> Option<pb::CameraSpan> {
        let same = self.current.as_ref().is_some_and(|span| span.state() == state && span.reason == reason);
        if same {
            return self.tick(now);
        }
        let over = self.take().map(|over| until(over, now));
        self.current = Some(begun(state, reason, now));
        over
    }

    /// It is `now`; answers with the span that has become too long.
    pub(super) fn tick(&mut self, now: i64) -> Option<pb::CameraSpan> {
        let span = self.current.as_mut()?;
        span.to_unix_ns = span.to_unix_ns.max(now);
        if span.to_unix_ns.saturating_sub(span.from_unix_ns) < LONGEST_NS {
            return None;
        }
        let next = begun(span.state(), &span.reason, span.to_unix_ns);
        self.current.replace(next)
    }

    /// A frame at `now` was judged, with so many tracks alive, or got no answer.
    pub(super) fn frame(&mut self, now: i64, tracks: Option<usize>) -> Option<pb::CameraSpan> {
        // Footage tells no states: it streams while it has frames.
        let span = self.current.get_or_insert_with(|| begun(pb::CameraState::Streaming, "", now));
        match tracks {
            Some(tracks) => {
                span.frames += 1;
                span.most_tracks = span.most_tracks.max(u32::try_from(tracks).unwrap_or(u32::MAX));
            }
            None => span.frames_unanswered += 1,
        }
        self.tick(now)
    }

    pub(super) fn current(&self) -> Option<pb::CameraSpan> {
        self.current.clone()
    }

    pub(super) fn take(&mut self) -> Option<pb::CameraSpan> {
        self.current.take()
    }
}

fn begun(state: pb::CameraState, reason: &str, now: i64) -> pb::CameraSpan {
    pb::CameraSpan {
        state: state.into(),
        reason: reason.to_owned(),
        from_unix_ns: now,
        to_unix_ns: now,
        ..pb::CameraSpan::default()
    }
}

fn until(span: pb::CameraSpan, now: i64) -> pb::CameraSpan {
    pb::CameraSpan { to_unix_ns: span.to_unix_ns.max(now), ..span }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    #[test]
    fn a_span_ends_with_its_state_and_after_a_minute() {
        let mut watch = SpanWatch::default();
        assert_eq!(watch.state_changed(pb::CameraState::Connecting, "", 0), None);
        let over = watch.state_changed(pb::CameraState::Streaming, "", 2 * S).expect("it was connecting");
        assert_eq!(
            (over.state(), over.from_unix_ns, over.to_unix_ns),
            (pb::CameraState::Connecting, 0, 2 * S)
        );
        assert_eq!(watch.frame(3 * S, Some(2)), None);
        assert_eq!(watch.frame(4 * S, None), None);
        let over = watch.frame(62 * S, Some(1)).expect("a minute");
        assert_eq!((over.frames, over.frames_unanswered, over.most_tracks), (2, 1, 2));
        assert_eq!((over.from_unix_ns, over.to_unix_ns), (2 * S, 62 * S));
        let next = watch.current().expect("it goes on");
        assert_eq!((next.frames, next.from_unix_ns), (0, 62 * S), "without a hole between them");
    }

    #[test]
    fn a_clock_set_back_makes_no_span_that_ends_before_it_begins() {
        let mut watch = SpanWatch::default();
        watch.frame(10 * S, Some(0));
        watch.tick(S);
        let over = watch.take().expect("a span");
        assert_eq!((over.from_unix_ns, over.to_unix_ns), (10 * S, 10 * S));
    }
}
