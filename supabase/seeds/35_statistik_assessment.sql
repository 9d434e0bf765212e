-- Assessment of the course "Statistik verstehen": a quiz that draws six questions, and two rubrics.
--
-- A passed quiz completes its lesson; a lab completes its lesson when staff accept it.

update public.lessons l
set
  completion_rule = case l.content_type
    when 'quiz' then 'pass' else 'accept'
  end::public.completion_rule
where
  l.course_id = 'c2000000-0000-4000-8000-000000000000'
  and l.content_type in ('quiz', 'lab');

insert into public.quizzes (
  lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal
)
values (
  'c2000000-0000-4000-8000-000000000203',
  50,
  null,
  null,
  true,
  6,
  'highest',
  'after_submit'
);

insert into public.questions (
  id, lesson_id, course_id, ord, kind, prompt_md, points, options
)
values
(
  'f2000000-0000-4000-8000-000000000301',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  1,
  'single',
  $md$Auf welcher Skala misst man die Güteklasse von Eiern?$md$,
  1,
  $json$[
  {
    "id": "n",
    "text": "Nominalskala"
  },
  {
    "id": "o",
    "text": "Ordinalskala"
  },
  {
    "id": "i",
    "text": "Intervallskala"
  },
  {
    "id": "v",
    "text": "Verhältnisskala"
  }
]$json$
),
(
  'f2000000-0000-4000-8000-000000000302',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  2,
  'numeric',
  $md$Fünf Wohnungen kosten 210, 230, 240, 250 und 900 Tausend Euro. Wie groß ist der Mittelwert,
in Tausend Euro?$md$,
  1,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000303',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  3,
  'numeric',
  $md$Und der Median, in Tausend Euro?$md$,
  1,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000304',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  4,
  'numeric',
  $md$Wie groß ist die Varianz der Stichprobe 2, 4, 4, 5, 10?$md$,
  2,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000305',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  5,
  'matching',
  $md$Was geschieht?$md$,
  3,
  $json${
  "left": [
    {
      "id": "l1",
      "text": "Mittelwert, wenn zu jedem Wert 100 addiert wird"
    },
    {
      "id": "l2",
      "text": "Standardabweichung, wenn zu jedem Wert 100 addiert wird"
    },
    {
      "id": "l3",
      "text": "Standardabweichung, wenn jeder Wert verdoppelt wird"
    }
  ],
  "right": [
    {
      "id": "r1",
      "text": "Sie bleibt gleich"
    },
    {
      "id": "r2",
      "text": "Er steigt um 100"
    },
    {
      "id": "r3",
      "text": "Sie verdoppelt sich"
    }
  ]
}$json$
),
(
  'f2000000-0000-4000-8000-000000000306',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  6,
  'numeric',
  $md$Ein Filter erkennt 95 % aller Spam-Nachrichten und hält 2 % der erwünschten für Spam. 40 %
aller Nachrichten sind Spam. Mit welcher Wahrscheinlichkeit, in Prozent, war eine
aussortierte Nachricht erwünscht?$md$,
  3,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000307',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  7,
  'true_false',
  $md$Nach zehnmal Rot ist Schwarz beim Roulette wahrscheinlicher als sonst.$md$,
  1,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000308',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  8,
  'numeric',
  $md$500 Befragte haben eine übliche Abweichung von gut zwei Prozentpunkten. Wie viele Befragte
braucht man für die halbe?$md$,
  2,
  '[]'
),
(
  'f2000000-0000-4000-8000-000000000309',
  'c2000000-0000-4000-8000-000000000203',
  'c2000000-0000-4000-8000-000000000000',
  9,
  'short_text',
  $md$Wie heißt das Gesetz, nach dem sich relative Häufigkeiten auf lange Sicht der
Wahrscheinlichkeit nähern?$md$,
  1,
  '[]'
);

insert into private.answer_keys (question_id, key, explanation_md)
values
(
  'f2000000-0000-4000-8000-000000000301',
  '{"correct": "o"}',
  'Die Klassen haben eine Reihenfolge, aber keine festen Abstände.'
),
(
  'f2000000-0000-4000-8000-000000000302',
  '{"value": 366, "tolerance": 0, "relative": false}',
  '1830 geteilt durch 5.'
),
(
  'f2000000-0000-4000-8000-000000000303',
  '{"value": 240, "tolerance": 0, "relative": false}',
  'Der mittlere der fünf sortierten Werte.'
),
(
  'f2000000-0000-4000-8000-000000000304',
  '{"value": 9, "tolerance": 0.01, "relative": false}',
  'Die Abweichungsquadrate ergeben 36; geteilt wird durch n − 1 = 4.'
),
(
  'f2000000-0000-4000-8000-000000000305',
  '{"pairs": {"l1": "r2", "l2": "r1", "l3": "r3"}}',
  'Verschieben ändert die Lage, Strecken auch die Streuung.'
),
(
  'f2000000-0000-4000-8000-000000000306',
  '{"value": 3.06, "tolerance": 0.02, "relative": true}',
  'Von 1 000 Nachrichten werden 380 + 12 aussortiert; 12 davon waren erwünscht.'
),
(
  'f2000000-0000-4000-8000-000000000307',
  '{"correct": false}',
  'Die Kugel hat kein Gedächtnis.'
),
(
  'f2000000-0000-4000-8000-000000000308',
  '{"value": 2000, "tolerance": 0, "relative": false}',
  'Die Abweichung sinkt mit der Wurzel aus der Anzahl.'
),
(
  'f2000000-0000-4000-8000-000000000309',
  $json${
  "accepted": [
    "Gesetz der großen Zahlen",
    "Das Gesetz der großen Zahlen"
  ],
  "max_distance": 2
}$json$,
  'Auf lange Sicht, nicht auf kurze.'
);

insert into private.lab_rubrics (lesson_id, criteria)
values
(
  'c2000000-0000-4000-8000-000000000303',
  $json$[
  {
    "id": "stichproben",
    "title": "Es werden genügend Stichproben gezogen",
    "points": 4
  },
  {
    "id": "intervall",
    "title": "Das Intervall stimmt mit den Stichproben überein",
    "points": 4
  },
  {
    "id": "deutung",
    "title": "Das Intervall wird richtig gedeutet",
    "points": 2
  }
]$json$
),
(
  'c2000000-0000-4000-8000-000000000402',
  $json$[
  {
    "id": "quelle",
    "title": "Die Quelle ist genannt und gelesen",
    "points": 3
  },
  {
    "id": "einwand",
    "title": "Andere Erklärungen werden geprüft",
    "points": 5
  },
  {
    "id": "schlagzeile",
    "title": "Die neue Schlagzeile sagt nicht mehr als die Daten",
    "points": 2
  }
]$json$
);
