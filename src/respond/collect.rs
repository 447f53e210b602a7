//! Looking at a machine without changing it, and without running any program of it.
