select json_build_object('data', json_build_object('claim', row_to_json(taken)))::text
from (
    select id, state, claimed_at as "claimedAt", deadline_at as "deadlineAt",
           reward_micros::text as "rewardMicros", currency
    from bench.claim($1, $2)
) taken
