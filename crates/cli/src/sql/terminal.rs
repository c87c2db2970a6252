//! Lines that a person types: edited, completed, remembered.
//!
//! Waiting for keys blocks, so a thread of its own does it (`serve`). It asks back for the names that complete a word (`Told::Names`),
//! because only the session knows them.

use std::collections::VecDeque;
use std::sync::mpsc;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, CompletionType, Config, Editor};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::completion::Completion;
use super::history;
use crate::failure::{Failure, Outcome};

/// What a person answers to a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Text(String),
    /// Ctrl-C: what was begun does not count.
    Dropped,
    /// Ctrl-D.
    End,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Statement,
    /// Of a statement that has begun.
    Continuation,
    /// Of a COPY's data.
    Data,
}

impl Kind {
    fn prompt(self) -> &'static str {
        match self {
            Kind::Statement => "cairn> ",
            Kind::Continuation => "    -> ",
            Kind::Data => "copy> ",
        }
    }
}

enum Order {
    Read(Kind),
    Remember(String),
}

pub(super) enum Told {
    Line(Line),
    Failed(Failure),
    /// Names are wanted, all that there are.
    Names(oneshot::Sender<Vec<String>>),
}

pub struct Terminal {
    orders: mpsc::Sender<Order>,
    told: UnboundedReceiver<Told>,
    /// The rest of several lines that came at once: pasted, or out of the history.
    waiting: VecDeque<String>,
}

impl Terminal {
    pub fn open() -> Outcome<Terminal> {
        let (orders, ordered) = mpsc::channel();
        let (teller, told) = unbounded_channel();
        std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || serve(&ordered, &teller))?;
        Ok(Terminal {
            orders,
            told,
            waiting: VecDeque::new(),
        })
    }

    /// The next line, without its end. `names` are those that a word may be completed to.
    pub async fn line(
        &mut self,
        kind: Kind,
        mut names: impl AsyncFnMut() -> Vec<String>,
    ) -> Outcome<Line> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(Line::Text(line));
        }
        self.orders.send(Order::Read(kind)).map_err(|_| gone())?;
        loop {
            match self.told.recv().await.ok_or_else(gone)? {
                Told::Names(wanted) => drop(wanted.send(names().await)),
                Told::Failed(failure) => return Err(failure),
                Told::Line(Line::Text(text)) => {
                    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
                    let first = lines.next().unwrap_or_default().to_owned();
                    self.waiting.extend(lines.map(str::to_owned));
                    return Ok(Line::Text(first));
                }
                Told::Line(line) => return Ok(line),
            }
        }
    }

    /// Keeps what was typed for another time, unless there is a secret in it.
    pub fn remember(&self, text: &str) {
        if history::may_keep(text) {
            // Without the thread there is nobody to be reminded either.
            drop(self.orders.send(Order::Remember(text.to_owned())));
        }
    }
}

fn gone() -> Failure {
    Failure::failed("ERROR:  the terminal is gone")
}

fn serve(orders: &mpsc::Receiver<Order>, teller: &UnboundedSender<Told>) {
    let mut history = history::file();
    let mut editor = match editor(teller) {
        Ok(editor) => editor,
        Err(error) => return drop(teller.send(Told::Failed(failed(&error)))),
    };
    if let Some(file) = &history {
        // There is none at first; one that cannot be read cannot be written either, which is seen below.
        drop(editor.load_history(file));
    }
    for order in orders {
        let told = match order {
            Order::Remember(text) => {
                let kept = editor.add_history_entry(text);
                let written = history.as_ref().map(|file| editor.append_history(file));
                if kept.is_err() || written.is_some_and(|written| written.is_err()) {
                    history = None;
                }
                continue;
            }
            Order::Read(kind) => read(&mut editor, kind),
        };
        if teller.send(told).is_err() {
            return;
        }
    }
}

fn editor(teller: &UnboundedSender<Told>) -> rustyline::Result<Editor<Completion, FileHistory>> {
    let config = Config::builder()
        // What is printed may go elsewhere; the prompts do not.
        .behavior(Behavior::PreferTerm)
        .completion_type(CompletionType::List)
        .max_history_size(1_000)?
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Completion::new(teller.clone())));
    Ok(editor)
}

fn read(editor: &mut Editor<Completion, FileHistory>, kind: Kind) -> Told {
    if let Some(completion) = editor.helper_mut() {
        completion.kind = kind;
    }
    match editor.readline(kind.prompt()) {
        Ok(text) => Told::Line(Line::Text(text)),
        Err(ReadlineError::Interrupted) => Told::Line(Line::Dropped),
        Err(ReadlineError::Eof) => Told::Line(Line::End),
        Err(error) => Told::Failed(failed(&error)),
    }
}

fn failed(error: &ReadlineError) -> Failure {
    Failure::failed(format!("ERROR:  the terminal cannot be read: {error}"))
}
