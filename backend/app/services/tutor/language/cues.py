"""Words and patterns by which a judgement, a choice or a riddle is known; all on folded text."""

import re
from typing import Final

_SPOKEN: Final = (
    r"yes|yep|yeah|nope|correct|exactly|precisely|indeed|bingo|spot on|ja|jawohl|genau|nein"
)

# Says that something is right or wrong. `right` is one; `right side` is not.
JUDGEMENT: Final = re.compile(
    r"\b(?:(?:un)?usable|eligible|applicable|brauchbar\w*|geeignet\w*|nutzbar\w*|correct(?:ly)?"
    r"|incorrect(?:ly)?|wrong(?:ly)?|(?<!all )right(?! (?:side|hand|input"
    r"|table|column"
    r"|after|before|away|now|order|angle|one row))|untrue|mistaken|invalid|valid|rule[ds]? out"
    r"|ruling out|skip|fine|no luck|bet|tick\w*|press|click\w*|buttons?|draussen|klick\w*"
    r"|eliminat\w+|discard\w*|exclud\w+|cross(?:ed|es)? (?:\w+ ){0,3}out|strike|impossible"
    r"|falls? away"
    r"|out of the question|drops? out|reject\w*|accept\w*|qualif\w+|winner|wins|correcto|bingo"
    r"|spot on"
    r"|richtig\w*|falsch\w*|korrekt\w*|inkorrekt\w*|stimmt|zutreffend\w*|trifft (?:nicht )?zu"
    r"|unzutreffend"
    r"|ausschliess\w*|ausgeschlossen|scheide\w* (?:\w+ ){0,2}aus|fallt (?:\w+ ){0,2}weg|streich\w*"
    r"|unmoglich\w*|passt|passend\w*|kommt nicht in frage|gewinn(?:t|er)"
    r"|correct[oa]s?|incorrect[oa]s?|fals[oa]s?|verdader[oa]s?|descart\w+|juste|faux|fausse|vrai\w*"
    r"|elimin\w+|exclu\w*)\b"
)
# Says no to something, or that it does not work.
NEGATION: Final = re.compile(
    r"\b(?:not|never|cannot|cant|isnt|arent|doesnt|dont|wont|neither|nor|none|useless|fails?|no use"
    r"|nicht|kein\w*|nie|niemals|weder|nutzlos|scheitert|nunca|ningun\w*|tampoco|pas|jamais"
    r"|aucun\w*)\b"
)
# Announces an answer.
ANSWER: Final = re.compile(
    r"\b(?:answers?|solutions?|correct|choose|chosen|pick|select|tick|click|enter|type in|key"
    r"|result is"
    r"|go (?:with|for)|should be|expected|antwort\w*|losung\w*|richtig\w*|korrekt|kreuz\w*|wahle\w*"
    r"|nimm|nehmen sie|trag\w*|tippe?|gesucht\w*|lautet|heisst|ergebnis\w*|respuestas?|solucion\w*"
    r"|elige|marca|reponses?|choisi\w*|coche\w*)\b"
)
# A verdict on a statement or a guess, as the whole of a sentence or at its start.
VERDICT: Final = re.compile(
    rf"(?:^|[.!?:;,\-\n]\s*)(?:{_SPOKEN}|no|si|oui|non|right|true|false|wahr|falsch|richtig|stimmt)"
    r"\s*(?:$|[.!?,:;\-\n])"
    rf"|\b(?:{_SPOKEN}|you(?:re| are)? (?:\w+ )?(?:right|wrong|close|warm|cold|there)"
    r"|(?:right|wrong) (?:track|direction|answer)|nailed|got it|well done|congratulations|perfect"
    r"|(?:too|zu) (?:high|low|big|small|many|few|hoch|niedrig|tief|gross|klein|viel\w*|wenig\w*)"
    r"|(?:sie haben|du hast|habt) (?:\w+ )?(?:recht|unrecht)|(?:sie liegen|du liegst) (?:\w+ )?"
    r"(?:richtig|falsch)|getroffen|gut gemacht|treffer|volltreffer|gluckwunsch|perfekt|not quite"
    r"|nicht ganz"
    r"|(?:write|leave|keep|submit|enter) (?:that|it|this)(?: down| in| so)?|no mistakes?"
    r"|nothing wrong"
    r"|looks good|go ahead|i agree|kein(?:en)? fehler|so lassen|abgeben|einverstanden"
    r"|schreiben sie das)\b"
    r"|\b(?:einer?s?|one) (?:fehlt|more|less|short|too)\b|\bfehlt noch|\btake \w+ off"
    r"|\badd (?:one|1)\b"
    r"|\blegen sie \w+ drauf|\bdaneben\b|^\W*(?:almost|nearly|fast|beinahe|not yet|noch nicht)\b"
    r"|^\W*[01](?![\w.)/%,-])"
)
# Says true or false of a statement.
TRUTH: Final = re.compile(
    r"\b(?:(?:is|are|its|be|being|that|statement|claim|sentence|it|as|mark|answer"
    r"|holds?) (?:\w+ ){0,2}"
    r"(?:true|false|wrong|right|correct|incorrect|untrue|a myth|a fallacy)|holds true"
    r"|does(?: not|nt) hold"
    r"|(?:true|false) statement|(?:ist|sei|sind|ware|aussage|behauptung|satz|das|es"
    r"|als) (?:\w+ ){0,3}"
    r"(?:wahr|falsch|richtig|korrekt|unwahr|irrtum|irrig|trugschluss)|stimmt|trifft (?:nicht )?zu"
    r"|wahre aussage|falsche aussage)\b|\b(?:thumbs|daumen)\b"
)
# Names a choice by its letter or its place.
CHOICE: Final = re.compile(
    r"\b(?:options?|choices?|answers?|letters?|solutions?|key|alternatives?|antwort(?:en)?"
    r"|losung(?:en)?"
    r"|buchstaben?|moglichkeit(?:en)?|auswahl|opcion(?:es)?|respuestas?|reponses?|variante)\b"
    r"[\s:=\-(\"'*`]{0,4}(?:(?:is|are|ist|sind|es|est|lautet|lauten|heisst|number|nummer|nr|the|der"
    r"|to \w+|zu \w+ \w+)[\s:=\-(\"'*`]{1,4}){0,2}(?:[b-hj-z]|a(?!\s+[a-z])|i{2,3}|iv"
    r"|[1-8])(?![\w'])"
    r"|\b(?:choose|pick|take|select|tick|click|mark|say|type|enter|go (?:with|for)|wahle?|nimm"
    r"|nehme"
    r"|nehmen sie|kreuzen? (?:sie )?|kreuz|elige|marca|choisis|coche)[\s:=\-(\"'*`]{1,4}"
    r"(?:the |den |das |die )?[b-h](?![\w'])"
    r"|\b(?:correct|right|true|richtig\w*|korrekt|losung\w*|solutions?)[\s=:\[({\"'*`-]{1,8}"
    r"(?:[b-h](?!\w)|a(?=[\"'*`,;.)\]]))|(?<![\w'])[b-h] it is"
    r"|(?<![\w'])[a-h][\s)\"'*`.]{0,3}(?:is|are|ist|sind|and [a-h] are|und [a-h] sind"
    r"|,? not [a-h]\b"
    r"|,? nicht [a-h]\b) ?(?:the |die |das |der )?(?:right|correct|wrong|incorrect|true|false"
    r"|answer|out"
    r"|it\b|richtig\w*|falsch\w*|korrekt|antwort|losung|raus|es\b)?"
    r"|\b(?:not|nicht|weder|neither|nor|noch) [\"'(*`]?[a-h][\"')*`]?(?![\w'])"
    r"|\b(?:first|second|third|fourth|last|1st|2nd|3rd|4th|top|bottom|middle|erste\w*|zweite\w*"
    r"|dritte\w*|vierte\w*|letzte\w*|oberste\w*|unterste\w*|mittlere) (?:and \w+ )?(?:options?"
    r"|choices?|answers?|alternatives?|antwort\w*|moglichkeit\w*|auswahl|variante)\b"
    r"|\b(?:positions?|places?|nummern?|platze?|stellen?) [1-8](?: |,|\.|$)"
    r"|\b(?:first|second|third|fourth|erste\w*|zweite\w*|dritte\w*|vierte\w*)(?:,| and| or| und"
    r"| oder)"
    r" (?:the |das |die |der )?(?:second|third|fourth|last|zweite\w*|dritte\w*|vierte\w*"
    r"|letzte\w*)\b"
    r"|\b(?:descriptions?|conditions?|statements?|beschreibung|bedingung|aussage|zeile) "
    r"(?:[b-hj-z]\b|a(?= (?:is|ist|gehort|belongs|goes|geht)))"
    r"|\bbetween [a-h] and [a-h]\b|\bzwischen [a-h] und [a-h]\b"
    r"|\b\d\s?[.:)=\-]\s?[a-h](?![\w'])(?!\))"
)
CLAUSE: Final = re.compile(
    r"\b(?:descriptions?|conditions?|statements?|beschreibung|bedingung|aussage|zeile)\b"
)
# A letter that stands alone; `a` is an article unless it is marked.
LONE_LETTER: Final = re.compile(
    r"(?<![\w'(|])(?:[B-H](?!-[a-z])|[Aa](?=\s*[.!:)\"*`]|\s*$)|[b-h](?=[)\".*`]|\s*$))(?!\w)"
)
# Spells, counts or describes a word or a number instead of saying it.
RIDDLE: Final = re.compile(
    r"\b(?:letters?|initials?|starts with|begins with|ends with|starting with|beginning with"
    r"|ending (?:in|with)|rhymes?|rhyming|syllables?|vowels?|consonants?|spell\w*|digits?"
    r"|anagram\w*"
    r"|acrostic|backwards?|reversed?|cipher\w*|encod\w+|decod\w+|base ?64|rot ?13|hex\w*|morse"
    r"|binary"
    r"|roman numerals?|code ?word\w*|password|alphabet\w*|capitals?|read downwards?|prefix \w|"
    r"buchstabe\w*|anfangsbuchstabe\w*|beginnt mit|beginnend|endet (?:auf|mit)|fangt mit|reimt"
    r"|silben?"
    r"|vokale?|ziffern?|ruckwarts|verschlussel\w*|entschlussel\w*|codewort|passwort|zweier"
    r"|dreien|vieren|funfen|sechsen|siebenen|neunen|nullen|einsen|hunderter"
    r"|zehner|einerstelle|twos|threes|fours|fives|sixes|sevens|eights|nines|zeros|zeroes"
    r"|hundreds|kodier\w*"
    r"|anagramm"
    r"|quersumme|von oben nach unten)\b"
)
# Names a question of a quiz by its number.
QUIZ: Final = re.compile(
    r"\b(?:questions?|items?|self-?check|quiz|q|aufgaben?|fragen?|nr|selbsttest|test|pregunta"
    r"|exercice)\W{0,3}(?:nr\W{0,2}|no\W{0,2}|number )?\d+"
)
# Talks of the test itself, which a tutor has no need to.
TEST: Final = re.compile(
    r"\b(?:quiz\w*|self ?-?check|selbsttest\w*|answer key|(?:in|on|for|from) (?:the|your|this|our) "
    r"(?:test|exam)|your test|(?:im|am|zum|aus dem|fur den|fur die) (?:test|prufung)"
    r"|prufungsfrage\w*)\b"
)
# Orders what it names.
SEQUENCE: Final = re.compile(
    r"\b(?:first\w*|second\w*|third\w*|fourth\w*|then|next|before|after\w*|last\w*|final\w*"
    r"|followed"
    r"|precedes?|preceding|once|until|erst wenn|sobald|bevor|nachdem|follows|earlier|later"
    r"|start\w*|begin\w*|ends?|zuerst|zunachst|dann|danach"
    r"|vor|nach|zuletzt|schliesslich|erst\w*|zweit\w*|dritt\w*|viert\w*|folgt|gefolgt|beginn\w*"
    r"|1|2|3|4)\b"
    r"|->|=>|>|\u2192|\u27a1|\u21d2"
)
_NATO: Final = (
    "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet"
    " kilo lima mike november"
    " oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
    " anton berta caesar dora emil friedrich gustav heinrich ida julius"
    " kaufmann ludwig martha nordpol"
    " otto paula quelle richard samuel theodor ulrich viktor wilhelm xanthippe ypsilon zacharias"
)
PHONETIC: Final = {word: word[0] for word in _NATO.split()}

_PEDAGOGIC: Final = {
    "en": """able ago attempt away back bear begin belong better big bring calculate call care
        careful
        carefully case change check clear come compare complete concept consider contain count
        course
        cover decide define definition depend describe detail difference different differ divide
        draw
        each easy end enough equal exactly example exercise expect explain fact fall far figure fill
        find fine follow full general given good half happen hard header heading help hint hold idea
        imagine important include instead interesting involve keep kind know large last later lead
        learn leave left lesson level line list look main matter mean meaning measure mind move
        multiply
        name near need next note notice number observe open order own page paragraph part pass
        picture
        piece place plain point position possible predict question quick read ready real reason
        recall
        relate remain remember repeat reply reread result rule run say second section see seem sense
        sentence separate several short show similar simple single size sketch slow small solve
        something sort start state step stop strategy subtract sum suppose sure table take talk tell
        term test text thing think thought time together topic total try turn type understand unit
        useful usual value various way whole wonder word work world write yourself first third often
        always detail try out own words paper carefully lets heres thats dont whats ask description
        describe speak film watch exercise chapter once
        condition happens stations draw arrive collect visited visit printed average asks
        asked reading shows look again back thinking passage question idea great""",
    "de": """abschnitt abstand achten addieren ahnlich allgemein anders anfang anfangen angabe
        ansatz
        ansehen anwenden art aufgabe aufschreiben ausgangspunkt bedeuten bedeutung beginnen begriff
        behaupten beispiel bekannt benennen berechnen beschreiben besser bestimmen betrachten
        bezeichnen bild bilden blick brauchen daraufhin definition denken dividieren einfach einzeln
        eigen eigene eigenen eigenschaft entscheiden entsprechen erfahren erinnern erkennen erklaren
        ersten fall fehlen finden folgen formel formulieren frage fragen fuhren gedanke gehen gehort
        gemeint genauer gibt gleich gross grosse grund gut hangen heft helfen herausfinden hilfe
        hinweis idee innen kennen klar klein kommen konkret lassen lektion lernen lesen letzte
        liegen
        liste mal markieren meinen merken methode nachdenken nachlesen nachste name nehmen nennen
        notieren nutzen ordnen ort papier passieren prufen punkt rechnen rechnung regel reihe
        reihenfolge richten rolle sache sagen satz schauen schluss schreiben schritt sehen seite
        selbst setzen sortieren spielen stehen steht stelle stellen stuck suchen tabelle teil teilen
        text thema tun typisch uberlegen uberlegung uberschrift ubertragen ubung ubrig unterscheiden
        unterschied ursache verandern vergleich vergleichen verhalten verschieden verstehen
        versuchen
        voraussetzung vorgehen vorstellen weg weiter wert wichtig wissen wort worte zahl zahlen
        zeichnen zeigen zeile ziehen zuerst zusammen zusammenhang zwei zweite dran sagen schreiben
        sagt passage hilft zeigt liest lesen noch einmal eigenen worten gefragt film ansehen schaut
        lehrt gesagt spricht spalte zeile aufheben
        entspricht vorher woher beschreibt beschrieben gemacht geschieht bedeutet passiert wandern
            suchen""",
    "es": """parte leccion seccion pregunta idea palabra ejemplo paso leer pensar comparar explicar
        buscar mirar valor numero tabla linea regla concepto texto caso semejante diferente primero
        segundo escribir dibujar contar dividir sumar recordar significa ocurre cambia entender
        probar
        propio propias palabras empezar seguir decir razon""",
    "fr": """partie lecon section question idee mot exemple etape lire penser comparer expliquer
        chercher
        regarder valeur nombre tableau ligne regle notion texte cas semblable different premier
        second
        ecrire dessiner compter diviser additionner rappeler signifie change comprendre essayer
        propre
        mots commencer suivre dire raison""",
}


def pedagogic(language: str) -> list[str]:
    """Folded words that a tutor needs and no lesson has to hold."""
    return _PEDAGOGIC.get(language, _PEDAGOGIC["en"]).split()
