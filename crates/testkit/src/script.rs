//! Golden scripts: statements and what they answer.
//!
//! A line `> SQL` runs a statement; a prefix (`b:> SQL`) runs it in the session of that name, `!> SQL` expects it to
//! fail. What differs from run to run (job ids, times) is replaced by its column's name in angle brackets, instants in
//! messages by `<time>` and `<decimal>`. In a statement `<job_id>` is the job that was answered last.
//! Tags: `[objects]` adds the objects that the statement wrote to the external I/O directory.
//! Other commands: `b: login USER` opens the session of that name as another user than root; `advance SECONDS` lets time pass; `tidy` does the background's work; `restart` stops the server and starts it on its store;
//! `wait STATE` goes on when the newest job is in that state, `wait STATE KIND` when the newest `RESTORE`, say, is;
//! `damage BEGINNING` changes a byte of the first object whose name begins so;
//! `fresh` goes on with a server on an empty store that sees the same backups.
//! `UPDATE_GOLDENFILES=1` writes what was answered into the script.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_cli::client::{Client, Event};
use goldenscript::{Command, Context, Runner};
use tokio::runtime::Runtime;

use crate::process::pause;
use crate::server::TestServer;

/// Columns whose values differ from run to run.
const CHANGING: [&str; 9] = [
    "job_id",
    "start_time",
    "end_time",
    "created",
    "started",
    "finished",
    "modified",
    "running_status",
    "cluster_logical_timestamp",
];

/// Runs a script against a server of its own; panics where the answers differ.
pub fn run_script(path: impl AsRef<Path>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime.block_on(TestServer::start());
    let mut runner = ScriptRunner {
        runtime,
        server: Some(server),
        sessions: HashMap::new(),
        objects: BTreeSet::new(),
        job: String::new(),
    };
    goldenscript::run(&mut runner, &path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()));
    if let Some(server) = runner.server.take() {
        runner.runtime.block_on(server.stop());
    }
}

struct ScriptRunner {
    runtime: Runtime,
    /// None only while it is being replaced.
    server: Option<TestServer>,
    sessions: HashMap<String, Client>,
    /// What the external I/O directory holds.
    objects: BTreeSet<PathBuf>,
    /// The `job_id` that was answered last.
    job: String,
}

impl Runner for ScriptRunner {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        let mut arguments = command.consume_args();
        match command.name.as_str() {
            "advance" => {
                let seconds = arguments
                    .next_pos()
                    .ok_or("advance by how many seconds?")?
                    .parse()?;
                self.server()?.advance(Duration::from_secs(seconds));
                Ok(String::new())
            }
            "restart" => {
                self.replace(async |server| server.restart().await)?;
                Ok(String::new())
            }
            "fresh" => {
                self.replace(async |server| {
                    let next = server.start_beside().await;
                    server.stop().await;
                    next
                })?;
                Ok(String::new())
            }
            "login" => {
                let user = arguments.next_pos().ok_or("log in as whom?")?.to_owned();
                let name = context.prefix.clone().unwrap_or_default();
                let connected = self.runtime.block_on(self.server()?.connect_as(&user));
                let client = connected.map_err(|failure| failure.to_string())?;
                self.sessions.insert(name, client);
                Ok(String::new())
            }
            "damage" => {
                let beginning = arguments.next_pos().ok_or("damage which object?")?;
                damage(self.server()?.external_io_dir(), beginning)?;
                Ok(String::new())
            }
            "wait" => {
                let state = arguments.next_pos().ok_or("wait for which state?")?;
                let kind = arguments.next_pos().unwrap_or("%");
                self.wait(state, kind)?;
                Ok(String::new())
            }
            "tidy" => {
                self.runtime.block_on(self.server()?.tidy());
                Ok(String::new())
            }
            _ => self.run_statement(&command.name, context),
        }
    }
}

impl ScriptRunner {
    fn server(&self) -> Result<&TestServer, Box<dyn Error>> {
        self.server
            .as_ref()
            .ok_or_else(|| "the server is gone".into())
    }

    fn replace(
        &mut self,
        next: impl AsyncFnOnce(TestServer) -> TestServer,
    ) -> Result<(), Box<dyn Error>> {
        self.sessions.clear();
        let server = self.server.take().ok_or("the server is gone")?;
        self.server = Some(self.runtime.block_on(next(server)));
        Ok(())
    }

    /// Waits until the newest job of a kind is in a state; an error when it ends in another.
    fn wait(&self, state: &str, kind: &str) -> Result<(), Box<dyn Error>> {
        let newest = format!(
            "SELECT status, error FROM [SHOW JOBS] WHERE type LIKE '{kind}' ORDER BY id DESC LIMIT 1"
        );
        let server = self.server()?;
        self.runtime.block_on(async {
            let mut client = server.connect().await;
            loop {
                let shown = answer(&mut client, &newest, &mut String::new()).await?;
                let job = shown.lines().nth(1).unwrap_or_default();
                let (status, error) = job.split_once(" |").unwrap_or((job, ""));
                match status {
                    _ if status == state => return Ok(()),
                    "pending" | "running" => pause().await,
                    _ => return Err(format!("the job is {status}:{error}").into()),
                }
            }
        })
    }

    fn run_statement(
        &mut self,
        statement: &str,
        context: &Context,
    ) -> Result<String, Box<dyn Error>> {
        let name = context.prefix.clone().unwrap_or_default();
        let mut client = match self.sessions.remove(&name) {
            Some(client) => client,
            None => self.runtime.block_on(self.server()?.connect()),
        };
        let statement = statement.replace("<job_id>", &self.job);
        let answered = answer(&mut client, &statement, &mut self.job);
        let answered = self.runtime.block_on(answered);
        self.sessions.insert(name, client);
        let stable = |text: String| match self.job.as_str() {
            "" => text,
            id => text.replace(id, "<job_id>"),
        };
        let mut output = match answered {
            Ok(output) => stable(output),
            Err(error) => return Err(stable(error.to_string()).into()),
        };
        let now = objects_in(self.server()?.external_io_dir());
        let before = std::mem::replace(&mut self.objects, now);
        if context.tags.contains("objects") {
            for object in self.objects.difference(&before) {
                writeln!(output, "object {}", stable_name(object))?;
            }
        }
        Ok(output)
    }
}

/// A statement's answer: a line of column names and a line per row, or the command tag; an error is an error. Notes the id of a job
/// that is in it.
async fn answer(
    client: &mut Client,
    statement: &str,
    job: &mut String,
) -> Result<String, Box<dyn Error>> {
    let mut output = String::new();
    let mut names: Option<Vec<String>> = None;
    let result = client
        .run(statement, |event| {
            match event {
                Event::Columns(columns) => {
                    let columns: Vec<String> =
                        columns.into_iter().map(|column| column.name).collect();
                    output.push_str(&columns.join(" | "));
                    output.push('\n');
                    names = Some(columns);
                }
                Event::Row(row) => {
                    let names = names.iter().flatten();
                    let ids = row.iter().zip(names.clone());
                    let mut ids = ids.filter(|(_, name)| *name == "job_id");
                    if let Some((Some(id), _)) = ids.next() {
                        id.clone_into(job);
                    }
                    let values = row
                        .into_iter()
                        .zip(names)
                        .map(|(value, name)| stable_value(value, name));
                    output.push_str(values.collect::<Vec<_>>().join(" | ").trim_end());
                    output.push('\n');
                }
                Event::Complete(tag) => {
                    if names.take().is_none() {
                        output.push_str(&tag);
                        output.push('\n');
                    }
                }
                Event::Copied(lines) => output.push_str(&String::from_utf8_lossy(&lines)),
                Event::Notice(notice) => {
                    output.push_str(&notice.to_string());
                    output.push('\n');
                }
            }
            Ok(())
        })
        .await
        .map_err(|failure| failure.to_string())?;
    match result {
        Ok(()) => Ok(output),
        Err(fault) => Err(stable_instants(&stable_objects(&fault.to_string())).into()),
    }
}

/// A message without what is random in names of objects and in hashes.
fn stable_objects(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let end = word.trim_end_matches([',', ';', ':']);
        let is_uuid = end.len() == 36 && end.split('-').count() == 5;
        let is_hash = end.len() == 64 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
        match end {
            _ if is_hash => word.replace(end, "<hash>"),
            _ if is_uuid => word.replace(end, "<uuid>"),
            _ if end.ends_with(".parquet") => word.replace(end, &stable_name(Path::new(end))),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A message without the instants in it: `2026-11-22 10:15:00.25+00` is `<time>`, and the decimal form `<decimal>`.
fn stable_instants(text: &str) -> String {
    let mut stable = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        stable.push_str(before);
        let number = |c: char| !c.is_ascii_digit() && c != '.';
        let length = from.find(number).unwrap_or(from.len());
        let bytes = from.as_bytes();
        let is_time = bytes.get(4) == Some(&b'-') && bytes.get(13) == Some(&b':');
        if let (true, Some(zone)) = (is_time, from.find("+00")) {
            stable.push_str("<time>");
            rest = from.get(zone + 3..).unwrap_or_default();
            continue;
        }
        let (digits, after) = from.split_at(length);
        stable.push_str(if digits.len() > 25 {
            "<decimal>"
        } else {
            digits
        });
        rest = after;
    }
    stable + rest
}

fn stable_value(value: Option<String>, name: &str) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(_) if CHANGING.contains(&name) => format!("<{name}>"),
        // Names of objects and hashes have something random in them.
        Some(_) if name == "blake3" => "<blake3>".to_owned(),
        Some(text) if name == "path" => stable_name(Path::new(&text)),
        // The id of a job; a table's own ids are small.
        Some(text) if name == "id" && text.len() > 15 => "<id>".to_owned(),
        Some(text) => text,
    }
}

/// A file's name without the part that is drawn at random: `data/104/0-5f0c….parquet` is `data/104/0-*.parquet`.
fn stable_name(path: &Path) -> String {
    let text = path.display().to_string();
    match (text.rsplit_once('-'), text.rsplit_once('.')) {
        (Some((stem, _)), Some((_, extension))) if extension == "parquet" => {
            format!("{stem}-*.{extension}")
        }
        _ => text,
    }
}

/// Changes a byte in the middle of the first object whose name begins so.
fn damage(directory: &Path, beginning: &str) -> Result<(), Box<dyn Error>> {
    let objects = objects_in(directory);
    let found = objects
        .iter()
        .find(|path| path.display().to_string().starts_with(beginning))
        .ok_or("no such object")?;
    let path = directory.join(found);
    let mut bytes = std::fs::read(&path)?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    Ok(std::fs::write(&path, bytes)?)
}

/// All files below a directory, by their path from it.
fn objects_in(directory: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if let Ok(relative) = path.strip_prefix(directory) {
                found.insert(relative.to_owned());
            }
        }
    }
    found
}
