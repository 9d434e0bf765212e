-- Course in German: understanding statistics. Sequential; the last lesson has a release date two
-- weeks after the seeds run, so no learner can have completed it.
--
-- Ids read c2000000-0000-4000-8000-000000000MLL: course 2, module M, lesson LL (000 is the course).
-- 31 and 32 contain the contents; 32 publishes.

insert into public.courses (
  id,
  slug,
  title,
  locale,
  description,
  is_published,
  created_by,
  cover_url,
  level,
  tags,
  enrollment_mode,
  is_sequential,
  created_at
)
values
(
  'c2000000-0000-4000-8000-000000000000',
  'statistik-verstehen',
  'Statistik verstehen',
  'de',
  'Von der Tabelle zur begründeten Aussage: Daten beschreiben, mit Zufall rechnen, aus einer '
  'Stichprobe schließen und Zusammenhänge prüfen. Grundrechenarten genügen; für ein Labor sollten '
  'Sie ein Python-Programm starten können.',
  false,
  'a0000000-0000-4000-8000-000000000011',
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/covers/statistik-verstehen.svg',
  'beginner',
  array['statistik', 'daten', 'wahrscheinlichkeit', 'python'],
  'open',
  true,
  now() - interval '60 days'
);

-- A trigger makes the creator the owner; inserted here too, so that the seed does not depend on it.
insert into public.course_staff (course_id, user_id, role)
values
('c2000000-0000-4000-8000-000000000000', 'a0000000-0000-4000-8000-000000000011', 'owner')
on conflict do nothing;

insert into public.modules (id, course_id, ord, title, summary)
values
(
  'c2000000-0000-4000-8000-000000000100',
  'c2000000-0000-4000-8000-000000000000',
  1,
  'Daten beschreiben',
  'Welche Arten von Merkmalen es gibt und welche Kennzahlen zu ihnen passen.'
),
(
  'c2000000-0000-4000-8000-000000000200',
  'c2000000-0000-4000-8000-000000000000',
  2,
  'Mit Zufall rechnen',
  'Bedingte Wahrscheinlichkeiten und das Verhalten langer Versuchsreihen.'
),
(
  'c2000000-0000-4000-8000-000000000300',
  'c2000000-0000-4000-8000-000000000000',
  3,
  'Von der Stichprobe zur Aussage',
  'Wie genau eine Schätzung ist, was ein Test aussagt und wie man beides simuliert.'
),
(
  'c2000000-0000-4000-8000-000000000400',
  'c2000000-0000-4000-8000-000000000000',
  4,
  'Zusammenhänge',
  'Was eine Korrelation zeigt, was sie verschweigt, und eine Statistik aus der Zeitung.'
);

insert into public.lessons (
  id,
  module_id,
  slug,
  title,
  content_type,
  duration_minutes,
  ord,
  is_published,
  is_preview,
  is_required,
  release_at,
  completion_rule,
  completion_threshold
)
values
(
  'c2000000-0000-4000-8000-000000000101',
  'c2000000-0000-4000-8000-000000000100',
  'merkmale-und-skalen',
  'Merkmale und Skalen',
  'text',
  6,
  1,
  true,
  true,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000102',
  'c2000000-0000-4000-8000-000000000100',
  'mittelwert-oder-median',
  'Mittelwert oder Median?',
  'video',
  3,
  2,
  true,
  false,
  true,
  null,
  'watch',
  90
),
(
  'c2000000-0000-4000-8000-000000000103',
  'c2000000-0000-4000-8000-000000000100',
  'streuung-messen',
  'Streuung messen',
  'text',
  7,
  3,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000201',
  'c2000000-0000-4000-8000-000000000200',
  'bedingte-wahrscheinlichkeit',
  'Bedingte Wahrscheinlichkeit und Bayes',
  'text',
  8,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000202',
  'c2000000-0000-4000-8000-000000000200',
  'gesetz-der-grossen-zahlen',
  'Das Gesetz der großen Zahlen',
  'video',
  3.5,
  2,
  true,
  false,
  true,
  null,
  'watch',
  90
),
(
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000200',
  'selbsttest-wahrscheinlichkeit',
  'Selbsttest: Daten und Wahrscheinlichkeit',
  'quiz',
  10,
  3,
  true,
  false,
  true,
  null,
  'manual',
  90
),
(
  'c2000000-0000-4000-8000-000000000301',
  'c2000000-0000-4000-8000-000000000300',
  'konfidenzintervalle',
  'Standardfehler und Konfidenzintervall',
  'text',
  8,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000302',
  'c2000000-0000-4000-8000-000000000300',
  'hypothesentests',
  'Hypothesentests und p-Werte',
  'text',
  8,
  2,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000303',
  'c2000000-0000-4000-8000-000000000300',
  'labor-bootstrap',
  'Labor: Bootstrap mit Python',
  'lab',
  40,
  3,
  true,
  false,
  true,
  null,
  'manual',
  90
),
(
  'c2000000-0000-4000-8000-000000000401',
  'c2000000-0000-4000-8000-000000000400',
  'korrelation-und-kausalitaet',
  'Korrelation und Kausalität',
  'text',
  8,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c2000000-0000-4000-8000-000000000402',
  'c2000000-0000-4000-8000-000000000400',
  'labor-schlagzeile',
  'Labor: eine Schlagzeile prüfen',
  'lab',
  60,
  2,
  true,
  false,
  true,
  now() + interval '14 days',
  'manual',
  90
);

-- Redundant while the course is sequential; it applies once the course is no longer sequential.
insert into public.lesson_prerequisites (course_id, lesson_id, prerequisite_id)
values
(
  'c2000000-0000-4000-8000-000000000000',
  'c2000000-0000-4000-8000-000000000302',
  'c2000000-0000-4000-8000-000000000301'
);
