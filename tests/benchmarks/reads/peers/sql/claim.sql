select id, state, claimed_at as "claimedAt", deadline_at as "deadlineAt",
       reward_micros::text as "rewardMicros", currency
from bench.claim($1, $2)
