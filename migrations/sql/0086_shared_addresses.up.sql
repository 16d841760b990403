-- A few members who sign in from one address: a signal of little weight, for families do so too.

alter table risk_signal
    drop constraint risk_signal_kind_known,
    add constraint risk_signal_kind_known check (kind in
        ('payee_shared', 'tax_number_shared', 'address_shared', 'self_referral',
         'controls_failed', 'haste'));

insert into rate (kind, scope, valid_from, number, source) values
    ('risk_points', 'address_shared', '2020-01-01', 20, 'a first value: the operator decides');
