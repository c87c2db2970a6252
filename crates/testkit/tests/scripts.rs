//! Runs every golden script below `tests/scripts`.

use cairn_testkit::run_script;

#[test]
fn spec_section_2() {
    run_script("tests/scripts/spec_section_2.gs");
}

#[test]
fn transactions() {
    run_script("tests/scripts/transactions.gs");
}

#[test]
fn job_control() {
    run_script("tests/scripts/job_control.gs");
}

#[test]
fn check() {
    run_script("tests/scripts/check.gs");
}

#[test]
fn foreign_keys() {
    run_script("tests/scripts/foreign_keys.gs");
}

#[test]
fn computed() {
    run_script("tests/scripts/computed.gs");
}

#[test]
fn alter_columns() {
    run_script("tests/scripts/alter_columns.gs");
}

#[test]
fn rename() {
    run_script("tests/scripts/rename.gs");
}

#[test]
fn comments() {
    run_script("tests/scripts/comments.gs");
}

#[test]
fn users() {
    run_script("tests/scripts/users.gs");
}

#[test]
fn grants() {
    run_script("tests/scripts/grants.gs");
}

#[test]
fn settings() {
    run_script("tests/scripts/settings.gs");
}

#[test]
fn zones() {
    run_script("tests/scripts/zones.gs");
}

#[test]
fn on_conflict() {
    run_script("tests/scripts/on_conflict.gs");
}

#[test]
fn changes() {
    run_script("tests/scripts/changes.gs");
}

#[test]
fn incremental() {
    run_script("tests/scripts/incremental.gs");
}

#[test]
fn history() {
    run_script("tests/scripts/history.gs");
}

#[test]
fn chain_mistakes() {
    run_script("tests/scripts/chain_mistakes.gs");
}

#[test]
fn restore_as_of() {
    run_script("tests/scripts/restore_as_of.gs");
}

#[test]
fn alter_constraints() {
    run_script("tests/scripts/alter_constraints.gs");
}

#[test]
fn primary_key() {
    run_script("tests/scripts/primary_key.gs");
}

#[test]
fn truncate() {
    run_script("tests/scripts/truncate.gs");
}

#[test]
fn timeouts() {
    run_script("tests/scripts/timeouts.gs");
}

#[test]
fn types_numbers() {
    run_script("tests/scripts/types_numbers.gs");
}

#[test]
fn types_texts() {
    run_script("tests/scripts/types_texts.gs");
}

#[test]
fn types_times() {
    run_script("tests/scripts/types_times.gs");
}

#[test]
fn types_json() {
    run_script("tests/scripts/types_json.gs");
}

#[test]
fn types_arrays() {
    run_script("tests/scripts/types_arrays.gs");
}

#[test]
fn types_backup() {
    run_script("tests/scripts/types_backup.gs");
}

#[test]
fn views() {
    run_script("tests/scripts/views.gs");
}

#[test]
fn sequences() {
    run_script("tests/scripts/sequences.gs");
}

#[test]
fn identity() {
    run_script("tests/scripts/identity.gs");
}

#[test]
fn interleave() {
    run_script("tests/scripts/interleave.gs");
}

#[test]
fn drop_cascade() {
    run_script("tests/scripts/drop_cascade.gs");
}

#[test]
fn backup_views() {
    run_script("tests/scripts/backup_views.gs");
}

#[test]
fn backup_constraints() {
    run_script("tests/scripts/backup_constraints.gs");
}

#[test]
fn show_backup() {
    run_script("tests/scripts/show_backup.gs");
}

#[test]
fn backup_language() {
    run_script("tests/scripts/backup_language.gs");
}

#[test]
fn backup_as_of() {
    run_script("tests/scripts/backup_as_of.gs");
}

#[test]
fn dependencies_foreign_keys() {
    run_script("tests/scripts/dependencies_foreign_keys.gs");
}

#[test]
fn dependencies_history() {
    run_script("tests/scripts/dependencies_history.gs");
}

#[test]
fn dependencies_interleave() {
    run_script("tests/scripts/dependencies_interleave.gs");
}

#[test]
fn dependencies_sequences() {
    run_script("tests/scripts/dependencies_sequences.gs");
}

#[test]
fn dependencies_view_names() {
    run_script("tests/scripts/dependencies_view_names.gs");
}

#[test]
fn restore_users() {
    run_script("tests/scripts/restore_users.gs");
}

#[test]
fn worked_example() {
    run_script("tests/scripts/worked_example.gs");
}

#[test]
fn messages() {
    run_script("tests/scripts/messages.gs");
}

#[test]
fn chain_cluster() {
    run_script("tests/scripts/chain_cluster.gs");
}

#[test]
fn traps() {
    run_script("tests/scripts/traps.gs");
}

#[test]
fn restore_show_create() {
    run_script("tests/scripts/restore_show_create.gs");
}

#[test]
fn backup_objects() {
    run_script("tests/scripts/backup_objects.gs");
}

#[test]
fn collection() {
    run_script("tests/scripts/collection.gs");
}

#[test]
fn as_of() {
    run_script("tests/scripts/as_of.gs");
}

#[test]
fn odd_names() {
    run_script("tests/scripts/odd_names.gs");
}

#[test]
fn show() {
    run_script("tests/scripts/show.gs");
}

#[test]
fn spec_statements() {
    run_script("tests/scripts/spec_statements.gs");
}

#[test]
fn traps_half_done() {
    run_script("tests/scripts/traps_half_done.gs");
}

#[test]
fn long_rows() {
    run_script("tests/scripts/long_rows.gs");
}

#[test]
fn system_database() {
    run_script("tests/scripts/system_database.gs");
}
