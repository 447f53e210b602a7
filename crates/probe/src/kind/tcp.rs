//! A port, and perhaps a word or two with it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use crate::answer::Answer;
use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::net::stream::{Socket, Stream};
use crate::probe::Tcp;
use crate::trace::Trace;

/// Bytes of an answer that are kept.
const LONGEST_ANSWER: usize = 4096;
/// After so much silence an answer is taken to be whole.
const SILENCE: Duration = Duration::from_millis(100);

/// Connects, says what is to be said, and takes what the server says first.
pub(super) async fn ask(tcp: &Tcp, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let socket = way.connect(&tcp.place, trace).await?;
    let mut stream = Stream::new(Socket::Plain(socket), trace.seen.clone());
    let failed = |error: std::io::Error| Fault::io(&error, Phase::Answer);
    let began = Instant::now();
    stream.write_all(&tcp.send).await.map_err(failed)?;
    let mut answer = Answer { protocol: String::from("TCP"), ..Answer::default() };
    if tcp.expect_answer {
        answer.body = first_words(&mut stream).await.map_err(failed)?;
        trace.phases.first_byte = trace.seen.first().map(|first| first - began);
        if answer.body.is_empty() {
            return Err(Fault::Closed { phase: Phase::Answer });
        }
        answer.cut = answer.body.len() == LONGEST_ANSWER;
    }
    Ok(answer)
}

/// What comes until it is silent for a moment. Empty: the server hung up.
async fn first_words(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut words = vec![0; LONGEST_ANSWER];
    let mut length = stream.read(&mut words).await?;
    while length > 0 && length < words.len() {
        match timeout(SILENCE, stream.read(&mut words[length..])).await {
            Ok(Ok(more)) if more > 0 => length += more,
            // What came before a reset counts.
            _ => break,
        }
    }
    words.truncate(length);
    Ok(words)
}
