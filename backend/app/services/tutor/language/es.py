"""Spanish."""

from typing import Final

from app.services.tutor.language.spec import Language

_TEXTS: Final = {
    "greeting": "Respondo a preguntas sobre las lecciones de este curso. ¿Qué le gustaría saber?",
    "greeting_2": "¿Quieres repasar algo más de las lecciones?",
    "greeting_3": "Aquí estoy. Dime una palabra, una lección o un paso que deba buscar.",
    "label": "Citado de tus lecciones; no se ha generado texto.",
    "quote_lead": "De «{place}» [{number}]:",
    "pointer": "Mira «{heading}» en la lección «{lesson}» [{number}].",
    "guiding": (
        "Lee otra vez «{heading}» en la lección «{lesson}» [{number}]. ¿Qué afirmación de"
        " ahí atañe a tu pregunta y qué se sigue de ella?"
    ),
    "opening": (
        "Mira una sola frase, en «{heading}» [{number}]: “{opening}” … ¿Qué dice con tus"
        " palabras y qué tiene que ver con tu pregunta?"
    ),
    "attempt": "Bien por intentarlo. Ahora compara tu idea con la lección:",
    "attempt_2": "Es una idea que se puede comprobar. Aquí puedes hacerlo:",
    "attempt_3": "Avanzas paso a paso. El siguiente:",
    "stuck": "Entonces hagamos el paso más pequeño.",
    "stuck_2": "No pasa nada. Un trozo cada vez:",
    "stuck_3": "Probemos otro camino.",
    "stuck_4": "Dejamos la pregunta un momento y miramos en qué se apoya.",
    "refuse": (
        "Esto es de un cuestionario que aún no has terminado, por eso no digo la respuesta:"
        " está para mostrar lo que sabes hacer por tu cuenta. El siguiente paso:"
    ),
    "refuse_2": (
        "La respuesta sigue siendo tuya, porque cuenta en tu cuestionario. Lo que puedo"
        " hacer es llevarte un paso más allá:"
    ),
    "refuse_3": (
        "Preguntar otra vez no cambia que el cuestionario es tuyo. Con esto sí puedes trabajar:"
    ),
    "example_lead": "Un caso parecido de la lección «{lesson}» [{number}]:",
    "summary_lead": "Lo que dice la lección «{lesson}»:",
    "abstain": "No he encontrado esto en las lecciones que tienes abiertas.",
    "abstain_2": "Las lecciones que tienes abiertas tampoco dicen esto.",
    "abstain_3": "También lo he buscado, y ninguna lección abierta trata de ello.",
    "closest": "Las lecciones más cercanas: {lessons}.",
    "nudge_1": "Busca la sección de la lección que trata de esto y empieza por ahí.",
    "nudge_2": "¿Qué sabes ya y qué paso falta?",
    "nudge_3": "Di la idea de la lección con tus palabras y pruébala después con tu pregunta.",
    "nudge_4": "Da los mismos pasos que en el ejemplo y dime hasta dónde llegas.",
    "nudge_5": "Compáralo con tu intento terminado: ¿dónde se separan?",
    "distress": (
        "Gracias por contármelo. Tú importas y no tienes que llevar esto a solas. Soy un programa y"
        " no puedo ayudar como una persona: habla ahora con alguien, con un amigo, tu familia, un"
        " profesor o una línea de ayuda (findahelpline.com las reúne por país). Si tú u otra"
        " persona está en peligro, llama ya al número de emergencias de tu zona. La lección puede"
        " esperar."
    ),
    "suggestion_hint": "Dame una pista",
    "suggestion_explain": "Explica el concepto",
    "suggestion_practice": "Quiero practicar",
    "suggestion_check": "Revisa mi razonamiento",
    "suggestion_next": "¿Qué viene después?",
    "suggestion_summary": "Resume la lección",
}

ES: Final = Language(
    texts=_TEXTS,
    suffixes=("aciones", "acion", "mente", "ando", "iendo", "os", "as", "es", "o", "a", "s"),
    stopwords="""
        a al algo algun alguna ante antes aqui asi aun aunque cada como con cual cuales
        cuando de del desde donde dos el ella ellas ellos en entonces entre era eres es esa
        ese eso esta estan este esto estos fue ha hace hacia han hasta hay la las le les lo
        los mas me mi mientras muy nada ni no nos nosotros o otra otro para pero poco por
        porque pues que quien se sea ser si sin sobre solo son su sus tambien tan te tiene
        todo todos tu un una unas uno unos usted y ya yo
        """,
    function_words="""
        el la los las de que y es son fue fueron en un una por con para del se no lo como
        mas pero esta este cuando porque al su sus si hay cada respuesta correcta
        """,
    filler="otra vez dime respuesta por favor ahora si venga ayuda pista mas",
    greeting="hola buenos buenas dias tardes noches gracias adios vale muchas que tal",
    units="""
        cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce
        quince dieciseis diecisiete dieciocho diecinueve
        """,
    tens="veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    scales={"cien": 100, "ciento": 100, "mil": 1000},
    number_and="y",
    decimal="punto",
    negation="no|nunca|jamas|ningun\\w*|ni|tampoco|sin|nada",
    answer=(
        r"respuestas?|solucion\w*|elige|escoge|marca|pon|opcion correcta|resultado es"
        "|correct[ao]s? es"
    ),
    yes="si|correct[oa]|exacto|exactamente|cierto|verdader[oa]|asi es|bien hecho|claro",
    no="no|falso|falsa|incorrecto|incorrecta",
    verdict=(
        "verdad|verdader[oa]|fals[oa]|correct[oa]|incorrect[oa]|ciert[oa]|un mito|un error|mentira"
    ),
    holds=(
        r"(?:no )?se cumple|(?:no )?es asi|esta (?:mal|bien)|de acuerdo"
        r"|(?:no )?lo (?:es|son|hace|hacen|puede)(?=\W*(?:$|[.:;,]))|^\W*no (?:es|son|esta)"
    ),
    claim="afirmacion|frase|enunciado|respuesta|eso|esto|esta|lo|tu idea",
    copula="es|son|era|esta|tienes|tiene",
    hedge="verdadero o falso|cierto o falso|decide|comprueba|piensa|preguntate|si es",
    choice=(
        "opcion(?:es)?|respuestas?|letras?|solucion(?:es)?|alternativas?|correctas?|numero"
        "|afirmacion|comando|casilla"
    ),
    choose="elige|escoge|marca|selecciona|toma|descarta|tacha",
    ordinals="primer[ao]? segund[ao] tercer[ao]? cuart[ao] quint[ao] ultim[ao] penultim[ao]",
    link="y|o|u|ni|con|solo|porque|pues|ya|luego|sino|pero|excepto|salvo|seria|diria|de|que|aqui",
    repeats="doble|dos triple|tres",
    quiz="cuestionario|quiz|examen|la prueba|pregunta \\d+",
    label=(
        "pasos?|leccion(?:es)?|capitulos?|partes?|seccion(?:es)?|figuras?|tablas?|lineas?|filas?"
        "|paginas?|ejemplos?|puntos?|preguntas?|ejercicios?|parrafos?|reglas?|casos?"
    ),
    signs=(
        "? (?:signo de )?(?:interrogacion|pregunta) / ! (?:signo de )?(?:exclamacion|admiracion) / "
        "| barra vertical|tuberia|pleca / * asteriscos?|estrella / "
        "% (?:signo de )?(?:porcentaje|porciento|tanto por ciento)|por ciento / "
        "# almohadilla|numeral / > (?:signos? (?:de )?)?mayor que / "
        "< (?:signos? (?:de )?)?menor que / & ampersand / "
        "$ signo de dolar|signo de pesos|dolar / @ arroba / ~ virgulilla|tilde / ; punto y coma / "
        ": dos puntos / , coma / . punto / _ guion bajo / - guion(?:es)?|menos|raya / "
        "^ circunflejo / "
        r"= signo (?:de )?igual|igual / / barra / \ barra invertida / "
        "+ signo mas"
    ),
    distress=(
        "(?:quiero|quisiera|deseo) (?:morir|morirme|matarme|suicidarme|estar muert[oa])"
        "|(?:ya )?no quiero (?:seguir )?(?:viviendo|vivir)|(?:suicidarme|quitarme la vida"
        "|hacerme dano|me quiero matar|me corto los)|mi (?:padre|madre|padrastro|tio|novio"
        r"|marido|hermano|profesor) (?:\w+ )?me (?:pega|golpea|viola|maltrata|abusa)"
        "|abusan de mi"
    ),
    weary="ya no puedo mas",
    study="pregunta|ejercicio|leccion",
    asks_answer=(
        r"(?:la|las|una) (?:respuestas?|solucion(?:es)?)|(?:dame|dime|dinos|resuelve|revela)\b"
        "|cual es la (?:correcta|respuesta)|(?:es|son) correct[oa]s?"
        "|verdadero o falso"
    ),
    check="correcto|verdad",
    attempt="creo que|pienso que|porque|mi idea|he calculado",
    stuck=(
        r"pistas?|ayuda\w*|no entiendo|no se como|atascad[oa]"
        "|no comprendo"
    ),
    summary=r"resum\w+|sintesis|puntos (?:clave|principales)",
    practice="preguntame|quiero practicar|ejercicios?|ponme a prueba",
    off_topic="chiste|certificado|contrasena|quien eres",
    asking=(
        r"que|como|cuando|donde|cual\w*|quien\w*|explica\w*|describ\w*"
        r"|compar\w*|diferencia\w*|defin\w*|significa\w*"
    ),
    question="preguntas?|ejercicios?",
    example="por ejemplo|supongamos",
    example_heading="ejemplos?",
    kinds={
        "meaning": (
            "que (?:es|son|significan?|quiere)|define|definicion|significado",
            r"es|son|significan?|se refieren? a|se llaman?|llamad\w+|consisten? en|se defin\w+"
            "|se conocen? como",
        ),
        "reason": (
            "por que|para que|razon|motivo",
            "porque|ya que|pues|puesto que|para|debido|por eso|por lo tanto|asi|permiten?",
        ),
        "way": ("como|pasos?|manera|forma de", "con|mediante|usando|primero|luego|para|se puede"),
        "difference": (
            r"diferenci\w+|distingu\w+|compar\w+|en vez|en lugar",
            r"mientras|en cambio|pero|a diferencia|sino|diferenci\w+|ambos|sin embargo|que",
        ),
        "amount": (
            "cuant[oa]s?|cuando|que (?:ano|edad|numero)",
            r"\d\S*|dos|tres|cuatro|cinco|seis|diez|cien|mil|millones|por ciento|siglo",
        ),
    },
    back="""
        esto este esta estos estas eso ese esa ello ellos ella asi por pero y tambien entonces aqui
        ademas sin su sus tal tales
        """,
)
