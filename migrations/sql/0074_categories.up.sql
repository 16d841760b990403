-- Kinds of work as a tree that staff keep, and the least that a place of each may pay.

-- A slug holds the slugs above it, parted by points, so that a branch never moves: what workers
-- saved as a search, and what campaigns chose, stays where it was.
create table category (
    slug    text    primary key,
    names   jsonb   not null,
    is_open boolean not null,
    constraint category_slug_written check (slug ~ '^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,2}$'),
    constraint category_root_known check (split_part(slug, '.', 1) in
        ('data_entry', 'labeling', 'survey', 'social', 'website_testing', 'app_download',
         'content_creation', 'other')),
    constraint category_named check (names ? 'en')
);
-- Who wrote which line, and when; null: it came with the software.
create table category_change (
    slug     text        not null references category (slug) on delete restrict on update restrict,
    position int         not null,
    names    jsonb       not null,
    is_open  boolean     not null,
    actor_id uuid        references member (id) on delete restrict on update restrict,
    at       timestamptz not null,
    primary key (slug, position)
);
create index category_change_actor on category_change (actor_id) where actor_id is not null;
create trigger x_append_only before update or delete on category_change
    for each row execute function refuse_change();

-- Dated as rates are: rows are added, never edited. Nothing is the end of a price, or of a zone.
create table category_floor (
    slug       text        not null references category (slug) on delete restrict on update restrict,
    zone       text        not null,
    currency   text        not null,
    valid_from date        not null,
    position   int         not null,
    micros     bigint      not null,
    reason     text        not null,
    actor_id   uuid        references member (id) on delete restrict on update restrict,
    at         timestamptz not null,
    primary key (slug, zone, currency, valid_from, position),
    constraint category_floor_micros check (micros >= 0)
);
create index category_floor_actor on category_floor (actor_id) where actor_id is not null;
create trigger x_append_only before update or delete on category_floor
    for each row execute function refuse_change();

create table country_zone (
    country    text        not null,
    valid_from date        not null,
    position   int         not null,
    zone       text,
    reason     text        not null,
    actor_id   uuid        references member (id) on delete restrict on update restrict,
    at         timestamptz not null,
    primary key (country, valid_from, position),
    constraint country_zone_country check (country ~ '^[A-Z]{2}$'),
    constraint country_zone_written check (zone ~ '^[a-z][a-z0-9_]{0,39}$')
);
create index country_zone_actor on country_zone (actor_id) where actor_id is not null;
create trigger x_append_only before update or delete on country_zone
    for each row execute function refuse_change();

insert into category (slug, is_open, names) values
    ('data_entry', true, '{"en": "Data entry", "de": "Datenerfassung", "es": "Entrada de datos", "fr": "Saisie de données", "hi": "डेटा प्रविष्टि", "pt": "Entrada de dados"}'),
    ('data_entry.research', true, '{"en": "Research on the web", "de": "Recherche im Netz", "es": "Búsqueda en la web", "fr": "Recherche sur le web", "hi": "वेब पर खोज", "pt": "Pesquisa na web"}'),
    ('data_entry.transcription', true, '{"en": "Transcription", "de": "Abschrift", "es": "Transcripción", "fr": "Transcription", "hi": "प्रतिलेखन", "pt": "Transcrição"}'),
    ('labeling', true, '{"en": "Labeling", "de": "Kennzeichnung", "es": "Etiquetado", "fr": "Étiquetage", "hi": "लेबल लगाना", "pt": "Rotulagem"}'),
    ('labeling.images', true, '{"en": "Pictures", "de": "Bilder", "es": "Imágenes", "fr": "Images", "hi": "चित्र", "pt": "Imagens"}'),
    ('labeling.texts', true, '{"en": "Texts", "de": "Texte", "es": "Textos", "fr": "Textes", "hi": "पाठ", "pt": "Textos"}'),
    ('labeling.sounds', true, '{"en": "Sounds", "de": "Töne", "es": "Sonidos", "fr": "Sons", "hi": "ध्वनियाँ", "pt": "Sons"}'),
    ('survey', true, '{"en": "Surveys", "de": "Umfragen", "es": "Encuestas", "fr": "Sondages", "hi": "सर्वेक्षण", "pt": "Inquéritos"}'),
    ('social', true, '{"en": "Social networks", "de": "Soziale Netzwerke", "es": "Redes sociales", "fr": "Réseaux sociaux", "hi": "सामाजिक नेटवर्क", "pt": "Redes sociais"}'),
    ('website_testing', true, '{"en": "Testing of sites", "de": "Test von Webseiten", "es": "Prueba de sitios web", "fr": "Test de sites web", "hi": "वेबसाइट परीक्षण", "pt": "Teste de sites"}'),
    ('app_download', true, '{"en": "Apps", "de": "Apps", "es": "Aplicaciones", "fr": "Applications", "hi": "ऐप", "pt": "Aplicativos"}'),
    ('content_creation', true, '{"en": "Content", "de": "Inhalte", "es": "Contenidos", "fr": "Contenus", "hi": "सामग्री", "pt": "Conteúdos"}'),
    ('content_creation.writing', true, '{"en": "Writing", "de": "Schreiben", "es": "Escritura", "fr": "Rédaction", "hi": "लेखन", "pt": "Redação"}'),
    ('content_creation.recording', true, '{"en": "Recording", "de": "Aufnahme", "es": "Grabación", "fr": "Enregistrement", "hi": "रिकॉर्डिंग", "pt": "Gravação"}'),
    ('other', true, '{"en": "Other work", "de": "Anderes", "es": "Otros trabajos", "fr": "Autres travaux", "hi": "अन्य काम", "pt": "Outros trabalhos"}');
insert into category_change (slug, position, names, is_open, at)
    select slug, 1, names, is_open, '2026-11-22' from category;
insert into category_floor (slug, zone, currency, valid_from, position, micros, reason, at)
    select slug, '*', '*', '2020-01-01', 1, 1000, 'a first value: the operator decides', '2026-11-22'
    from category where slug not like '%.%';
insert into country_zone (country, valid_from, position, zone, reason, at)
    select country, '2020-01-01', 1, zone, 'a first list: the operator decides', '2026-11-22'
    from (values
        ('north_america', array ['CA', 'US']),
        ('oceania', array ['AU', 'NZ']),
        ('europe', array ['AT', 'BE', 'BG', 'CH', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR',
            'GB', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI', 'LT', 'LU', 'LV', 'MT', 'NL', 'NO',
            'PL', 'PT', 'RO', 'SE', 'SI', 'SK'])
    ) as first (zone, countries), unnest(countries) as country;

-- Campaigns that chose nothing stand at the root of their kind of work.
alter table campaign add column category_slug text
    references category (slug) on delete restrict on update restrict;
update campaign set category_slug = category;
alter table campaign
    alter column category_slug set not null,
    add constraint campaign_category_of_kind check (split_part(category_slug, '.', 1) = category);
create index campaign_category_slug on campaign (category_slug);
