-- Gold tasks, an overlap that grows only where answers disagree, and what a crowd agreed on.

create table consensus_plan (
    campaign_id        uuid   primary key references campaign (id) on delete restrict on update restrict,
    labels             text[] not null,
    answer_count_min   int    not null,
    confidence_percent int    not null,
    gold_percent       int    not null,
    weighed_mark       text   not null default '',
    aggregated_count   int    not null default 0,
    constraint consensus_plan_labels check (cardinality(labels) between 2 and 50),
    constraint consensus_plan_answers check (answer_count_min between 2 and 100),
    constraint consensus_plan_confidence check (confidence_percent between 50 and 99),
    constraint consensus_plan_gold check (gold_percent between 0 and 50)
);

-- A gold task has a label that is known. It is never agreed on.
alter table task add column gold_label text;
-- How many of its places may be taken by now; empty: all of them.
alter table task add column answers_asked int;
alter table task add constraint task_gold_is_not_agreed
    check (gold_label is null or state <> 'agreed');
alter table task add constraint task_answers_asked_range
    check (answers_asked between 1 and place_count_total);
create index task_agreed_with_places on task (campaign_id)
    where state = 'agreed' and place_count_open > 0;

create table task_consensus (
    task_id            uuid primary key references task (id) on delete restrict on update restrict,
    label              text not null,
    answer_count       int  not null,
    confidence_percent int,
    aggregator         text not null,
    constraint task_consensus_aggregator_known
        check (aggregator in ('majority', 'dawid_skene', 'dawid_skene_cautious')),
    constraint task_consensus_confidence check (confidence_percent between 0 and 100)
);

-- The next place of a campaign. Where a plan says so, some claims get gold, by chance, and no
-- place is handed out before its task asks for that many answers.
do $make$
declare
    variant record;
begin
    for variant in
        select * from (values ('claim_next_place', 'claim_place', 'skip locked'),
                              ('claim_next_place_waiting', 'claim_place_waiting', ''))
            as variants (name, claim, wait)
    loop
        execute format($text$
            create function %1$I(
                p_campaign uuid, p_worker uuid, p_assignment uuid, p_now timestamptz, p_task uuid)
            returns uuid language plpgsql as $body$
            declare
                share int;
                is_gold boolean;
                chosen uuid;
            begin
                select gold_percent into share from consensus_plan where campaign_id = p_campaign;
                if share is null then
                    return %2$I(p_campaign, p_worker, p_assignment, p_now, p_task);
                end if;
                -- As in what is called: before the lock of the task.
                perform pg_advisory_xact_lock(
                    hashtextextended(format('claim %%s %%s', p_campaign, p_worker), 0));
                is_gold := abs(hashtextextended(p_assignment::text, 0) %% 100) < share;
                select t.id into chosen from task t
                where t.campaign_id = p_campaign and t.place_count_open > 0
                  and t.state <> 'agreed'
                  and (p_task is null or t.id = p_task)
                  and (p_task is not null or is_gold or t.gold_label is null)
                  and (t.answers_asked is null
                       or t.place_count_held + t.place_count_filled + t.place_count_settled
                          < t.answers_asked)
                  and not exists (
                      select 1 from assignment a
                      where a.task_id = t.id and a.worker_id = p_worker
                        and a.state not in ('returned', 'expired', 'withdrawn'))
                order by (t.gold_label is null) = is_gold, t.priority desc, t.position
                limit 1
                for update of t %3$s;
                if chosen is null then
                    return null;
                end if;
                return %2$I(p_campaign, p_worker, p_assignment, p_now, chosen);
            end $body$
        $text$, variant.name, variant.claim, variant.wait);
    end loop;
end $make$;
