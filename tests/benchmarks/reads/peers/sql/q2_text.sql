select json_build_object('data', json_build_object('board', coalesce(json_agg(board), '[]')))::text
from (
    select c.id, c.title, c.category, c.state, c.created_at as "createdAt",
           c.reward_micros::text as "rewardMicros", c.currency, row_to_json(e) as employer,
           coalesce(a.list, '[]') as assignments
    from (
        select * from campaign where employer_id = $1::uuid and category = $2
        order by created_at desc, id desc limit $3::int
    ) c
    cross join lateral (select m.id, m.country from member m where m.id = c.employer_id) e
    cross join lateral (
        select json_agg(shown) as list from (
            select newest.id, newest.state, newest.claimed_at as "claimedAt",
                   row_to_json(w) as worker, coalesce(r.list, '[]') as ratings
            from (
                select a.* from assignment a
                where a.campaign_id = c.id and c.employer_id = $1::uuid
                order by a.claimed_at desc, a.id desc limit 10
            ) newest
            cross join lateral (
                select m.id, m.country from member m where m.id = newest.worker_id
            ) w
            cross join lateral (
                select json_agg(given) as list from (
                    select stars, comment from rating
                    where assignment_id = newest.id
                      and (state = 'visible' or author_id = $1::uuid)
                    order by given_at, id
                ) given
            ) r
            order by newest.claimed_at desc, newest.id desc
        ) shown
    ) a
    order by c.created_at desc, c.id desc
) board
