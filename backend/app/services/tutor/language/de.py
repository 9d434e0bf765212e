"""German."""

from typing import Final

from app.services.tutor.language.spec import Language

_TEXTS: Final = {
    "greeting": "Ich beantworte Fragen zu den Lektionen dieses Kurses. Was möchten Sie wissen?",
    "greeting_2": "Möchten Sie noch etwas aus den Lektionen durchgehen?",
    "greeting_3": (
        "Ich bin da. Nennen Sie ein Wort, eine Lektion oder einen Schritt, den ich"
        " nachschlagen soll."
    ),
    "label": "Aus Ihren Lektionen zitiert; es wurde kein Text erzeugt.",
    "quote_lead": "Aus «{place}» [{number}]:",
    "pointer": "Sehen Sie sich «{heading}» in der Lektion «{lesson}» an [{number}].",
    "guiding": (
        "Lesen Sie «{heading}» in der Lektion «{lesson}» [{number}] noch einmal. Welche"
        " Aussage dort betrifft Ihre Frage, und was folgt daraus?"
    ),
    "opening": (
        "Sehen Sie sich nur einen Satz an, in «{heading}» [{number}]: „{opening}“ … Was"
        " sagt er in Ihren eigenen Worten, und was hat er mit Ihrer Frage zu tun?"
    ),
    "attempt": (
        "Gut, dass Sie es versucht haben. Halten Sie Ihren Gedanken nun gegen die Lektion:"
    ),
    "attempt_2": "Das ist ein Gedanke, den man prüfen kann. Hier können Sie ihn prüfen:",
    "attempt_3": "Sie kommen Schritt für Schritt voran. Der nächste:",
    "stuck": "Dann machen wir den Schritt kleiner.",
    "stuck_2": "Das macht nichts. Nehmen wir ein Stück nach dem anderen:",
    "stuck_3": "Versuchen wir einen anderen Zugang.",
    "stuck_4": "Wir lassen die Frage kurz beiseite und sehen, worauf sie beruht.",
    "refuse": (
        "Das gehört zu einem Test, den Sie noch nicht abgeschlossen haben; darum sage ich"
        " die Antwort nicht: Der Test soll zeigen, was Sie selbst können. Der nächste"
        " Schritt:"
    ),
    "refuse_2": (
        "Die Antwort überlasse ich weiter Ihnen, denn sie zählt in Ihrem Test. Ich kann Sie"
        " aber einen Schritt weiterbringen:"
    ),
    "refuse_3": (
        "Auch wenn Sie noch einmal fragen: Der Test gehört Ihnen. Damit können Sie"
        " stattdessen arbeiten:"
    ),
    "example_lead": "Ein ähnlicher Fall aus der Lektion «{lesson}» [{number}]:",
    "summary_lead": "Was die Lektion «{lesson}» sagt:",
    "abstain": "Dazu habe ich in den Lektionen, die Ihnen offenstehen, nichts gefunden.",
    "abstain_2": "Auch das sagen die Lektionen nicht, die Ihnen offenstehen.",
    "abstain_3": "Auch danach habe ich gesucht: Keine offene Lektion handelt davon.",
    "closest": "Am nächsten liegen: {lessons}.",
    "nudge_1": "Suchen Sie den Abschnitt der Lektion, der davon handelt, und beginnen Sie dort.",
    "nudge_2": "Was wissen Sie schon, und welcher Schritt fehlt noch?",
    "nudge_3": (
        "Fassen Sie den Gedanken der Lektion in eigene Worte und wenden Sie ihn dann auf Ihre Frage"
        " an."
    ),
    "nudge_4": "Gehen Sie dieselben Schritte wie im Beispiel, und sagen Sie, wie weit Sie kommen.",
    "nudge_5": "Vergleichen Sie das mit Ihrem abgeschlossenen Versuch: Wo trennen sich die beiden?",
    "distress": (
        "Danke, dass Sie das sagen. Sie sind wichtig und müssen damit nicht allein bleiben. Ich"
        " bin ein Programm und kann nicht helfen, wie ein Mensch es kann: Bitte sprechen Sie jetzt"
        " mit jemandem, mit Freunden, Ihrer Familie, einer Lehrkraft oder einem Sorgentelefon"
        " (findahelpline.com nennt sie nach Land). Wenn Sie oder jemand anderes in Gefahr ist,"
        " rufen Sie jetzt den örtlichen Notruf an. Die Lektion kann warten."
    ),
    "suggestion_hint": "Gib mir einen Hinweis",
    "suggestion_explain": "Erkläre den Begriff",
    "suggestion_practice": "Ich möchte üben",
    "suggestion_check": "Prüfe meinen Gedanken",
    "suggestion_next": "Was kommt als Nächstes?",
    "suggestion_summary": "Fasse die Lektion zusammen",
}

DE: Final = Language(
    texts=_TEXTS,
    suffixes=("ungen", "ung", "ern", "est", "em", "en", "er", "es", "st", "e", "n", "s", "t"),
    stopwords="""
        aber alle allem allen aller alles als also am an andere anderen auch auf aus bei
        beide beim bin bis bist da dabei dadurch dafur dagegen daher damit dann daran darauf
        daraus darf darin das dass dasselbe davon dazu dein deine dem den denn der deren des
        deshalb dessen die dies diese diesem diesen dieser dieses doch dort du durch ein
        eine einem einen einer eines er erst es etwa etwas euch fur gab ganz geben gegen
        gibt habe haben hat hatte hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
        immer in ins ist ja je jede jedem jeden jeder jedes jemand jene kann kein keine
        keinen konnen konnte macht man mehr mein meine mich mir mit mochte muss mussen nach
        nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner
        sich sie sind so sogar soll sollen sondern sonst uber um und uns unser unter viel
        viele vom von vor war waren warum was weil welche welchem welchen welcher welches
        wenn wer werde werden wie wieder will wir wird wo wollen wozu wurde wurden zu zum
        zur zwar zwischen
        """,
    function_words="""
        der die das und ist sind nicht ein eine einen einem einer mit von zu den dem des auf
        fur wie sich auch wird werden bei aus nach wenn dass oder nur kann sie ihr wir ich
        man es im zur zum als noch so
        """,
    filler="""
        nochmal noch mal einfach bitte sag sage mir jetzt komm los weiss nicht ja nein was
        wie warum weiter mehr hilfe hilf tipp hinweis gib endlich doch antwort losung frage
        wiederhole danke erklare
        """,
    greeting="""
        hallo moin servus guten abend tag danke vielen dank tschuss super prima gut sehr dir
        ihnen zusammen wie geht es gehts
        """,
    units="""
        - eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn
        funfzehn sechzehn siebzehn achtzehn neunzehn
        """,
    tens="zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    numerals={"dutzend": 12, "zweimal": 2, "dreimal": 3, "verdoppelt": 2, "verdreifacht": 3},
    scales={"hundert": 100, "tausend": 1000, "millionen": 10**6},
    decimal="komma",
    percent="prozent",
    negation=r"nicht|kein\w*|nie|niemals|weder|ohne",
    answer=(
        r"antwort\w*|losung\w*|kreuz\w*|wahle\w*|nimm|nehmen sie|trag\w*|gesucht\w*|lautet"
        r"|ergebnis\w*"
    ),
    yes="ja|jawohl|genau|richtig|stimmt|korrekt|wahr|gut gemacht|volltreffer",
    no="nein|falsch|unwahr",
    verdict=r"wahr|falsch|richtig|korrekt|unwahr|inkorrekt|unzutreffend|zutreffend|ein irrtum",
    holds=(
        "trifft (?:nicht )?zu|gelogen|unfug|stimmt(?: nicht)?|(?:nicht )?zustimmen|(?:das"
        "|es) ist (?:nicht )?so"
        r"|(?:tut|tun|ist|sind|kann|konnen) (?:er|sie|es|man)(?: nicht)?(?=\W*(?:$|[.:;,]))"
    ),
    claim="aussagen?|behauptung|satz|antwort|es|das|dies|sie|du|vermutung",
    copula="ist|sind|war|sei|liegst|liegen|hast|haben",
    hedge=(
        r"ob|wahr oder falsch|richtig oder falsch|wenn|falls|entscheid\w*|pruf\w*|uberleg\w*"
        "|(?:ware|wurde|konnte)"
    ),
    choice=(
        "antwort(?:en)?|losung(?:en)?|buchstaben?|moglichkeit(?:en)?|auswahl|variante|option(?:en)?"
        "|aussagen?|behauptung|kommandos?|befehle?|nummer|gross\\w*|schalter|stelle|kastchen"
    ),
    choose="wahle?|nimm|nehme|nehmen sie|kreuzen? (?:sie )?|kreuze?|streiche?",
    ordinals=(
        "erste[nrs]? zweite[nrs]? dritte[nrs]? vierte[nrs]? funfte[nrs]? letzte[nrs]?"
        " vorletzte[nrs]?"
    ),
    link=(
        "und|oder|noch|also|weil|denn|mit|nur|da|somit|daher|ankreuzen|wahlen|nehmen|passt|aber"
        "|sondern|ausser|von|scheiden|fallen|kommen|an|auf|in"
        "|hier"
    ),
    repeats="doppel\\w*|zwei|doppelte\\w* drei\\w*",
    quiz="quiz|selbsttest|(?:im|zum|der) test|prufung|aufgabe \\d+|frage \\d+",
    label=(
        "schritte?|lektion(?:en)?|kapitel|teile?|abschnitte?|abbildung|tabelle|zeilen?|seiten?"
        "|beispiele?|punkte?|fragen?|aufgaben?|absatze?|regeln?|fall"
    ),
    signs=(
        r"? fragezeichen / ! (?:ausrufe|ausrufungs)zeichen / | senkrechte\w* strich|pipe\w* / "
        r"* stern(?:chen)?|asterisk / % prozent.?zeichen|prozent / # raute\w*|doppelkreuz\w*"
        r"|hash\w* / "
        r"> grosser.?(?:als|zeichen)\w* / < kleiner.?(?:als|zeichen)\w* / "
        r"& kaufmannsund|und.?zeichen / $ dollar(?:.?zeichen)? / @ klammeraffe|at.?zeichen / "
        "~ tilde|schlange / ; semikolon|strich.?punkt|strichpunkt / : doppelpunkt / , komma / "
        ". punkt / "
        r"_ unterstrich / ' apostroph|hochkomma / ( klammer / [ eckige klammer / "
        "{ geschweifte klammer / - binde.?striche?|minus|strich / ^ zirkumflex|dach / "
        "= gleichheitszeichen / "
        r"/ schragstrich / \ backslash|umgekehrte\w* schragstrich / + pluszeichen"
    ),
    distress=(
        r"(?:ich )?(?:will|mochte|mag|wollte|kann) (?:\w+ ){0,3}nicht mehr (?:weiter ?)?leben"
        "|nicht mehr (?:weiter ?)?leben (?:will|wollen|mochte|kann)"
        r"|ich (?:will|mochte|wollte|wunsche mir|wurde) (?:\w+ ){0,3}(?:sterben|tot sein|tot "
        "zu sein|nicht mehr (?:da|hier) sein|nicht mehr aufwachen)"
        r"|ich ware (?:\w+ ){0,2}(?:lieber |besser )?tot|ich (?:\w+ ){0,4}mich (?:\w+ ){0,2}"
        "(?:umbringen|umzubringen|toten|selbst verletzen|ritzen)"
        r"|(?:bring|bringe) mich (?:noch |bald |heute |jetzt )?um\b(?! (?:den|die|das) )"
        "|(?:mich|mir) (?:selbst )?(?:umzubringen|das leben (?:zu )?nehmen)"
        r"|ich (?:ritze|verletze|schneide|hasse) mich(?: selbst)?\b(?! (?:an|in|mit))"
        r"|(?:mein|meine) (?:\w+ )?(?:freund|freundin|bruder|schwester|mutter|vater) (?:\w+ "
        r"){0,3}(?:sich (?:\w+ )?(?:umbringen|das leben nehmen)|nicht mehr leben)"
        r"|ich (?:\w+ ){0,5}(?:selbstmordgedanken|suizidgedanken|selbstmord begehen|suizid "
        r"begehen|suizidal)|(?:mein|sein|das) leben (?:hat|macht) (?:\w+ ){0,3}kein(?:en|e)? "
        "sinn|(?:kein|keinen) sinn (?:mehr )?(?:im|in meinem|zu) leben"
        "|niemand (?:wurde|wird) mich vermissen|(?:mein|meine) (?:vater|mutter|stiefvater"
        r"|stiefmutter|onkel|eltern|freund|mann|frau|bruder|lehrer|trainer) (?:\w+ ){0,2}"
        "(?:schlagt|schlagen|missbraucht|vergewaltigt|verprugelt)(?: mich)?"
        r"|ich (?:werde|wurde|bin) (?:\w+ ){0,3}(?:missbraucht|vergewaltigt|verprugelt|geschlagen)"
    ),
    weary=(
        "ich kann (?:einfach |echt )?nicht mehr(?! (?:als|viel|so))"
        "|ich halte (?:es|das) nicht mehr aus|ich bin (?:vollig |ganz )?(?:verzweifelt|wertlos)"
    ),
    study=(
        r"aufgabe\w*|frage\w*|ubung\w*|lektion\w*|kurs\w*|test\w*"
        r"|statistik|mittelwert|median|varianz|formel\w*|rechn\w*"
        "|folgen|nachvollziehen|verstehen"
    ),
    figurative=r"suizidrate\w*|selbstmordrate\w*",
    asks_answer=(
        r"(?:die|eine|richtige|korrekte|endgultige|genaue) (?:antwort|losung|ergebnis)\w*"
        r"|(?:das|ein|genaue|richtige) ergebnis|(?:antwort|losung)(?:en|s\w+)?\b"
        r"|(?!\w+ (?:(?:mir|uns|mal|bitte|doch) ){0,3}eine?n? (?:kleinen? )?(?:hinweis|tipp"
        r"|beispiel|uberblick|zusammenfassung|ubung|\w*aufgabe))(?:sag|sage|nenn|nenne|gib"
        "|zeig|zeige|verrat|verrate|schreib|schreibe|antworte) (?:(?:mir|uns|mal|bitte|doch"
        "|einfach|nur|schnell|jetzt|die|das|den|endlich) ?){1,5}"
        "|(?:lose|los|loesen|losen) (?:mir |bitte )?(?:die|das|diese|aufgabe|es|fur)"
        r"|(?:welche|welcher|welches|welchen) (?:\w+ ){0,2}(?:option|moglichkeit|ist richtig"
        r"|sind richtig|stimmt|ist korrekt|buchstabe)\w*|(?:richtig|wahr) oder (?:falsch|unwahr)"
        r"|(?:ist|ware|sind) (?:es|das|die|der)? ?(?:\w+ ){0,3}(?:richtig|falsch|korrekt|wahr)\b"
        r"|stimmt (?:es|das|die|der|meine?|\d)|habe? ich recht"
        "|liege? ich (?:damit )?(?:richtig|falsch)|(?:was|welches|welche|welchen) (?:soll"
        r"|muss|kann) ich (?:\w+ )?(?:ankreuzen|eingeben|eintragen|wahlen|nehmen|schreiben)"
        r"|ankreuzen|kreuze|kreuzt|(?:ausschliessen|schliesse (?:\w+ ){0,2}aus|scheidet aus"
        r"|aussortieren)\b|(?:buchstab\w+|anfangsbuchstabe\w*|ruckwarts|verschlussel\w*|reimt"
        r"|silben?|kodier\w*|akrostichon)|(?:ubersetz\w*|auf) (?:\w+ ){0,2}(?:englisch|deutsch"
        "|franzosisch|spanisch|italienisch|latein|russisch|chinesisch|niederlandisch|polnisch"
        r"|turkisch|schwedisch)|(?:frage|aufgabe|nummer|nr) (?:nr )?(?:\d+|eins|zwei|drei|vier"
        r"|funf|sechs|sieben|acht|neun)\b|(?:mein|meine|der|die|unser|unsere) (?:lehrer|lehrerin"
        r"|professor|professorin|dozent|dozentin|chef|lehrkraft) (?:\w+ ){0,3}(?:gesagt|sagt"
        "|erlaubt|will|mochte|meint)|ich bin (?:der|die|ein|eine|dein|deine|ihr|ihre) (?:lehrer"
        r"|lehrerin|admin\w*|autor|autorin|entwickler|entwicklerin|dozent|dozentin|professor"
        r"|professorin)|(?:ignorier\w*|vergiss) (?:\w+ ){0,3}(?:anweisung\w*|regel\w*|vorgabe\w*)"
        "|(?:tu so|stell dir vor|rollenspiel|du bist (?:jetzt|nun)|geschichte|gedicht|lied"
        "|marchen)"
    ),
    check="richtig|korrekt|stimmts?|wahr|falsch",
    attempt=(
        "ich (?:denke|glaube|vermute|meine|habe|wurde sagen|komme auf|rechne|habe gerechnet)"
        "|weil|deshalb|also ist|mein (?:ergebnis|ansatz|gedanke|versuch)"
        "|meine (?:idee|vermutung|rechnung|uberlegung)"
    ),
    stuck=(
        r"(?:verstehe|versteh|kapier|kapiere|begreife?|weiss) (?:\w+ ){0,3}nicht"
        r"|keine (?:ahnung|idee)|hilfe|hilf|helfen|hinweis\w*"
        r"|tipps?|festgefahren|hange|stecke? fest|komme? (?:\w+ ){0,3}nicht weiter"
        "|wie (?:fange|beginne) ich|ratlos"
    ),
    summary=(
        r"zusammenfass\w*|fass\w* (?:\w+ ){0,4}zusammen|uberblick"
        r"|wichtigste\w* (?:punkte|aussagen|in kurze)?|kurzfassung"
    ),
    practice=(
        r"frag mich|frage mich|pruf mich|ubungsaufgabe\w*|(?:mochte|will|lass (?:mich|uns)"
        r"|konnen wir) (?:\w+ ){0,3}uben|teste? mich|ahnliche aufgabe"
    ),
    off_topic=(
        "wetter|witz|fussball|rezept|wer bist du|bist du (?:ein|eine) (?:mensch|roboter|ki)"
        "|abgabe(?:frist|termin)?|frist|zertifikat|passwort"
        r"|anmeld\w+|abmeld\w+|mein(?:e)? (?:note|konto|profil)"
    ),
    asking=(
        "was|warum|wieso|weshalb|wie|wann|wo|wofur|wozu|woran"
        r"|wovon|womit|wodurch|woher|worin|welche\w*|wer|wen"
        r"|wem|wessen|erklar\w*|beschreib\w*|vergleich\w*|unterschied\w*"
        r"|bedeutung|definier\w*"
    ),
    question="fragen?|aufgaben?|nummer|nr",
    example="zum beispiel|angenommen|ein beispiel|nehmen wir",
    example_heading="beispiele?|selbst",
    abbreviation=(
        r"z\.\s?B|d\.\s?h|u\.\s?a|bzw|ca|evtl|ggf|vgl|usw|Nr"
        "|Abb"
    ),
    kinds={
        "meaning": (
            r"was (?:ist|sind|bedeutet|heisst|meint|versteht)|definier\w*|definition|bedeutung",
            r"ist|sind|bedeutet|heisst|bezeichnet\w*|versteht man|nennt man|genannt|besteht aus"
            "|beschreibt",
        ),
        "reason": (
            "warum|wieso|weshalb|wozu|wofur|grund",
            "weil|da|denn|damit|deshalb|daher|darum|um|sonst|grund|grunde|ermoglicht|dadurch",
        ),
        "way": (
            "wie|schritte?|womit|wodurch",
            "mit|indem|durch|mittels|zuerst|dann|um|kann man|konnen",
        ),
        "difference": (
            r"unterschie\w*|unterscheid\w*|vergleich\w*|statt|gegenuber",
            r"wahrend|hingegen|dagegen|aber|anders als|unterschie\w*|unterscheid\w*|sondern"
            "|im gegensatz|jedoch|als",
        ),
        "amount": (
            "wie (?:viele?|lange?|oft|gross|alt|weit|hoch|schnell)|wann|welche[sm]? jahr",
            r"\d\S*|zwei|drei|vier|funf|sechs|zehn|hundert|tausend|prozent|jahrhundert\w*",
        ),
    },
    back="""
        dies diese dieser dieses das es sie er damit dadurch daher deshalb darum dabei davon dazu
        so aber und auch dann hier dort jedoch allerdings ihre sein seine solche somit denn
        """,
)
