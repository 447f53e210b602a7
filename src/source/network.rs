//! Network interfaces, and whether the machine has a way out.

mod route;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::route::Routes;
use super::Blind;
use super::kernel::{KernelFile, fields, lines, number, rate, sample, seconds};
use super::shown::shown;
use crate::config::NetworkConfig;
use crate::model::{Metric, Observation, State, Subject, glob};

/// More interfaces than this are not watched.
const MOST: usize = 64;

/// Reads /proc/net/dev and the routes.
#[derive(Debug)]
pub struct Network {
    interfaces: PathBuf,
    file: KernelFile,
    routes: Routes,
    ignore: Vec<String>,
    at: Option<Timestamp>,
    /// By the name the kernel gives; of what is not watched, nothing.
    known: BTreeMap<Vec<u8>, Interface>,
    up: Option<bool>,
}

#[derive(Debug)]
struct Interface {
    subject: Subject,
    before: Counters,
    /// Still in the last reading.
    here: bool,
}

/// Counters since the interface came.
#[derive(Debug, Clone, Copy)]
struct Counters {
    received: u64,
    sent: u64,
    /// Errors and drops of both directions.
    errors: u64,
}

impl Network {
    /// A reader of the machine whose files are under `root` (`/` but in tests).
    pub fn new(root: &Path) -> Self {
        Self {
            interfaces: root.join("sys/class/net"),
            file: KernelFile::new(root.join("proc/net/dev")),
            routes: Routes::new(root),
            ignore: Vec::new(),
            at: None,
            known: BTreeMap::new(),
            up: None,
        }
    }

    /// Leaves alone what the config says, from the next `read` on.
    pub fn configure(&mut self, config: &NetworkConfig) {
        self.ignore.clone_from(&config.ignore);
        self.known.clear();
    }

    /// Rates of every real interface since the last call, so the first has none; whether there
    /// is a way out, on first sight and on change. A machine that never had a default route is
    /// not cut off: nothing is said of its way out.
    ///
    /// # Errors
    /// /proc/net/dev cannot be read.
    pub fn read(&mut self, now: Timestamp) -> Result<Vec<Observation>, Blind> {
        let mut observations = Vec::with_capacity(3 * self.known.len() + 1);
        let elapsed = self.at.replace(now).and_then(|from| seconds(from, now));
        for line in lines(self.file.need()?) {
            let Some((name, counters)) = parse(line) else { continue };
            let Some(interface) = self.known.get_mut(name) else {
                let text = shown(name, 64);
                let left_alone = self.ignore.iter().any(|pattern| glob(pattern, &text));
                if is_real(name) && !left_alone && self.known.len() < MOST {
                    let subject = Subject::Interface(text);
                    let interface = Interface { subject, before: counters, here: true };
                    self.known.insert(name.to_vec(), interface);
                }
                continue;
            };
            interface.here = true;
            let before = std::mem::replace(&mut interface.before, counters);
            let Some(seconds) = elapsed else { continue };
            for (metric, before, after) in [
                (Metric::NetworkReceiveBytesPerSecond, before.received, counters.received),
                (Metric::NetworkTransmitBytesPerSecond, before.sent, counters.sent),
                (Metric::NetworkErrorsPerSecond, before.errors, counters.errors),
            ] {
                if let Some(rate) = rate(before, after, seconds) {
                    observations.push(sample(&interface.subject, metric, rate));
                }
            }
        }
        self.known.retain(|_, interface| {
            if !interface.here {
                observations.push(Observation::Gone { subject: interface.subject.clone() });
            }
            std::mem::replace(&mut interface.here, false)
        });
        self.uplink(&mut observations);
        Ok(observations)
    }

    /// What could not be seen at the last `read`.
    pub fn notes(&self) -> Vec<Blind> {
        self.routes.note().into_iter().collect()
    }

    fn uplink(&mut self, observations: &mut Vec<Observation>) {
        let interfaces = &self.interfaces;
        let Some(up) = self.routes.is_out(|name| has_carrier(&interfaces.join(name))) else {
            return;
        };
        // Nothing was ever there to lose.
        if !up && self.up.is_none() {
            return;
        }
        if self.up.replace(up) != Some(up) {
            let state = State::Uplink { up };
            observations.push(Observation::State { subject: Subject::Host, state });
        }
    }
}

/// Columns: <https://docs.kernel.org/networking/statistics.html>, procfs section.
fn parse(line: &[u8]) -> Option<(&[u8], Counters)> {
    // Names hold no colon, except those of the aliases nobody makes any more.
    let colon = line.iter().rposition(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii();
    let mut columns = [0_u64; 16];
    let mut fields = fields(&line[colon + 1..]);
    for column in &mut columns {
        *column = number(fields.next()?)?;
    }
    let errors = [2, 3, 10, 11].iter().fold(0_u64, |sum, at| sum.saturating_add(columns[*at]));
    Some((name, Counters { received: columns[0], sent: columns[8], errors }))
}

/// Not one that only hands on what another carries, or carries nothing outside.
fn is_real(name: &[u8]) -> bool {
    const INNER: [&[u8]; 15] = [
        b"veth", b"docker", b"br-", b"virbr", b"vnet", b"tap", b"cni", b"flannel", b"cali",
        b"podman", b"lxc", b"lxdbr", b"ifb", b"dummy", b"sit",
    ];
    name != b"lo" && !INNER.iter().any(|prefix| name.starts_with(prefix))
}

/// `unknown` is what tunnels and some virtual cards always say; then the carrier decides.
fn has_carrier(interface: &Path) -> bool {
    let read = |file| std::fs::read(interface.join(file)).unwrap_or_default();
    match read("operstate").trim_ascii() {
        b"up" => true,
        b"unknown" => read("carrier").trim_ascii() == b"1",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kernel::fixture::{at, samples, tree, write};
    use super::*;

    fn dev(lines: &[&str]) -> String {
        format!("Inter-|   Receive  |  Transmit\n face |bytes    packets\n{}\n", lines.join("\n"))
    }

    fn uplinks(observations: &[Observation]) -> Vec<bool> {
        let up = |observation: &Observation| match observation {
            Observation::State { state: State::Uplink { up }, .. } => Some(*up),
            _ => None,
        };
        observations.iter().filter_map(up).collect()
    }

    const NO_ROUTE: &str = "Iface\tDestination\tGateway\tFlags\n";
    const ROUTE: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n\
        eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
        eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

    #[test]
    fn rates_of_real_interfaces_and_none_over_a_reset() {
        let first = dev(&[
            "    lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0",
            "  eth0:1000 7 1 2 0 0 0 0 5000 7 3 4 0 0 0 0",
            "veth1a: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0",
            "  wg0: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0",
        ]);
        let root = tree(&[("proc/net/dev", &first)]);
        let mut network = Network::new(root.path());
        assert_eq!(samples(&network.read(at(0)).unwrap(), Metric::NetworkErrorsPerSecond), []);
        write(root.path(), "proc/net/dev", &dev(&["  eth0:3000 7 1 7 0 0 0 0 500 7 3 4 0 0 0 0"]));
        let found = network.read(at(10)).unwrap();
        let eth0 = |value| vec![(String::from("interface:eth0"), value)];
        assert_eq!(samples(&found, Metric::NetworkReceiveBytesPerSecond), eth0(200.0));
        assert_eq!(samples(&found, Metric::NetworkTransmitBytesPerSecond), []);
        assert_eq!(samples(&found, Metric::NetworkErrorsPerSecond), eth0(0.5));
        let gone = Observation::Gone { subject: Subject::Interface(String::from("wg0")) };
        assert!(found.contains(&gone));
    }

    #[test]
    fn a_way_out_is_missed_only_where_there_was_one() {
        let root = tree(&[("proc/net/dev", &dev(&[])), ("proc/net/route", NO_ROUTE)]);
        let mut network = Network::new(root.path());
        let mut read = |second| uplinks(&network.read(at(second)).unwrap());
        assert!(read(0).is_empty(), "an isolated machine is not cut off");
        write(root.path(), "proc/net/route", ROUTE);
        write(root.path(), "sys/class/net/eth0/operstate", "up\n");
        assert_eq!(read(10), [true]);
        assert!(read(20).is_empty());
        write(root.path(), "sys/class/net/eth0/operstate", "down\n");
        assert_eq!(read(30), [false]);
        write(root.path(), "sys/class/net/eth0/operstate", "unknown\n");
        write(root.path(), "sys/class/net/eth0/carrier", "1\n");
        assert_eq!(read(40), [true]);
        write(root.path(), "proc/net/route", NO_ROUTE);
        assert_eq!(read(50), [false]);
        // A reject route on lo is no way out, one of IPv6 alone is.
        let six = |name: &str, flags: &str| {
            let zero = "0".repeat(32);
            format!("{zero} 00 {zero} 00 {zero} 00000400 00000002 00000000 {flags}     {name}\n")
        };
        write(root.path(), "proc/net/ipv6_route", &six("lo", "00200200"));
        assert!(read(60).is_empty());
        write(root.path(), "proc/net/ipv6_route", &six("eth0", "00000003"));
        assert_eq!(read(70), [true]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = tree(&[]);
        let mut network = Network::new(root.path());
        assert!(network.read(at(0)).unwrap_err().why.contains("proc/net/dev"));
        write(root.path(), "proc/net/dev", "");
        network.read(at(0)).unwrap();
        assert!(network.notes()[0].why.contains("/proc/net/route"));
    }

    proptest! {
        #[test]
        fn no_contents_make_it_panic(line in "[eth0:]{0,9}([ 0-9x:\t]{0,6}){0,20}") {
            parse(line.as_bytes());
        }
    }
}
