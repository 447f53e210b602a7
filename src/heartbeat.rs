//! Heartbeats: what has to call in. Speaks the ping contract of Healthchecks
//! (<https://healthchecks.io/docs/http_api/>), so that its clients work unchanged.
//!
//! `contract` reads what a request asks, `check` is the life of one check, `book` knows them all;
//! these are pure, as are `api`, by which programs make and change them, and `mail`. `desk` is the edge: no answer leaves it before what it says is durable.

pub mod api;
pub mod book;
pub mod check;
pub mod contract;
mod definition;
pub mod desk;
mod flood;
pub mod mail;
mod schedule;
pub mod view;

pub use book::Book;
pub use check::Check;
pub use definition::{Definition, Filter, Origin};
pub use desk::Desk;
pub use schedule::{NotWhen, When, Written};
