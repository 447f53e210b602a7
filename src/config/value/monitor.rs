//! What monitors are made of.

use std::net::{IpAddr, SocketAddr};

use super::{Kind, Wrong, quoted};

/// The name an owner gives a monitor.
pub(in crate::config) struct MonitorName;

impl Kind for MonitorName {
    type Value = String;
    const FORMAT: &'static str = "monitor-name";
    const WHAT: &'static str = "a monitor's name";
    const EXAMPLE: &'static str = "\"shop\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
            return Err(Wrong::new(
                "a monitor's name has 1 to 100 characters, none of them control characters",
            ));
        }
        if text.trim() != text {
            let help = format!("write \"{}\"", text.trim());
            return Err(Wrong::with_help("it begins or ends with a blank", help));
        }
        Ok(text.to_owned())
    }
}

/// What has to hold of an answer. Read where its place in the file is known.
pub(in crate::config) struct ConditionText;

impl Kind for ConditionText {
    type Value = String;
    const FORMAT: &'static str = "condition";
    const WHAT: &'static str = "a condition";
    const EXAMPLE: &'static str = "\"status < 400 and latency < 800ms\"";

    fn read(text: &str) -> Result<String, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong::new("it is empty"));
        }
        Ok(text.to_owned())
    }
}

/// An address and a port.
pub(in crate::config) struct AddressText;

impl Kind for AddressText {
    type Value = SocketAddr;
    const FORMAT: &'static str = "address";
    const WHAT: &'static str = "an address with a port";
    const EXAMPLE: &'static str = "\"1.1.1.1:53\" or \"[2606:4700:4700::1111]:53\"";

    fn read(text: &str) -> Result<SocketAddr, Wrong> {
        let why = format!("{} is no address with a port", quoted(text));
        text.parse().map_err(|_| match text.parse::<IpAddr>() {
            Ok(address) => {
                Wrong::with_help(why, format!("write \"{}\"", SocketAddr::new(address, 53)))
            }
            Err(_) => Wrong::with_help(
                why,
                "write an address, not a name: names may be what cannot be found",
            ),
        })
    }
}
