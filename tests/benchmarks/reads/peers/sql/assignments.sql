select newest.*
from unnest($1::uuid[]) as parent (id)
cross join lateral (
    select a.id, a.state, a.claimed_at as "claimedAt", a.deadline_at as "deadlineAt",
           a.worker_id as "workerId", a.campaign_id as "campaignId"
    from assignment a join campaign c on c.id = a.campaign_id
    where a.campaign_id = parent.id and c.employer_id = $2
    order by a.claimed_at desc, a.id desc
    limit $3
) newest
