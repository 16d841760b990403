select json_build_object('data', json_build_object('campaign', (
    select row_to_json(shown) from (
        select id, title, category, state, reward_micros::text as "rewardMicros", currency,
               created_at as "createdAt"
        from campaign
        where id = $1::uuid
          and (state <> all ('{draft,funded}') and published_at is not null
               or employer_id = $2::uuid)
    ) shown
)))::text
