//! `psql`'s \d and its kin on tables with constraints: what it prints is compared with `describe/expected.out`.

use crate::main_job::run_script;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_describes_constraints() {
    run_script("describe").await;
}

/// `lists/script.sql`: `\di`, `\dv`, `\ds`, `\l`, `\du`, `\dp`, `\copy` and the rest of the alphabet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_lists_what_there_is() {
    run_script("lists").await;
}
