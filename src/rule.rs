//! Rules turn observations of a subject into raised, clear or no data. Pure.
