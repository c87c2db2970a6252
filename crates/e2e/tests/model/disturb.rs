//! Jobs that are paused, resumed, canceled, and servers that are killed, at any moment.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::backups::Planned;
use crate::model::Model;
use crate::oracle::{Id, State};
use crate::restores::Asked;
use crate::server::{Answer, Refusal, Rows, ask};

/// A job must come to rest within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A BACKUP or a RESTORE that must succeed in the end.
enum Work {
    Backup(Planned),
    Restore(Asked),
}

impl Work {
    fn text(&self) -> &str {
        match self {
            Work::Backup(planned) => &planned.text,
            Work::Restore(asked) => &asked.text,
        }
    }

    /// The statement that answers with the job's id as soon as the job exists.
    fn detached(&self) -> String {
        let text = self.text();
        match text.contains(" WITH ") {
            true => format!("{text}, detached"),
            false => format!("{text} WITH detached"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Work::Backup(_) => "BACKUP",
            Work::Restore(_) => "RESTORE",
        }
    }
}

impl Model {
    pub async fn disturb(&mut self) {
        match self.chance.below(8) {
            0 => {
                self.kill_next = true;
                match self.chance.one_in(2) {
                    true => self.write().await,
                    false => self.change_schema().await,
                }
                self.kill_next = false;
            }
            _ => self.disturb_job().await,
        }
    }

    async fn disturb_job(&mut self) {
        let Some(work) = self.plan_work().await else {
            return;
        };
        self.stay();
        let before = self.newest_job().await;
        match self.chance.one_in(4) {
            true => self.disturb_watched(&work, before).await,
            false => self.disturb_detached(&work, before).await,
        }
        let ended = self.rest(before).await;
        match ended.as_ref().map(|(_, status)| status.as_str()) {
            Some("succeeded") => self.settle(work).await,
            // Its names and its destination are free.
            Some("canceled") | None => self.again(work).await,
            Some(status) => self.fail(&format!("{}\nended as {status}", work.text())),
        }
    }

    /// While a client waits for the job, from before it exists.
    async fn disturb_watched(&mut self, work: &Work, before: i64) {
        let client = self.server.connect().await;
        let text = work.text().to_owned();
        let task = tokio::spawn(async move { ask(&client, &text).await });
        match self.kills() {
            true => self.kill_during(work.kind()).await,
            false => {
                let id = self.begun_after(before).await;
                self.cancel_or_pause(work.kind(), id, before).await;
            }
        }
        let answer = task.await.expect("the statement's task");
        if let Err(refusal) = &answer {
            let is_told = refusal.is_lost() || refusal.message.contains("job");
            assert!(
                is_told,
                "{}: {} {}",
                work.text(),
                refusal.code,
                refusal.message
            );
        }
    }

    /// At once when the job exists: short ones have ended when a list of jobs shows them.
    async fn disturb_detached(&mut self, work: &Work, before: i64) {
        let text = work.detached();
        let id = match self.insist(&text).await {
            Ok(answers) => answers[0][0][0].as_ref().expect("a job").parse(),
            Err(refusal) => self.refused(&text, &refusal),
        };
        let id = id.expect("an id");
        match self.kills() {
            true => self.kill_during(work.kind()).await,
            false => self.cancel_or_pause(work.kind(), id, before).await,
        }
    }

    fn kills(&mut self) -> bool {
        self.chance.below(7) < 2
    }

    async fn cancel_or_pause(&mut self, kind: &str, id: i64, before: i64) {
        match self.chance.below(5) {
            0..=2 => {
                self.control("CANCEL", kind, id).await;
            }
            _ => self.pause(kind, id, before).await,
        }
    }

    /// One that no rule refuses.
    async fn plan_work(&mut self) -> Option<Work> {
        // Small restores are over before most of what is asked of them, so there are more of them.
        if self.chance.one_in(3) {
            let planned = self.plan_backup().await?;
            let is_sure = planned.needs >= self.floor;
            return is_sure.then_some(Work::Backup(planned));
        }
        let asked = self.plan_restore()?;
        (!asked.refusable).then_some(Work::Restore(asked))
    }

    async fn settle(&mut self, work: Work) {
        match work {
            Work::Backup(planned) => self.keep(planned).await,
            Work::Restore(asked) => self.restored(&asked).await,
        }
    }

    async fn again(&mut self, work: Work) {
        self.tally.count("a job begun again");
        match work {
            Work::Backup(planned) => self.run_backup(planned).await,
            Work::Restore(asked) => self.run_restore(asked).await,
        }
    }

    async fn kill_during(&mut self, kind: &str) {
        self.some_time(120).await;
        self.kill().await;
        self.tally.count(&format!("kill -9 during {kind}"));
    }

    pub async fn kill(&mut self) {
        self.server.clock = self.newest();
        self.server.kill().await;
        self.raise_floor();
        self.tally.count("kill -9");
    }

    async fn some_time(&mut self, most_millis: usize) {
        let millis = self.chance.below(most_millis) as u64;
        sleep(Duration::from_millis(millis)).await;
    }

    /// Pauses, lets things happen, and resumes or cancels.
    async fn pause(&mut self, kind: &str, id: i64, before: i64) {
        if !self.control("PAUSE", kind, id).await {
            return;
        }
        let Some((_, status)) = self.rest(before).await else {
            return;
        };
        if status != "paused" {
            return;
        }
        self.tally.count(&format!("{kind} paused"));
        for _ in 0..self.chance.below(3) {
            self.write().await;
        }
        if self.chance.one_in(4) {
            self.advance(1_200_000_000).await;
            assert_eq!(self.server.tidy().await, "done", "collection");
            self.tally.count("collection beside a paused job");
        }
        if self.chance.one_in(4) {
            self.kill().await;
            self.tally.count(&format!("kill -9 while {kind} is paused"));
        }
        let verb = if self.chance.one_in(4) {
            "CANCEL"
        } else {
            "RESUME"
        };
        let text = format!("{verb} JOB {id}");
        if let Err(refusal) = self.server.ask(&text).await {
            self.refused(&text, &refusal);
        }
        self.tally.count(&format!("{kind}: {verb} of a paused job"));
        if verb == "RESUME" && self.chance.one_in(4) {
            self.kill_during(kind).await;
        }
    }

    /// Whether the job could be controlled: it may have ended before.
    async fn control(&mut self, verb: &str, kind: &str, id: i64) -> bool {
        match self.server.ask(&format!("{verb} JOB {id}")).await {
            Ok(_) => {
                self.tally.count(&format!("{kind}: {verb}"));
                true
            }
            Err(refusal) if is_too_late(&refusal) => {
                self.tally.count(&format!("{kind}: {verb} came too late"));
                false
            }
            Err(refusal) => self.refused(verb, &refusal),
        }
    }

    /// The job that a statement under way has begun, at once or after a moment.
    async fn begun_after(&mut self, before: i64) -> i64 {
        let until = Instant::now() + PATIENCE;
        if self.chance.one_in(3) {
            self.some_time(40).await;
        }
        loop {
            match self.job_after(before).await {
                Some((id, _)) => return id,
                None if Instant::now() > until => self.fail("the job never began"),
                None => self.some_time(3).await,
            }
        }
    }

    async fn newest_job(&self) -> i64 {
        self.jobs()
            .await
            .into_iter()
            .map(|(id, _, _)| id)
            .max()
            .unwrap_or(0)
    }

    /// Ids, types and states.
    async fn jobs(&self) -> Vec<(i64, String, String)> {
        let rows = match self.server.rows("SHOW JOBS").await {
            Ok(rows) => rows,
            Err(refusal) => self.refused("SHOW JOBS", &refusal),
        };
        let mut jobs = Vec::new();
        for row in rows {
            let text = |at: usize| row[at].clone().unwrap_or_default();
            jobs.push((text(0).parse().expect("an id"), text(1), text(4)));
        }
        jobs
    }

    /// The BACKUP or RESTORE that began after all others.
    async fn job_after(&self, before: i64) -> Option<(i64, String)> {
        let rows = self
            .jobs()
            .await
            .into_iter()
            .filter(|(id, ty, _)| *id > before && ty != "SCHEMA CHANGE");
        rows.min().map(|(id, _, status)| (id, status))
    }

    /// Waits until the job is paused or has ended.
    async fn rest(&mut self, before: i64) -> Option<(i64, String)> {
        let until = Instant::now() + PATIENCE;
        loop {
            let (id, status) = self.job_after(before).await?;
            if status != "running" && status != "pending" {
                return Some((id, status));
            }
            if Instant::now() > until {
                self.fail(&format!("job {id} is still {status}"));
            }
            self.some_time(5).await;
        }
    }

    /// Runs a statement and kills the server meanwhile. The state is then the one before or the one after.
    pub async fn commit_killed(&mut self, text: &str, next: State, shown: &[Id]) {
        self.stay();
        let client = self.server.connect().await;
        let statement = text.to_owned();
        let task = tokio::spawn(async move { ask(&client, &statement).await });
        self.some_time(30).await;
        self.kill().await;
        let answer: Answer<Vec<Rows>> = task.await.expect("the statement's task");
        let is_done = answer.is_ok();
        if let Err(refusal @ Refusal { .. }) = &answer
            && !refusal.is_lost()
        {
            self.refused(text, refusal);
        }
        // What SHOW CREATE says after the statement is not known yet.
        let mut next = next;
        for id in shown {
            next.edit(*id).create.clear();
        }
        let now = self.now().clone();
        let before = self.compare_live(&now).await;
        let state = match (before, self.compare_live(&next).await) {
            (Ok(()), _) if !is_done => now,
            (_, Ok(())) => next,
            (before, Err(after)) => {
                let before = before.err().unwrap_or_default();
                self.fail(&format!(
                    "{text}\nkilled; acknowledged: {is_done}\n{after}\n{before}"
                ))
            }
        };
        let shown: BTreeSet<Id> = shown
            .iter()
            .copied()
            .filter(|id| state.objects.contains_key(id))
            .collect();
        let shown: Vec<Id> = shown.into_iter().collect();
        self.note(state, &shown).await;
        self.tally.count("kill -9 during a statement");
    }
}

/// The job had ended, or had begun to write its manifest.
fn is_too_late(refusal: &Refusal) -> bool {
    ["succeeded", "finishing"]
        .iter()
        .any(|word| refusal.message.contains(word))
}
