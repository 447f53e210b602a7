//! The life of an alert. Pure: observations and the time go in, decisions come out.
