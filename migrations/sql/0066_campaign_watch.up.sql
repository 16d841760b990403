-- From when on a campaign is paused because its decisions are left to the clock, or because most
-- workers give its work up.

insert into rate (kind, scope, valid_from, number, source) values
    ('late_reviews',   '*', '2020-01-01', 20, 'a first value: the operator decides'),
    ('dropped_claims', '*', '2020-01-01', 20, 'a first value: the operator decides');
insert into rate (kind, scope, valid_from, basis_points, source) values
    ('late_review_share',   '*', '2020-01-01', 5000, 'a first value: the operator decides'),
    ('dropped_claim_share', '*', '2020-01-01', 5000, 'a first value: the operator decides');
