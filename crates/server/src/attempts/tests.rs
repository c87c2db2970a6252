//! Time is what the tests say it is.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::{Attempts, FREE, LONGEST_LOCK, LONGEST_PAUSE, MEMORY, PAUSE};

fn address(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

/// Fails so often, far enough apart that nobody waits for another.
fn fail(attempts: &mut Attempts, times: u32, now: &mut Instant) {
    for _ in 0..times {
        *now += PAUSE;
        attempts.failed("amy", address(1), *now);
    }
}

#[test]
fn a_user_is_locked_out_where_he_failed_and_nowhere_else() {
    let mut attempts = Attempts::new(100);
    let mut now = Instant::now();
    fail(&mut attempts, FREE - 1, &mut now);
    assert_eq!(attempts.locked("amy", address(1), now), None);
    fail(&mut attempts, 1, &mut now);
    let lock = Duration::from_secs(1);
    assert_eq!(attempts.locked("amy", address(1), now), Some(lock));
    assert_eq!(attempts.locked("amy", address(2), now), None);
    assert_eq!(attempts.locked("eve", address(1), now), None);
    assert_eq!(attempts.locked("amy", address(1), now + lock), None);
}

#[test]
fn locks_grow_to_a_minute_and_a_right_password_ends_them() {
    let mut attempts = Attempts::new(100);
    let mut now = Instant::now();
    fail(&mut attempts, FREE + 1, &mut now);
    let locked = attempts.locked("amy", address(1), now);
    assert_eq!(locked, Some(Duration::from_secs(2)));
    fail(&mut attempts, 50, &mut now);
    assert_eq!(attempts.locked("amy", address(1), now), Some(LONGEST_LOCK));
    attempts.succeeded("amy", address(1));
    fail(&mut attempts, FREE - 1, &mut now);
    assert_eq!(attempts.locked("amy", address(1), now), None);
}

#[test]
fn failures_are_forgotten() {
    let mut attempts = Attempts::new(100);
    let mut now = Instant::now();
    fail(&mut attempts, FREE - 1, &mut now);
    now += MEMORY + Duration::from_secs(1);
    fail(&mut attempts, 1, &mut now);
    assert_eq!(attempts.locked("amy", address(1), now), None);
}

/// Wrong passwords of one user from many addresses, and of many users from one address, stand in line.
#[test]
fn wrong_passwords_stand_in_line() {
    let now = Instant::now();
    let mut attempts = Attempts::new(10_000);
    for turn in 1..=10_u8 {
        let pause = attempts.failed("amy", address(turn), now);
        assert_eq!(pause, PAUSE * u32::from(turn));
    }
    let mut attempts = Attempts::new(10_000);
    for turn in 1..=10_u32 {
        let pause = attempts.failed(&format!("user{turn}"), address(1), now);
        assert_eq!(pause, PAUSE * turn);
    }
    for turn in 0..200_u8 {
        assert!(attempts.failed("eve", address(turn), now) <= LONGEST_PAUSE);
    }
}

#[test]
fn memory_is_bounded() {
    let mut attempts = Attempts::new(30);
    let mut now = Instant::now();
    for turn in 0..1_000_u32 {
        now += Duration::from_millis(1);
        attempts.failed(
            &format!("user{turn}"),
            IpAddr::from(turn.to_be_bytes()),
            now,
        );
        assert!(attempts.notes.len() <= 30);
    }
}

#[test]
fn neighbours_in_a_network_of_ipv6_are_one() {
    let mut attempts = Attempts::new(100);
    let now = Instant::now();
    for last in 1..=FREE {
        let address = format!("2001:db8::{last}").parse().unwrap();
        attempts.failed("amy", address, now);
    }
    let locked = |text: &str| attempts.locked("amy", text.parse().unwrap(), now);
    assert!(locked("2001:db8::99").is_some());
    assert!(locked("2001:db8:0:1::1").is_none());
}
