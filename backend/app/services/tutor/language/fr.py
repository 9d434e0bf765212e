"""French."""

from typing import Final

from app.services.tutor.language.spec import Language

_TEXTS: Final = {
    "greeting": "Je réponds aux questions sur les leçons de ce cours. Que souhaitez-vous savoir ?",
    "greeting_2": "Souhaitez-vous revoir autre chose dans les leçons ?",
    "greeting_3": "Je suis là. Nommez un mot, une leçon ou une étape que je dois chercher.",
    "label": "Cité de vos leçons ; aucun texte n'a été généré.",
    "quote_lead": "Extrait de «{place}» [{number}] :",
    "pointer": "Regardez «{heading}» dans la leçon «{lesson}» [{number}].",
    "guiding": (
        "Relisez «{heading}» dans la leçon «{lesson}» [{number}]. Quelle affirmation y"
        " concerne votre question, et qu'en découle-t-il ?"
    ),
    "opening": (
        "Regardez une seule phrase, dans «{heading}» [{number}] : “{opening}” … Que dit-"
        " elle avec vos mots, et quel est son rapport avec votre question ?"
    ),
    "attempt": "C'est bien d'avoir essayé. Comparez maintenant votre idée avec la leçon :",
    "attempt_2": "C'est une idée que l'on peut vérifier. Voici où le faire :",
    "attempt_3": "Vous avancez pas à pas. Le suivant :",
    "stuck": "Alors faisons un pas plus petit.",
    "stuck_2": "Ce n'est pas grave. Un morceau à la fois :",
    "stuck_3": "Essayons une autre entrée.",
    "stuck_4": "Laissons la question un instant et regardons sur quoi elle repose.",
    "refuse": (
        "Cela fait partie d'un quiz que vous n'avez pas terminé ; je ne dis donc pas la"
        " réponse : il est là pour montrer ce que vous savez faire. L'étape suivante :"
    ),
    "refuse_2": (
        "Je vous laisse toujours la réponse, car elle compte dans votre quiz. Je peux vous"
        " faire avancer d'un pas :"
    ),
    "refuse_3": (
        "Redemander n'y change rien : le quiz est à vous. Voici plutôt de quoi travailler :"
    ),
    "example_lead": "Un cas semblable tiré de la leçon «{lesson}» [{number}] :",
    "summary_lead": "Ce que dit la leçon «{lesson}» :",
    "abstain": "Je n'ai pas trouvé cela dans les leçons qui vous sont ouvertes.",
    "abstain_2": "Les leçons qui vous sont ouvertes ne disent pas cela non plus.",
    "abstain_3": "J'ai cherché cela aussi, et aucune leçon ouverte n'en traite.",
    "closest": "Les leçons les plus proches : {lessons}.",
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

FR: Final = Language(
    texts=_TEXTS,
    suffixes=("ations", "ation", "ment", "ant", "ees", "es", "er", "ee", "e", "s"),
    stopwords="""
        a afin ai ainsi alors apres au aucun aussi autre aux avant avec avoir c car ce cela
        celle celui ces cet cette chaque chez comme comment d dans de depuis des donc dont
        du elle elles en encore entre es est et etait ete etre eu fait il ils j je jusque l
        la le les leur lors lui m ma mais me meme mes moi mon n ne ni non nos notre nous on
        ont ou par pas peu peut plus pour pourquoi qu quand que quel quelle qui quoi s sa
        sans se ses si son sont sous sur ta te tes toi ton tous tout tres tu un une vers vos
        votre vous y
        """,
    function_words="""
        le la les de des du et est sont une un que qui dans pour par pas ne sur avec au aux
        ce cette il elle vous nous se plus mais quand chaque reponse c l d
        """,
    filler="encore dis moi reponse svp stp maintenant oui non aide indice plus allez",
    greeting="bonjour salut bonsoir merci au revoir beaucoup ca va",
    units="""
        zero - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze
        quinze seize
        """,
    tens="vingt trente quarante cinquante soixante",
    scales={"cent": 100, "cents": 100, "mille": 1000},
    number_and="et",
    decimal="virgule",
    negation="pas|jamais|aucune?|ni|sans|rien",
    answer="reponses?|solutions?|choisi\\w*|coche\\w*|resultat est",
    yes="oui|correct|exact|exactement|vrai|bravo|cest ca|tout a fait",
    no="non|faux|incorrect",
    verdict="vraie?|faux|fausse|correcte?|incorrecte?|exacte?|inexacte?|un mythe|une erreur",
    holds="nest pas le cas|ne tient pas",
    claim="affirmation|enonce|phrase|reponse|cest|cela|ca|elle|il|idee",
    copula="est|sont|etait|nest|cest|as|avez",
    hedge="vrai ou faux|decide\\w*|verifi\\w*|demande[rz]? (?:toi|vous)|pourrait|devrait",
    choice="options?|reponses?|lettres?|solutions?|choix|propositions?",
    choose="choisi\\w*|coche\\w*|prends|prenez|selectionne\\w*",
    ordinals=(
        "premiere? deuxieme|seconde? troisieme quatrieme cinquieme derniere? avant.derniere?"
    ),
    link="et|ou|ni|donc|car|avec|seulement|parce|puisque|mais|sauf|de",
    repeats="double|deux triple|trois",
    quiz="quiz|examen|le test|question \\d+",
    label=(
        "etapes?|lecons?|chapitres?|parties?|sections?|figures?|tableaux?|lignes?|pages?|exemples?"
        "|points?|questions?|exercices?|paragraphes?|regles?|cas"
    ),
    signs=(
        "? point dinterrogation / ! point dexclamation / | barre verticale|tube / "
        "* asterisque|etoile / % signe pour cent|pourcentage / # diese|croisillon / "
        "> superieur a|chevron / < inferieur a / & esperluette / $ signe dollar / "
        "@ arobase / ~ tilde / ; point virgule / : deux points / , virgule / . point / "
        "_ tiret bas|souligne / - tirets? / = signe egal / "
        r"/ barre oblique / \ antislash / + signe plus"
    ),
    distress=(
        "je (?:veux|voudrais|souhaite) (?:mourir|me tuer|me suicider|en finir|etre morte?)"
        "|(?:envie|idee|idees) de (?:mourir|me tuer|me suicider|suicide)"
        r"|(?:plus|pas) (?:envie de )?vivre\b(?! (?:sans|avec|de|a)\b)"
        "|(?:me suicider|me faire du mal|mettre fin a mes jours|me scarifie)"
        r"|m(?:on|a) (?:pere|mere|beau pere|oncle|copain|mari|frere|professeur) (?:\w+ )?me "
        "(?:frappe|bat|viole|maltraite)"
    ),
    weary="je n ?en peux plus",
    study="exercice|lecon",
    asks_answer=(
        "(?:la|les|une|le) (?:reponses?|solutions?|resultat|corrige)"
        "|(?:donne|donnez|dis|dites) (?:moi|nous)|quelle est la (?:bonne|reponse)"
        "|vrai ou faux"
    ),
    check="vrai|juste",
    attempt=("je (?:pense|crois)|parce que|mon idee|j ai calcule|car "),
    stuck=r"indices?|aide\w*|comprends pas|bloque\w*|je ne sais pas",
    summary="synthese|points (?:cles|essentiels|principaux)",
    practice=r"interroge\w*|m ?exercer|exercices?",
    off_topic="blague|certificat|mot de passe|qui es tu",
    asking=(
        r"que|quoi|pourquoi|comment|quand|ou|quel\w*|qui|expliqu\w*"
        r"|decri\w*|compar\w*|difference\w*|defini\w*|signifi\w*"
    ),
    question="exercices?",
    example="par exemple|supposons",
    example_heading="exemples?",
    kinds={
        "meaning": (
            r"quest ce qu\w*|cest quoi|que (?:signifie|veut)|definition|definir|sens",
            r"est|sont|signifient?|designent?|appel\w+|consistent?|defini\w*|on entend",
        ),
        "reason": (
            "pourquoi|raison|a quoi (?:sert|bon)",
            r"parce|car|puisque|afin|pour|donc|ainsi|grace|permet\w*|a cause|sinon",
        ),
        "way": ("comment|etapes?|facon|maniere", "en|avec|par|dabord|puis|ensuite|pour|on peut"),
        "difference": (
            r"differen\w+|distingu\w+|compar\w+|au lieu",
            r"tandis|alors que|mais|contrairement|differen\w+|au contraire|cependant|que",
        ),
        "amount": (
            "combien|quand|quel(?:le)? (?:annee|age|nombre)",
            r"\d\S*|deux|trois|quatre|cinq|six|dix|cent|mille|millions?|pour cent|siecle",
        ),
    },
    back="""
        ce cela ceci cette ces cet il elle ils elles ainsi donc mais et aussi alors ici son sa ses
        leur leurs cependant dailleurs
        """,
)
