//! Looking at a machine without changing it, and without running any program of it.

pub mod package;
pub mod process;
