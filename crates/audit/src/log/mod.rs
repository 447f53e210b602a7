//! Logs: where they are, and their events in order.
