//! A run: the server, the oracle beside it, and what happens next.

use crate::backups::Chain;
use crate::chance::Chance;
use crate::oracle::{DatabaseId, Id, State, Violations};
use crate::past::Past;
use crate::server::{Answer, Refusal, Rows, Server};
use crate::tally::Tally;

/// Collection may have come up to here, as far as the clock is known.
const SLACK: u64 = 1_000_000;

pub const BANK: DatabaseId = DatabaseId(0);
pub const SHOP: DatabaseId = DatabaseId(1);

pub struct Model {
    pub server: Server,
    pub chance: Chance,
    pub past: Past,
    pub chains: Vec<Chain>,
    pub tally: Tally,
    /// The newest instant that was read at.
    pub latest: u64,
    /// Below this nothing has to be there any more.
    pub floor: u64,
    pub ttl_seconds: u64,
    /// The server is killed during the next statement.
    pub kill_next: bool,
    /// For complaints.
    pub context: String,
    next: usize,
}

impl Model {
    pub async fn start(seed: u64, variables: &[(&str, &str)]) -> Model {
        let server = Server::start(variables).await;
        let mut model = Model {
            server,
            chance: Chance(seed),
            past: Past::default(),
            chains: Vec::new(),
            tally: Tally::default(),
            latest: 0,
            floor: 0,
            ttl_seconds: 1800,
            kill_next: false,
            context: format!("seed {seed}"),
            next: 0,
        };
        for text in [
            "CREATE DATABASE bank",
            "CREATE DATABASE shop",
            "CREATE DATABASE inspect",
            "CREATE USER amy",
            "GRANT SELECT ON DATABASE inspect TO amy",
            "ALTER RANGE default CONFIGURE ZONE USING gc.ttlseconds = 1800",
        ] {
            model.server.ask(text).await.expect(text);
        }
        let mut state = State::default();
        state.databases.insert(BANK, "bank".into());
        state.databases.insert(SHOP, "shop".into());
        model.latest = model.server.now().await;
        model.past.push(model.latest, state);
        model
    }

    pub fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    pub fn now(&self) -> &State {
        self.past.now()
    }

    /// The newest instant that statements may name.
    pub fn newest(&self) -> u64 {
        self.latest.max(self.server.clock)
    }

    /// Up to just below the next commit the state stays as it is.
    pub fn stay(&mut self) {
        self.past.extend(self.latest.max(self.server.clock - 1));
    }

    /// Runs what changes the state to `next`; SHOW CREATE of `shown` afterwards is kept.
    pub async fn commit(&mut self, text: &str, next: State, shown: &[Id]) -> Answer<Vec<Rows>> {
        let answers = self.insist(text).await?;
        self.note(next, shown).await;
        Ok(answers)
    }

    /// Runs a statement until it has met no other transaction.
    pub async fn insist(&mut self, text: &str) -> Answer<Vec<Rows>> {
        self.stay();
        loop {
            let answer = self.server.ask(text).await;
            if answer.is_err() && text.starts_with("BEGIN") {
                self.server.ask("ROLLBACK").await.ok();
            }
            match answer {
                Err(refusal) if refusal.code == "40001" => {
                    self.tally.count("run again after 40001")
                }
                other => return other,
            }
        }
    }

    /// Notes the state after a commit, with what SHOW CREATE says of some objects now.
    pub async fn note(&mut self, mut next: State, shown: &[Id]) {
        if !shown.is_empty() {
            let questions = shown.iter().map(|id| {
                let word = next.object(*id).word();
                format!("SHOW CREATE {word} {}", next.full_name(*id))
            });
            let text = questions.collect::<Vec<_>>().join("; ");
            let answers = match self.server.ask(&text).await {
                Ok(answers) => answers,
                Err(refusal) => self.refused(&text, &refusal),
            };
            for (id, rows) in shown.iter().zip(answers) {
                next.edit(*id).create = rows[0][1].clone().expect("SHOW CREATE");
            }
        }
        self.push(next).await;
    }

    /// Notes the state after a commit.
    pub async fn push(&mut self, next: State) {
        // Asking in SQL costs more than most statements, so it is done now and then.
        self.latest = match self.chance.one_in(16) {
            true => instant(
                &self
                    .server
                    .rows("SELECT cluster_logical_timestamp()")
                    .await
                    .expect("an instant"),
            ),
            false => self.server.now().await,
        };
        self.past.push(self.latest, next);
    }

    /// Runs a statement that must do as the oracle says: lead to a state, or be refused with one of some codes.
    pub async fn expect(
        &mut self,
        kind: &'static str,
        text: &str,
        expected: Result<State, Violations>,
        shown: &[Id],
    ) {
        if let (true, Ok(next)) = (self.kill_next, &expected) {
            self.kill_next = false;
            return self.commit_killed(text, next.clone(), shown).await;
        }
        let refusable = expected.is_err();
        let (next, codes) = match expected {
            Ok(next) => (next, Violations::new()),
            Err(codes) => (self.now().clone(), codes),
        };
        let shown = if refusable { &[] } else { shown };
        match self.commit(text, next, shown).await {
            Ok(_) if refusable => {
                self.fail(&format!("{text}\nwas not refused with one of {codes:?}"))
            }
            Ok(_) => self.tally.count(kind),
            Err(refusal) if codes.contains(refusal.code.as_str()) => {
                self.tally.count("a statement that must fail")
            }
            Err(refusal) => self.refused(text, &refusal),
        }
    }

    pub fn refused(&self, text: &str, refusal: &Refusal) -> ! {
        self.fail(&format!(
            "{text}\nwas refused: {} {}",
            refusal.code, refusal.message
        ))
    }

    pub fn fail(&self, what: &str) -> ! {
        panic!("{}\n{what}", self.context)
    }

    /// Time passes: mostly little, sometimes so much that versions are collected.
    pub async fn pass_time(&mut self) {
        let micros = match self.chance.below(40) {
            0..=19 => return,
            20..=27 => 1,
            28..=34 => self.chance.below(1000) as u64,
            35..=38 => self.chance.below(20_000_000) as u64,
            _ => self.chance.below(200_000_000) as u64,
        };
        self.advance(micros).await;
    }

    pub async fn advance(&mut self, micros: u64) {
        self.server.advance(micros).await;
        self.raise_floor();
    }

    pub fn raise_floor(&mut self) {
        let horizon = (self.newest() + SLACK).saturating_sub(self.ttl_seconds * 1_000_000);
        self.floor = self.floor.max(horizon);
    }

    /// Versions older than the ttl go.
    pub async fn collect(&mut self) {
        if !self.chance.one_in(3) {
            self.advance(600_000_000).await;
        }
        let answer = self.server.tidy().await;
        assert_eq!(answer, "done", "collection");
        let floor = self.floor;
        let kept = self.chains.iter().filter_map(|chain| chain.beginning());
        self.past.forget(kept.fold(floor, u64::min));
        self.tally.count("collection");
    }

    pub async fn change_ttl(&mut self) {
        let seconds = [1200, 1200, 1800, 3600][self.chance.below(4)];
        let text = format!("ALTER RANGE default CONFIGURE ZONE USING gc.ttlseconds = {seconds}");
        self.ttl_seconds = self.ttl_seconds.min(seconds);
        self.raise_floor();
        if let Err(refusal) = self.server.ask(&text).await {
            self.refused(&text, &refusal);
        }
        self.ttl_seconds = seconds;
        self.tally.count("zone configuration");
    }
}

/// Microseconds of a decimal as `cluster_logical_timestamp()` answers it.
pub fn instant(rows: &Rows) -> u64 {
    let text = rows[0][0].as_ref().expect("an instant");
    let nanos = text.split('.').next().expect("nanoseconds");
    nanos.parse::<u64>().expect("nanoseconds") / 1000
}
