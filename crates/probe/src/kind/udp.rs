//! A datagram, and perhaps its answer.

use std::time::Duration;

use tokio::time::timeout;

use super::datagram::{self, LONGEST};
use crate::answer::Answer;
use crate::fault::{Fault, Phase};
use crate::net::Way;
use crate::probe::Udp;
use crate::trace::Trace;

/// How long "port unreachable" is waited for where no answer is: it takes one round trip.
const REFUSAL: Duration = Duration::from_secs(1);

/// Sends the datagram. Where an answer is expected, it is sent again after 1, 2, 4 s and so on.
pub(super) async fn ask(udp: &Udp, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let body = if udp.expect_answer {
        datagram::ask(&udp.place, &udp.send, |_| true, way, trace).await?.datagram
    } else {
        send(udp, way, trace).await?
    };
    let cut = body.len() == LONGEST;
    Ok(Answer { body, cut, protocol: String::from("UDP"), ..Answer::default() })
}

/// Sends to the first address there is a way to. What is answered all the same, or nothing.
async fn send(udp: &Udp, way: Way<'_>, trace: &mut Trace) -> Result<Vec<u8>, Fault> {
    let addresses = way.addresses(&udp.place, trace).await?;
    trace.phase = Phase::Reply;
    let mut fault = None;
    for address in addresses {
        trace.address = Some(address);
        let mut buffer = vec![0; LONGEST];
        let heard = timeout(REFUSAL, async {
            let socket = datagram::socket(address).await?;
            socket.send(&udp.send).await?;
            socket.recv(&mut buffer).await
        });
        match heard.await {
            Ok(Err(error)) => {
                let failed = Fault::connect(&error, address, REFUSAL);
                fault.get_or_insert(failed);
            }
            Ok(Ok(length)) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(_) => return Ok(Vec::new()),
        }
    }
    Err(fault
        .unwrap_or_else(|| Fault::NoAddress { name: udp.place.host.clone(), family: way.family }))
}
