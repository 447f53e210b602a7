//! Telling the owner: one message, laid out by each channel, delivered from the outbox.
