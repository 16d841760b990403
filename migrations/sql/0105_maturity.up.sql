-- What is earned may be paid out after so many days (R21); runs twice a month (C12).
alter table assignment add column payable_at timestamptz;

alter table rate
    drop constraint rate_number_positive,
    add constraint rate_number_positive
        check (number > 0 or kind = 'maturity' and number = 0),
    add constraint rate_maturity_bounded check (kind <> 'maturity' or number between 0 and 7);
insert into rate (kind, scope, valid_from, number, source) values
    ('maturity', '*', '2020-01-01', 0, 'paid out at once: the operator decides, up to 7 days');

alter table routing_rule
    drop constraint routing_rule_schedule_known,
    add constraint routing_rule_schedule_known
        check (schedule in ('at_once', 'daily', 'weekly', 'semimonthly'));
alter table payout_run
    drop constraint payout_run_schedule_known,
    add constraint payout_run_schedule_known check (schedule in ('daily', 'weekly', 'semimonthly'));
alter table payout
    drop constraint payout_schedule_known,
    add constraint payout_schedule_known check (schedule in ('daily', 'weekly', 'semimonthly'));
