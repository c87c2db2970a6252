//! `cairn dump`: what it prints loads into PostgreSQL 15 and into an empty Cairn, which prints the same again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cairn_testkit::CairnProcess;

use crate::postgres::Postgres;
use crate::tools;

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/dump")
}

/// Runs `psql` on a script or with statements, in a database of any server; what it prints.
fn psql(psql: &Path, user: &str, port: u16, database: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(psql);
    command
        .args(["-X", "-q", "-A", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"])
        .args(["-U", user, "-p", &port.to_string(), "-d", database])
        .args(arguments);
    text(tools::run(&mut command).stdout)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

fn dump(server: &CairnProcess, arguments: &[&str]) -> Output {
    let mut command = Command::new(tools::CAIRN);
    command.arg("dump").args(arguments);
    command.args(["--url", &server.url()]);
    tools::run(&mut command)
}

/// Without the line that says when it was made.
fn body(dump: &str) -> &str {
    dump.split_once('\n').map_or("", |(_, body)| body)
}

async fn server(folder: &Path, name: &str) -> CairnProcess {
    CairnProcess::builder(tools::CAIRN, folder.join(name))
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_loads_into_postgresql_and_into_cairn_and_is_the_same_again() {
    let (Some(client), Some(postgres)) = (tools::find("psql"), tools::find("postgres")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = server(folder.path(), "first").await;
    let create = ["-c", "CREATE DATABASE shop"];
    psql(&client, "root", first.port(), "defaultdb", &create);
    let script = room().join("shop.sql");
    let script = script.to_str().expect("UTF-8");
    psql(&client, "root", first.port(), "shop", &["-f", script]);

    let printed = dump(&first, &["--create", "shop"]);
    assert_eq!(text(printed.stderr), "", "nothing is left out");
    let printed = text(printed.stdout);
    let file = folder.path().join("shop.sql");
    std::fs::write(&file, &printed).expect("the dump");
    let load = ["-f", file.to_str().expect("UTF-8")];

    let postgres = Postgres::start(&postgres);
    psql(&client, "postgres", postgres.port, "postgres", &load);
    let second = server(folder.path(), "second").await;
    psql(&client, "root", second.port(), "defaultdb", &load);
    for question in QUESTIONS {
        let ask = ["-c", question];
        let expected = psql(&client, "root", first.port(), "shop", &ask);
        let of_postgres = psql(&client, "postgres", postgres.port, "shop", &ask);
        assert_eq!(of_postgres, expected, "PostgreSQL: {question}");
        let of_cairn = psql(&client, "root", second.port(), "shop", &ask);
        assert_eq!(of_cairn, expected, "Cairn: {question}");
    }
    let again = text(dump(&second, &["--create", "shop"]).stdout);
    assert_eq!(body(&again), body(&printed));

    // Definitions and rows apart load one after the other, and give the same; but not rows that a constraint NOT VALID let be.
    psql(
        &client,
        "root",
        first.port(),
        "shop",
        &["-c", "DROP TABLE loose"],
    );
    let third = server(folder.path(), "third").await;
    psql(&client, "root", third.port(), "defaultdb", &create);
    for option in ["--schema-only", "--data-only"] {
        let part = text(dump(&first, &[option, "shop"]).stdout);
        std::fs::write(&file, part).expect("the dump");
        psql(&client, "root", third.port(), "shop", &load);
    }
    let parts = text(dump(&third, &["shop"]).stdout);
    assert_eq!(body(&parts), body(&text(dump(&first, &["shop"]).stdout)));
    for server in [first, second, third] {
        server.stop().await;
    }
}

/// Rows, and what definitions do: asked after loading, answered by all alike.
const QUESTIONS: [&str; 12] = [
    "SELECT * FROM every_type ORDER BY id",
    "SELECT id, email, born, mentor FROM customers ORDER BY id",
    "SELECT number, customer, price, pieces, total, note, uid, \"end\" FROM orders ORDER BY number",
    "SELECT * FROM \"Stamps\" ORDER BY id",
    "SELECT * FROM no_key ORDER BY a",
    "SELECT * FROM loose",
    "SELECT * FROM a_view ORDER BY who",
    "SELECT * FROM everything ORDER BY id",
    "SELECT conrelid::regclass::text AS t, conname, contype, convalidated, confdeltype, confupdtype FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT sequencename, start_value, min_value, max_value, increment_by FROM pg_sequences ORDER BY 1",
    "SELECT table_name, column_name, is_nullable, data_type, udt_name, is_identity, identity_generation, identity_start, is_generated FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position",
    "SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace = 'public'::regnamespace AND c.relkind <> 'i' ORDER BY 1, 2",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_says_what_it_leaves_out_and_loads_all_the_same() {
    let (Some(client), Some(postgres)) = (tools::find("psql"), tools::find("postgres")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = server(folder.path(), "first").await;
    let create = ["-c", "CREATE DATABASE shop", "-c", "CREATE DATABASE here"];
    psql(&client, "root", first.port(), "defaultdb", &create);
    for (database, script) in [("shop", "shop.sql"), ("here", "only_here.sql")] {
        let script = room().join(script);
        let load = ["-f", script.to_str().expect("UTF-8")];
        psql(&client, "root", first.port(), database, &load);
    }
    let printed = dump(&first, &["here"]);
    let (printed, said) = (text(printed.stdout), text(printed.stderr));
    for what in [
        "table children INTERLEAVE IN PARENT parents",
        "DESC in PRIMARY KEY (a, b DESC) of children",
        "the zone of here.parents",
        "own.id DEFAULT unique_rowid()",
        "checked.b GENERATED ALWAYS AS (nvl(a, 2))",
        "checked_a_check CHECK (nvl(a, 1) > 0) of checked",
        "view called: PostgreSQL does not know what it calls",
        "it is aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_1 here",
        "own_x_fkey FOREIGN KEY (x) REFERENCES shop.public.customers(id) of own",
        "by_x",
        "view far",
        "view near",
    ] {
        let found = |text: &str| {
            text.lines()
                .any(|line| line.contains("left out: ") && line.contains(what))
        };
        assert!(found(&said), "{what} in\n{said}");
        assert!(found(&printed), "{what} in\n{printed}");
    }
    let file = folder.path().join("here.sql");
    std::fs::write(&file, &printed).expect("the dump");
    let load = ["-f", file.to_str().expect("UTF-8")];
    let postgres = Postgres::start(&postgres);
    psql(&client, "postgres", postgres.port, "postgres", &load);
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_shows_one_instant_of_the_past() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path(), "store").await;
    let client = cairn.connect().await;
    let run = |statement: &'static str| {
        let client = &client;
        async move { client.batch_execute(statement).await.expect(statement) }
    };
    run("CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    run("CREATE SEQUENCE s; SELECT setval('s', 7)").await;
    let instant: String = client
        .query_one("SELECT cluster_logical_timestamp()::STRING", &[])
        .await
        .expect("the time")
        .get(0);
    run("INSERT INTO t VALUES (2); SELECT setval('s', 9)").await;
    run("ALTER TABLE t ADD COLUMN b INT").await;
    run("ALTER TABLE t RENAME TO u").await;
    run("CREATE TABLE later (a INT)").await;
    let then = text(dump(&cairn, &["--as-of", &instant]).stdout);
    assert!(
        then.contains("CREATE TABLE public.t (\n    a bigint NOT NULL,\n"),
        "{then}"
    );
    assert!(
        then.contains("COPY public.t (a) FROM stdin;\n1\n\\.\n"),
        "{then}"
    );
    assert!(
        then.contains("SELECT setval('public.s', 7, true);"),
        "{then}"
    );
    assert!(!then.contains("later"), "{then}");
    let one = text(dump(&cairn, &["--table", "u", "-a"]).stdout);
    assert!(
        one.contains("COPY public.u (a, b) FROM stdin;\n1\t\\N\n2\t\\N\n\\.\n"),
        "{one}"
    );
    assert!(!one.contains("setval") && !one.contains("CREATE"), "{one}");
    for (wrong, word) in [
        (&["--table", "t"][..], "there is no table"),
        (&["nowhere"], "does not exist"),
        (&["defaultdb", "nowhere"], "does not exist"),
        (&["--as-of", "+1h"], "future"),
    ] {
        let output = Command::new(tools::CAIRN)
            .arg("dump")
            .args(wrong)
            .args(["--url", &cairn.url()])
            .output()
            .expect("the dump");
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        let said = text(output.stderr);
        assert!(said.contains(word), "{wrong:?}: {said}");
        assert_eq!(text(output.stdout), "", "{wrong:?}: nothing was dumped");
    }
    cairn.stop().await;
}
