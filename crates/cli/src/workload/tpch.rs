//! TPC-H: eight tables from `tpchgen`, loaded by COPY, and its 22 queries.

use tokio_postgres::Client;
use tpchgen::csv::{
    CustomerCsv, LineItemCsv, NationCsv, OrderCsv, PartCsv, PartSuppCsv, RegionCsv, SupplierCsv,
};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};

use super::{Lines, connect, failed, tpch_queries};
use crate::address::Address;
use crate::failure::{Failure, Outcome};
use crate::progress::{self, Watch};

const DATABASE: &str = "tpch";

const SCHEMA: [&str; 8] = [
    "CREATE TABLE region (r_regionkey INT PRIMARY KEY, r_name STRING NOT NULL, r_comment STRING NOT NULL)",
    "CREATE TABLE nation (n_nationkey INT PRIMARY KEY, n_name STRING NOT NULL, n_regionkey INT NOT NULL, \
     n_comment STRING NOT NULL)",
    "CREATE TABLE part (p_partkey INT PRIMARY KEY, p_name STRING NOT NULL, p_mfgr STRING NOT NULL, \
     p_brand STRING NOT NULL, p_type STRING NOT NULL, p_size INT NOT NULL, p_container STRING NOT NULL, \
     p_retailprice DECIMAL(15, 2) NOT NULL, p_comment STRING NOT NULL)",
    "CREATE TABLE supplier (s_suppkey INT PRIMARY KEY, s_name STRING NOT NULL, s_address STRING NOT NULL, \
     s_nationkey INT NOT NULL, s_phone STRING NOT NULL, s_acctbal DECIMAL(15, 2) NOT NULL, s_comment STRING NOT NULL)",
    "CREATE TABLE partsupp (ps_partkey INT, ps_suppkey INT, ps_availqty INT NOT NULL, \
     ps_supplycost DECIMAL(15, 2) NOT NULL, ps_comment STRING NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey))",
    "CREATE TABLE customer (c_custkey INT PRIMARY KEY, c_name STRING NOT NULL, c_address STRING NOT NULL, \
     c_nationkey INT NOT NULL, c_phone STRING NOT NULL, c_acctbal DECIMAL(15, 2) NOT NULL, \
     c_mktsegment STRING NOT NULL, c_comment STRING NOT NULL)",
    "CREATE TABLE orders (o_orderkey INT PRIMARY KEY, o_custkey INT NOT NULL, o_orderstatus STRING NOT NULL, \
     o_totalprice DECIMAL(15, 2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority STRING NOT NULL, \
     o_clerk STRING NOT NULL, o_shippriority INT NOT NULL, o_comment STRING NOT NULL)",
    "CREATE TABLE lineitem (l_orderkey INT, l_partkey INT NOT NULL, l_suppkey INT NOT NULL, l_linenumber INT, \
     l_quantity DECIMAL(15, 2) NOT NULL, l_extendedprice DECIMAL(15, 2) NOT NULL, l_discount DECIMAL(15, 2) NOT NULL, \
     l_tax DECIMAL(15, 2) NOT NULL, l_returnflag STRING NOT NULL, l_linestatus STRING NOT NULL, \
     l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL, \
     l_shipinstruct STRING NOT NULL, l_shipmode STRING NOT NULL, l_comment STRING NOT NULL, \
     PRIMARY KEY (l_orderkey, l_linenumber))",
];

/// Rows of lineitem at scale 1, about.
const LINEITEMS: f64 = 6_001_215.0;

/// Creates database `tpch` and fills it.
pub async fn load(url: &str, scale: f64) -> Outcome {
    let client = connect(url).await?;
    client
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
        .await
        .map_err(failed)?;
    let client = connect_to_tpch(url).await?;
    for statement in SCHEMA {
        client.batch_execute(statement).await.map_err(failed)?;
    }
    let watch = Watch::start();
    let thousands = |rows: f64| ((rows * scale) as u64).max(1);
    let mut rows = 0;
    let regions = RegionGenerator::new(scale, 1, 1);
    rows += copy(&client, "region", 5, regions.iter().map(RegionCsv::new)).await?;
    let nations = NationGenerator::new(scale, 1, 1);
    rows += copy(&client, "nation", 25, nations.iter().map(NationCsv::new)).await?;
    let parts = PartGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "part",
        thousands(200_000.0),
        parts.iter().map(PartCsv::new),
    )
    .await?;
    let suppliers = SupplierGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "supplier",
        thousands(10_000.0),
        suppliers.iter().map(SupplierCsv::new),
    )
    .await?;
    let supplies = PartSuppGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "partsupp",
        thousands(800_000.0),
        supplies.iter().map(PartSuppCsv::new),
    )
    .await?;
    let customers = CustomerGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "customer",
        thousands(150_000.0),
        customers.iter().map(CustomerCsv::new),
    )
    .await?;
    let orders = OrderGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "orders",
        thousands(1_500_000.0),
        orders.iter().map(OrderCsv::new),
    )
    .await?;
    let items = LineItemGenerator::new(scale, 1, 1);
    rows += copy(
        &client,
        "lineitem",
        thousands(LINEITEMS),
        items.iter().map(LineItemCsv::new),
    )
    .await?;
    eprintln!(
        "tpch: {rows} rows in {:.1} s, {:.0} rows/s",
        watch.elapsed().as_secs_f64(),
        watch.rate(rows)
    );
    Ok(())
}

async fn copy(
    client: &Client,
    table: &str,
    expected: u64,
    lines: impl Iterator<Item = impl std::fmt::Display>,
) -> Outcome<u64> {
    let bar = progress::bar(table, expected);
    let mut copy = Lines::begin(
        client,
        &format!("COPY {table} FROM STDIN WITH (FORMAT csv)"),
    )
    .await?;
    for line in lines {
        copy.push(line).await?;
        bar.inc(1);
    }
    let rows = copy.finish().await?;
    bar.finish_and_clear();
    Ok(rows)
}

/// Asks the 22 queries and prints how long each took.
pub async fn run(url: &str, scale: f64) -> Outcome {
    let client = connect_to_tpch(url).await?;
    let whole = Watch::start();
    for number in 1..=22 {
        let query = tpch_queries::query(number, scale)
            .ok_or_else(|| Failure::failed(format!("ERROR:  TPC-H has no query {number}")))?;
        let watch = Watch::start();
        let answer = client.simple_query(&query).await.map_err(|error| {
            let failure = failed(error);
            Failure::failed(format!("{failure}\nCONTEXT:  query {number}"))
        })?;
        let rows = answer
            .iter()
            .filter(|message| matches!(message, tokio_postgres::SimpleQueryMessage::Row(_)));
        println!(
            "query {number:>2}: {:>5} rows in {:>8.1} ms",
            rows.count(),
            watch.elapsed().as_secs_f64() * 1e3
        );
    }
    println!("all 22 queries in {:.1} s", whole.elapsed().as_secs_f64());
    Ok(())
}

async fn connect_to_tpch(url: &str) -> Outcome<Client> {
    let mut address = Address::read(url)?;
    address.config.dbname(DATABASE);
    super::connect_to(&address).await
}
