"""Text reduced to what can be compared: folded letters, words, stems, numbers, languages.

Folding loses case, accents, width, invisible characters and the look-alikes of other alphabets, so
that two spellings of a word meet. Everything here is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType
from typing import Final

# Letters of other alphabets, and signs, that look like a Latin letter.
_LOOKALIKES: Final = str.maketrans(
    "авекмнорстухіјѕԁԛԝһӏαβεικνορτυχγηωμ" + "ıłøđħŧæœɑɡʀ",
    "abekmhopctyxijsdqwhlabeikvoptuxynwu" + "lloohtaoagr",
)
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
_WORD: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SPACE: Final = re.compile(r"\s+")
_SUFFIXES: Final = {
    "en": ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s"),
    "de": ("ungen", "ung", "ern", "est", "em", "en", "er", "es", "st", "e", "n", "s", "t"),
    "es": ("aciones", "acion", "mente", "ando", "iendo", "os", "as", "es", "o", "a", "s"),
    "fr": ("ations", "ation", "ment", "ant", "ees", "es", "er", "ee", "e", "s"),
}


def _list(text: str) -> list[str]:
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


STOPWORDS: Final = MappingProxyType(
    {
        "en": word_set("""a about above after all also although am an and any are as at be because
            been
            before being below between both but by can could did do does doing down during each
            either else even ever every few for from further get gets give given gives go goes had
            has have having he her here hers him his how however i if in into is it its itself just
            least let like made make makes many may me might more most much must my neither no nor
            not of off often on once one only or other our ours out over own please put rather s
            same shall she should since so some still such t than that the their theirs them then
            there these they this those though through to too under until up upon us use used uses
            using very was we were what when where whether which while who whom whose why will with
            within without would yet you your yours"""),
        "de": word_set("""aber alle allem allen aller alles als also am an andere anderen auch auf
            aus bei
            beide beim bin bis bist da dabei dadurch dafur dagegen daher damit dann daran darauf
            daraus darf darin das dass dasselbe davon dazu dein deine dem den denn der deren des
            deshalb dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine
            einem einen einer eines er erst es etwa etwas euch fur gab ganz geben gegen gibt habe
            haben hat hatte hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins
            ist ja je jede jedem jeden jeder jedes jemand jene kann kein keine keinen konnen
            konnte macht man mehr mein meine mich mir mit mochte muss mussen nach nicht nichts noch
            nun nur ob oder ohne schon sehr sein seine seinem seinen seiner sich sie sind so sogar
            soll sollen sondern sonst uber um und uns unser unter viel viele vom von vor war waren
            warum was weil welche welchem welchen welcher welches wenn wer werde werden wie wieder
            will wir wird wo wollen wozu wurde wurden zu zum zur zwar zwischen"""),
        "es": word_set("""a al algo algun alguna ante antes aqui asi aun aunque cada como con cual
            cuales
            cuando de del desde donde dos el ella ellas ellos en entonces entre era eres es esa ese
            eso esta estan este esto estos fue ha hace hacia han hasta hay la las le les lo los mas
            me mi mientras muy nada ni no nos nosotros o otra otro para pero poco por porque pues
            que quien se sea ser si sin sobre solo son su sus tambien tan te tiene todo todos tu un
            una unas uno unos usted y ya yo"""),
        "fr": word_set("""a afin ai ainsi alors apres au aucun aussi autre aux avant avec avoir c
            car ce cela
            celle celui ces cet cette chaque chez comme comment d dans de depuis des donc dont du
            elle elles en encore entre es est et etait ete etre eu fait il ils j je jusque l la le
            les leur lors lui m ma mais me meme mes moi mon n ne ni non nos notre nous on ont ou
            par pas peu peut plus pour pourquoi qu quand que quel quelle qui quoi s sa sans se ses
            si son sont sous sur ta te tes toi ton tous tout tres tu un une vers vos votre vous
            y"""),
    }
)
# Words that carry a sentence and are rare in the other languages of the list.
_FUNCTION_WORDS: Final = {
    "en": """the of and is are to that it with for this which you was were have has not by
        from they what when how your can will would should than then there their only be each
            because""",
    "de": """der die das und ist sind nicht ein eine einen einem einer mit von zu den dem des auf
        fur wie sich auch wird werden bei aus nach wenn dass oder nur kann sie ihr wir ich man es
        im zur
        zum als noch so""",
    "es": """el la los las de que y es son fue fueron en un una por con para del se no lo como mas
        pero esta
        este cuando porque al su sus si hay cada respuesta correcta""",
    "fr": """le la les de des du et est sont une un que qui dans pour par pas ne sur avec au aux
        ce cette il elle vous nous se plus mais quand chaque reponse c l d""",
    "it": """il lo gli di che e sono un una per con non del della dei nel nella si come piu ma
        questo questa quando perche ogni al anche la le risposta""",
    "pt": """o os as de que e sao um uma por com para nao do da dos das em no na se como mais mas
        este esta quando porque cada ao resposta""",
    "nl": """de het een en is zijn niet van met voor op te dat die in er aan ook als bij naar wordt
        worden maar wat hoe je alleen deze antwoord""",
    "pl": """jest nie na do sie ze jak co dla tylko oraz ale przez jego kazdy kiedy tego
        odpowiedz sa od po""",
    "sv": """och ar det att en ett som inte pa for med av den till om har bara var men kan nar hur
        svaret""",
    "da": """og er det at en et som ikke pa for med af den til om har kun var men kan nar hvordan
        svaret""",
    "tr": """ve bir bu da de icin ile degil cok ne gibi daha olan olarak her ama sadece cevap
        dogru""",
    "id": """yang dan di ke dari ini itu untuk dengan adalah tidak pada dalam akan jika karena
        hanya jawaban""",
    "ro": """si este un o de la nu cu pe care din sunt mai pentru ca in sau dar numai raspunsul""",
    "cs": """je se na ze do neni jako jen ale pro kazdy kdyz odpoved jsou od po""",
    "fi": """on ja ei se etta kun tai vain mutta joka ovat vastaus myos niin kuin""",
    "hu": """az es nem hogy egy van csak de mert minden ha valasz amely is""",
    "vi": """la va cua khong mot cac cho voi duoc trong nay dap an""",
    "la": """est et non in ad quod cum sed qui quae sunt per ex""",
    "sw": """na ya wa ni kwa katika hii si jibu la kama""",
}
FUNCTION_WORDS: Final = MappingProxyType(
    {name: frozenset(words.split()) for name, words in _FUNCTION_WORDS.items()}
)

_UNITS_EN: Final = _list("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
    """)
_TENS_EN: Final = _list("twenty thirty forty fifty sixty seventy eighty ninety")
_UNITS_DE: Final = _list("""
    null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn
    funfzehn sechzehn siebzehn achtzehn neunzehn
    """)
_TENS_DE: Final = _list("zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig")
_UNITS_ES: Final = _list("""
    cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
    dieciseis diecisiete dieciocho diecinueve
    """)
_TENS_ES: Final = _list("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_UNITS_FR: Final = _list("""
    zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze
    seize
    """)
_TENS_FR: Final = _list("vingt trente quarante cinquante soixante")
_NUMBER_WORDS: Final = {
    **{word: value for value, word in enumerate(_UNITS_EN)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_EN)},
    **{word: value for value, word in enumerate(_UNITS_DE)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_DE)},
    **{word: value for value, word in enumerate(_UNITS_ES)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_ES)},
    **{word: value for value, word in enumerate(_UNITS_FR) if word != "six"},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_FR)},
    "dozen": 12,
    "score": 20,
    "dutzend": 12,
}
# `ein` and `un` are articles first; they count only inside a longer number.
for _article in ("un", "uno", "null"):
    _NUMBER_WORDS.pop(_article, None)
_SCALES: Final = {
    "hundred": 100,
    "hundert": 100,
    "cien": 100,
    "ciento": 100,
    "cent": 100,
    "cents": 100,
    "thousand": 1000,
    "tausend": 1000,
    "mil": 1000,
    "mille": 1000,
    "million": 10**6,
    "millionen": 10**6,
}
_GERMAN_PARTS: Final = (
    {word: value for value, word in enumerate(_UNITS_DE)}
    | {"ein": 1}
    | {word: 20 + 10 * place for place, word in enumerate(_TENS_DE)}
)
_GERMAN_NUMBER: Final = re.compile(
    "(?:"
    + "|".join(sorted([*_GERMAN_PARTS, "hundert", "tausend", "und"], key=len, reverse=True))
    + ")+"
)
_GERMAN_PIECE: Final = re.compile(
    "|".join(sorted([*_GERMAN_PARTS, "hundert", "tausend", "und"], key=len, reverse=True))
)
_DIGIT: Final = re.compile(r"\d")
_FIGURE: Final = re.compile(
    r"(?<![\w.,])(?:0x(?P<hex>[0-9a-f]{1,12})|0b(?P<bin>[01]{1,40})|"
    r"(?P<int>\d{1,3}(?:(?P<sep>[.,'\u2019\u00a0\u2009\u202f _])\d{3}(?!\d))+|\d+)"
    r"(?:(?P<point>[.,])(?P<frac>\d+))?"
    r"(?:\s?(?:e|[*·\u00d7x]\s?10\s?(?:\^|\*\*))\s?(?P<exp>[+-]?\d{1,2})(?!\d))?"
    r"(?P<kilo>\s?k)?)(?![\w])",
    re.IGNORECASE,
)


_LANGUAGES_OF: Final = {
    word: tuple(name for name, known in FUNCTION_WORDS.items() if word in known)
    for word in frozenset().union(*FUNCTION_WORDS.values())
}


def fold(text: str) -> str:
    """The text in lower case without accents, widths, invisible characters and look-alikes."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    text = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(character)
    )
    return text.translate(_LOOKALIKES)


def words(text: str) -> list[str]:
    """The words of a folded text, figures among them."""
    return _WORD.findall(text)


def first(text: str) -> str:
    """The first word of a folded text; empty without one."""
    found = _WORD.search(text)
    return found[0] if found else ""


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """What is left of a folded word without a usual ending; at least four letters."""
    # Umlauts written out are read as folded ones.
    word = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    for suffix in _SUFFIXES.get(language, _SUFFIXES["en"]):
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word


def content(tokens: Iterable[str], language: str) -> list[str]:
    """The stems of the words that carry meaning, in order; figures and symbols of code stay."""
    stopwords = STOPWORDS.get(language, STOPWORDS["en"])
    return [stem(token, language) for token in tokens if token not in stopwords]


def squeeze(text: str) -> str:
    """The letters and digits of a folded text and nothing else."""
    return "".join(_WORD.findall(text))


def figures(text: str) -> list[tuple[int, int, float]]:
    """The numbers in figures with where they stand: start, end, value.

    Reads `1,234.5`, `1.234,5`, `1 234`, `2e3`, `2·10^3`, `0x28`, `2k`. A single separator before
    three digits is read both ways.
    """
    found: list[tuple[int, int, float]] = []
    if not _DIGIT.search(text):
        return found
    for match in _FIGURE.finditer(text):
        if match["hex"] or match["bin"]:
            value = float(int(match["hex"], 16) if match["hex"] else int(match["bin"], 2))
            found.append((match.start(), match.end(), value))
            continue
        whole = re.sub(r"\D", "", match["int"])
        if len(whole) > 15:
            continue
        factor = 10.0 ** int(match["exp"] or 0) * (1000.0 if match["kilo"] else 1.0)
        value = float(f"{whole}.{match['frac'] or 0}") * factor
        found.append((match.start(), match.end(), value))
        if match["sep"] and (match["sep"].isspace() or match["sep"] == "_"):
            # A list of numbers looks like one number in groups: both are read.
            found += [
                (match.start(), match.end(), float(part))
                for part in re.split(r"[\s_]", match["int"])
            ]
        parts = re.split(r"[.,]", match["int"])
        if match["sep"] in {".", ","} and len(parts) == 2 and not match["frac"]:
            found.append((match.start(), match.end(), float(f"{parts[0]}.{parts[1]}") * factor))
    return found


@lru_cache(maxsize=20_000)
def _german(word: str) -> int | None:
    """The value of a German number written as one word, such as `dreihundertsechsundsechzig`."""
    if len(word) < 5 or not _GERMAN_NUMBER.fullmatch(word):
        return None
    total = group = 0
    for piece in _GERMAN_PIECE.findall(word):
        if piece == "tausend":
            total, group = total + max(group, 1) * 1000, 0
        elif piece == "hundert":
            group = max(group, 1) * 100
        elif piece != "und":
            group += _GERMAN_PARTS[piece]
    return total + group


def spoken(tokens: list[str]) -> list[float]:
    """The numbers written as words in English, German, Spanish and French."""
    values: list[float] = []
    total = group = 0.0
    fraction: str | None = None
    open_ = False
    for token in [*tokens, ""]:
        if open_ and token in {"and", "y", "et"}:
            continue
        if open_ and fraction is None and token in {"point", "komma", "comma", "punto", "virgule"}:
            fraction = ""
            continue
        value = _NUMBER_WORDS.get(token)
        if value is None and token == "null" and fraction is not None:
            value = 0
        if value is not None and fraction is not None and value < 10:
            fraction += str(value)
            continue
        if value is not None and fraction is None:
            group += value
            open_ = True
            continue
        scale = _SCALES.get(token)
        if scale is not None and fraction is None:
            if scale == 100:
                group = max(group, 1) * 100
            else:
                total, group = total + max(group, 1) * scale, 0.0
            open_ = True
            continue
        if open_:
            values.append(total + group + (float(f"0.{fraction}") if fraction else 0.0))
            total = group = 0.0
            fraction, open_ = None, False
        if token:
            german = _german(token)
            if german is not None:
                group, open_ = float(german), True
    return values


def guess_language(tokens: list[str]) -> tuple[str | None, int]:
    """The language that most of the function words belong to, and how many of them there are."""
    counts = dict.fromkeys(FUNCTION_WORDS, 0)
    for token in tokens:
        for name in _LANGUAGES_OF.get(token, ()):
            counts[name] += 1
    best = max(counts, key=counts.__getitem__)
    return (best, counts[best]) if counts[best] else (None, 0)


def function_words(tokens: list[str], language: str) -> int:
    """How many of the words are function words of a language."""
    known = FUNCTION_WORDS.get(language, frozenset())
    return sum(map(known.__contains__, tokens))


def one_line(text: str) -> str:
    """The text with each run of white space as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip()


def letters_only(text: str) -> list[str]:
    """The words of a folded text without those that hold a figure."""
    return _LETTERS.findall(text)
