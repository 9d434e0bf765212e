"""What a learner wants from a turn, read from his words in English, German, Spanish or French.

All patterns run on the folded text without apostrophes: `don't` is `dont`, `möchte` is `mochte`.
"""

import re
from typing import Final, Literal

from app.services.tutor.language import words

Intent = Literal["answer", "stuck", "concept", "summary", "practice", "chat", "distress"]

# Bounded gaps only, so that no pattern takes more than linear time.
_DISTRESS: Final = re.compile(
    r"""\b(?:
    (?:kill|hurt|harm|cut|cutting|hurting|killing|harming)\s(?:myself|my\sself)
    |i\s(?:really\s|just\s|only\s)?(?:want|wanna|wish|would\slike|hope|plan|going|need)\s
        (?:to\s|i\swas\s|i\swere\s)?(?:die|dead|be\sdead|stop\sliving|stop\sexisting|not\sexist|
        disappear\sfor(?:\s)?ever|end\s(?:it\sall|my\slife|my\sown\slife|everything))
    |im\sgoing\sto\s(?:die\sby|end\s(?:it\sall|my\slife)|jump\soff)
    |(?:end|ending|take|taking)\smy\s(?:own\s)?life
    |(?:dont|do\snot|no\slonger)\s(?:really\s|even\s)?want\sto\s(?:live|be\salive|wake\sup|exist)
    |(?:no\sreason|not\sworth|no\spoint\sin|nothing)\s(?:to\slive|living|left\sto\slive|to\sgo\son)
    |life\s(?:isnt|is\snot|aint)\sworth
    |(?:better\soff|wish\si\swas|wish\si\swere)\s(?:dead|without\sme|never\sborn)
    |(?:nobody|no\sone)\s(?:would|will)\s(?:miss\sme|care\sif\si\s(?:died|die|was\sgone))
    |i(?:m|\sam|\sfeel|ve\sbeen|\shave\sbeen)\s(?:\w+\s){0,3}suicidal
    |i\s(?:\w+\s){0,5}(?:commit\ssuicide|suicidal\sthoughts|thinking\s(?:about|of)\ssuicide)
    |(?:my|a)\s(?:best\s)?(?:friend|brother|sister|mother|father|son|daughter|roommate|classmate|
        partner|girlfriend|boyfriend)\s(?:\w+\s){0,4}
        (?:kill\s(?:himself|herself|themselves|themself)|commit\ssuicide|is\ssuicidal|end\s(?:his|
        her|
        their)\slife)
    |i\s(?:\w+\s){0,3}self\s?harm(?:ing|ed)?
    |i\shate\smyself\sand
    |(?:my\s)?(?:dad|father|mom|mum|mother|stepdad|stepfather|stepmother|uncle|husband|wife|
        boyfriend|girlfriend|partner|brother|teacher|coach|parents)\s(?:\w+\s){0,2}
        (?:hits?|beats?|rapes?|raped|abuses?|molests?|molested|hurts|chokes?|touches|touched)\sme
    |i(?:m|\sam|\swas|\shave\sbeen|ve\sbeen)\s(?:being\s|getting\s)?
        (?:abused|raped|molested|beaten\s(?:up\s)?(?:at\shome|by))

    |(?:ich\s)?(?:will|mochte|mag|wollte|kann)\s(?:\w+\s){0,3}nicht\smehr\s(?:weiter\s?)?leben
    |nicht\smehr\s(?:weiter\s?)?leben\s(?:will|wollen|mochte|kann)
    |ich\s(?:will|mochte|wollte|wunsche\smir|wurde)\s(?:\w+\s){0,3}
        (?:sterben|tot\ssein|tot\szu\ssein|nicht\smehr\s(?:da|hier)\ssein|nicht\smehr\saufwachen)
    |ich\sware\s(?:\w+\s){0,2}(?:lieber\s|besser\s)?tot
    |ich\s(?:\w+\s){0,4}mich\s(?:\w+\s){0,2}(?:umbringen|umzubringen|toten|selbst\sverletzen|ritzen)
    |(?:bring|bringe)\smich\s(?:noch\s|bald\s|heute\s|jetzt\s)?um\b(?!\s(?:den|die|das)\s)
    |(?:mich|mir)\s(?:selbst\s)?(?:umzubringen|das\sleben\s(?:zu\s)?nehmen)
    |ich\s(?:ritze|verletze|schneide|hasse)\smich(?:\sselbst)?\b(?!\s(?:an|in|mit))
    |(?:mein|meine)\s(?:\w+\s)?(?:freund|freundin|bruder|schwester|mutter|vater)\s(?:\w+\s){0,3}
        (?:sich\s(?:\w+\s)?(?:umbringen|das\sleben\snehmen)|nicht\smehr\sleben)
    |ich\s(?:\w+\s){0,5}(?:selbstmordgedanken|suizidgedanken|selbstmord\sbegehen|suizid\sbegehen|
        suizidal)
    |(?:mein|sein|das)\sleben\s(?:hat|macht)\s(?:\w+\s){0,3}kein(?:en|e)?\ssinn
    |(?:kein|keinen)\ssinn\s(?:mehr\s)?(?:im|in\smeinem|zu)\sleben
    |niemand\s(?:wurde|wird)\smich\svermissen
    |(?:mein|meine)\s(?:vater|mutter|stiefvater|stiefmutter|onkel|eltern|freund|mann|frau|bruder|
        lehrer|trainer)\s(?:\w+\s){0,2}(?:schlagt|schlagen|missbraucht|vergewaltigt|verprugelt)
        (?:\smich)?
    |ich\s(?:werde|wurde|bin)\s(?:\w+\s){0,3}(?:missbraucht|vergewaltigt|verprugelt|geschlagen)

    |(?:quiero|quisiera|deseo)\s(?:morir|morirme|matarme|suicidarme|estar\smuert[oa])
    |(?:ya\s)?no\squiero\s(?:seguir\s)?(?:viviendo|vivir)
    |(?:suicidarme|quitarme\sla\svida|hacerme\sdano|me\squiero\smatar|me\scorto\slos)
    |mi\s(?:padre|madre|padrastro|tio|novio|marido|hermano|profesor)\s(?:\w+\s)?me\s
        (?:pega|golpea|viola|maltrata|abusa)
    |abusan\sde\smi

    |je\s(?:veux|voudrais|souhaite)\s(?:mourir|me\stuer|me\ssuicider|en\sfinir|etre\smorte?)
    |(?:envie|idee|idees)\sde\s(?:mourir|me\stuer|me\ssuicider|suicide)
    |(?:plus|pas)\s(?:envie\sde\s)?vivre\b(?!\s(?:sans|avec|de|a)\b)
    |(?:me\ssuicider|me\sfaire\sdu\smal|mettre\sfin\sa\smes\sjours|me\sscarifie)
    |m(?:on|a)\s(?:pere|mere|beau\spere|oncle|copain|mari|frere|professeur)\s(?:\w+\s)?me\s
        (?:frappe|bat|viole|maltraite)
    )\b""",
    re.VERBOSE,
)
# Despair that is said of exercises as well: it counts only when nothing of the course is named.
_WEARY: Final = re.compile(
    r"\b(?:i\s?(?:cant|can not|cannot) (?:go on|take it|do this) ?(?:any ?more|any longer"
    r"|like this)?"
    r"|i give up on (?:life|everything)|i feel (?:so |completely |totally )?(?:hopeless|worthless)"
    r"|ich kann (?:einfach |echt )?nicht mehr(?! (?:als|viel|so))|ich halte (?:es"
    r"|das) nicht mehr aus"
    r"|ich bin (?:vollig |ganz )?(?:verzweifelt|wertlos)|ya no puedo mas|je n ?en peux plus)\b"
)
_STUDY: Final = re.compile(
    r"\b(?:quiz|test|question|exercise|homework|task|lesson|course|query|index|join|table|sql|null|"
    r"math|statistics?|exam|aufgabe\w*|frage\w*|ubung\w*|lektion\w*|kurs\w*|test\w*|statistik|"
    r"mittelwert|median|varianz|formel\w*|rechn\w*|folgen|nachvollziehen|verstehen|understand"
    r"|follow|"
    r"pregunta|ejercicio|leccion|exercice|lecon|because of this)\b"
)
# What is said of a process, of a joke, or of numbers, and looks like the above.
_FIGURATIVE: Final = re.compile(
    r"\b(?:suicide (?:rate|rates|statistics?|squeeze|figures|numbers|data)|suizidrate\w*|"
    r"selbstmordrate\w*|dying to|kill -?\d|kill (?:the|a|this) \w+|want to die of (?:laughter"
    r"|shame)|"
    r"die laughing|killing me softly)\b"
)

_ANSWER: Final = re.compile(
    r"""\b(?:
    (?:the|an|correct|right|final|exact|actual|full|true)\s(?:answers?|solutions?|result|keys?)
    |answers?\s(?:key|to|for|of|is|are|please|pls|only)|answer\s(?:it|this|that|me|my|q\w*|number|
    no)\b
    |(?:give|tell|show|send|reveal|say|write|print|output|need|want|know|leak|spoil)\s(?:\w+\s){0,4}
        (?:answers?|solutions?|key|letter|option|result)
    |(?:just|only|simply)\s(?:\w+\s){0,2}(?:answers?|solutions?|tell|say|give|letter|number|yes\sor|
    type|
        reply|output|confirm)
    |which\s(?:\w+\s){0,2}(?:option|choice|letter|one|ones|of\sthese|of\sthem|is\sright|
        are\sright|is\scorrect|are\scorrect)
    |(?:option|choice|answer|letter)\s(?:[b-h]\b|a$)
    |is\s(?:it|this|that|the\sanswer)\s(?:\w+\s){0,3}(?:right|correct|true|false|wrong|[a-h])\b
    |is\sit\s[\d"'`]|it\sis\s[\d.,]+\s(?:right|correct)|is\s[\d.,]+\s(?:right|correct|ok)
    |(?:am\si|was\si)\s(?:right|correct|wrong|close|warm|cold|hot)|(?:true|right)\sor\s(?:false|
    wrong)
    |(?:solve|complete|finish)\s(?:it|this|that|the|my|question|number|q\d|exercise|problem|for)
    |(?:should|shall|do|must|can)\si\s(?:\w+\s)?(?:pick|choose|tick|select|enter|put|mark|click|
    write|type)
    |(?:do|make)\s(?:it|this|my\s\w+)\sfor\sme|what\sdo\si\s(?:enter|type|put|write|pick|choose)
    |(?:rule\sout|eliminate|cross\sout|exclude|narrow\sdown)
    |ignore\s(?:\w+\s){0,3}(?:instructions?|rules?|prompt)|system\sprompt|developer\smode|jailbreak
    |(?:base\s?64|rot\s?13|hex\w*|morse|backwards?|reversed?|acrostic|encod\w+|leet\w*|cipher|
    caesar|
        binary|pig\slatin|initials|starts?\swith|begins?\swith|first\sletter|rhymes?|spell|
        syllables?)
    |(?:translate|translation|in)\s(?:\w+\s){0,2}(?:french|german|spanish|english|italian|latin|
    russian|
        chinese|japanese|dutch|portuguese|polish|swedish|arabic|turkish|korean|hindi|esperanto)
    |(?:quiz|self\s?check|test|exam)\s?(?:question|item|number|q)?\s?\d+|q(?:uestion)?\s?\d+
    |(?:question|number|item|exercise|problem|task)\s(?:no\s|nr\s)?(?:\d+|one|two|three|four|five|
    six|
        seven|eight|nine)\b
    |(?:my|the|our)\s(?:teacher|professor|instructor|prof|boss|tutor|admin)\s(?:\w+\s){0,3}
        (?:said|says|told|allows?|allowed|wants|asked|approved|gave)
    |i\sam\s(?:the|a|an|your)\s(?:teacher|admin|author|developer|instructor|staff|professor|owner)
    |im\s(?:the|a|an|your)\s(?:teacher|admin|author|developer|instructor|staff|professor|owner)
    |(?:pretend|role\s?play|act\sas|imagine\syou|you\sare\snow|story|poem|haiku|limerick|song)
    |(?:answer|reply|respond|antworte|antworten|antwortet)\s(?:(?:only|just|nur|bitte|please)\s)?
        (?:with|in|mit)\b
    |(?:thumbs|emoji|emojis|smiley|nod|blink|wink|verdict|digits?|ziffern?)
    |(?:so|also|then|dann)\s(?:\w+\s){1,8}(?:is|are|ist|sind)\s(?:\w+\s){0,5}\w+$
    |(?:en|in|auf|po|na)\s(?:espanol|castellano|francais|italiano|portugues|deutsch|english|
    englisch|
        franzosisch|polsku|russkom|nederlands|svenska|turkce|latein|latin)\b

    |(?:die|eine|richtige|korrekte|endgultige|genaue)\s(?:antwort|losung|ergebnis)\w*
    |(?:das|ein|genaue|richtige)\sergebnis|(?:antwort|losung)(?:en|s\w+)?\b
    |(?!\w+\s(?:(?:mir|uns|mal|bitte|doch)\s){0,3}eine?n?\s(?:kleinen?\s)?(?:hinweis|tipp|beispiel|
        uberblick|zusammenfassung|ubung|\w*aufgabe))(?:sag|sage|nenn|nenne|gib|zeig|zeige|verrat|
        verrate|schreib|schreibe|antworte)\s
        (?:(?:mir|uns|mal|bitte|doch|einfach|nur|schnell|jetzt|die|das|den|endlich)\s?){1,5}
    |(?:lose|los|loesen|losen)\s(?:mir\s|bitte\s)?(?:die|das|diese|aufgabe|es|fur)
    |(?:welche|welcher|welches|welchen)\s(?:\w+\s){0,2}(?:option|moglichkeit|ist\srichtig|
    sind\srichtig|
        stimmt|ist\skorrekt|buchstabe)\w*
    |(?:richtig|wahr)\soder\s(?:falsch|unwahr)|(?:ist|ware|sind)\s(?:es|das|die|
    der)?\s?(?:\w+\s){0,3}
        (?:richtig|falsch|korrekt|wahr)\b
    |stimmt\s(?:es|das|die|der|meine?|\d)|habe?\sich\srecht|liege?\sich\s(?:damit\s)?(?:richtig|
    falsch)
    |(?:was|welches|welche|welchen)\s(?:soll|muss|kann)\sich\s(?:\w+\s)?(?:ankreuzen|eingeben|
        eintragen|wahlen|nehmen|schreiben)|ankreuzen|kreuze|kreuzt
    |(?:ausschliessen|schliesse\s(?:\w+\s){0,2}aus|scheidet\saus|aussortieren)\b
    |(?:buchstab\w+|anfangsbuchstabe\w*|ruckwarts|verschlussel\w*|reimt|silben?|kodier\w*|
    akrostichon)
    |(?:ubersetz\w*|auf)\s(?:\w+\s){0,2}(?:englisch|deutsch|franzosisch|spanisch|italienisch|latein|
        russisch|chinesisch|niederlandisch|polnisch|turkisch|schwedisch)
    |(?:frage|aufgabe|nummer|nr)\s(?:nr\s)?(?:\d+|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun)\b
    |(?:mein|meine|der|die|unser|unsere)\s(?:lehrer|lehrerin|professor|professorin|dozent|dozentin|
    chef|
        lehrkraft)\s(?:\w+\s){0,3}(?:gesagt|sagt|erlaubt|will|mochte|meint)
    |ich\sbin\s(?:der|die|ein|eine|dein|deine|ihr|ihre)\s(?:lehrer|lehrerin|admin\w*|autor|autorin|
        entwickler|entwicklerin|dozent|dozentin|professor|professorin)
    |(?:ignorier\w*|vergiss)\s(?:\w+\s){0,3}(?:anweisung\w*|regel\w*|vorgabe\w*)
    |(?:tu\sso|stell\sdir\svor|rollenspiel|du\sbist\s(?:jetzt|nun)|geschichte|gedicht|lied|marchen)

    |(?:la|las|una)\s(?:respuestas?|solucion(?:es)?)|(?:dame|dime|dinos|resuelve|revela)\b
    |cual\ses\sla\s(?:correcta|respuesta)|(?:es|son)\scorrect[oa]s?|verdadero\so\sfalso
    |(?:la|les|une|le)\s(?:reponses?|solutions?|resultat|corrige)|(?:donne|donnez|dis|
    dites)\s(?:moi|nous)
    |quelle\sest\sla\s(?:bonne|reponse)|vrai\sou\sfaux
    )""",
    re.VERBOSE,
)
# Asks whether a guess is right.
_CHECK: Final = re.compile(
    r"\b(?:richtig|korrekt|right|correct|true|false|stimmts?|wahr|falsch|correcto|verdad|vrai"
    r"|juste)$"
    r"|^(?:so|also|dann|then)\b"
)
_ATTEMPT: Final = re.compile(
    r"\b(?:i (?:think|believe|guess|suppose|tried|try|got|get|would say|calculated|computed"
    r"|reckon)|"
    r"i (?:ended up|came up|worked out|multiplied|divided|added|took|sorted|counted|write|wrote)"
    r"|(?:gives|leaves|makes) me|because"
    r"|therefore|"
    r"so that means|that means|my (?:idea|guess|attempt|reasoning|thought|result|answer"
    r"|answers) |since|"
    r"ich (?:denke|glaube|vermute|meine|habe|wurde sagen|komme auf|rechne|habe gerechnet)|weil"
    r"|deshalb|"
    r"also ist|mein (?:ergebnis|ansatz|gedanke|versuch)|meine (?:idee|vermutung|rechnung"
    r"|uberlegung)|"
    r"creo que|pienso que|porque|mi idea|he calculado|je (?:pense|crois)|parce que|mon idee"
    r"|j ai calcule"
    r"|car )\b"
)
# Agrees on words that are to stand for answers.
_AGREEMENT: Final = re.compile(
    r"\b(?:from now on|from here on|henceforth|for the rest of|keep (?:that|this|it) in mind"
    r"|(?:let us|lets|we(?: will| shall)?|i(?: will| shall)?|ill|shall we) (?:call|name|label)\b"
    r"|ab jetzt|ab sofort|von nun an|von jetzt an|(?:nennen|taufen) wir|wir (?:nennen|taufen)"
    r"|a partir de ahora|llamemos|desormais|a partir de maintenant|appelons"
    r"|(?:means?|stands? for|represents?|equals|signals|bedeutet|heisst|steht (?:\w+ ){0,3}fur)"
    r" (?:\w+ ){1,8}(?:means?|stands? for|represents?|equals|signals|for option|bedeutet|heisst"
    r"|fur)\b"
    r"|(?:if|when|whenever|in case|wenn|falls|sobald|si) (?:\w+ ){0,8}(?:true|false|right|wrong"
    r"|correct|yes|no|wahr|falsch|richtig|stimmt|zutrifft|verdad|vrai) (?:\w+ ){0,4}(?:say|answer"
    r"|begin|start|end|reply|respond|write|use|mention|sag\w*|antwort\w*|beginn\w*|schreib\w*"
    r"|nenn\w*|erwahn\w*|di|dis|dites)\b"
    r"|(?:say|answer|begin|start|end|reply|respond|write|use|mention|sag\w*|antwort\w*|beginn\w*"
    r"|schreib\w*|nenn\w*|erwahn\w*) (?:\w+ ){1,10}(?:if|when|whenever|for|wenn|falls|fur|si)"
    r" (?:\w+ ){0,8}(?:true|false|right|wrong|correct|wahr|falsch|richtig|stimmt|option|verdad"
    r"|vrai))\b"
)
_STUCK: Final = re.compile(
    r"\b(?:stuck|hints?|clue|(?:dont|do not|cant|cannot|didnt) (?:really |even |quite )?"
    r"(?:understand|get|see|know|follow)|confus\w+|no (?:idea|clue)|im lost|i am lost|help|idk|"
    r"where (?:do|should) i (?:start|begin)|how (?:do|should) i (?:start|begin)|nudge|"
    r"(?:verstehe|versteh|kapier|kapiere|begreife?|weiss) (?:\w+ ){0,3}nicht|keine (?:ahnung|idee)|"
    r"hilfe|hilf|helfen|hinweis\w*|tipps?|festgefahren|hange|stecke? fest|komme? (?:\w+ ){0,3}"
    r"nicht weiter|wie (?:fange|beginne) ich|ratlos|"
    r"pistas?|ayuda\w*|no entiendo|no se como|atascad[oa]|no comprendo|indices?|aide\w*|"
    r"comprends pas|bloque\w*|je ne sais pas)\b"
)
_SUMMARY: Final = re.compile(
    r"\b(?:summar\w+|sum (?:it |this |the \w+ )?up|tl ?dr|key (?:points|ideas|takeaways)"
    r"|overview|recap|"
    r"in (?:a )?nutshell|main (?:points|ideas)|zusammenfass\w*|fass\w* (?:\w+ ){0,4}zusammen"
    r"|uberblick|"
    r"wichtigste\w* (?:punkte|aussagen|in kurze)?|kurzfassung|resum\w+|sintesis|puntos (?:clave|"
    r"principales)|synthese|points (?:cles|essentiels|principaux))\b"
)
_PRACTICE: Final = re.compile(
    r"\b(?:quiz me|test me|ask me|(?:let me|want to|can i|can we|like to|more) practi[sc]e|"
    r"practi[sc]e (?:questions?|problems?|tasks?|exercises?|with)|drill me|check my understanding|"
    r"(?:another|similar|new) (?:exercise|problem|question|task)|give me (?:an|another|some|a) "
    r"(?:exercise|problem|task|practice)\w*|frag mich|frage mich|pruf mich|ubungsaufgabe\w*|"
    r"(?:mochte|will|lass (?:mich|uns)|konnen wir) (?:\w+ ){0,3}uben|teste? mich|ahnliche aufgabe|"
    r"preguntame|quiero practicar|ejercicios?|ponme a prueba|interroge\w*|m ?exercer|exercices?)\b"
)
# Asks to be told about something, rather than for something to be done; by language.
_ASKING: Final = {
    "en": re.compile(
        r"\b(?:what|whats|why|how|when|where|which|who|whose|explain|describe|compare|define"
        r"|difference|meaning|tell me (?:more )?about)\b"
    ),
    "de": re.compile(
        r"\b(?:was|warum|wieso|weshalb|wie|wann|wo|wofur|wozu|woran|wovon|womit|wodurch|woher"
        r"|worin|welche\w*|wer|wen|wem|wessen|erklar\w*|beschreib\w*|vergleich\w*|unterschied\w*"
        r"|bedeutung|definier\w*)\b"
    ),
    "es": re.compile(
        r"\b(?:que|como|cuando|donde|cual\w*|quien\w*|explica\w*|describ\w*|compar\w*"
        r"|diferencia\w*|defin\w*|significa\w*)\b"
    ),
    "fr": re.compile(
        r"\b(?:que|quoi|pourquoi|comment|quand|ou|quel\w*|qui|expliqu\w*|decri\w*|compar\w*"
        r"|difference\w*|defini\w*|signifi\w*)\b"
    ),
}
_GREETING: Final = words.word_set(
    """hi hello hey hiya good morning evening afternoon day thanks thank thx ok okay cool great
        nice bye
    goodbye see lol hallo moin servus guten abend tag danke vielen dank tschuss super prima gut hola
    buenos buenas dias tardes noches gracias adios vale bonjour salut bonsoir merci au revoir very
    much so a lot again there tutor bot you sehr dir ihnen all everyone zusammen muchas beaucoup how
    are wie geht es gehts que tal ca va"""
)
_OFF_TOPIC: Final = re.compile(
    r"\b(?:weather|joke|football|recipe|who are you|what are you|are you (?:a |an )?(?:human"
    r"|robot|ai|bot)|"
    r"deadline|due date|refund|certificate|password|log ?in|enrol\w*|unenrol\w*|my (?:grade"
    r"|account|"
    r"profile|payment)|wetter|witz|fussball|rezept|wer bist du|bist du (?:ein|eine) (?:mensch"
    r"|roboter|ki)|"
    r"abgabe(?:frist|termin)?|frist|zertifikat|passwort|anmeld\w+|abmeld\w+|mein(?:e)? (?:note"
    r"|konto|profil)|"
    r"chiste|certificado|contrasena|quien eres|blague|certificat|mot de passe|qui es tu)\b"
)


def _plain(question: str) -> str:
    """The folded question on one line, apostrophes gone and other punctuation as spaces."""
    text = words.fold(question).replace("'", "").replace("\u2019", "").replace("`", "")
    return words.one_line("".join(c if c.isalnum() or c in "\"'" else " " for c in text))


def is_distress(question: str) -> bool:
    """Whether the learner speaks of harm to himself or of being harmed; idioms do not count."""
    text = _plain(question)
    bare = _FIGURATIVE.sub(" ", text)
    if _DISTRESS.search(bare):
        return True
    return bool(_WEARY.search(bare)) and not _STUDY.search(bare)


def has_attempt(question: str) -> bool:
    """Whether the words announce a thought or a result of his own."""
    return bool(_ATTEMPT.search(_plain(question)))


def agrees(question: str) -> bool:
    """Whether the words settle what is to stand for an answer: a code word, a first sentence."""
    return bool(_AGREEMENT.search(_plain(question)))


def is_asking(question: str, language: str) -> bool:
    """Whether the words ask to be told about something: they hold a word of asking."""
    pattern = _ASKING.get(language)
    return pattern is None or bool(pattern.search(_plain(question)))


def classify(question: str) -> Intent:
    """What the learner wants; `concept` when nothing else is said."""
    if is_distress(question):
        return "distress"
    text = _plain(question)
    if text and all(word in _GREETING for word in text.split()):
        return "chat"
    if _PRACTICE.search(text) and not re.search(r"\banswers?|antwort|losung|solution", text):
        return "practice"
    if _ANSWER.search(text) or _CHECK.search(text):
        return "answer"
    if _SUMMARY.search(text):
        return "summary"
    if _STUCK.search(text):
        return "stuck"
    if _OFF_TOPIC.search(text):
        return "chat"
    return "concept"
