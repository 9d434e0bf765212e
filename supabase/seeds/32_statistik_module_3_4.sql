-- Contents of "Statistik verstehen", modules 3 and 4. Publishes the course at the end.

insert into public.lesson_drafts (lesson_id, body_md, video_url, transcript)
values
(
  'c2000000-0000-4000-8000-000000000301',
  $md$Eine Umfrage unter 1 000 Personen ergibt 52 % Zustimmung. Eine zweite Umfrage am selben Tag
ergäbe vielleicht 50 % oder 53 %. Wie stark eine Schätzung von Stichprobe zu Stichprobe schwankt,
sagt der **Standardfehler**.

## Nicht verwechseln

- Die **Standardabweichung** beschreibt, wie verschieden die einzelnen Werte sind. Sie wird durch
  mehr Daten nicht kleiner, nur besser bekannt.
- Der **Standardfehler** beschreibt, wie genau der Mittelwert bekannt ist. Er schrumpft mit √n.

```text
Standardfehler des Mittelwerts  SE = s / √n
Standardfehler eines Anteils    SE = √( p · (1 - p) / n )
```

## Von der Schätzung zum Intervall

Der **zentrale Grenzwertsatz** besagt: Der Mittelwert vieler unabhängiger Werte ist annähernd
normalverteilt, auch wenn die Werte selbst es nicht sind. Rund 95 % aller Stichproben liefern
deshalb einen Mittelwert, der höchstens 1,96 Standardfehler vom wahren Wert entfernt liegt.
Umgekehrt gelesen:

```text
95-%-Konfidenzintervall = Schätzwert ± 1,96 · SE
```

Für die Umfrage: SE = √(0,52 · 0,48 / 1000) ≈ 0,0158, also 52 % ± 3,1 Prozentpunkte, von 48,9 % bis
55,1 %. Der Wert 50 % liegt im Intervall; von einer gesicherten Mehrheit kann keine Rede sein.

## Was die 95 % bedeuten

Das **Verfahren** trifft in 95 % der Fälle: Zögen wir viele Stichproben und bildeten zu jeder ein
Intervall, so enthielten rund 95 von 100 den wahren Wert. Für *ein* berechnetes Intervall ist die
Aussage „Der wahre Wert liegt mit 95 % Wahrscheinlichkeit darin“ in der klassischen Statistik nicht
gedeckt – der wahre Wert liegt darin oder nicht.

## Drei Hinweise

1. Bei kleinen Stichproben ersetzt die **t-Verteilung** die 1,96: Für n = 15 ist der Faktor 2,14.
2. Ein höheres Niveau macht das Intervall breiter: 99 % verlangen 2,58 Standardfehler.
3. Das Intervall kennt nur den Zufallsfehler. Wer die falschen Leute befragt, erhält ein schmales
   Intervall an der falschen Stelle.
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000302',
  $md$Eine Münze zeigt in 20 Würfen 15-mal Kopf. Zufall oder gezinkt? Ein **Hypothesentest** macht
aus der Frage eine Rechnung.

## Das Vorgehen

1. **Nullhypothese H₀** festlegen: Die Münze ist fair, P(Kopf) = 0,5.
2. **Prüfgröße** wählen: die Anzahl der Köpfe.
3. **Signifikanzniveau α** festlegen, üblich ist 0,05 – und zwar, *bevor* man die Daten ansieht.
4. Den **p-Wert** berechnen: die Wahrscheinlichkeit, unter H₀ ein mindestens so extremes Ergebnis zu
   erhalten.
5. Ist p ≤ α, wird H₀ verworfen. Sonst reicht die Evidenz nicht aus.

```python
from math import comb

einseitig = sum(comb(20, k) for k in range(15, 21)) / 2**20
print(2 * einseitig)  # 0.041
```

Zweiseitig, weil auch 15-mal Zahl auffällig gewesen wäre, ist p ≈ 0,041. Auf dem Niveau 0,05 wird
die Fairness verworfen, auf dem Niveau 0,01 nicht.

## Zwei Fehler

| | H₀ ist wahr | H₀ ist falsch |
|---|---|---|
| H₀ verworfen | Fehler 1. Art, Wahrscheinlichkeit höchstens α | richtig (Macht, *power*) |
| H₀ beibehalten | richtig | Fehler 2. Art |

Ein kleineres α vermeidet falsche Alarme und übersieht dafür mehr echte Effekte. Beides zugleich
verbessert nur eine größere Stichprobe oder eine genauere Messung.

## Was der p-Wert nicht ist

- Nicht die Wahrscheinlichkeit, dass H₀ wahr ist. Er setzt H₀ voraus; siehe *Verwechselte
  Bedingung*.
- Kein Maß für die Größe des Effekts. Mit einer Million Daten wird auch ein belangloser Unterschied
  signifikant. Geben Sie deshalb immer das Konfidenzintervall an.
- p > 0,05 beweist nicht, dass es keinen Unterschied gibt.

## Viele Tests

Wer 20 wahre Nullhypothesen unabhängig auf dem Niveau 0,05 prüft, findet mit Wahrscheinlichkeit
1 − 0,95²⁰ ≈ 64 % mindestens einen „signifikanten“ Effekt. Die **Bonferroni-Korrektur** prüft jede
einzelne auf dem Niveau α / 20. Wer so lange sucht, bis etwas unter 0,05 rutscht, und nur das
berichtet, betreibt *p-Hacking*.
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000303',
  $md$Für den Median gibt es keine so handliche Formel des Standardfehlers wie für den Mittelwert.
Der **Bootstrap** kommt ohne sie aus: Er behandelt die Stichprobe wie eine kleine Grundgesamtheit
und zieht daraus immer neue Stichproben, *mit Zurücklegen*. Sie brauchen Python ab Version 3.9,
keine weiteren Pakete.

## 1. Die Daten

Fünfzehn Wartezeiten in Minuten:

```python
wartezeiten = [2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 11, 14, 19, 27]
```

Berechnen Sie Mittelwert, Median und Standardabweichung von Hand oder mit dem Modul `statistics`.
Warum liegt der Mittelwert über dem Median?

## 2. Der Bootstrap

```python
import random
import statistics

random.seed(7)


def bootstrap(daten, kennzahl, wiederholungen=10_000):
    werte = []
    for _ in range(wiederholungen):
        probe = random.choices(daten, k=len(daten))
        werte.append(kennzahl(probe))
    return sorted(werte)


werte = bootstrap(wartezeiten, statistics.median)
print(werte[249], werte[9749])
```

Zwischen dem 250. und dem 9 750. der sortierten Werte liegen die mittleren 95 %. Das ist das
**Perzentilintervall**. Für den Median reicht es von etwa 4 bis 9 Minuten.

## 3. Vergleichen

Wiederholen Sie das für den Mittelwert und stellen Sie das Ergebnis neben die Formel
`x̄ ± 2,14 · s / √15`. Das Intervall der Formel reicht von etwa 4,7 bis 12,3 Minuten. Welches der
beiden Intervalle ist symmetrisch um 8,47, und welches passt besser zu schiefen Daten?

## 4. Grenzen ausprobieren

- Nehmen Sie als Kennzahl `max`. Warum kann der Bootstrap nie einen Wert über 27 liefern?
- Kürzen Sie die Daten auf vier Werte. Wie viele verschiedene Mediane gibt es noch?
- Ändern Sie den Startwert von `random.seed`. Um wie viel ändern sich die Grenzen?

## Abgabe

1. Ihr Programm
2. eine Tabelle: Kennzahl, Schätzwert, untere und obere Grenze, Methode
3. drei Sätze: Wann würden Sie dem Bootstrap nicht trauen?
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000401',
  $md$Steigt der Verkauf von Speiseeis, so steigt auch die Zahl der Badeunfälle. Eis ist nicht
schuld: An heißen Tagen gibt es von beidem mehr. Zwei Größen können zusammenhängen, ohne dass eine
die andere bewirkt.

## Der Korrelationskoeffizient

Pearsons *r* misst, wie gut eine **Gerade** die Punktwolke beschreibt. Er liegt zwischen −1 und 1.

```text
       Σ (xᵢ - x̄)(yᵢ - ȳ)
r = ---------------------------
     √( Σ (xᵢ - x̄)² · Σ (yᵢ - ȳ)² )
```

- r = 0 heißt „kein *linearer* Zusammenhang“. Die Punkte (−2, 4), (−1, 1), (0, 0), (1, 1), (2, 4)
  liegen genau auf einer Parabel, und doch ist r = 0.
- Ein einzelner Ausreißer kann r beliebig verändern. Zeichnen Sie die Punkte, bevor Sie rechnen.
- Für ordinale Daten und gekrümmte, aber steigende Verläufe eignet sich **Spearmans**
  Rangkorrelation.
- r² ist der Anteil der Varianz, den die Gerade erklärt: r = 0,5 erklärt ein Viertel.

## Vier Gründe für eine Korrelation

| Grund | Beispiel |
|---|---|
| X bewirkt Y | mehr Dünger, mehr Ertrag |
| Y bewirkt X | wo viele Feuerwehrleute stehen, brennt es stark |
| Z bewirkt beide (**Störgröße**) | Hitze, Eis und Badeunfälle |
| Auswahl oder Zufall | nur die Überlebenden werden befragt |

## Simpson-Paradoxon

Ein Zusammenhang kann sich umkehren, wenn man Gruppen zusammenwirft. Zwei Kliniken, geheilte Fälle:

| | leichte Fälle | schwere Fälle | zusammen |
|---|---|---|---|
| Klinik A | 95 von 100 (95 %) | 540 von 900 (60 %) | 635 von 1000 (64 %) |
| Klinik B | 810 von 900 (90 %) | 50 von 100 (50 %) | 860 von 1000 (86 %) |

A ist bei leichten *und* bei schweren Fällen besser, insgesamt aber schlechter: A behandelt vor
allem schwere Fälle. Die Schwere ist hier die Störgröße; verglichen wird innerhalb der Gruppen.

## Wie man Ursachen findet

Am sichersten ist das **Experiment mit Zufallszuteilung**: Entscheidet das Los, wer behandelt wird,
so verteilen sich alle Störgrößen im Mittel gleich, auch die unbekannten. Ist das nicht möglich,
hilft der Vergleich innerhalb von Gruppen (Schichtung) oder eine Regression mit den Störgrößen.
Beides schützt aber nur vor Störgrößen, an die man gedacht und die man gemessen hat.
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000402',
  $md$Zum Schluss prüfen Sie eine echte Schlagzeile mit allem, was Sie gelernt haben. Rechnen Sie
mit etwa einer Stunde.

## 1. Auswählen

Suchen Sie eine aktuelle Meldung, die eine Zahl mit einer Behauptung verbindet, etwa „Kaffeetrinker
leben länger“ oder „Jeder Dritte fühlt sich gestresst“. Sie brauchen Zugang zur Quelle: zu einer
Studie, einer Umfrage oder einer amtlichen Tabelle.

## 2. Steckbrief

Beantworten Sie in Stichworten:

- Wofür steht eine Zeile der Daten? Welche Skala hat das Merkmal?
- Welche Grundgesamtheit ist gemeint, und wie kam die Stichprobe zustande? Wie viele haben
  geantwortet, wie viele nicht?
- Welche Kennzahl wird genannt? Ist der „Durchschnitt“ ein Mittelwert oder ein Median?
- Wer hat die Untersuchung bezahlt?

## 3. Nachrechnen

Ist die Zahl ein Anteil, so berechnen Sie das 95-%-Konfidenzintervall:

```text
p ± 1,96 · √( p · (1 - p) / n )
```

Ist sie ein Unterschied zweier Anteile, so gilt SE = √(SE₁² + SE₂²). Enthält das Intervall die Null?

Bei einem Risiko geben Sie **absolute** und **relative** Zahlen an. „50 % mehr Risiko“ kann
bedeuten: 3 statt 2 von 10 000 Menschen, also einer mehr von 10 000.

## 4. Andere Erklärungen

Nennen Sie mindestens zwei: eine Störgröße und eine umgekehrte Richtung oder Auswahl. Beschreiben
Sie ein Experiment, das zwischen ihnen und der Behauptung entscheiden würde – auch wenn es sich
nicht durchführen lässt.

## 5. Neu schreiben

Formulieren Sie die Schlagzeile so um, dass sie stimmt. Höchstens 15 Wörter.

## Abgabe und Maßstab

| Teil | Punkte |
|---|---|
| Steckbrief vollständig, Quelle verlinkt | 4 |
| Rechnung richtig und nachvollziehbar | 6 |
| andere Erklärungen, Experiment | 6 |
| neue Schlagzeile | 4 |
$md$,
  null,
  null
);

select private.publish_drafts(
  array(
    select lesson_drafts.lesson_id from public.lesson_drafts
    where lesson_drafts.course_id = 'c2000000-0000-4000-8000-000000000000'
  ),
  null
);

update public.courses
set is_published = true
where id = 'c2000000-0000-4000-8000-000000000000';
