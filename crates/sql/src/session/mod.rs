//! One client's conversation with the node: statements in, answers out, and the transaction in between.
//!
//! HOW DATA FLOWS
//!   1. `prepare` parses and types a statement (`describe`); `split` does it for each statement of a simple query's text.
//!   2. `execute` refuses what a failed transaction may not do, and hands the statement to `dispatch`.
//!   3. Queries read a snapshot or the open transaction; changes write into the open transaction, or into one of their own that is
//!      committed before the answer is given.
//!
//! INVARIANTS
//!   An error inside an explicit transaction fails it until ROLLBACK (25P02): `execute`.
//!   Dropping the future of `execute` leaves the session usable: inside BEGIN the transaction counts as failed, outside nothing was
//!   committed or all was: `run`.
//!
//! ERRORS, RETRIES
//!   A single statement outside BEGIN that meets another commit is run again, `ATTEMPTS` times at most; inside BEGIN it answers 40001.

mod alter;
mod as_of;
mod backup;
mod block;
mod call;
mod comment;
mod copy;
mod define;
mod describe;
mod dispatch;
mod jobs;
mod prepared;
mod progress;
mod settings;
mod transaction;
mod vacuum;
mod variables;
mod write;

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use arrow::datatypes::DataType;
use cairn_catalog::View;
use cairn_rows::{Zone, users::ROOT};
use cairn_storage::{Closed, Read, Snapshot, Transaction, Version};
use cairn_syntax::Statement;
use datafusion::{execution::SessionState, scalar::ScalarValue};
use parking_lot::Mutex;

use crate::{
    Answer, Notice, Prepared, Result, SqlError, SqlState, TransactionStatus,
    access::Access,
    activity::{Entry, Presence},
    node::Node,
    query::{Facts, Scope, engine, output},
    sequence::{self, Numbers},
};
use call::Call;
pub use progress::Progress;
use transaction::Open;
use variables::Variables;

/// How often a statement outside BEGIN is tried when it meets other commits.
const ATTEMPTS: usize = 20;

pub struct Session {
    node: Arc<Node>,
    user: String,
    database: String,
    variables: Variables,
    open: Option<Open>,
    /// Statements prepared by SQL, by name.
    prepared: HashMap<String, Prepared>,
    notices: Vec<Notice>,
    /// Of the statement that runs.
    progress: Arc<Progress>,
    /// The values taken from sequences, for currval and lastval.
    numbers: Arc<Mutex<sequence::Memory>>,
    /// Its entry among the sessions of the node, once it has a number.
    presence: Option<Presence>,
    /// DataFusion's state for a time zone other than UTC, and the zone's name.
    zoned: Mutex<Option<(String, Arc<SessionState>)>>,
}

impl Session {
    pub(crate) fn new(node: Arc<Node>, user: String, database: String) -> Self {
        Session {
            node,
            user,
            database,
            variables: Variables::default(),
            open: None,
            prepared: HashMap::new(),
            notices: Vec::new(),
            progress: Arc::default(),
            numbers: Arc::default(),
            presence: None,
            zoned: Mutex::default(),
        }
    }

    /// Gives the session its number, by which others see it in `pg_stat_activity`.
    pub fn announce(&mut self, number: i32, client: SocketAddr) {
        let now = self.now();
        self.presence = Some(self.node.activity().enter(Entry {
            number,
            user: self.user.clone(),
            database: self.database.clone(),
            application: self.variables.get("application_name").unwrap_or_default(),
            client,
            began: now,
            transaction_began: None,
            statement_began: None,
            changed: now,
            state: "idle",
            statement: String::new(),
        }));
    }

    /// The client has its answer, and it is his turn.
    pub fn rest(&self) {
        if let Some(presence) = &self.presence {
            presence.rest(self.transaction_status(), self.now());
        }
    }

    /// Parses and types one statement. `declared` are the parameter types the client states; `None` or a missing one is inferred, and
    /// `Null` is void: no argument.
    pub async fn prepare(&mut self, text: &str, declared: &[Option<DataType>]) -> Result<Prepared> {
        let Some(mut parsed) = cairn_syntax::parse_one(text)? else {
            return Ok(Prepared {
                statement: None,
                declared: Vec::new(),
                parameters: Vec::new(),
                columns: None,
            });
        };
        if let Some(open) = &self.open
            && open.failed
            && !dispatch::ends_transaction(&parsed.statement)
        {
            open.check()?;
        }
        let is_void = |ty: &Option<DataType>| *ty == Some(DataType::Null);
        let void = (1..).zip(declared).filter(|(_, ty)| is_void(ty));
        let void = void.map(|(number, _)| number).collect();
        parsed.statement.discard_arguments(&void);
        let prepared = self.describe(parsed.statement, declared).await;
        if prepared.is_err() {
            self.fail();
        }
        prepared
    }

    /// Runs a prepared statement with a value per parameter.
    pub async fn execute(&mut self, prepared: &Prepared, values: &[ScalarValue]) -> Result<Answer> {
        let Some(statement) = &prepared.statement else {
            return Ok(Answer::Empty);
        };
        self.run(statement, Call::of(prepared, values)).await
    }

    /// Splits a text of the simple protocol into its statements, in order. All are parsed before the first one runs; none is typed.
    pub fn split(&self, text: &str) -> Result<Vec<Prepared>> {
        Ok(cairn_syntax::parse(text)?
            .into_iter()
            .map(|parsed| Prepared {
                statement: Some(parsed.statement),
                declared: Vec::new(),
                parameters: Vec::new(),
                columns: None,
            })
            .collect())
    }

    /// Runs one statement under the rules of the transaction it meets.
    async fn run(&mut self, statement: &Statement, call: Call<'_>) -> Result<Answer> {
        if let Some(presence) = &self.presence {
            presence.begin(statement, self.now(), |entry| {
                entry.database.clone_from(&self.database);
                entry.application = self.variables.get("application_name").unwrap_or_default();
            });
        }
        if let Some(open) = &mut self.open {
            if !dispatch::ends_transaction(statement) {
                open.check()?;
            }
            // Until the statement is done: if its future is dropped half-way, the transaction has failed.
            let was = std::mem::replace(&mut open.failed, true);
            let control = dispatch::controls_transaction(statement);
            if control {
                open.failed = was;
            }
            let answer = self.dispatch(statement, call).await;
            let answer = answer.map(|answer| self.localized(answer));
            if let Some(open) = &mut self.open {
                open.failed = answer.is_err() || if control { open.failed } else { was };
            }
            return answer;
        }
        let answer = self.dispatch(statement, call).await;
        answer.map(|answer| self.localized(answer))
    }

    /// An answer whose instants are shown in the session's time zone.
    fn localized(&self, answer: Answer) -> Answer {
        let zone = self.variables.get("timezone").unwrap_or_default();
        match answer {
            Answer::Rows { stream, tag } if zone != variables::UTC => Answer::Rows {
                stream: output::in_zone(stream, &zone),
                tag,
            },
            other => other,
        }
    }

    pub fn transaction_status(&self) -> TransactionStatus {
        self.open
            .as_ref()
            .map_or(TransactionStatus::Idle, Open::status)
    }

    /// The session's value of a variable such as `client_encoding`, for ParameterStatus.
    pub fn variable(&self, name: &str) -> Option<String> {
        match name.to_lowercase().as_str() {
            "session_authorization" => Some(self.user.clone()),
            "database" => Some(self.database.clone()),
            "is_superuser" if self.user != ROOT => Some("off".to_owned()),
            "transaction_read_only" => {
                Some(if self.is_read_only() { "on" } else { "off" }.to_owned())
            }
            _ => self.variables.get(name),
        }
    }

    /// How far its statement is.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// How long a statement may take.
    pub fn statement_timeout(&self) -> Option<Duration> {
        self.variables.duration("statement_timeout")
    }

    /// How long the client may now let an open transaction wait.
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.open.as_ref()?;
        self.variables
            .duration("idle_in_transaction_session_timeout")
    }

    /// Commits, and cannot be cancelled meanwhile.
    pub(crate) async fn commit_transaction(&self, transaction: &Transaction) -> Result<Version> {
        let _committing = self.progress.commit();
        self.node.commit(transaction).await
    }

    /// Gives a variable the value that it has from the start, and again after RESET: for what a client says as it connects.
    pub fn set_variable(&mut self, name: &str, value: &str) -> Result<()> {
        self.variables.give(name, value)
    }

    /// Notices since the last call, as far as `client_min_messages` lets them through.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        let mut notices = std::mem::take(&mut self.notices);
        notices.retain(|notice| self.variables.tells(notice.severity));
        notices
    }

    /// What a statement sees that reads through a transaction.
    pub(crate) async fn scope_in(&self, transaction: &Arc<Transaction>, now: i64) -> Result<Scope> {
        let view = self.node.view_in(transaction).await?;
        let mut scope = self.scope(transaction.clone(), view.clone(), view, now)?;
        scope.numbers = Arc::new(Numbers {
            transaction: Some(transaction.clone()),
            ..scope.numbers.as_ref().clone()
        });
        Ok(scope)
    }

    /// What a statement sees that reads at an instant.
    async fn scope_at(&self, at: Closed) -> Result<Scope> {
        let snapshot = Snapshot::new(self.node.engine().clone(), at);
        let view = self.node.view(&snapshot).await?;
        let today = self.node.today().await?;
        let mut scope = self.scope(Arc::new(snapshot), view, today, self.now())?;
        scope.numbers = Arc::new(Numbers {
            past: true,
            ..scope.numbers.as_ref().clone()
        });
        Ok(scope)
    }

    /// What a query sees: the open transaction, or all that is committed.
    async fn scope_now(&self) -> Result<Scope> {
        match &self.open {
            Some(open) => self.scope_in(&open.transaction, open.now).await,
            None => {
                let snapshot = Snapshot::now(self.node.engine().clone()).await?;
                let view = self.node.view(&snapshot).await?;
                self.scope(Arc::new(snapshot), view.clone(), view, self.now())
            }
        }
    }

    fn scope(
        &self,
        read: Arc<dyn Read>,
        view: Arc<View>,
        today: Arc<View>,
        now: i64,
    ) -> Result<Scope> {
        let timestamp = self.node.engine().timeline().decimal(read.at().version());
        let settings = self
            .all_variables()
            .into_iter()
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        let access = Access::new(&self.user, today);
        let numbers = Numbers {
            reserve: self.node.reserve().clone(),
            row_ids: self.node.row_ids().clone(),
            engine: self.node.engine().clone(),
            memory: self.numbers.clone(),
            view: view.clone(),
            database: self.database.clone(),
            access: access.clone(),
            transaction: None,
            past: false,
            read_only: self.is_read_only(),
        };
        Ok(Scope {
            node: self.node.clone(),
            state: self.state(),
            engine: self.node.engine().clone(),
            view,
            read,
            numbers: Arc::new(numbers),
            facts: Facts {
                user: self.user.clone(),
                database: self.database.clone(),
                now,
                timestamp,
                cluster: self.node.cluster().to_string(),
                zone: self.zone(),
                backend: self.presence.as_ref().map_or(0, |presence| presence.number),
                settings,
            },
            access,
            sources: HashMap::new(),
            declared: Vec::new(),
            hidden: false,
            depth: 0,
            touched: Mutex::default(),
        })
    }

    /// The session's time zone.
    pub fn zone(&self) -> Zone {
        let name = self.variables.get("timezone");
        name.as_deref()
            .and_then(Zone::of_setting)
            .unwrap_or(Zone::UTC)
    }

    /// DataFusion's, in the session's time zone; made anew when that has changed.
    fn state(&self) -> Arc<SessionState> {
        let zone = self.variables.get("timezone").unwrap_or_default();
        if zone == variables::UTC {
            return self.node.state().clone();
        }
        let mut zoned = self.zoned.lock();
        match &*zoned {
            Some((name, state)) if *name == zone => state.clone(),
            _ => {
                let state = Arc::new(engine::in_zone(self.node.state(), &zone));
                *zoned = Some((zone, state.clone()));
                state
            }
        }
    }

    /// Wall clock as the store knows it, in microseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let timeline = self.node.engine().timeline();
        timeline.micros(timeline.now())
    }

    /// Refuses a statement that only root may run.
    fn only_root(&self, what: &str) -> Result<()> {
        match self.user == ROOT {
            true => Ok(()),
            false => Err(SqlError::new(
                SqlState::InsufficientPrivilege,
                format!("only superusers are allowed to {what}"),
            )),
        }
    }
}

/// What the other folders need of a session.
impl Session {
    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(crate) fn note(&mut self, notices: Vec<Notice>) {
        self.notices.extend(notices);
    }

    /// The open transaction, and its now().
    pub(crate) fn open_work(&self) -> Option<(Arc<Transaction>, i64)> {
        let open = self.open.as_ref()?;
        Some((open.transaction.clone(), open.now))
    }

    pub(crate) async fn current_scope(&self) -> Result<Scope> {
        self.scope_now().await
    }

    pub(crate) fn all_variables(&self) -> std::collections::BTreeMap<String, String> {
        let mut variables = self.variables.all();
        for (name, value) in &mut variables {
            if let Some(of_session) = self.variable(name) {
                *value = of_session;
            }
        }
        variables
    }
}
