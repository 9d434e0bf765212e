-- A data set of any size, identical for identical settings: accounts, courses with text,
-- enrollments and a year of progress. For benchmarks and tests; never for a database that people
-- use.
--
--   psql -1 -f sql/bench/generate.sql       as a superuser, in one transaction
--
-- Settings, each set before with `set bench.<name> = '…'`:
--   scale     1 = 10,000 learners, 200 courses of 20 lessons, 50,000 enrollments, 500,000
--             completions
--   learners  number of learners; default 10,000 × scale
--   courses   number of courses, 8 or more; default 200 × scale; the first has every learner, the
--             others follow a power law, so that a learner has five on average
--   seed      a whole number; another seed adds another data set beside the first
--   anchor    the day at whose start the year of data ends; default today
--
-- The script writes rows with triggers and foreign keys disabled; what triggers would compute is
-- written directly or recomputed at the end. private.progress_audit(), access_audit() and
-- analytics_audit() return no rows afterwards.

set local session_replication_role = replica;
set local client_min_messages = warning;
set local work_mem = '256MB';
set local maintenance_work_mem = '256MB';
set local gin_pending_list_limit = '1GB';
set local jit = off;

-- Settings and random numbers ---------------------------------------------------------------------

create temporary table bench_setting as
with given as (
  select
    coalesce(nullif(current_setting('bench.scale', true), ''), '1')::numeric as scale,
    nullif(current_setting('bench.learners', true), '')::integer as learners,
    nullif(current_setting('bench.courses', true), '')::integer as courses,
    coalesce(nullif(current_setting('bench.seed', true), ''), '1')::bigint as seed,
    coalesce(
      nullif(current_setting('bench.anchor', true), '')::date, (now() at time zone 'UTC')::date
    ) as anchor
),

counted as (
  select
    g.seed,
    g.anchor::timestamp at time zone 'UTC' as anchor,
    coalesce(g.learners, round(10000 * g.scale)::integer) as learners,
    coalesce(g.courses, greatest(8, round(200 * g.scale)::integer)) as courses
  from given as g
)

select
  c.seed,
  c.anchor,
  c.learners,
  c.courses,
  ceil(c.courses / 10.0)::integer as instructors,
  -- The smallest courses are drafts without enrollments.
  c.courses - c.courses / 50 as open_courses,
  c.learners::bigint * least(5, c.courses - c.courses / 50) as enrollments
from counted as c;

-- A deterministic number from 0 to 1 for each key and purpose, the same on every machine.
create function pg_temp.draw(p_key bigint, p_purpose bigint) returns double precision
language sql immutable
as $$
  select ((hashint8extended(p_key, p_purpose) >> 11) & 9007199254740991)::double precision
    / 9007199254740992
$$;

create function pg_temp.pick(p_list text[], p_key bigint, p_purpose bigint) returns text
language sql immutable
as $$
  select p_list[1 + floor(cardinality(p_list) * pg_temp.draw(p_key, p_purpose))::integer]
$$;

create function pg_temp.make_id(p_kind text, p_key bigint) returns uuid
language sql immutable
as $$
  select md5(p_kind || p_key::text)::uuid
$$;

-- Words -------------------------------------------------------------------------------------------

-- The most frequent words of a language, then words generated from its syllables and endings, so
-- that a stem has several forms. A word of rank r is drawn with a probability of about 1/r.
create temporary table bench_word as
with language (locale, frequent, first_part, second_part, ending) as (
  values
  (
    'en',
    'the of and to in is that a for it as with are be on this by which you from or at an '
    || 'can we not each one when has more will if but all there than its two how time so '
    || 'only example value between other number use first same what change between data '
    || 'model work rule small large system result group measure order question answer '
    || 'example learn test state set reason part function method process level theory '
    || 'language energy structure market cell history water network light force design '
    || 'culture signal memory surface policy pressure',
    'bar cor dal fen gra hol jun kes lum mar nor pel qua ros sal ten ulm ver wil yar zen '
    || 'bro cla dri fle',
    'ab ac ad ag al am an ar as at eb ec el em en er es et id il im in ol om or',
    ' s ed ing er ation ness ly'
  ),
  (
    'de',
    'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als '
    || 'auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem '
    || 'über einen so zum war haben nur oder aber größe übung lösung zahl wert gruppe '
    || 'beispiel prüfung gerät häufig möglich verhältnis änderung fläche wärme körper straße '
    || 'fähigkeit gespräch',
    'bau dorn fels grün hain jäg korn licht müh nacht ost pfad quell rös stern traum uhr '
    || 'vog wald zeit blüt drang fähr glas höh',
    'ab am an ar as eb el em en er es id il im in ir ol om on or ub ul um un ur',
    ' e en er ung ungen keit lich'
  ),
  (
    'fr',
    'de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se '
    || 'ce il sont avec son aux d''une cette ou comme mais nous leur sans être deux même où '
    || 'après élève leçon théorie méthode énergie système modèle problème réponse société '
    || 'différence mesure échelle première français donnée',
    'bel cour dor fleur grand hiv jour lum mar nuit or pier quart riv sol tem usin vent '
    || 'blan clair drap fran gla noir plei',
    'ab ac ad al am an ar as at eb el em en er es et id il im in ir ol om on or',
    ' s e ement ation er ée eur'
  ),
  (
    'es',
    'de la que el en y a los se del las un por con no una su para es al lo como más o '
    || 'pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también '
    || 'fue había era muy años hasta desde está lección práctica número energía teoría '
    || 'método ejemplo análisis solución presión función región español mañana',
    'bar cas dur fuer gran hoj jard luz mar noch or piedr quin ros sol tierr un vient '
    || 'blanc clar dor flor gris llan prad',
    'ab ac ad al am an ar as at eb el em en er es et id il im in ir ol om on or',
    ' s o a ado ción ando mente'
  )
),

frequent as (
  select
    v.locale,
    w.word,
    row_number() over (partition by v.locale order by min(w.place)) as place
  from language as v
  cross join lateral string_to_table(v.frequent, ' ') with ordinality as w (word, place)
  group by v.locale, w.word
),

frequent_count as (
  select
    f.locale,
    count(*) as words
  from frequent as f
  group by f.locale
),

made as (
  select
    v.locale,
    string_to_array(v.first_part, ' ') as first_part,
    string_to_array(v.second_part, ' ') as second_part,
    string_to_array(v.ending, ' ') as ending,
    -- Mixes first parts and endings over the ranks; 1,009 and 5,000 are coprime.
    (i.n * 1009) % 5000 as place,
    i.n
  from language as v
  cross join generate_series(1, 4000) as i (n)
)

select
  f.locale,
  f.place::integer as rank,
  f.word
from frequent as f
union all
select
  m.locale,
  (n.words + m.n)::integer as rank,
  -- Two or three syllables; the third belongs to the stem.
  m.first_part[1 + m.place % 25] || m.second_part[1 + m.place / 25 % 25]
  || case when m.place % 625 % 3 = 0 then '' else pg_temp.pick(m.second_part, m.place % 625, 1) end
  || m.ending[1 + m.place / 625] as word
from made as m
inner join frequent_count as n on m.locale = n.locale;
create unique index on pg_temp.bench_word (locale, rank);
analyze pg_temp.bench_word;

-- Accounts ----------------------------------------------------------------------------------------

create temporary table bench_account as
with person as (
  select
    'learner'::public.app_role as role,
    i.n
  from pg_temp.bench_setting as s cross join generate_series(1, s.learners) as i (n)
  union all
  select
    'instructor' as role,
    i.n
  from pg_temp.bench_setting as s cross join generate_series(1, s.instructors) as i (n)
  union all
  select
    'admin' as role,
    1 as n
),

keyed as (
  select
    p.role,
    p.n,
    s.seed,
    s.anchor,
    hashint8extended(
      p.n * 4 + case p.role when 'learner' then 0 when 'instructor' then 1 else 2 end, s.seed
    ) as key
  from person as p
  cross join pg_temp.bench_setting as s
)

select
  k.role,
  k.n,
  k.key,
  pg_temp.make_id(k.role::text, k.key) as id,
  format('%s-%s-%s@school.test', k.role, k.seed, k.n) as email,
  pg_temp.pick(
    '{Ada,Amir,Bruno,Carla,Chen,Dana,Elif,Emil,Femi,Grace,Hana,Ines,Ivo,Jonas,Kaya,Kofi,Lea,Luca,'
    'Mara,Mei,Nadia,Noah,Olga,Omar,Paul,Priya,Rosa,Sami,Sofía,Théo,Uwe,Vera,Wim,Yara,Zoë}',
    k.key, 1
  ) || ' ' || pg_temp.pick(
    '{Adeyemi,Almeida,Bauer,Becker,Bianchi,Chen,Costa,Dubois,Eriksen,Fischer,García,Haddad,Ito,'
    'Jansen,Kaplan,Keller,Kowalski,Kumar,Lambert,Lopez,Marin,Mensah,Meyer,Moreau,Müller,Nguyen,'
    'Novak,Okafor,Petrov,Rahimi,Rossi,Sato,Schmidt,Silva,Singh,Smith,Tanaka,Vargas,Weber,Yilmaz}',
    k.key, 2
  ) as name,
  case
    when pg_temp.draw(k.key, 3) < 0.7 then 'en'
    else pg_temp.pick('{de,fr,es}', k.key, 4)
  end as locale,
  -- The learner's ability, and whether it declines over time.
  0.3 + 0.7 * sqrt(pg_temp.draw(k.key, 5)) as ability,
  pg_temp.draw(k.key, 6) < 0.08 as is_falling,
  k.anchor - interval '1 day' * (370 + floor(300 * pg_temp.draw(k.key, 7))) as created_at
from keyed as k;
create unique index on pg_temp.bench_account (role, n);
analyze pg_temp.bench_account;

insert into auth.users (
  instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  confirmation_token, recovery_token, email_change, email_change_token_new,
  email_change_token_current, phone_change, phone_change_token, reauthentication_token,
  created_at, updated_at
)
select
  '00000000-0000-0000-0000-000000000000' as instance_id,
  a.id,
  'authenticated' as aud,
  'authenticated' as account_role,
  a.email,
  a.created_at as email_confirmed_at,
  '{"provider": "email", "providers": ["email"]}' as raw_app_meta_data,
  jsonb_build_object('name', a.name) as raw_user_meta_data,
  '' as confirmation_token,
  '' as recovery_token,
  '' as email_change,
  '' as email_change_token_new,
  '' as email_change_token_current,
  '' as phone_change,
  '' as phone_change_token,
  '' as reauthentication_token,
  a.created_at,
  a.created_at as updated_at
from pg_temp.bench_account as a;

insert into public.profiles (id, email, name, locale, role, created_at, updated_at)
select
  a.id,
  a.email,
  a.name,
  a.locale,
  a.role,
  a.created_at,
  a.created_at as updated_at
from pg_temp.bench_account as a;

-- Courses -----------------------------------------------------------------------------------------

create function pg_temp.is_many(p_setting pg_temp.bench_setting, p_exponent double precision)
returns boolean
language sql immutable
as $$
  select sum(p_setting.learners / power(i.n, p_exponent)) > p_setting.enrollments
  from generate_series(1, p_setting.open_courses) as i (n)
$$;

create temporary table bench_course as
with recursive narrowing (step, low, high) as (
  -- The exponent of the power law at which the sizes add up to the enrollments.
  select
    0 as step,
    0::double precision as low,
    4::double precision as high
  union all
  select
    n.step + 1 as step,
    case when f.is_many then (n.low + n.high) / 2 else n.low end as low,
    case when f.is_many then n.high else (n.low + n.high) / 2 end as high
  from narrowing as n
  cross join pg_temp.bench_setting as s
  cross join lateral pg_temp.is_many(s, (n.low + n.high) / 2) as f (is_many)
  where n.step < 60
),

ranked as (
  select
    i.n as rank,
    s.seed,
    s.learners,
    s.anchor,
    s.instructors,
    s.open_courses,
    sum(
      case when i.n <= s.open_courses then s.learners / power(i.n, x.low) else 0 end
    ) over (order by i.n) as running
  from pg_temp.bench_setting as s
  cross join generate_series(1, s.courses) as i (n)
  inner join narrowing as x on x.step = 60
),

sized as (
  select
    r.*,
    least(
      r.learners, round(r.running) - round(lag(r.running, 1, 0) over (order by r.rank))
    )::integer as size,
    hashint8extended(r.rank, r.seed * 16 + 5) as key
  from ranked as r
)

select
  z.rank,
  z.size,
  z.key,
  pg_temp.make_id('course', z.key) as id,
  case
    when z.rank = 1 or pg_temp.draw(z.key, 1) < 0.7 then 'en'
    else pg_temp.pick('{de,de,fr,es}', z.key, 2)
  end as locale,
  a.id as owner_id,
  z.rank <= z.open_courses as is_published,
  case z.rank % 20
    when 7 then 'approval' when 11 then 'code' when 13 then 'closed' else 'open'
  end::public.enrollment_mode as enrollment_mode,
  -- Full, with a waitlist.
  z.rank % 10 = 5 as is_full,
  z.rank % 3 = 0 as is_sequential,
  -- Forty words of neighbouring rank that the lessons of the course use more than others.
  (200 + floor(3700 * pg_temp.draw(z.key, 3)))::integer as topic_rank,
  -- The lesson at which most learners who stop do so.
  (4 + floor(12 * pg_temp.draw(z.key, 4)))::integer as hard_lesson,
  z.anchor - interval '1 day' * (366 + floor(300 * pg_temp.draw(z.key, 5))) as created_at
from sized as z
inner join pg_temp.bench_account as a
  on a.role = 'instructor' and a.n = 1 + (z.rank - 1) % z.instructors;
create unique index on pg_temp.bench_course (rank);
analyze pg_temp.bench_course;

create temporary table bench_lesson as
with keyed as (
  select
    c.rank,
    c.id as course_id,
    c.locale,
    c.topic_rank,
    c.created_at,
    s.anchor,
    i.n,
    hashint8extended(i.n, c.key) as key,
    hashint8extended((i.n - 1) / 5, c.key) as module_key
  from pg_temp.bench_course as c
  cross join pg_temp.bench_setting as s
  cross join generate_series(1, 20) as i (n)
)

select
  k.rank,
  k.course_id,
  k.locale,
  k.topic_rank,
  k.created_at,
  k.n as ordinal,
  k.key,
  k.module_key,
  pg_temp.make_id('lesson', k.key) as id,
  case
    when k.n % 5 = 0 then 'quiz' when k.n % 5 = 2 then 'video' when k.n = 19 then 'lab' else 'text'
  end::public.content_type as content_type,
  case
    when k.n % 5 = 2 then 3 + floor(15 * pg_temp.draw(k.key, 1))
    else 5 + floor(40 * pg_temp.draw(k.key, 1))
  end::integer as duration_minutes,
  k.n <> 12 as is_required,
  (150 + floor(751 * pg_temp.draw(k.key, 2)))::integer as word_count,
  case
    when k.n >= 19 and pg_temp.draw(k.key, 3) < 0.5
      then k.anchor + interval '1 day' * (1 + floor(21 * pg_temp.draw(k.key, 4)))
  end as due_at
from keyed as k;
create unique index on pg_temp.bench_lesson (rank, ordinal);
analyze pg_temp.bench_lesson;

-- Every word of every text: part 0 the title, 1 the body, 2 the transcript of a video, 3 to 6 the
-- modules, 7 the title and 8 the description of a course.
create temporary table bench_text as
with wanted as (
  select
    l.key,
    p.part,
    l.locale,
    l.topic_rank,
    case p.part
      when 0 then 2 + floor(4 * pg_temp.draw(l.key, 5))::integer
      when 1 then l.word_count
      else l.duration_minutes * 60
    end as word_count
  from pg_temp.bench_lesson as l
  cross join generate_series(0, 2) as p (part)
  where p.part < 2 or l.content_type = 'video'
  union all
  select
    c.key,
    p.part,
    c.locale,
    c.topic_rank,
    case p.part when 7 then 3 when 8 then 60 else 3 end as word_count
  from pg_temp.bench_course as c
  cross join generate_series(3, 8) as p (part)
),

keyed as (
  select
    t.key,
    t.part,
    t.locale,
    t.topic_rank,
    i.n,
    hashint8extended(t.part * 100000 + i.n, t.key) as word_key
  from wanted as t
  cross join lateral generate_series(1, t.word_count) as i (n)
),

drawn as (
  select
    k.*,
    case
      when k.part in (0, 3, 4, 5, 6, 7) or pg_temp.draw(k.word_key, 1) < 0.25
        then
          k.topic_rank
          + floor(40 * pg_temp.draw(k.word_key, 2) * pg_temp.draw(k.word_key, 3))::integer
      else floor(exp(pg_temp.draw(k.word_key, 2) * ln(4001)))::integer
    end as rank
  from keyed as k
)

-- A body has a heading of three words every 120 words, paragraphs of 40 words, sentences of 12,
-- some lists, emphasis and code.
select
  d.key,
  d.part,
  string_agg(
    case
      when d.n = 1 then initcap(w.word)
      when d.part not in (1, 2, 8) then ' ' || w.word
      when d.part = 1 and d.n % 120 = 0 then E'.\n\n## ' || initcap(w.word)
      when d.part = 1 and d.n > 120 and d.n % 120 < 3 then ' ' || w.word
      when d.part = 1 and d.n > 120 and d.n % 120 = 3 then E'\n\n' || initcap(w.word)
      when d.part = 1 and d.n % 120 > 90 and d.n % 6 = 1 then E'\n- ' || w.word
      when d.part = 1 and d.n % 40 = 0 then E'.\n\n' || initcap(w.word)
      when d.n % 12 = 0 then '. ' || initcap(w.word)
      when d.part = 1 and d.word_key % 61 = 0 then ' **' || w.word || '**'
      when d.part = 1 and d.word_key % 83 = 0 then ' `' || w.word || '`'
      when d.part = 1 and d.word_key % 397 = 0 then ' [' || w.word || '](https://school.test/)'
      else ' ' || w.word
    end, '' order by d.n
  ) || case when d.part in (1, 2, 8) then '.' else '' end as body
from drawn as d
inner join pg_temp.bench_word as w on d.locale = w.locale and d.rank = w.rank
group by d.key, d.part;
create unique index on pg_temp.bench_text (key, part);
analyze pg_temp.bench_text;

insert into public.courses (
  id, slug, title, locale, description, is_published, created_by, level, tags, enrollment_mode,
  capacity, is_sequential, lesson_count, required_count, created_at, updated_at
)
select
  c.id,
  format('course-%s-%s', s.seed, c.rank) as slug,
  t.body as title,
  c.locale,
  d.body as description,
  c.is_published,
  c.owner_id as created_by,
  pg_temp.pick('{beginner,intermediate,advanced}', c.key, 6) as level,
  array(
    select w.word
    from pg_temp.bench_word as w
    where w.locale = c.locale and w.rank between c.topic_rank and c.topic_rank + 2
    order by w.rank
  ) as tags,
  c.enrollment_mode,
  -- Corrected once the enrollments exist.
  case when c.is_full then 1 end as capacity,
  c.is_sequential,
  20 as lesson_count,
  19 as required_count,
  c.created_at,
  c.created_at as updated_at
from pg_temp.bench_course as c
cross join pg_temp.bench_setting as s
inner join pg_temp.bench_text as t on c.key = t.key and t.part = 7
inner join pg_temp.bench_text as d on c.key = d.key and d.part = 8;

-- Each large course has an assistant: the instructor of the next course.
insert into public.course_staff (course_id, user_id, role, created_at)
select
  c.id as course_id,
  c.owner_id as user_id,
  'owner'::public.course_role as role,
  c.created_at
from pg_temp.bench_course as c
union all
select
  c.id as course_id,
  n.owner_id as user_id,
  'assistant' as role,
  c.created_at
from pg_temp.bench_course as c
inner join pg_temp.bench_course as n on c.rank + 1 = n.rank and c.owner_id <> n.owner_id
cross join pg_temp.bench_setting as s
where c.rank <= s.courses / 5;

insert into public.modules (id, course_id, ord, title, summary, is_listed, created_at, updated_at)
select
  pg_temp.make_id('module', hashint8extended(i.n, c.key)) as id,
  c.id as course_id,
  i.n + 1 as ord,
  t.body as title,
  t.body || '.' as summary,
  c.is_published as is_listed,
  c.created_at,
  c.created_at as updated_at
from pg_temp.bench_course as c
cross join generate_series(0, 3) as i (n)
inner join pg_temp.bench_text as t on c.key = t.key and t.part = 3 + i.n;

insert into public.lessons (
  id, course_id, module_id, slug, title, content_type, duration_minutes, ord, is_published,
  is_preview, is_required, release_after, completion_rule, is_listed, created_at, updated_at
)
select
  l.id,
  l.course_id,
  pg_temp.make_id('module', l.module_key) as module_id,
  format('lesson-%s', l.ordinal) as slug,
  t.body as title,
  l.content_type,
  l.duration_minutes,
  1 + (l.ordinal - 1) % 5 as ord,
  true as is_published,
  l.ordinal = 1 as is_preview,
  l.is_required,
  case when l.rank % 7 = 4 and l.ordinal > 15 then interval '7 days' end as release_after,
  case l.content_type
    when 'video' then 'watch' when 'quiz' then 'pass' when 'lab' then 'accept' else 'view'
  end::public.completion_rule as completion_rule,
  c.is_published as is_listed,
  l.created_at,
  l.created_at as updated_at
from pg_temp.bench_lesson as l
inner join pg_temp.bench_course as c on l.rank = c.rank
inner join pg_temp.bench_text as t on l.key = t.key and t.part = 0;

insert into public.lesson_contents (
  lesson_id, course_id, body_md, video_url, transcript, is_public, created_at, updated_at
)
select
  l.id as lesson_id,
  l.course_id,
  b.body as body_md,
  case
    when l.content_type = 'video' then 'https://media.school.test/' || l.id::text || '.mp4'
  end as video_url,
  t.body as transcript,
  l.ordinal = 1 and c.is_published as is_public,
  l.created_at,
  l.created_at as updated_at
from pg_temp.bench_lesson as l
inner join pg_temp.bench_course as c on l.rank = c.rank
inner join pg_temp.bench_text as b on l.key = b.key and b.part = 1
left join pg_temp.bench_text as t on l.key = t.key and t.part = 2;

-- Every fourth course requires its lab before its last quiz; some courses require the largest.
insert into public.lesson_prerequisites (
  lesson_id, prerequisite_id, course_id, is_lesson_listed, is_prerequisite_listed
)
select
  l.id as lesson_id,
  p.id as prerequisite_id,
  l.course_id,
  c.is_published as is_lesson_listed,
  c.is_published as is_prerequisite_listed
from pg_temp.bench_lesson as l
inner join pg_temp.bench_course as c on l.rank = c.rank
inner join pg_temp.bench_lesson as p on l.rank = p.rank and p.ordinal = 19
where l.ordinal = 20 and l.rank % 4 = 2;

insert into public.course_prerequisites (course_id, prerequisite_id)
select
  c.id as course_id,
  p.id as prerequisite_id
from pg_temp.bench_course as c
inner join pg_temp.bench_course as p on p.rank = 1
where c.rank % 20 = 17;

insert into public.quizzes (lesson_id, course_id, due_at, created_at, updated_at)
select
  l.id as lesson_id,
  l.course_id,
  l.due_at,
  l.created_at,
  l.created_at as updated_at
from pg_temp.bench_lesson as l
where l.content_type = 'quiz';

-- A quiz has five questions with one correct answer; the final examination of a course has twenty
-- of all kinds.
create temporary table bench_question as
with kind (n, kind, options, key) as (
  values
  (
    0, 'single',
    '[{"id": "a", "text": "First"}, {"id": "b", "text": "Second"}, {"id": "c", "text": "Third"}]',
    '{"correct": "a"}'
  ),
  (
    1, 'multiple',
    '[{"id": "a", "text": "First"}, {"id": "b", "text": "Second"}, {"id": "c", "text": "Third"}]',
    '{"correct": ["a", "c"]}'
  ),
  (2, 'true_false', '[]', '{"correct": true}'),
  (3, 'numeric', '[]', '{"value": 9.81, "tolerance": 0.01}'),
  (4, 'short_text', '[]', '{"accepted": ["Paris", "Lutetia"], "max_distance": 1}'),
  (
    5, 'ordering',
    '[{"id": "a", "text": "First"}, {"id": "b", "text": "Second"}, {"id": "c", "text": "Third"}]',
    '{"order": ["b", "a", "c"]}'
  ),
  (
    6, 'matching',
    '{"left": [{"id": "a", "text": "One"}, {"id": "b", "text": "Two"}], '
    || '"right": [{"id": "a", "text": "Uno"}, {"id": "b", "text": "Due"}]}',
    '{"pairs": {"a": "a", "b": "b"}}'
  )
)

select
  pg_temp.make_id('question', hashint8extended(i.n, l.key)) as id,
  l.id as lesson_id,
  l.course_id,
  i.n as ord,
  k.kind::public.question_kind as kind,
  format('Question %s: %s?', i.n, t.body) as prompt_md,
  k.options::jsonb as options,
  k.key::jsonb as key,
  l.created_at
from pg_temp.bench_lesson as l
inner join pg_temp.bench_text as t on l.key = t.key and t.part = 0
cross join lateral generate_series(1, case when l.ordinal = 20 then 20 else 5 end) as i (n)
inner join kind as k on k.n = case when l.ordinal = 20 then i.n % 7 else 0 end
where l.content_type = 'quiz';

insert into public.questions (
  id, lesson_id, course_id, ord, kind, prompt_md, points, options, created_at, updated_at
)
select
  q.id,
  q.lesson_id,
  q.course_id,
  q.ord,
  q.kind,
  q.prompt_md,
  1 as points,
  q.options,
  q.created_at,
  q.created_at as updated_at
from pg_temp.bench_question as q;

insert into private.answer_keys (question_id, key, updated_at)
select
  q.id as question_id,
  q.key,
  q.created_at as updated_at
from pg_temp.bench_question as q;

insert into private.question_versions (
  question_id, revision, prompt_md, points, options, key, feedback, hints, saved_at
)
select
  q.id as question_id,
  q.revision,
  q.prompt_md,
  q.points,
  q.options,
  k.key,
  k.feedback,
  k.hints,
  k.updated_at as saved_at
from public.questions as q
inner join private.answer_keys as k on q.id = k.question_id
inner join pg_temp.bench_question as b on q.id = b.id;

insert into public.labs (lesson_id, course_id, due_at, created_at, updated_at)
select
  l.id as lesson_id,
  l.course_id,
  l.due_at,
  l.created_at,
  l.created_at as updated_at
from pg_temp.bench_lesson as l
where l.content_type = 'lab';

-- Enrollments -------------------------------------------------------------------------------------

-- The learners of a course are a walk over all learners with a stride that is coprime to their
-- number, so that no learner is enrolled twice.
create temporary table bench_enrollment as
with stride as (
  select array_agg(p.prime order by p.prime) as primes
  from pg_temp.bench_setting as s
  cross join unnest('{7919, 104729, 611953, 1299709, 15485863}'::integer[]) as p (prime)
  where s.learners % p.prime <> 0
),

walk as (
  select
    c.rank,
    i.n,
    1 + (
      i.n
      * t.primes[1 + floor(cardinality(t.primes) * pg_temp.draw(c.key, 11))::integer]::bigint
      * t.primes[1 + floor(cardinality(t.primes) * pg_temp.draw(c.key, 12))::integer]
      + floor(s.learners * pg_temp.draw(c.key, 13))::bigint
    ) % s.learners as learner,
    hashint8extended(i.n, c.key + 1) as key
  from pg_temp.bench_course as c
  cross join pg_temp.bench_setting as s
  cross join stride as t
  cross join lateral generate_series(1, c.size) as i (n)
),

placed as (
  select
    w.rank,
    w.key,
    c.id as course_id,
    c.hard_lesson,
    c.enrollment_mode,
    a.id as user_id,
    a.ability,
    a.is_falling,
    s.anchor,
    case
      when c.is_full and w.n > 0.95 * c.size then 'waitlisted'
      when c.enrollment_mode = 'approval' and pg_temp.draw(w.key, 1) < 0.04 then 'pending'
      when pg_temp.draw(w.key, 1) > 0.97 then 'withdrawn'
      else 'active'
    end as status,
    -- The density grows towards the present.
    s.anchor - interval '1 hour' - interval '364 days' * power(pg_temp.draw(w.key, 2), 1.2)
      as enrolled_at
  from walk as w
  inner join pg_temp.bench_course as c on w.rank = c.rank
  inner join pg_temp.bench_account as a on a.role = 'learner' and w.learner = a.n
  cross join pg_temp.bench_setting as s
)

select
  p.*,
  pg_temp.make_id('enrollment', p.key) as id,
  p.anchor - p.enrolled_at as age,
  -- Number of completed lessons, in order: an eighth of learners none, a quarter all, the others in
  -- between, many up to the hard lesson.
  case
    when p.status in ('pending', 'waitlisted') then 0
    when pg_temp.draw(p.key, 3) < 0.13 then 0
    when
      pg_temp.draw(p.key, 3) > 0.74 and p.status = 'active'
      and p.anchor - p.enrolled_at > interval '10 days' then 20
    when pg_temp.draw(p.key, 3) < 0.30 then p.hard_lesson - 1
    else 1 + floor(18 * pg_temp.draw(p.key, 4))::integer
  end as done,
  -- The time of the last completion, as a share of the time since the enrollment.
  case
    when pg_temp.draw(p.key, 5) < 0.35 then 0.93 + 0.07 * pg_temp.draw(p.key, 6)
    else 0.05 + 0.75 * pg_temp.draw(p.key, 6)
  end as pace
from placed as p;
analyze pg_temp.bench_enrollment;

create temporary table bench_progress as
with keyed as (
  select
    e.user_id,
    e.course_id,
    e.ability,
    e.is_falling,
    e.enrolled_at,
    e.age,
    e.pace,
    e.done,
    l.id as lesson_id,
    l.ordinal,
    l.content_type,
    l.duration_minutes,
    l.is_required,
    l.ordinal <= e.done as is_completed,
    hashint8extended(l.ordinal, e.key) as key
  from pg_temp.bench_enrollment as e
  inner join pg_temp.bench_lesson as l on e.rank = l.rank and e.done + 1 >= l.ordinal
  where e.status in ('active', 'withdrawn')
)

select
  k.user_id,
  k.course_id,
  k.lesson_id,
  k.ordinal,
  k.content_type,
  k.is_required,
  k.key,
  k.is_completed,
  k.duration_minutes * 60 as video_seconds,
  -- Each lesson has its own slot of the learner's time.
  date_trunc('second', k.enrolled_at + k.age * (
    k.pace * (k.ordinal - 0.9 * pg_temp.draw(k.key, 1)) / greatest(1, k.done + 1)
  )) as completed_at,
  least(
    7200, 60 + floor(-600 * ln(1 - pg_temp.draw(k.key, 4)) * (0.5 + pg_temp.draw(k.key, 5)))
  )::integer as seconds_spent,
  case
    when k.content_type in ('quiz', 'lab') then round((
      case when k.is_completed then 60 else 20 end
      + 38 * k.ability * sqrt(pg_temp.draw(k.key, 6))
      - case when k.is_falling and not k.is_completed then 20 else 0 end
      + case when k.is_falling and k.ordinal <= 10 then 2 else 0 end
    )::numeric, 2)
  end as score
from keyed as k
where
  -- Some learners skip optional lessons; some have started the next lesson.
  (k.is_required or pg_temp.draw(k.key, 2) < 0.6)
  and (k.is_completed or pg_temp.draw(k.key, 3) < 0.5);
analyze pg_temp.bench_progress;

insert into public.lesson_progress (
  user_id, lesson_id, course_id, status, position_seconds, watched, seconds_spent, score,
  started_at, completed_at, updated_at
)
select
  p.user_id,
  p.lesson_id,
  p.course_id,
  case when p.is_completed then 'completed' else 'started' end::public.progress_status as status,
  case
    when p.content_type <> 'video' then 0
    when p.is_completed then p.video_seconds
    else p.video_seconds / 3
  end as position_seconds,
  case
    when p.content_type <> 'video' then '{}'
    when p.is_completed then int4multirange(int4range(0, p.video_seconds))
    else int4multirange(int4range(0, p.video_seconds / 3))
  end as watched,
  p.seconds_spent,
  -- A lab that awaits grading has no score.
  case when p.is_completed or p.content_type = 'quiz' then p.score end as score,
  p.completed_at - interval '1 second' * p.seconds_spent as started_at,
  case when p.is_completed then p.completed_at end as completed_at,
  p.completed_at as updated_at
from pg_temp.bench_progress as p
order by p.completed_at, p.key;

insert into public.lab_submissions (
  id, lesson_id, course_id, user_id, version, status, body, submitted_at, graded_at,
  graded_by, score
)
select
  pg_temp.make_id('submission', p.key) as id,
  p.lesson_id,
  p.course_id,
  p.user_id,
  1 as version,
  case
    when p.is_completed then 'accepted' else 'submitted'
  end::public.submission_status as status,
  'Here is my work.' as body,
  p.completed_at - interval '1 second' * p.seconds_spent / 2 as submitted_at,
  case when p.is_completed then p.completed_at end as graded_at,
  case when p.is_completed then c.created_by end as graded_by,
  case when p.is_completed then p.score end as score
from pg_temp.bench_progress as p
inner join public.courses as c on p.course_id = c.id
where p.content_type = 'lab';

create temporary table bench_seat as
with counted as (
  select
    p.course_id,
    p.user_id,
    count(*) filter (where p.is_completed and p.is_required)::integer as lessons_completed,
    max(p.completed_at) filter (where p.is_completed and p.is_required) as completed_at,
    max(p.completed_at) as last_activity_at
  from pg_temp.bench_progress as p
  group by p.course_id, p.user_id
)

select
  e.id,
  e.key,
  e.user_id,
  e.course_id,
  e.enrollment_mode,
  e.enrolled_at,
  coalesce(n.lessons_completed, 0) as lessons_completed,
  greatest(n.last_activity_at, e.enrolled_at) as last_activity_at,
  case when n.lessons_completed = 19 then n.completed_at end as completed_at,
  case
    when e.status = 'active' and n.lessons_completed = 19 then 'completed' else e.status
  end::public.enrollment_status as status
from pg_temp.bench_enrollment as e
left join counted as n on e.course_id = n.course_id and e.user_id = n.user_id;
analyze pg_temp.bench_seat;

insert into public.entitlements (id, user_id, course_id, source, starts_at, created_at)
select
  pg_temp.make_id('entitlement', b.key) as id,
  b.user_id,
  b.course_id,
  case
    when b.enrollment_mode = 'closed' then 'roster' else b.enrollment_mode::text
  end as source,
  b.enrolled_at as starts_at,
  b.enrolled_at as created_at
from pg_temp.bench_seat as b
where b.status <> 'pending'
order by b.enrolled_at, b.key;

insert into public.enrollments (
  id, user_id, course_id, status, requested_at, enrolled_at, completed_at, completed_version,
  last_activity_at, lessons_completed, progress
)
select
  b.id,
  b.user_id,
  b.course_id,
  b.status,
  b.enrolled_at as requested_at,
  b.enrolled_at,
  b.completed_at,
  case when b.completed_at is not null then 1 end as completed_version,
  b.last_activity_at,
  b.lessons_completed,
  trunc(100.0 * b.lessons_completed / 19, 2) as progress
from pg_temp.bench_seat as b
order by b.enrolled_at, b.key;

with taken as (
  select
    b.course_id,
    count(*) filter (where b.status in ('active', 'completed'))::integer as seats
  from pg_temp.bench_seat as b
  group by b.course_id
)

update public.courses c set capacity = greatest(1, t.seats)
from taken as t
where t.course_id = c.id and c.capacity is not null;

with hours as (
  select
    l.course_id,
    round(sum(l.duration_minutes) / 60.0, 1) as hours
  from pg_temp.bench_lesson as l
  where l.is_required
  group by l.course_id
)

insert into public.certificates (
  id, user_id, course_id, code, name, title, locale, version, hours, completed_at, issued_at
)
select
  pg_temp.make_id('certificate', b.key) as id,
  b.user_id,
  b.course_id,
  upper(left(md5('code' || b.key::text), 20)) as code,
  a.name,
  c.title,
  c.locale,
  1 as version,
  h.hours,
  b.completed_at,
  b.completed_at as issued_at
from pg_temp.bench_seat as b
inner join pg_temp.bench_account as a on a.role = 'learner' and b.user_id = a.id
inner join public.courses as c on b.course_id = c.id
inner join hours as h on b.course_id = h.course_id
where b.status = 'completed'
order by b.completed_at, b.key;

insert into private.learner_days (user_id, course_id, day, seconds)
select
  p.user_id,
  p.course_id,
  (p.completed_at at time zone 'UTC')::date as day,
  sum(p.seconds_spent) as seconds
from pg_temp.bench_progress as p
group by p.user_id, p.course_id, (p.completed_at at time zone 'UTC')::date
order by day, p.course_id, p.user_id;

-- The events of the last quarter; those of past months are in the default partition.
insert into public.learning_events (
  seq, occurred_at, kind, user_id, course_id, lesson_id, detail
)
with happened as (
  select
    b.enrolled_at as occurred_at,
    'enrolled' as kind,
    b.user_id,
    b.course_id,
    null::uuid as lesson_id,
    '{}'::jsonb as detail
  from pg_temp.bench_seat as b
  where b.status in ('active', 'completed', 'withdrawn')
  union all
  select
    p.completed_at - interval '1 second' * p.seconds_spent as occurred_at,
    'lesson_started' as kind,
    p.user_id,
    p.course_id,
    p.lesson_id,
    '{}' as detail
  from pg_temp.bench_progress as p
  union all
  select
    p.completed_at as occurred_at,
    'lesson_completed' as kind,
    p.user_id,
    p.course_id,
    p.lesson_id,
    '{}' as detail
  from pg_temp.bench_progress as p
  where p.is_completed
  union all
  select
    b.completed_at as occurred_at,
    'course_completed' as kind,
    b.user_id,
    b.course_id,
    null as lesson_id,
    '{"version": 1}' as detail
  from pg_temp.bench_seat as b
  where b.completed_at is not null
)

select
  row_number() over (order by h.occurred_at, h.kind, h.user_id, h.lesson_id) as seq,
  h.*
from happened as h
cross join pg_temp.bench_setting as s
where h.occurred_at >= s.anchor - interval '90 days'
order by seq;

update private.event_counter set
  seq = (
    select max(e.seq) from public.learning_events as e
  )
where is_only;

-- Derived data ------------------------------------------------------------------------------------

set local session_replication_role = origin;

analyze auth.users;
analyze public.profiles;
analyze public.courses;
analyze public.modules;
analyze public.lessons;
analyze public.lesson_contents;
analyze public.entitlements;
analyze public.enrollments;
analyze public.lesson_progress;

select private.recount_progress(array(select c.id from pg_temp.bench_course as c));

-- The cache of open lessons of each enrollment, all courses of a learner at a time.
insert into private.open_lessons (user_id, course_id, lesson_ids, is_whole, ends_at)
select
  e.user_id,
  s.course_id,
  coalesce(array_agg(s.lesson_id) filter (where s.is_open), '{}') as lesson_ids,
  bool_and(s.is_open) as is_whole,
  'infinity' as ends_at
from (
  select
    n.user_id,
    array_agg(n.course_id) as course_ids
  from public.enrollments as n
  inner join pg_temp.bench_course as c on n.course_id = c.id
  where n.status in ('active', 'completed')
  group by n.user_id
) as e
cross join lateral private.lesson_states(e.user_id, e.course_ids) as s
group by e.user_id, s.course_id
order by e.user_id, s.course_id;

-- New terms collect in the pending list of the index and are merged in bulk.
alter index private.search_documents_content_terms_idx set (fastupdate = true);

select private.rebuild_search();
select private.rebuild_analytics();

alter index private.search_documents_content_terms_idx set (fastupdate = false);

select gin_clean_pending_list('private.search_documents_content_terms_idx') as document_pages;

drop function pg_temp.is_many(pg_temp.bench_setting, double precision);
drop function pg_temp.draw(bigint, bigint);
drop function pg_temp.pick(text[], bigint, bigint);
drop function pg_temp.make_id(text, bigint);
drop table pg_temp.bench_setting, pg_temp.bench_word, pg_temp.bench_account, pg_temp.bench_course,
pg_temp.bench_lesson, pg_temp.bench_text, pg_temp.bench_question, pg_temp.bench_enrollment,
pg_temp.bench_progress, pg_temp.bench_seat;

analyze;
