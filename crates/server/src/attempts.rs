//! Failed logins: who must wait, and for how long.
//!
//! HOW GUESSING IS MADE SLOW
//!   The answer to a wrong password takes a while, and wrong passwords of one user, and of one address, are answered one after the other:
//!   at most ten a second of each, however many connections try. After `FREE` in a row from one address the user is locked out *there*, for
//!   a second, then two, up to a minute; so nobody can lock out another's address. Right passwords never wait, except behind that lock.
//! INVARIANTS
//!   At most `capacity` notes are kept, each of them short; the oldest go first: `Attempts::note`. A note is forgotten after `MEMORY`.
//!   Users that do not exist are treated as those that do.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

/// How long the answer to a wrong password takes.
const PAUSE: Duration = Duration::from_millis(100);
/// No answer takes longer: the queue behind a user or an address is as long as this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So many wrong passwords of a user from one address are answered before it is locked.
const FREE: u32 = 5;
const LONGEST_LOCK: Duration = Duration::from_secs(60);
/// Failures are forgotten after this time without another.
const MEMORY: Duration = Duration::from_secs(900);

/// What is remembered of a user's name, which strangers choose.
const NAME_CHARACTERS: usize = 64;

/// What failures are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    User(String),
    Address(IpAddr),
    Pair(String, IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Note {
    failures: u32,
    last: Instant,
    /// For a user or an address: when the last answer is given. For a pair: until when it is locked.
    busy_until: Instant,
}

#[derive(Debug)]
pub struct Attempts {
    capacity: usize,
    notes: HashMap<Key, Note>,
}

impl Attempts {
    pub fn new(capacity: usize) -> Attempts {
        Attempts {
            capacity,
            notes: HashMap::new(),
        }
    }

    /// How long the user is still locked out at this address.
    pub fn locked(&self, user: &str, address: IpAddr, now: Instant) -> Option<Duration> {
        let note = self.notes.get(&pair(user, address))?;
        let left = note.busy_until.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Notes a wrong password; how long its answer takes.
    pub fn failed(&mut self, user: &str, address: IpAddr, now: Instant) -> Duration {
        let pair = self.note(pair(user, address), now);
        if let Some(excess) = pair.failures.checked_sub(FREE) {
            let lock = Duration::from_secs(1 << excess.min(6)).min(LONGEST_LOCK);
            pair.busy_until = now + lock;
        }
        let mut answered = now + PAUSE;
        for key in [Key::User(name(user)), Key::Address(network(address))] {
            let note = self.note(key, now);
            note.busy_until = note.busy_until.max(now) + PAUSE;
            answered = answered.max(note.busy_until);
        }
        answered.saturating_duration_since(now).min(LONGEST_PAUSE)
    }

    /// A right password: the user's failures at this address are forgotten.
    pub fn succeeded(&mut self, user: &str, address: IpAddr) {
        self.notes.remove(&pair(user, address));
    }

    /// The note under a key, with one more failure in it.
    fn note(&mut self, key: Key, now: Instant) -> &mut Note {
        let forgotten = |note: &Note| now.saturating_duration_since(note.last) > MEMORY;
        if self.notes.len() >= self.capacity && !self.notes.contains_key(&key) {
            self.notes.retain(|_, note| !forgotten(note));
            while self.notes.len() >= self.capacity {
                let oldest = self.notes.iter().min_by_key(|(_, note)| note.last);
                let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                    break;
                };
                self.notes.remove(&oldest);
            }
        }
        let new = Note {
            failures: 0,
            last: now,
            busy_until: now,
        };
        let note = self.notes.entry(key).or_insert(new);
        if forgotten(note) {
            *note = new;
        }
        note.failures = note.failures.saturating_add(1);
        note.last = now;
        note
    }
}

fn pair(user: &str, address: IpAddr) -> Key {
    Key::Pair(name(user), network(address))
}

fn name(user: &str) -> String {
    user.chars().take(NAME_CHARACTERS).collect()
}

/// Who has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        },
    }
}

#[cfg(test)]
mod tests;
