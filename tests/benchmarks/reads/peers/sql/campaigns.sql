select id, title, category, state, currency, reward_micros::text as "rewardMicros",
       created_at as "createdAt", employer_id as "employerId"
from campaign
where id = any($1::uuid[])
  and (state <> all ('{draft,funded}') and published_at is not null or employer_id = $2)
