-- Contents of "Statistik verstehen", modules 1 and 2.

insert into public.lesson_drafts (lesson_id, body_md, video_url, transcript)
values
(
  'c2000000-0000-4000-8000-000000000101',
  $md$Eine Statistik beginnt mit einer Tabelle. Jede Zeile ist ein **Merkmalsträger** – eine
Person, ein Haus, ein Tag –, jede Spalte ein **Merkmal**. Bevor Sie rechnen, klären Sie zwei
Fragen: Wofür steht eine Zeile? Und welche Art von Werten enthält die Spalte?

## Vier Skalen

| Skala | Beispiel | erlaubt | Kennzahl |
|---|---|---|---|
| Nominalskala | Blutgruppe, Postleitzahl | gleich oder verschieden | Modus, Anteile |
| Ordinalskala | Schulnote, Kleidergröße | größer oder kleiner | Median, Quantile |
| Intervallskala | Temperatur in °C, Jahreszahl | Abstände vergleichen | Mittelwert |
| Verhältnisskala | Länge, Dauer | Verhältnisse bilden | Mittelwert, geometrisches Mittel |

Zwei Proben helfen. Darf man die Werte sortieren? Dann ist die Skala mindestens ordinal. Bedeutet
der Wert null „nichts davon“? Dann ist es eine Verhältnisskala. 20 °C sind nicht doppelt so warm
wie 10 °C, denn der Nullpunkt der Celsius-Skala ist eine Vereinbarung; 20 kg sind doppelt so schwer
wie 10 kg.

## Zahlen, die keine sind

Eine Postleitzahl besteht aus Ziffern und bleibt doch ein Name. Der Mittelwert aus 10115 und 80331
ist 45223 – eine Nummer im Raum Essen, die nichts aussagt. Auch eine Bewertung von einem bis fünf
Sternen ist streng genommen ordinal: Niemand weiß, ob der Schritt von einem auf zwei Sterne so groß
ist wie der von vier auf fünf. Wer trotzdem mittelt, sollte die Verteilung danebenstellen.

## Grundgesamtheit und Stichprobe

Die **Grundgesamtheit** umfasst alle, über die Sie etwas sagen wollen; die **Stichprobe** enthält
jene, die Sie befragt oder gemessen haben. Fragt man die Besucher einer Laufmesse nach ihrem Sport,
erfährt man wenig über die Bevölkerung. Dieser Fehler heißt **Auswahlverzerrung**. Eine größere
Stichprobe behebt ihn nicht, eine zufällige Auswahl schon.

## Merksätze

- Erst die Skala, dann die Kennzahl.
- Fehlende Werte sind eine eigene Auskunft. Zählen Sie sie, bevor Sie sie weglassen.
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000102',
  $md$Der Film vergleicht zwei Antworten auf die Frage: Was ist ein üblicher Wert?

## Die Zahlen aus dem Film

```text
Monatslöhne in Euro:  2100  2300  2400  2600  2800
Mittelwert = 12200 / 5 = 2440        Median = 2400

mit der Chefin:       2100  2300  2400  2600  2800  14000
Mittelwert = 26200 / 6 ≈ 4367        Median = (2400 + 2600) / 2 = 2500
```

## Zum Mitnehmen

- Der **Mittelwert** beantwortet: Wie viel bekäme jeder, wenn man alles gleich verteilte?
- Der **Median** beantwortet: Was bekommt die Person in der Mitte?
- Wo wenige sehr große Werte vorkommen (Einkommen, Wartezeiten, Wohnungspreise), liegt der
  Mittelwert meist über dem Median.
$md$,
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/films/statistik-verstehen.webm',
  $md$In einer kleinen Werkstatt arbeiten fünf Leute. Sie verdienen zweitausendeinhundert,
zweitausenddreihundert, zweitausendvierhundert, zweitausendsechshundert und zweitausendachthundert
Euro im Monat. Was ist ein üblicher Lohn?

Der erste Weg: Wir legen alles Geld auf einen Haufen und teilen es gleichmäßig auf. Zusammen sind
es zwölftausendzweihundert Euro, geteilt durch fünf ergibt das zweitausendvierhundertvierzig. Das
ist der Mittelwert. Der zweite Weg: Wir stellen die fünf der Größe nach auf und fragen die Person
in der Mitte. Sie verdient zweitausendvierhundert Euro. Das ist der Median. Beide Antworten liegen
nah beieinander, und man könnte meinen, die Wahl sei gleichgültig.

Nun nehmen wir die Chefin hinzu. Sie verdient vierzehntausend Euro. Der Mittelwert springt auf rund
viertausenddreihundertsiebenundsechzig Euro. Sehen Sie sich die Liste noch einmal an: Keine der
fünf Angestellten kommt auch nur in die Nähe dieser Zahl. Der Median dagegen wandert nur um einen
halben Platz. Bei sechs Leuten gibt es keine Mitte, also nimmt man die beiden mittleren Werte und
bildet deren Mittelwert: zweitausendfünfhundert Euro.

Man sagt: Der Median ist robust gegen Ausreißer. Man könnte der Chefin auch eine Million geben, er
bliebe bei zweitausendfünfhundert. Heißt das, der Median ist die bessere Zahl? Nein, er beantwortet
nur eine andere Frage. Wer die Lohnsumme der Werkstatt wissen will, braucht den Mittelwert:
Mittelwert mal Anzahl ergibt die Summe. Aus dem Median lässt sich die Summe nicht berechnen. Wer
aber wissen will, womit eine Bewerberin rechnen kann, dem hilft der Median.

Daraus folgt eine einfache Probe für jeden Zeitungsartikel. Steht dort „im Durchschnitt“, dann
fragen Sie zuerst: Mittelwert oder Median? Und dann: Wie sieht die Verteilung aus? Ist sie ungefähr
symmetrisch, stimmen beide fast überein. Ist sie schief, sagen beide zusammen mehr als einer
allein. Liegt der Mittelwert deutlich über dem Median, gibt es meist einige sehr große Werte. Liegt
er deutlich darunter, gibt es meist einige sehr kleine.
$md$
),
(
  'c2000000-0000-4000-8000-000000000103',
  $md$Zwei Busse brauchen im Mittel 20 Minuten. Der eine braucht immer zwischen 19 und 21, der
andere zwischen 10 und 40. Der Mittelwert ist gleich, die Planung für den Morgen nicht. Was fehlt,
ist ein Maß der **Streuung**.

## Spannweite und Quartile

Die **Spannweite** ist der größte minus der kleinste Wert. Sie hängt von zwei Werten ab, also
gerade von den ungewöhnlichsten. Robuster ist der **Interquartilsabstand**: das dritte minus das
erste Quartil, das heißt die Breite der mittleren Hälfte. In einem Boxplot ist das die Länge der
Box.

## Varianz und Standardabweichung

Die Varianz mittelt die quadrierten Abstände vom Mittelwert. Ein Beispiel mit fünf Werten:

```text
Werte:                4    6    6    7   12      Mittelwert 35 / 5 = 7
Abstand:             -3   -1   -1    0    5      Summe immer 0
Abstand quadriert:    9    1    1    0   25      Summe 36

Varianz             = 36 / (5 - 1) = 9
Standardabweichung  = √9 = 3
```

Ohne das Quadrat höben sich die Abstände auf. Die Wurzel führt zurück zur ursprünglichen Einheit:
Aus Minuten² werden wieder Minuten.

## Warum n − 1?

Teilt man durch *n*, fällt die Varianz einer Stichprobe im Mittel zu klein aus. Der Grund: Die
Abstände werden vom Mittelwert *dieser* Stichprobe gemessen, und der liegt ihren Werten näher als
der unbekannte Mittelwert der Grundgesamtheit. Mit *n − 1* verschwindet dieser Fehler im Mittel.
Wer die ganze Grundgesamtheit kennt, teilt durch *n*.

```python
import statistics

werte = [4, 6, 6, 7, 12]
statistics.variance(werte)   # Stichprobe, n - 1: 9
statistics.pvariance(werte)  # Grundgesamtheit, n: 7.2
```

## Einordnen

- Für glockenförmige Verteilungen gilt: rund 68 % der Werte liegen höchstens eine Standardabweichung
  vom Mittelwert entfernt, rund 95 % höchstens zwei.
- Für **jede** Verteilung gilt die Ungleichung von Tschebyscheff: Mindestens 75 % liegen innerhalb
  von zwei, mindestens 88 % innerhalb von drei Standardabweichungen.
- Ein **z-Wert** misst den Abstand in Standardabweichungen: z = (Wert − Mittelwert) /
  Standardabweichung. Der Wert 12 aus dem Beispiel hat z = 5 / 3 ≈ 1,67.
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000201',
  $md$Wie wahrscheinlich ist eine Krankheit, wenn der Test positiv ist? Die Antwort überrascht
selbst Fachleute, solange sie in Prozenten rechnen. Mit Häufigkeiten wird sie einfach.

## Die Angaben

- 1 % der Untersuchten sind krank (**Prävalenz**, auch Basisrate).
- Von den Kranken werden 90 % erkannt (**Sensitivität**).
- Von den Gesunden erhalten 9 % trotzdem ein positives Ergebnis (**Falsch-positiv-Rate**).

## Tausend Menschen

| | krank | gesund | zusammen |
|---|---|---|---|
| Test positiv | 9 | 89 | 98 |
| Test negativ | 1 | 901 | 902 |
| zusammen | 10 | 990 | 1000 |

Von 98 Menschen mit positivem Test sind 9 krank. Die gesuchte Wahrscheinlichkeit ist 9 / 98 ≈ 9 %,
nicht 90 %. Es gibt so viele Gesunde, dass schon ein kleiner Anteil falscher Alarme die echten
überwiegt.

## Die Formel

P(A | B) liest man „Wahrscheinlichkeit von A, wenn B eingetreten ist“. Sie ist definiert als

```text
P(A | B) = P(A und B) / P(B)
```

Daraus folgt der **Satz von Bayes**:

```text
                       P(positiv | krank) · P(krank)
P(krank | positiv) = ---------------------------------
                               P(positiv)

                   = 0,90 · 0,01 / (0,90 · 0,01 + 0,09 · 0,99) ≈ 0,092
```

## Zwei verbreitete Irrtümer

1. **Verwechselte Bedingung.** P(positiv | krank) = 90 % und P(krank | positiv) = 9 % sind
   verschiedene Größen. Vor Gericht heißt derselbe Fehler *Trugschluss des Anklägers*: Dass eine
   Spur nur bei einem von einer Million Unschuldigen passt, macht den Angeklagten nicht mit einer
   Million zu eins schuldig.
2. **Vergessene Basisrate.** Derselbe Test in einer Fachambulanz, in der jeder Zweite krank ist,
   liefert 0,90 · 0,5 / (0,90 · 0,5 + 0,09 · 0,5) ≈ 91 %. Nicht der Test ist besser, sondern die
   Gruppe eine andere.

## Unabhängigkeit

A und B heißen **unabhängig**, wenn P(A | B) = P(A) gilt. Dann, und nur dann, darf man
multiplizieren: P(A und B) = P(A) · P(B).
$md$,
  null,
  null
),
(
  'c2000000-0000-4000-8000-000000000202',
  $md$Der Film wirft eine Münze: erst zehnmal, dann hundertmal, dann zehntausendmal.

## Was im Film zu sehen ist

| Würfe | übliche Abweichung des Anteils von 50 % | übliche Abweichung der Anzahl |
|---|---|---|
| 100 | 5 Prozentpunkte | 5 |
| 1 000 | 1,6 Prozentpunkte | 16 |
| 10 000 | 0,5 Prozentpunkte | 50 |

„Üblich“ heißt hier: eine Standardabweichung, also √(0,5 · 0,5 / n) für den Anteil.

## Selbst nachstellen

```python
import random

wuerfe = [random.random() < 0.5 for _ in range(10_000)]
for n in (10, 100, 1_000, 10_000):
    print(n, sum(wuerfe[:n]) / n)
```
$md$,
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/films/statistik-verstehen.webm',
  $md$Ich werfe eine Münze zehnmal und erhalte sieben Mal Kopf. Ist die Münze gezinkt? Bei nur zehn
Würfen lässt sich das kaum sagen. Sieben oder mehr Mal Kopf kommt mit einer fairen Münze in etwa
siebzehn von hundert solchen Reihen vor.

Jetzt lasse ich den Rechner weiterwerfen und zeichne nach jedem Wurf den Anteil von Kopf auf. Am
Anfang springt die Linie wild hin und her. Nach hundert Würfen bewegt sie sich meist zwischen
fünfundvierzig und fünfundfünfzig Prozent. Nach zehntausend Würfen liegt sie fast still, ganz nah
an der Hälfte. Das ist das Gesetz der großen Zahlen: Wiederholt man einen Versuch unabhängig und
unter gleichen Bedingungen, nähert sich die relative Häufigkeit der Wahrscheinlichkeit an.

Warum ist das so? Viele glauben, der Zufall gleiche sich aus: Nach sieben Mal Kopf müsse nun
häufiger Zahl kommen. Das ist der Irrtum des Spielers. Die Münze hat kein Gedächtnis. Der nächste
Wurf zeigt mit Wahrscheinlichkeit einhalb Kopf, ganz gleich, was vorher war. Der Überschuss vom
Anfang wird nicht ausgeglichen, er wird verdünnt. Zwei Köpfe zu viel sind bei zehn Würfen zwanzig
Prozentpunkte, bei zehntausend Würfen nur noch ein fünfzigstel Prozentpunkt.

Sehen Sie dazu die zweite Linie an. Sie zeigt nicht den Anteil, sondern den Unterschied in Stück:
Anzahl Kopf minus die Hälfte aller Würfe. Diese Linie beruhigt sich keineswegs. Sie schwingt sogar
immer weiter aus, bei zehntausend Würfen üblicherweise um etwa fünfzig. Aber fünfzig ist wenig,
gemessen an zehntausend. Die Abweichung wächst mit der Wurzel aus der Zahl der Würfe, und die Zahl
der Würfe wächst schneller.

Daraus folgt eine Regel, die uns in den nächsten Lektionen begleitet. Wer doppelt so genau messen
will, braucht viermal so viele Beobachtungen. Wer zehnmal so genau messen will, braucht hundertmal
so viele. Genauigkeit ist teuer. Und noch etwas: Das Gesetz hilft nur gegen den Zufall. Ist die
Münze verbogen oder die Umfrage schief angelegt, dann nähert sich das Ergebnis mit jeder
Beobachtung genauer an – nur eben an den falschen Wert.
$md$
),
(
  'c2000000-0000-4000-8000-000000000203',
  $md$Lösen Sie die Aufgaben zuerst auf Papier. In Klammern steht, wo Sie nachlesen können. Sobald
Sie jede Antwort begründen können, machen Sie den Selbsttest: Er fragt einiges davon ab.

1. Bestimmen Sie die Skala: a) Hausnummer, b) Höhe über dem Meer in Metern, c) Güteklasse von Eiern,
   d) Geburtsjahr, e) Anzahl der Geschwister. *(Merkmale und Skalen)*
2. Eine Zeitung befragt ihre Leserschaft im Netz; 40 000 Menschen antworten. Eine zweite Umfrage
   zieht 1 000 Personen zufällig aus dem Melderegister. Welcher vertrauen Sie eher, wenn es um alle
   Erwachsenen geht, und warum? *(Merkmale und Skalen)*
3. In einer Straße kosten fünf Wohnungen 210, 230, 240, 250 und 900 Tausend Euro. Berechnen Sie
   Mittelwert und Median. Welche Zahl gehört in eine Anzeige, welche in die Steuerschätzung?
   *(Mittelwert oder Median?)*
4. Berechnen Sie Varianz und Standardabweichung der Stichprobe 2, 4, 4, 5, 10. *(Streuung messen)*
5. Zu jedem Wert aus Aufgabe 4 wird 100 addiert. Was geschieht mit dem Mittelwert, was mit der
   Standardabweichung? Und wenn man jeden Wert verdoppelt? *(Streuung messen)*
6. Ein Filter erkennt 95 % aller Spam-Nachrichten und hält 2 % der erwünschten für Spam. 40 % aller
   Nachrichten sind Spam. Eine Nachricht wurde aussortiert: Mit welcher Wahrscheinlichkeit war sie
   erwünscht? Legen Sie eine Tabelle mit 1 000 Nachrichten an. *(Bedingte Wahrscheinlichkeit und
   Bayes)*
7. Beim Roulette fiel zehnmal nacheinander Rot. Jemand setzt nun auf Schwarz, weil Schwarz „fällig“
   sei. Was antworten Sie? *(Das Gesetz der großen Zahlen)*
8. Eine Umfrage mit 500 Personen hat eine übliche Abweichung von gut zwei Prozentpunkten. Wie viele
   Personen braucht man für die halbe Abweichung? *(Das Gesetz der großen Zahlen)*
9. Zwei Ereignisse haben je die Wahrscheinlichkeit 0,5, und beide zusammen treten mit
   Wahrscheinlichkeit 0,4 ein. Sind sie unabhängig? *(Bedingte Wahrscheinlichkeit und Bayes)*
$md$,
  null,
  null
);
