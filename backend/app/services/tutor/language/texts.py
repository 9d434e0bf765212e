"""Fixed texts of the tutor, by key and language; what is not translated is English."""

from types import MappingProxyType
from typing import Final

_EN: Final = {
    "greeting": "I answer questions about the lessons of this course. What would you like to know?",
    "label": "Quoted from your lessons; no text was generated.",
    "source": "From «{place}»",
    "quote_lead": "From «{place}» [{number}]:",
    "pointer": "Have a look at «{heading}» in the lesson «{lesson}» [{number}].",
    "guiding_question": (
        "Read «{heading}» once more. Which statement there bears on your question, and what follows"
        " from it?"
    ),
    "example_lead": "A similar case from the lesson «{lesson}» [{number}]:",
    "summary_lead": "What the lesson «{lesson}» says:",
    "abstain": "I could not find this in the lessons that are open to you.",
    "closest": "The nearest lessons: {lessons}.",
    "practice_refused": (
        "Questions of a quiz stay in the quiz until you have finished it. I can help you practise"
        " what they rest on."
    ),
    "nudge_1": "Find the section of the lesson that deals with this, and start there.",
    "nudge_2": "What do you know already, and which step is missing?",
    "nudge_3": "Put the idea of the lesson into your own words, then try it on your question.",
    "nudge_4": "Try the same steps as in the example, and tell me where you get to.",
    "nudge_5": "Compare this with your finished attempt: where do the two part?",
    "distress": (
        "Thank you for telling me. You matter, and you do not have to carry this alone. I am a"
        " program and cannot help as a person can: please talk to someone now, such as a friend,"
        " your family, a teacher or a helpline (findahelpline.com lists them by country). If you or"
        " someone else is in danger, call your local emergency number now. The lesson can wait."
    ),
    "suggestion_hint": "Give me a hint",
    "suggestion_explain": "Explain the concept",
    "suggestion_practice": "Let me practise",
    "suggestion_check": "Check my thinking",
    "suggestion_next": "What comes next?",
    "suggestion_summary": "Sum up the lesson",
}

_DE: Final = {
    "greeting": "Ich beantworte Fragen zu den Lektionen dieses Kurses. Was möchten Sie wissen?",
    "label": "Aus Ihren Lektionen zitiert; es wurde kein Text erzeugt.",
    "source": "Aus «{place}»",
    "quote_lead": "Aus «{place}» [{number}]:",
    "pointer": "Sehen Sie sich «{heading}» in der Lektion «{lesson}» an [{number}].",
    "guiding_question": (
        "Lesen Sie «{heading}» noch einmal. Welche Aussage dort betrifft Ihre Frage, und was folgt"
        " daraus?"
    ),
    "example_lead": "Ein ähnlicher Fall aus der Lektion «{lesson}» [{number}]:",
    "summary_lead": "Was die Lektion «{lesson}» sagt:",
    "abstain": "Dazu habe ich in den Lektionen, die Ihnen offenstehen, nichts gefunden.",
    "closest": "Am nächsten liegen: {lessons}.",
    "practice_refused": (
        "Die Fragen eines Tests bleiben im Test, bis Sie ihn abgeschlossen haben. Ich kann mit"
        " Ihnen üben, worauf sie beruhen."
    ),
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

_ES: Final = {
    "greeting": "Respondo a preguntas sobre las lecciones de este curso. ¿Qué le gustaría saber?",
    "label": "Citado de tus lecciones; no se ha generado texto.",
    "source": "De «{place}»",
    "quote_lead": "De «{place}» [{number}]:",
    "pointer": "Mira «{heading}» en la lección «{lesson}» [{number}].",
    "guiding_question": (
        "Lee otra vez «{heading}». ¿Qué afirmación de ahí atañe a tu pregunta y qué se sigue de"
        " ella?"
    ),
    "example_lead": "Un caso parecido de la lección «{lesson}» [{number}]:",
    "summary_lead": "Lo que dice la lección «{lesson}»:",
    "abstain": "No he encontrado esto en las lecciones que tienes abiertas.",
    "closest": "Las lecciones más cercanas: {lessons}.",
    "practice_refused": (
        "Las preguntas de un cuestionario se quedan en él hasta que lo termines. Puedo ayudarte a"
        " practicar aquello en que se basan."
    ),
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

_FR: Final = {
    "greeting": "Je réponds aux questions sur les leçons de ce cours. Que souhaitez-vous savoir ?",
    "label": "Cité de vos leçons ; aucun texte n'a été généré.",
    "source": "Extrait de «{place}»",
    "quote_lead": "Extrait de «{place}» [{number}] :",
    "pointer": "Regardez «{heading}» dans la leçon «{lesson}» [{number}].",
    "guiding_question": (
        "Relisez «{heading}». Quelle affirmation y concerne votre question, et qu'en découle-t-il ?"
    ),
    "example_lead": "Un cas semblable tiré de la leçon «{lesson}» [{number}] :",
    "summary_lead": "Ce que dit la leçon «{lesson}» :",
    "abstain": "Je n'ai pas trouvé cela dans les leçons qui vous sont ouvertes.",
    "closest": "Les leçons les plus proches : {lessons}.",
    "practice_refused": (
        "Les questions d'un quiz restent dans le quiz jusqu'à ce que vous l'ayez terminé. Je peux"
        " vous aider à travailler ce sur quoi elles reposent."
    ),
    "nudge_1": "Cherchez la section de la leçon qui en traite, et commencez par là.",
    "nudge_2": "Que savez-vous déjà, et quelle étape manque ?",
    "nudge_3": "Dites l'idée de la leçon avec vos mots, puis essayez-la sur votre question.",
    "nudge_4": "Suivez les mêmes étapes que dans l'exemple, et dites-moi jusqu'où vous arrivez.",
    "nudge_5": "Comparez avec votre essai terminé : où les deux se séparent-ils ?",
    "distress": (
        "Merci de me le dire. Vous comptez, et vous n'avez pas à porter cela seul. Je suis un"
        " programme et je ne peux pas aider comme une personne : parlez maintenant à quelqu'un, à"
        " un ami, à votre famille, à un enseignant ou à une ligne d'écoute (findahelpline.com les"
        " recense par pays). Si vous ou une autre personne êtes en danger, appelez tout de suite le"
        " numéro d'urgence local. La leçon peut attendre."
    ),
    "suggestion_hint": "Donnez-moi un indice",
    "suggestion_explain": "Expliquez la notion",
    "suggestion_practice": "Je veux m'exercer",
    "suggestion_check": "Vérifiez mon raisonnement",
    "suggestion_next": "Que vient ensuite ?",
    "suggestion_summary": "Résumez la leçon",
}

_TEXTS: Final = MappingProxyType({"en": _EN, "de": _DE, "es": _ES, "fr": _FR})
KEYS: Final = frozenset(_EN)
LANGUAGES: Final = tuple(_TEXTS)


def language(locale: str) -> str:
    """The language of a locale: `de` of `de-CH` or `DE_at`."""
    return locale.replace("_", "-").partition("-")[0].lower()


def templates(locale: str) -> list[str]:
    """All texts of a language, values as `{name}`."""
    known = _TEXTS.get(language(locale), _EN)
    return [known[key] for key in sorted(KEYS)]


def text(key: str, locale: str, **values: object) -> str:
    """The text of a key with its values filled in.

    Values by key: `source` place; `quote_lead` place, number; `pointer` heading, lesson, number;
    `guiding_question` heading; `example_lead` lesson, number; `summary_lead` lesson; `closest`
    lessons. A value is put in as it is, braces and all.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    return _TEXTS.get(language(locale), _EN)[key].format(**values)
