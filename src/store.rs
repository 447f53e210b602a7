//! What nightkeep remembers, as named functions by topic.
