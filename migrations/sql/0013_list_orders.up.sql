-- What lists of the API may be ordered by, beside the orders they had before.
create index campaign_open_reward on campaign (currency, reward_micros, id) where state = 'running';
create index payout_requested on payout (requested_at, id);
create index payout_amount on payout (currency, amount_micros, id);
create index payout_worker_amount on payout (worker_id, currency, amount_micros, id);
create index rating_subject_stars on rating (subject_id, stars, id) where state = 'visible';
create index issued_document_created on issued_document (created_at, id);
