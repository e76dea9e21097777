//! A row of requests on one stream, answered one after the other.

use proto::inference as pb;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::OpenInference;
use super::deadline::Call;

/// Answers that wait for their reader. While one waits no further request is read.
const WINDOW: usize = 1;

type Answers = mpsc::Sender<Result<pb::ModelStreamInferResponse, Status>>;

/// Ends with the requests, with the reader, or with the server.
pub(super) fn answer(
    service: OpenInference,
    requests: Streaming<pb::ModelInferRequest>,
    call: Call,
) -> ReceiverStream<Result<pb::ModelStreamInferResponse, Status>> {
    let (answers, stream) = mpsc::channel(WINDOW);
    let mut stopping = service.stopping.clone();
    tokio::spawn(async move {
        let end = tokio::select! {
            end = serve(&service, requests, &answers, call) => end,
            // A request under way is hung up.
            () = answers.closed() => return,
            // An error means that the sender is gone: that is a stop as well.
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the server is stopping")),
        };
        if let Err(status) = end {
            answers.send(Err(status)).await.ok();
        }
    });
    ReceiverStream::new(stream)
}

async fn serve(
    service: &OpenInference,
    mut requests: Streaming<pb::ModelInferRequest>,
    answers: &Answers,
    call: Call,
) -> Result<(), Status> {
    while let Some(request) = requests.message().await.map_err(as_exhausted)? {
        let id = request.id.clone();
        let answer = match service.infer(request, call.message()).await {
            Ok(answer) => {
                pb::ModelStreamInferResponse { error_message: String::new(), infer_response: Some(answer) }
            }
            // Callers tell by the id which of their requests failed.
            Err(status) => pb::ModelStreamInferResponse {
                error_message: format!("{:?}: {}", status.code(), status.message()),
                infer_response: Some(pb::ModelInferResponse { id, ..Default::default() }),
            },
        };
        if answers.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// tonic says `OUT_OF_RANGE` for a message above the size limit; here it does not pass the layer that mends that.
fn as_exhausted(status: Status) -> Status {
    match status.code() {
        Code::OutOfRange => Status::resource_exhausted(status.message()),
        _ => status,
    }
}
