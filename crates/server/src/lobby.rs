//! Where connections wait that have not shown who they are: a room of bounded size.
//!
//! INVARIANTS
//!   Never more than `room` wait. When it is full, the one that has waited longest is sent away: however many connections say nothing,
//!   one that speaks at once is served, and what the silent ones hold is bounded: `Lobby::enter`.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub struct Lobby {
    room: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    arrivals: u64,
    /// By order of arrival.
    waiting: BTreeMap<u64, CancellationToken>,
}

/// A place in the lobby; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    number: u64,
    sent_away: CancellationToken,
    lobby: Arc<Lobby>,
}

impl Lobby {
    pub fn new(room: usize) -> Arc<Lobby> {
        Arc::new(Lobby {
            room,
            inside: Mutex::default(),
        })
    }

    /// Takes a seat; in a full room, that of the one who came first.
    pub fn enter(self: &Arc<Self>) -> Seat {
        let mut inside = self.inside.lock();
        while inside.waiting.len() >= self.room.max(1) {
            if let Some((_, oldest)) = inside.waiting.pop_first() {
                oldest.cancel();
            }
        }
        inside.arrivals += 1;
        let (number, sent_away) = (inside.arrivals, CancellationToken::new());
        inside.waiting.insert(number, sent_away.clone());
        Seat {
            number,
            sent_away,
            lobby: self.clone(),
        }
    }

    /// Sends everybody away.
    pub fn clear(&self) {
        for (_, waiting) in std::mem::take(&mut self.inside.lock().waiting) {
            waiting.cancel();
        }
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.inside.lock().waiting.len()
    }
}

impl Seat {
    /// What becomes ready when the seat was given to another.
    pub fn sent_away(&self) -> CancellationToken {
        self.sent_away.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lobby.inside.lock().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::Lobby;

    #[test]
    fn the_oldest_makes_room() {
        let lobby = Lobby::new(2);
        let first = lobby.enter();
        let second = lobby.enter();
        let third = lobby.enter();
        assert!(first.sent_away().is_cancelled());
        assert!(!second.sent_away().is_cancelled() && !third.sent_away().is_cancelled());
        assert_eq!(lobby.waiting(), 2);
        drop(second);
        let fourth = lobby.enter();
        assert!(!third.sent_away().is_cancelled() && !fourth.sent_away().is_cancelled());
        drop((first, third, fourth));
        assert_eq!(lobby.waiting(), 0);
    }
}
