//! BACKUP and RESTORE together, on both engines, with everything that can go wrong on the way.

mod chain;
mod conflicts;
mod crash;
mod damage;
mod faults;
mod hanging;
mod round_trip;
mod tables;
mod world;
mod writers;
