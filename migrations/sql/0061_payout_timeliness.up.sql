-- How many payouts are paid in time is asked for by every scrape of the metrics.

create index payout_approved on payout (approved_at) include (paid_at, closed_at)
    where approved_at is not null;
