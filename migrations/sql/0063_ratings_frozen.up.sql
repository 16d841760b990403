-- A rating that everybody can see may be changed once within two days; then it stays as it is.

alter table rating drop constraint rating_state_known;
alter table rating add constraint rating_state_known check (state in
    ('hidden', 'visible', 'amended', 'frozen'));
drop index rating_subject;
create index rating_subject on rating (subject_id, visible_at desc, id desc) where state <> 'hidden';
drop index rating_subject_stars;
create index rating_subject_stars on rating (subject_id, stars, id) where state <> 'hidden';
create index rating_unfrozen on rating (visible_at) where state in ('visible', 'amended');

create function rating_stays() returns trigger language plpgsql as $$
begin
    if old.state = 'frozen' then
        raise exception 'a frozen rating never changes'
            using errcode = '23514', constraint = 'rating_frozen_stays';
    end if;
    return new;
end $$;
create trigger a_stays before update on rating
    for each row execute function rating_stays();
