//! A server whose clock a test turns, through a socket in a directory of the test's.
//!
//! The clock begins at the microseconds in the file `time`. The socket `hand` takes lines: `advance MICROSECONDS`; `tidy`, which
//! does what the background does every minute; `now`, for the instant that statements may name at the latest. Each is answered by a line.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cairn_cli::Surroundings;
use cairn_cli::instance::Node;
use cairn_storage::Engine;
use cairn_storage::clock::{Clock, Hand};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

pub fn surroundings(directory: PathBuf) -> Surroundings {
    let begins = std::fs::read_to_string(directory.join("time")).expect("the time to begin at");
    let (clock, hand) = Clock::manual(begins.trim().parse().expect("microseconds since 1970"));
    let beside = move |node: &Arc<Node>, engine: &Arc<dyn Engine>| {
        let socket = directory.join("hand");
        // Left by a server that was killed.
        std::fs::remove_file(&socket).unwrap_or_default();
        let listener = UnixListener::bind(&socket).expect("a socket for the hand");
        let obedient = Obedient {
            hand,
            node: Arc::clone(node),
            engine: Arc::clone(engine),
        };
        tokio::spawn(listen(listener, Arc::new(obedient)));
    };
    Surroundings {
        clock,
        beside: Box::new(beside),
    }
}

struct Obedient {
    hand: Arc<Hand>,
    node: Arc<Node>,
    engine: Arc<dyn Engine>,
}

async fn listen(listener: UnixListener, obedient: Arc<Obedient>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(obey(stream, Arc::clone(&obedient)));
    }
}

async fn obey(stream: UnixStream, obedient: Arc<Obedient>) {
    let Obedient { hand, node, engine } = obedient.as_ref();
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split_once(' ') {
            Some(("advance", micros)) => {
                hand.advance(Duration::from_micros(micros.parse().expect("a number")));
                "done".to_owned()
            }
            _ if line == "now" => engine.timeline().now().0.to_string(),
            _ if line == "tidy" => match node.tidy().await {
                Ok(()) => "done".to_owned(),
                Err(error) => error.to_string().replace('\n', " "),
            },
            _ => format!("what is {line}?"),
        };
        if writer
            .write_all(format!("{answer}\n").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}
