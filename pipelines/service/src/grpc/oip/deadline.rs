//! When a call has to have its answer: the server's own limit, the caller's `grpc-timeout`, and the request's `timeout`.

use std::time::{Duration, Instant};

use engine::RUN_GRACE;
use tonic::Status;

use crate::tensors::Deadline;

const HEADER: &str = "grpc-timeout";

/// tonic drops a call at the very end of its `grpc-timeout` and calls that `CANCELLED`. An answer by us has to come a
/// little earlier: by a tenth of it, or this.
const MARGIN: Duration = Duration::from_millis(20);

/// When the head of a request came.
#[derive(Clone, Copy)]
struct Arrived(Instant);

/// Notes when a request came, before its body is read: a tensor takes a while.
pub(in crate::grpc) fn note_arrival<B>(mut request: http::Request<B>) -> http::Request<B> {
    request.extensions_mut().insert(Arrived(Instant::now()));
    request
}

/// What the head of a request says of time.
#[derive(Clone, Copy, Debug)]
pub(in crate::grpc) struct Call {
    pub(in crate::grpc) arrived: Instant,
    /// Of the caller.
    answered_by: Option<Instant>,
}

impl Call {
    /// # Errors
    /// `INVALID_ARGUMENT` for a `grpc-timeout` that cannot be read.
    pub(in crate::grpc) fn of<T>(request: &tonic::Request<T>) -> Result<Self, Status> {
        let arrived = request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0);
        let timeout = match request.metadata().get(HEADER) {
            None => None,
            Some(value) => Some(value.to_str().ok().and_then(parse).ok_or_else(|| {
                Status::invalid_argument(format!(
                    "{HEADER}: got {value:?}, expected up to 8 digits and one of H, M, S, m, u, n"
                ))
            })?),
        };
        let answered_by = timeout.map(|timeout| arrived + timeout.saturating_sub(MARGIN.min(timeout / 10)));
        Ok(Self { arrived, answered_by })
    }

    /// The same call for a message of a stream that comes now.
    pub(super) fn message(self) -> Self {
        Self { arrived: Instant::now(), ..self }
    }

    /// The earliest of `limit`, the caller's and the request's own `timeout`. The first is for the queue: a run that
    /// began in time may end.
    pub(in crate::grpc) fn deadline(self, limit: Duration, timeout: Option<Duration>) -> Deadline {
        let asked = timeout.map(|timeout| self.arrived + timeout).into_iter().chain(self.answered_by).min();
        let (queued_until, answered_by) = (self.arrived + limit, self.arrived + limit + RUN_GRACE);
        Deadline {
            queued_until: asked.map_or(queued_until, |asked| asked.min(queued_until)),
            answered_by: asked.map_or(answered_by, |asked| asked.min(answered_by)),
        }
    }
}

/// A `grpc-timeout`, as <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md> writes it.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || 8 < digits.len() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        for (text, expected) in [
            ("1S", Some(Duration::from_secs(1))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("250m", Some(Duration::from_millis(250))),
            ("3u", Some(Duration::from_micros(3))),
            ("2M", Some(Duration::from_secs(120))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("100000000S", None),
            ("1s", None),
            ("S", None),
            ("", None),
            ("-1S", None),
            ("1é", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn an_answer_comes_before_tonic_gives_up() {
        for (timeout, ours) in [(100, 90), (10_000, 9_980)] {
            let mut request = tonic::Request::new(());
            let head = note_arrival(http::Request::new(()));
            *request.extensions_mut() = head.extensions().clone();
            request.set_timeout(Duration::from_millis(timeout));
            let Call { arrived, answered_by } = Call::of(&request).expect("readable");
            assert_eq!(Some(arrived), head.extensions().get::<Arrived>().map(|arrived| arrived.0));
            assert_eq!(answered_by, Some(arrived + Duration::from_millis(ours)));
        }
    }

    #[test]
    fn the_earliest_limit_counts() {
        let arrived = Instant::now();
        let at = |ms| arrived + Duration::from_millis(ms);
        let limit = Duration::from_secs(2);
        let call = |answered_by| Call { arrived, answered_by };
        let deadline = |answered_by, timeout: Option<u64>| {
            let Deadline { queued_until, answered_by } =
                call(answered_by).deadline(limit, timeout.map(Duration::from_millis));
            (queued_until, answered_by)
        };
        assert_eq!(deadline(None, None), (at(2000), at(2000) + RUN_GRACE));
        assert_eq!(deadline(Some(at(90)), None), (at(90), at(90)));
        assert_eq!(deadline(Some(at(90)), Some(50)), (at(50), at(50)));
        assert_eq!(deadline(None, Some(2500)), (at(2000), at(2500)));
    }
}
