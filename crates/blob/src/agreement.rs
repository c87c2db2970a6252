//! What a store holds, though a byte may change on its way from there.
//!
//! TLS finds such a byte, plain HTTP may not. So nothing is called damaged before two readings, one after the other, found it wrong in
//! the same way. This is the third part of the policy that `crate::patience` begins.

/// After so many readings that all differ, the last one counts.
const READINGS: u32 = 3;

/// Reads, and again while `wrong` says of what came what the reading before did not.
pub async fn agreed<T, A>(read: impl Fn() -> A, wrong: impl Fn(&T) -> Option<String>) -> T
where
    A: Future<Output = T>,
{
    let mut before = None;
    for _ in 1..READINGS {
        let came = read().await;
        let problem = wrong(&came);
        if problem.is_none() || problem == before {
            return came;
        }
        tracing::info!(
            problem,
            "what came is not what was written: it is read again"
        );
        before = problem;
    }
    read().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::agreed;

    /// What comes of readings that find this, and how many there are.
    async fn read(found: &[&'static str]) -> (&'static str, usize) {
        let readings = Cell::new(0);
        let next = || {
            readings.set(readings.get() + 1);
            std::future::ready(found[readings.get() - 1])
        };
        let wrong = |came: &&str| (*came != "right").then(|| (*came).to_owned());
        (agreed(next, wrong).await, readings.get())
    }

    #[tokio::test]
    async fn wrong_is_what_two_readings_agree_on() {
        assert_eq!(read(&["right"]).await, ("right", 1));
        assert_eq!(read(&["wrong", "right"]).await, ("right", 2));
        assert_eq!(read(&["wrong", "wrong", "right"]).await, ("wrong", 2));
        assert_eq!(read(&["wrong", "other", "right"]).await, ("right", 3));
        assert_eq!(
            read(&["wrong", "other", "third", "right"]).await,
            ("third", 3)
        );
    }
}
