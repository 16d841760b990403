-- Who watches the market reads these alone out of the feed, from a cursor of up to 30 days ago.

create index event_market on event (tx, seq) where kind in
    ('campaign_blocked', 'campaign_exhausted', 'campaign_finished', 'campaign_paused',
     'campaign_paused_admin', 'campaign_paused_system', 'campaign_running', 'campaign_stopping');
