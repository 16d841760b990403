-- What members think of each other after the work is settled, and who brought whom.

create table rating (
    id            uuid        primary key,
    assignment_id uuid        not null references assignment (id) on delete restrict on update restrict,
    author_id     uuid        not null references member (id) on delete restrict on update restrict,
    subject_id    uuid        not null references member (id) on delete restrict on update restrict,
    stars         int         not null,
    comment       text,
    state         text        not null,
    given_at      timestamptz not null,
    visible_at    timestamptz,
    constraint rating_once_per_direction unique (assignment_id, author_id),
    constraint rating_stars_range check (stars between 1 and 5),
    constraint rating_of_another check (author_id <> subject_id),
    constraint rating_state_known check (state in ('hidden', 'visible')),
    constraint rating_comment_length check (length(comment) <= 1000)
);
create index rating_subject on rating (subject_id, visible_at desc, id desc) where state = 'visible';
create index rating_hidden on rating (given_at) where state = 'hidden';

create table referral_link (
    member_id  uuid        primary key references member (id) on delete restrict on update restrict,
    code       text        not null,
    created_at timestamptz not null,
    constraint referral_link_code unique (code)
);

create table referral (
    id           uuid        primary key,
    referrer_id  uuid        not null references member (id) on delete restrict on update restrict,
    referee_id   uuid        not null references member (id) on delete restrict on update restrict,
    state        text        not null,
    signed_up_at timestamptz not null,
    ends_at      timestamptz not null,
    rewarded_through timestamptz not null,
    constraint referral_one_per_referee unique (referee_id),
    constraint referral_not_oneself check (referrer_id <> referee_id),
    constraint referral_state_known check (state in ('signed_up', 'earning', 'ended'))
);
create index referral_referrer on referral (referrer_id, signed_up_at desc, id desc);
create index referral_live on referral (id) where state in ('signed_up', 'earning');

create table referral_reward (
    assignment_id uuid        primary key references assignment (id) on delete restrict on update restrict,
    referral_id   uuid        not null references referral (id) on delete restrict on update restrict,
    currency      text        not null,
    amount_micros bigint      not null,
    rewarded_at   timestamptz not null,
    constraint referral_reward_positive check (amount_micros > 0)
);
create index referral_reward_referral on referral_reward (referral_id);
create trigger x_append_only before update or delete on referral_reward
    for each row execute function refuse_change();
