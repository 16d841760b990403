-- Alerts of searches end; where somebody under suspicion signs in from is kept while a case is open.

create index search_alert_old on search_alert (told_at);

insert into rate (kind, scope, valid_from, number, source) values
    ('retention', 'search_alerts', '2020-01-01', 180, 'as the notifications that they became'),
    ('retention', 'fingerprints_in_cases', '2020-01-01', 180, 'a first value: the operator decides');
