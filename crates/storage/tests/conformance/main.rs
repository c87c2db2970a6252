//! What every engine must do, run on each of them; and what the engine on disk must survive.

mod contract;
mod crash;
mod floors;
mod model;
mod support;
mod time;
