//! One list of what a store must do, run on every database; then what is peculiar to each.

mod bench;
mod conformance;
mod migrations;
mod on_postgres;
mod on_sqlite;
mod races;
mod rows;

/// Runs the list on one database.
macro_rules! conformance {
    ($backend:ident) => {
        mod $backend {
            conformance! { list $backend:
                rows: every_token_reads_back_with_all_its_columns,
                rows: every_lot_reads_back,
                rows: every_loan_reads_back_and_ends_once,
                rows: every_operator_reads_back,
                rows: every_event_reads_back,
                rows: holds_are_added_once_and_rank,
                rows: drift_is_a_series,
                rows: a_change_of_any_column_of_a_token_is_seen,
                rows: a_token_that_can_not_be_read_is_on_hold_and_hides_no_other,
                rows: a_change_of_any_column_of_a_lot_is_seen,
                rows: a_change_of_any_column_of_an_operator_is_seen,
                conformance: a_fleet_is_founded_once,
                conformance: only_the_next_version_is_written_and_only_over_the_one_held,
                conformance: a_serial_is_unique_for_its_vendor_and_key,
                conformance: tokens_of_staging_and_reverted_lots_are_invisible,
                conformance: a_scope_sees_stock_and_its_own_loans,
                conformance: pages_say_where_to_go_on_and_end,
                conformance: counts_are_of_open_lots,
                conformance: lots_are_counted_paged_and_taken_out_again,
                conformance: the_chain_has_no_gap_after_a_job_was_rolled_back,
                conformance: two_processes_on_one_database_keep_one_chain,
                conformance: the_record_is_paged_by_time_chain_and_place,
                conformance: a_failing_job_takes_only_its_own_writes_back,
                conformance: a_panicking_job_is_an_error_of_its_own,
                conformance: a_job_that_swallows_an_error_is_never_told_more_than_was_done,
                conformance: a_stale_job_is_run_again_at_most_eight_times,
                conformance: a_job_whose_caller_went_away_is_done,
                conformance: a_closed_store_has_done_what_was_queued,
                conformance: nothing_is_written_while_reading,
                conformance: a_request_is_answered_until_it_expires,
                conformance: a_budget_is_charged_up_to_its_limit,
                conformance: the_lease_has_one_holder,
                races: one_code_presented_by_64_is_accepted_once,
                races: one_code_judged_anew_by_64_is_accepted_once,
            }
        }
    };
    (list $backend:ident: $($file:ident: $name:ident,)*) => {
        $(#[test]
        fn $name() {
            super::bench::run(super::bench::Kind::$backend, super::$file::$name);
        })*
    };
}

conformance!(sqlite);
conformance!(postgres);
