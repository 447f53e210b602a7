//! What the kernel says of a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;

use super::{Fault, Phase};
use crate::text::clean;

impl Fault {
    /// What the kernel said to a connection that was open already.
    pub(crate) fn io(error: &io::Error, phase: Phase) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted => Self::Reset { phase },
            io::ErrorKind::UnexpectedEof => Self::Closed { phase },
            _ => Self::Io { phase, what: clean(&error.to_string(), 100) },
        }
    }

    /// What the kernel said to connecting.
    pub(crate) fn connect(error: &io::Error, address: SocketAddr, waited: Duration) -> Self {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::CONNREFUSED) => Self::Refused { address },
            Some(Errno::NETUNREACH | Errno::AFNOSUPPORT) => Self::NoRoute { address },
            Some(Errno::HOSTUNREACH) => Self::Unreachable { address },
            Some(Errno::TIMEDOUT) => Self::Silent { address, waited },
            Some(Errno::PERM | Errno::ACCESS) => Self::Forbidden { address },
            Some(Errno::MFILE | Errno::NFILE) => {
                Self::Exhausted { what: String::from("too many open files") }
            }
            // No port left for that target; without an address of the family it is no route.
            Some(Errno::ADDRNOTAVAIL) if address.is_ipv6() => Self::NoRoute { address },
            Some(Errno::ADDRNOTAVAIL) => Self::Exhausted { what: String::from("no free port") },
            Some(Errno::NOBUFS | Errno::NOMEM) => {
                Self::Exhausted { what: String::from("no memory") }
            }
            _ => Self::io(error, Phase::Connect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;

    #[test]
    fn what_the_kernel_says_of_connecting() {
        let four: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let six: SocketAddr = "[2001:db8::1]:443".parse().unwrap();
        for (errno, address, words, side) in [
            (
                Errno::CONNREFUSED,
                four,
                "connection refused: nothing listens at 192.0.2.1:443",
                Side::Theirs,
            ),
            (Errno::NETUNREACH, four, "this machine has no route to 192.0.2.1:443", Side::Ours),
            (
                Errno::HOSTUNREACH,
                four,
                "the network says that 192.0.2.1:443 cannot be reached (no route to host)",
                Side::Unknown,
            ),
            (
                Errno::PERM,
                four,
                "this machine's own firewall forbids connecting to 192.0.2.1:443",
                Side::Ours,
            ),
            (Errno::MFILE, four, "this machine cannot connect: too many open files", Side::Ours),
            (Errno::ADDRNOTAVAIL, four, "this machine cannot connect: no free port", Side::Ours),
            (
                Errno::ADDRNOTAVAIL,
                six,
                "this machine has no route to [2001:db8::1]:443",
                Side::Ours,
            ),
        ] {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            let fault = Fault::connect(&error, address, Duration::from_secs(1));
            assert_eq!((fault.to_string().as_str(), fault.side()), (words, side));
        }
    }
}
