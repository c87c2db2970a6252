//! The system catalogs as drivers and tools read them; psql's questions are in `psql.rs`.

use crate::common::{Fixture, start};

async fn with_tables() -> Fixture {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT8 NOT NULL, part STRING NOT NULL, price DECIMAL(10,2) DEFAULT 1.5, note VARCHAR(7), PRIMARY KEY (part, id))").await;
    f.ok("CREATE TABLE \"Odd name\" (a INT4)").await;
    f
}

#[tokio::test]
async fn information_schema_describes_columns_and_keys() {
    let mut f = with_tables().await;
    assert_eq!(
        f.ok("SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1").await,
        "Odd name|BASE TABLE\nt|BASE TABLE"
    );
    assert_eq!(
        f.ok("SELECT column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale
              FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position").await,
        "id|1|NULL|NO|bigint|NULL|64|0\npart|2|NULL|NO|text|NULL|NULL|NULL\nprice|3|1.5|YES|numeric|NULL|10|2\nnote|4|NULL|YES|character varying|7|NULL|NULL"
    );
    assert_eq!(
        f.ok("SELECT tc.constraint_name, kcu.column_name, kcu.ordinal_position FROM information_schema.table_constraints tc
              JOIN information_schema.key_column_usage kcu USING (constraint_name, table_name)
              WHERE tc.table_name = 't' AND tc.constraint_type = 'PRIMARY KEY' ORDER BY 3").await,
        "t_pkey|part|1\nt_pkey|id|2"
    );
    assert_eq!(
        f.ok("SELECT count(*) FROM information_schema.columns WHERE table_name = 'Odd name'")
            .await,
        "1"
    );
}

#[tokio::test]
async fn oids_are_names_and_numbers() {
    let mut f = with_tables().await;
    assert_eq!(f.ok("SELECT 't'::regclass").await, "t");
    assert_eq!(
        f.ok("SELECT '\"Odd name\"'::regclass::text").await,
        "\"Odd name\""
    );
    assert_eq!(
        f.ok("SELECT oid = 't'::regclass FROM pg_class WHERE relname = 't'")
            .await,
        "t"
    );
    assert_eq!(
        f.ok("SELECT relname FROM pg_class WHERE oid = 'public.t'::regclass::oid")
            .await,
        "t"
    );
    assert_eq!(
        f.ok("SELECT 'bigint'::regtype::oid, 20::regtype, 'pg_catalog.pg_class'::regclass::oid")
            .await,
        "20|bigint|1259"
    );
    assert_eq!(f.ok("SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = ANY (SELECT unnest(conkey) FROM pg_constraint WHERE conname = 't_pkey') ORDER BY attnum").await, "id\npart");
    assert_eq!(
        f.error("SELECT 'missing'::regclass").await,
        "42P01 relation \"missing\" does not exist"
    );
    assert_eq!(
        f.error("SELECT 1 FROM pg_class WHERE oid = 'abc'").await,
        "22P02 invalid input syntax for type oid: \"abc\""
    );
    assert_eq!(
        f.error("SELECT 1 FROM pg_catalog.pg_nothing").await,
        "42P01 relation \"pg_catalog.pg_nothing\" does not exist"
    );
}

/// A dropped table's oid never comes back.
#[tokio::test]
async fn oids_are_not_used_again() {
    let mut f = with_tables().await;
    let before = f.ok("SELECT 't'::regclass::oid").await;
    f.ok("DROP TABLE t").await;
    f.ok("CREATE TABLE t (id INT8 PRIMARY KEY)").await;
    assert_ne!(f.ok("SELECT 't'::regclass::oid").await, before);
}

/// A transaction sees its own tables in the catalogs, and AS OF those of its instant.
#[tokio::test]
async fn catalogs_belong_to_the_instant_of_the_statement() {
    let mut f = with_tables().await;
    let before = f.ok("SELECT cluster_logical_timestamp()").await;
    f.ok("BEGIN").await;
    f.ok("CREATE TABLE own (a INT4 PRIMARY KEY)").await;
    assert_eq!(
        f.ok("SELECT count(*) FROM pg_tables WHERE tablename = 'own'")
            .await,
        "1"
    );
    f.ok("COMMIT").await;
    assert_eq!(
        f.ok(&format!(
            "SELECT count(*) FROM pg_tables AS OF SYSTEM TIME {before} WHERE tablename = 'own'"
        ))
        .await,
        "0"
    );
}

/// Another database's relations are seen through its name.
#[tokio::test]
async fn a_name_of_three_parts_reads_another_database() {
    let mut f = with_tables().await;
    assert_eq!(
        f.ok("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'users'")
            .await,
        "0"
    );
    assert_eq!(
        f.ok("SELECT count(*) FROM system.pg_catalog.pg_class WHERE relname = 'users'")
            .await,
        "1"
    );
}

/// What drivers ask when they meet a type they do not know.
#[tokio::test]
async fn drivers_find_types() {
    let mut f = with_tables().await;
    // tokio-postgres
    let typeinfo =
        "SELECT t.typname, t.typtype, t.typelem, r.rngsubtype, t.typbasetype, n.nspname, t.typrelid
        FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
        INNER JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = ";
    assert_eq!(
        f.ok(&format!("{typeinfo} 1700")).await,
        "numeric|b|0||0|pg_catalog|0"
    );
    let prepared = f
        .session
        .prepare(&format!("{typeinfo} $1"), &[])
        .await
        .unwrap();
    assert_eq!(prepared.parameters(), [arrow::datatypes::DataType::UInt32]);
    // psycopg 3
    assert_eq!(
        f.ok("SELECT typname AS name, oid, typarray AS array_oid, oid::regtype::text AS regtype, typdelim AS delimiter
              FROM pg_type t WHERE t.oid = 'uuid'::regtype ORDER BY t.oid").await,
        "uuid|2950|2951|uuid|,"
    );
    // pgjdbc
    assert_eq!(
        f.ok("SELECT n.nspname = ANY(current_schemas(true)), n.nspname, t.typname FROM pg_catalog.pg_type t
              JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = 1043").await,
        "t|pg_catalog|varchar"
    );
    // SQLAlchemy
    assert_eq!(
        f.ok("SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace
              ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = 't'
              AND pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm'])
              AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != 'pg_catalog'").await,
        "t"
    );
}

/// Every relation of the system can be read whole and counted.
#[tokio::test(flavor = "multi_thread")]
async fn every_relation_of_the_system_is_readable() {
    let mut f = with_tables().await;
    f.ok("CREATE UNIQUE INDEX ON t (note); CREATE VIEW v AS SELECT id FROM t; CREATE SEQUENCE s")
        .await;
    f.ok("COMMENT ON TABLE t IS 'of things'; CREATE USER u")
        .await;
    let known = include_str!("../../src/pg_catalog/relations.txt");
    let lines = known.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split_once(' '));
    for name in names.map(|(name, _)| name).chain(["crdb_internal.jobs"]) {
        let rows = f.ok(&format!("SELECT * FROM {name}")).await;
        let count = f.ok(&format!("SELECT count(*) FROM {name}")).await;
        assert_eq!(count == "0", rows.is_empty(), "{name}");
    }
}
