//! nightkeep keeps watch over one or two Linux servers for the person who runs them alone.
//!
//! The modules stand in the order the data flows: what was configured, what was observed, what
//! is made of it, who is told, what is kept, and what a person sees of it.

pub mod access;
pub mod clock;
pub mod config;
pub(crate) mod http;
pub mod model;
mod roots;
pub mod token;

// run for the owner, in and out
pub(crate) mod program;

// jobs of cron: their lines, and their runs, which know no watch but the one they tell
mod crontab;
pub(crate) mod wrap;

// observe
pub mod heartbeat;
pub mod monitor;
pub mod source;
pub(crate) mod trail;

// judge: pure, no clock, no I/O
pub mod alert;
pub mod rule;

// tell
pub mod notify;

// keep
pub mod store;

// what was, in a few words
pub mod digest;

// what cannot be seen, and what mends it
pub(crate) mod doctor;

// after the bad night
pub mod respond;

// take over from other watchers
pub mod import;

// replay and the running watch: the rooms above wired together
pub mod replay;
pub mod watch;

// face
pub mod cli;
pub mod control;
pub mod smtp;
pub mod web;
