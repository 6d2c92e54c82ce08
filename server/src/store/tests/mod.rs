//! One list of what a store must do, run on every database; then what is peculiar to each.

mod adoption;
mod bench;
mod campaigns;
mod conformance;
mod deliveries;
mod lots;
mod migrations;
mod on_postgres;
mod on_sqlite;
mod person;
mod races;
mod report;
mod retention;
mod rows;
mod stock;

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
                conformance: whatever_changed_a_row_reads_back_as_it_was_written,
                conformance: a_sketch_is_of_each_token_that_a_page_has,
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
                lots: a_lot_keeps_its_readings_until_it_is_settled,
                lots: a_lot_of_the_first_format_is_right_as_far_as_that_goes,
                lots: a_token_that_was_read_anew_is_untouched,
                lots: proofs_of_a_lot_are_paged_from_the_newest,
                lots: the_destruction_of_a_file_stands_beside_its_lot,
                deliveries: deliveries_read_back_and_are_swapped_by_version,
                deliveries: only_what_is_waited_for_is_listed,
                deliveries: tokens_of_a_lot_are_walked_and_a_serial_with_two_keys_is_one,
                deliveries: a_serial_has_its_seed_once_its_lot_is_visible,
                stock: locations_read_back_and_are_added_once,
                stock: the_stock_is_counted_by_place_kind_and_custody_within_the_scope,
                stock: transfers_read_back_and_a_token_is_on_one_way_at_a_time,
                stock: stocktakes_read_back_and_end_once,
                stock: a_reservation_reads_back_until_it_is_dropped_or_runs_out,
                stock: models_are_those_of_tokens_and_what_is_said_of_them_is_written_over,
                campaigns: campaigns_read_back_are_added_once_and_swapped_by_version,
                campaigns: a_token_of_a_campaign_is_as_far_as_its_loan,
                report: worklists_have_the_tokens_that_matter_in_their_order,
                report: loans_are_overdue_while_they_are_open_and_counted_by_department,
                report: sums_are_of_visible_lots_and_of_the_scope,
                report: clocks_come_with_all_that_was_seen_of_them,
                person: people_read_back_and_one_edition_counts,
                person: what_counts_no_more_is_removed_in_parts,
                person: names_are_forgotten_of_those_long_gone_without_a_token,
                retention: loans_long_ended_keep_a_word_for_whose_they_were,
                retention: events_long_recorded_lose_whom_they_were_about_and_keep_their_chain,
                adoption: lent_tokens_are_walked_person_by_person,
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

/// Every read that people wait for: none may walk a table, on no database.
fn hot() -> impl Iterator<Item = &'static str> {
    use crate::store;
    let nouns = [
        store::audit::HOT,
        store::campaign::HOT,
        store::delivery::HOT,
        store::loan::HOT,
        store::location::HOT,
        store::lot_proof::HOT,
        store::model::HOT,
        store::person::HOT,
        store::reservation::HOT,
        store::stocktake::HOT,
        store::token::HOT,
        store::token_sketch::HOT,
        store::transfer::HOT,
    ];
    nouns.into_iter().flatten().copied()
}
