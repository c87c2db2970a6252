//! Jobs on the memory engine: states, the fence, ends, and what a crash leaves to the next start.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod adoption;
mod control;
mod crew;
mod hall;
mod registry;
