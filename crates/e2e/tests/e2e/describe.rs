//! `psql`'s \d and its kin on tables with constraints: what it prints is compared with `describe/expected.out`.

use crate::main_job::run_script;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_describes_constraints() {
    run_script("describe").await;
}
