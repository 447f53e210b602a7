//! The owner's page.

#[cfg_attr(not(test), expect(dead_code, reason = "the frame of the page links to them"))]
mod script;
