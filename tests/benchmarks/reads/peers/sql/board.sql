select id, title, category, state, currency, reward_micros::text as "rewardMicros",
       created_at as "createdAt", employer_id as "employerId"
from campaign
where employer_id = $1 and category = $2
order by created_at desc, id desc
limit $3
