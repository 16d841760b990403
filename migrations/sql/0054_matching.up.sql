-- What the order of a worker's list needs and what would cost too much to count for each of them.

create table campaign_standing (
    campaign_id    uuid not null primary key references campaign (id) on delete restrict on update restrict,
    on_day         date not null,
    hourly_micros  bigint,
    employer_good  int  not null,
    employer_bad   int  not null,
    constraint campaign_standing_counts check (employer_good >= 0 and employer_bad >= 0)
);
