//! Records of a name.

use std::net::IpAddr;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{self, Name, RData};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::fault::{Fault, Phase};
use crate::net::{Way, answer_of, code_of, host_name};
use crate::probe::{Dns, RecordType};
use crate::text::clean;
use crate::trace::Trace;

/// Records that are kept.
const MOST_RECORDS: usize = 100;
/// Characters of one.
const LONGEST: usize = 4096;

/// Asks for records. That there are none is an answer: [`Dns::absent`] says so in words.
pub(super) async fn ask(dns: &Dns, way: Way<'_>, trace: &mut Trace) -> Result<Answer, Fault> {
    let name = name(dns)?;
    trace.phase = Phase::Name;
    trace.asked = (clean(&dns.name, 253), way.resolver);
    trace.address = way.resolver;
    let began = Instant::now();
    let found = way.records(name, wire(dns.record)).await;
    trace.phases.dns = Some(began.elapsed());
    let answer = |code: ResponseCode, records| Answer {
        status: Some(code.into()),
        records,
        protocol: String::from("DNS"),
        ..Answer::default()
    };
    match found {
        Ok(found) => {
            let wanted = wire(dns.record);
            let of_type = found.answers().iter().filter(|record| record.record_type() == wanted);
            let mut records: Vec<_> =
                of_type.take(MOST_RECORDS).map(|record| shown(&record.data)).collect();
            // Servers turn the order round.
            records.sort();
            Ok(answer(ResponseCode::NoError, records))
        }
        Err(error) => match code_of(&error) {
            Some(code @ (ResponseCode::NoError | ResponseCode::NXDomain)) => {
                Ok(answer(code, Vec::new()))
            }
            _ => Err(answer_of(&error, clean(&dns.name, 253), way.resolver)),
        },
    }
}

impl Dns {
    /// Why an answer without records is none, where no condition says anything else.
    pub fn absent(&self, answer: &Answer) -> Option<Fault> {
        let name = clean(&self.name, 253);
        match answer.status {
            Some(0) if !answer.records.is_empty() => None,
            Some(0) => Some(Fault::NoRecord { name, record: wire(self.record).to_string() }),
            _ => Some(Fault::NoSuchName { name }),
        }
    }
}

/// As it is: no search list is tried. An address stands for its name in the reverse tree.
fn name(dns: &Dns) -> Result<Name, Fault> {
    if dns.record == RecordType::Ptr
        && let Ok(address) = dns.name.parse::<IpAddr>()
    {
        return Ok(Name::from(address));
    }
    let mut name = host_name(&dns.name)?;
    name.set_fqdn(true);
    Ok(name)
}

fn wire(record: RecordType) -> rr::RecordType {
    match record {
        RecordType::A => rr::RecordType::A,
        RecordType::Aaaa => rr::RecordType::AAAA,
        RecordType::Cname => rr::RecordType::CNAME,
        RecordType::Mx => rr::RecordType::MX,
        RecordType::Ns => rr::RecordType::NS,
        RecordType::Txt => rr::RecordType::TXT,
        RecordType::Srv => rr::RecordType::SRV,
        RecordType::Caa => rr::RecordType::CAA,
        RecordType::Soa => rr::RecordType::SOA,
        RecordType::Ptr => rr::RecordType::PTR,
    }
}

/// As in a zone file (RFC 1035, 5.1): `10 mail.example.org.`, `"v=spf1 -all"`.
fn shown(data: &RData) -> String {
    let text = match data {
        RData::TXT(text) => {
            text.txt_data.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" ")
        }
        RData::CAA(caa) => {
            format!("{} {} {}", caa.flags(), caa.tag, quoted(&caa.value))
        }
        other => other.to_string(),
    };
    clean(&text, LONGEST)
}

/// A character string; what is no letter, sign or space as `\DDD`.
fn quoted(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\{byte:03}")),
        }
    }
    quoted.push('"');
    quoted
}
