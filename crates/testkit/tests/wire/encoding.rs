//! Text that is not UTF-8 is refused wherever a client can say some, and nothing of it is stored.

use cairn_testkit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{frame, open, read_to_end};

const REFUSED: &str = "22021 invalid byte sequence for encoding \"UTF8\":";

fn query(text: &[u8]) -> Vec<u8> {
    frame(b'Q', &[text, b"\0"])
}

/// A statement under a name, with parameters of the types that it settles on.
fn parse(name: &[u8], text: &[u8]) -> Vec<u8> {
    frame(b'P', &[name, b"\0", text, b"\0", &[0, 0]])
}

/// A portal over a statement with one parameter in a format.
fn bind(portal: &[u8], statement: &[u8], format: u8, parameter: &[u8]) -> Vec<u8> {
    let length = u32::try_from(parameter.len()).unwrap().to_be_bytes();
    let formats = [0, 1, 0, format, 0, 1];
    frame(
        b'B',
        &[
            portal,
            b"\0",
            statement,
            b"\0",
            &formats,
            &length,
            parameter,
            &[0, 0],
        ],
    )
}

fn sync() -> Vec<u8> {
    frame(b'S', &[])
}

/// What the server says until it is ready again: errors as code and words, every other message as its type.
async fn said(stream: &mut TcpStream) -> Vec<String> {
    let mut said = Vec::new();
    loop {
        let kind = stream.read_u8().await.unwrap() as char;
        let length = stream.read_i32().await.unwrap();
        let mut body = vec![0; length as usize - 4];
        stream.read_exact(&mut body).await.unwrap();
        match kind {
            'Z' => return said,
            'E' => {
                let fields = String::from_utf8(body).unwrap();
                let field = |code| {
                    fields
                        .split('\0')
                        .find_map(|field| field.strip_prefix(code))
                };
                said.push(format!("{} {}", field('C').unwrap(), field('M').unwrap()));
            }
            other => said.push(other.to_string()),
        }
    }
}

async fn ask(stream: &mut TcpStream, messages: &[Vec<u8>]) -> Vec<String> {
    stream.write_all(&messages.concat()).await.unwrap();
    said(stream).await
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_names_that_are_no_text_are_refused() {
    let server = TestServer::start().await;
    let mut stream = open(&server).await;
    let made = ask(&mut stream, &[query(b"CREATE TABLE t (k INT, s STRING)")]).await;
    assert_eq!(made, ["C"]);
    let known = [
        parse(b"known", b"SELECT $1::STRING"),
        bind(b"", b"known", 0, "\u{fffd}".as_bytes()),
        sync(),
    ];
    assert_eq!(ask(&mut stream, &known).await, ["1", "2"]);

    let latin = |before: &str, after: &str| [before.as_bytes(), b"\xe4", after.as_bytes()].concat();
    let cases = [
        vec![query(&latin("INSERT INTO t VALUES (1, '", "')"))],
        vec![query(&latin("CREATE TABLE \"", "\" (k INT)"))],
        vec![
            parse(b"", &latin("INSERT INTO t VALUES (1, '", "')")),
            sync(),
        ],
        vec![parse(&latin("", ""), b"SELECT 1"), sync()],
        vec![bind(&latin("p", ""), b"known", 0, b"x"), sync()],
        vec![bind(b"", &latin("s", ""), 0, b"x"), sync()],
        vec![bind(b"", b"known", 0, &latin("", "b")), sync()],
        vec![bind(b"", b"known", 1, &latin("", "b")), sync()],
        vec![frame(b'D', &[b"S", b"\xe4\0"]), sync()],
        vec![frame(b'E', &[b"\xe4\0", &[0; 4]]), sync()],
        vec![frame(b'C', &[b"P", b"\xe4\0"]), sync()],
    ];
    for messages in cases {
        let answer = ask(&mut stream, &messages).await;
        let shown = messages.concat().escape_ascii().to_string();
        assert_eq!(answer.len(), 1, "{shown}: {answer:?}");
        assert!(answer[0].starts_with(REFUSED), "{shown}: {answer:?}");
    }
    // What follows in the same pipeline is skipped, and the session goes on behind it.
    let skipped = [
        parse(b"", b"SELECT '\xff'"),
        parse(b"later", b"SELECT 1"),
        sync(),
    ];
    let answer = ask(&mut stream, &skipped).await;
    assert_eq!(answer, [format!("{REFUSED} 0xff")]);
    let counted = ask(&mut stream, &[query(b"SELECT * FROM t")]).await;
    assert_eq!(counted, ["T", "C"], "no row is there");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_text_that_is_none_is_refused() {
    let server = TestServer::start().await;
    let mut stream = open(&server).await;
    ask(&mut stream, &[query(b"CREATE TABLE t (k INT, s STRING)")]).await;
    for (format, row) in [("text", &b"1\ta\xe4\n"[..]), ("csv", b"1,\"a\xe4\"\n")] {
        let copy = format!("COPY t FROM STDIN WITH (FORMAT {format})");
        let messages = [
            query(copy.as_bytes()),
            frame(b'd', &[row]),
            frame(b'c', &[]),
        ];
        let answer = ask(&mut stream, &messages).await;
        assert_eq!(answer, ["G".to_owned(), format!("{REFUSED} 0xe4")]);
    }
    // An escape makes a byte too.
    let messages = [
        query(b"COPY t FROM STDIN"),
        frame(b'd', &[b"1\t\\xe4\n"]),
        frame(b'c', &[]),
    ];
    let answer = ask(&mut stream, &messages).await;
    assert_eq!(answer, ["G".to_owned(), format!("{REFUSED} 0xe4")]);
    // Why a client gives up is its own affair.
    let messages = [query(b"COPY t FROM STDIN"), frame(b'f', &[b"\xe4\0"])];
    let answer = ask(&mut stream, &messages).await;
    assert_eq!(answer, ["G", "57014 COPY from stdin failed: \u{fffd}"]);
    assert_eq!(
        ask(&mut stream, &[query(b"SELECT * FROM t")]).await,
        ["T", "C"]
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_startup_that_is_no_text_is_refused() {
    let server = TestServer::start().await;
    let parameters: [&[u8]; 4] = [
        b"user\0r\xe4\0\0",
        b"user\0root\0database\0d\xe4\0\0",
        b"user\0root\0application_name\0\xe4\0\0",
        b"user\0root\0\xe4\0x\0\0",
    ];
    for parameters in parameters {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let length = u32::try_from(parameters.len() + 8).unwrap();
        let packet = [
            &length.to_be_bytes()[..],
            &196_608_u32.to_be_bytes(),
            parameters,
        ];
        stream.write_all(&packet.concat()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        let shown = parameters.escape_ascii();
        assert!(answer.contains("FATAL\0C22021\0"), "{shown}: {answer:?}");
    }
    server.stop().await;
}
