//! A watch that looks at nothing but what its test is about, at a port of its own.

use std::net::TcpListener;

/// A port nobody has now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The lines of a config that have it look at nothing of this machine.
pub(crate) fn looks_at_nothing() -> String {
    let sections = [
        "cpu",
        "memory",
        "network",
        "units",
        "ssh",
        "fail2ban",
        "certificates",
        "machine",
        "hardware",
        "disk",
    ];
    sections.map(|section| format!("[{section}]\nenabled = false\n")).concat()
}
