"""English."""

from typing import Final

from app.services.tutor.language.spec import Language

_TEXTS: Final = {
    "greeting": "I answer questions about the lessons of this course. What would you like to know?",
    "greeting_2": ("Is there anything in the lessons that you want to go through?"),
    "greeting_3": "I am here. Name a word, a lesson or a step that I should look up for you.",
    "label": "Quoted from your lessons; no text was generated.",
    "quote_lead": "From «{place}» [{number}]:",
    "pointer": "Have a look at «{heading}» in the lesson «{lesson}» [{number}].",
    "guiding": (
        "Read «{heading}» in the lesson «{lesson}» [{number}] once more. Which statement"
        " there bears on your question, and what follows from it?"
    ),
    "opening": (
        "Look at one sentence only, in «{heading}» [{number}]: “{opening}” … What does it"
        " say in your own words, and what has it to do with your question?"
    ),
    "attempt": "Good that you tried it. Now hold your thought against the lesson:",
    "attempt_2": "That is a thought to test. This is where you can test it:",
    "attempt_3": "You are working it out step by step. The next one:",
    "stuck": "Then let us make the step smaller.",
    "stuck_2": "No harm in that. One piece of it at a time:",
    "stuck_3": "Let us take another way in.",
    "stuck_4": "We leave the question aside for a moment and look at what it rests on.",
    "refuse": (
        "This belongs to a quiz that you have not finished, so I do not say the answer: the"
        " quiz is there to show what you can do by yourself. The next step:"
    ),
    "refuse_2": (
        "I still leave the answer to you, since it counts in your quiz. What I can do is"
        " take you one step on:"
    ),
    "refuse_3": (
        "Asking again does not change that the quiz is yours. Here is something to work"
        " with instead:"
    ),
    "example_lead": "A similar case from the lesson «{lesson}» [{number}]:",
    "summary_lead": "What the lesson «{lesson}» says:",
    "abstain": "I could not find this in the lessons that are open to you.",
    "abstain_2": "The lessons that are open to you do not say this either.",
    "abstain_3": "I looked for this as well, and no open lesson deals with it.",
    "closest": "The nearest lessons: {lessons}.",
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

EN: Final = Language(
    texts=_TEXTS,
    suffixes=("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s"),
    stopwords="""
        a about above after all also although am an and any are as at be because been before
        being below between both but by can could did do does doing down during each either
        else even ever every few for from further get gets give given gives go goes had has
        have having he her here hers him his how however i if in into is it its itself just
        least let like made make makes many may me might more most much must my neither no
        nor not of off often on once one only or other our ours out over own please put
        rather s same shall she should since so some still such t than that the their theirs
        them then there these they this those though through to too under until up upon us
        use used uses using very was we were what when where whether which while who whom
        whose why will with within without would yet you your yours
        """,
    function_words="""
        the of and is are to that it with for this which you was were have has not by from
        they what when how your can will would should than then there their only be each
        because
        """,
    filler="""
        again answer just tell me please pls plz now come on know dont idk yes no ok okay
        sure what huh hm hmm hmmm mhm ah aha oh uh um tja naja why how next more continue go
        hint help try seriously really already still give want need say it that this one
        thing question same repeat hello hi hey thanks explain
        """,
    greeting="""
        hi hello hey hiya good morning evening afternoon day thanks thank thx ok okay cool
        great nice bye goodbye see lol very much so a lot again there tutor bot you all
        everyone how are
        """,
    units="""
        zero one two three four five six seven eight nine ten eleven twelve thirteen
        fourteen fifteen sixteen seventeen eighteen nineteen
        """,
    tens="twenty thirty forty fifty sixty seventy eighty ninety",
    numerals={"dozen": 12, "score": 20, "twice": 2, "thrice": 3, "doubled": 2, "tripled": 3},
    scales={"hundred": 100, "thousand": 1000, "million": 10**6},
    number_and="and",
    decimal="point comma",
    percent="per ?cent",
    negation=("not|never|cannot|cant|isnt|arent|doesnt|dont|wont|neither|nor|none|without"),
    answer=(
        "answers?|solutions?|key|choose|chosen|pick|select|tick|enter|type in|go (?:with|for)"
        "|result is|should be"
    ),
    yes="yes|yep|yeah|correct|right|exactly|precisely|indeed|bingo|spot on|well done|true",
    no="no|nope|wrong|incorrect|false",
    verdict=(
        "true|false|correct|incorrect|right|wrong|untrue|mistaken|a myth|a misconception|inaccurate"
    ),
    holds=(
        "does(?: not|nt) hold|holds? true|not so|not (?:quite )?(?:true|right)|is(?: not"
        "|nt)? the case|holds(?=\\W*(?:$|[.:;,]))"
        "|(?:that|it|this) is(?: not|nt)? so|(?:disagree|agree)(?= with (?:that|it|this))"
        r"|(?:it|they|he|she|that|this|one) (?:indeed )?(?:do|does|is|are|can|may|will)(?:nt| not)?"
        r"(?= because| since|\W*(?:$|[.:;,]))"
    ),
    claim="statements?|claims?|sentence|assertion|answer|it|its|that|thats|this|guess|you|youre",
    copula="is|are|was|be|its|thats|isnt|arent|youre|becomes?",
    hedge=(
        "whether|true or false|right or wrong|if|ask yourself|decide|judge|check"
        "|(?:might|could|should|must) (?:it |that |you )?be|anyone who"
    ),
    choice=(
        "key|options?|choices?|answers?|letters?|solutions?|alternatives?|box(?:es)?|ones?"
        "|statements?|commands?|person|name|item|term|candidate|entry|entries|number|capital|place"
    ),
    choose="choose|pick|take|select|tick|click|mark|go (?:with|for)|say|exclude|rule out",
    ordinals="first|1st second|2nd third|3rd fourth|4th fifth|5th last|final penultimate",
    link=(
        "and|or|nor|so|because|since|but|with|only|namely|by|for|as|that|which|then|except|of|out"
        "|it|in|from|to|here"
    ),
    repeats="double|two triple|three",
    quiz=(
        "quiz\\w*|self ?check|(?:in|of|on|for) (?:the|your|this) test|(?:the|your|this) exam"
        "|answer key|questions? \\d+"
    ),
    label=(
        "steps?|lessons?|chapters?|parts?|sections?|figures?|tables?|lines?|rows?|pages?|passages?"
        "|examples?|points?|questions?|exercises?|paragraphs?|rules?|cases?"
    ),
    signs=(
        "? question marks? / ! exclamation (?:mark|point)s?|bang / | pipes?|vertical (?:bar|line)"
        " / * asterisks?|stars? / % percent sign|per cent sign / # hash(?: sign)?|pound sign / "
        "> (?:greater|larger|bigger|more).than|right angle bracket / < (?:less|smaller"
        "|lesser).than|left angle bracket / "
        "& ampersand|and sign / $ dollar sign / @ at sign / ~ tilde / ; semi.?colon / : colon / "
        ", comma / ' apostrophe|single quote / ( parenthes[ie]s / [ bracket / { curly bracket|brace"
        " / ` backtick / . full stop|period|dot / _ underscore|underline / - hyphen|dash|minus / "
        r"= equals? signs?|equals?|equal to / / (?:forward )?slash / \ back.?slash / ^ caret"
        r"|circumflex / "
        "+ plus sign"
    ),
    distress=(
        "(?:kill|hurt|harm|cut|cutting|hurting|killing|harming) (?:myself|my self)"
        "|i (?:really |just |only )?(?:want|wanna|wish|would like|hope|plan|going|need) "
        "(?:to |i was |i were )?(?:die|dead|be dead|stop living|stop existing|not exist|disappear "
        "for(?: )?ever|end (?:it all|my life|my own life|everything))"
        "|im going to (?:die by|end (?:it all|my life)|jump off)"
        "|(?:end|ending|take|taking) my (?:own )?life|(?:dont|do not|no longer) (?:really "
        "|even )?want to (?:live|be alive|wake up|exist)|(?:no reason|not worth|no point "
        "in|nothing) (?:to live|living|left to live|to go on)"
        "|life (?:isnt|is not|aint) worth|(?:better off|wish i was|wish i were) (?:dead|without "
        "me|never born)|(?:nobody|no one) (?:would|will) (?:miss me|care if i (?:died|die"
        r"|was gone))|i(?:m| am| feel|ve been| have been) (?:\w+ ){0,3}suicidal"
        r"|i (?:\w+ ){0,5}(?:commit suicide|suicidal thoughts|thinking (?:about|of) suicide)"
        "|(?:my|a) (?:best )?(?:friend|brother|sister|mother|father|son|daughter|roommate"
        r"|classmate|partner|girlfriend|boyfriend) (?:\w+ ){0,4}(?:kill (?:himself|herself"
        "|themselves|themself)|commit suicide|is suicidal|end (?:his|her|their) life)"
        r"|i (?:\w+ ){0,3}self ?harm(?:ing|ed)?|i hate myself and"
        "|(?:my )?(?:dad|father|mom|mum|mother|stepdad|stepfather|stepmother|uncle|husband"
        r"|wife|boyfriend|girlfriend|partner|brother|teacher|coach|parents) (?:\w+ ){0,2}"
        "(?:hits?|beats?|rapes?|raped|abuses?|molests?|molested|hurts|chokes?|touches|touched) "
        "me|i(?:m| am| was| have been|ve been) (?:being |getting )?(?:abused|raped|molested"
        "|beaten (?:up )?(?:at home|by))"
    ),
    weary=(
        r"i\s?(?:cant|can not|cannot) (?:go on|take it|do this) ?(?:any ?more|any longer|like "
        "this)?|i give up on (?:life|everything)|i feel (?:so |completely |totally )?(?:hopeless"
        "|worthless)"
    ),
    study=(
        "quiz|test|question|exercise|homework|task|lesson|course"
        "|query|index|join|table|sql|null|math|statistics?|exam"
        "|understand|follow|because of this"
    ),
    figurative=(
        "suicide (?:rate|rates|statistics?|squeeze|figures|numbers|data)"
        r"|dying to|kill -?\d|kill (?:the|a|this) \w+|want to die of (?:laughter|shame)"
        "|die laughing|killing me softly"
    ),
    asks_answer=(
        "(?:the|an|correct|right|final|exact|actual|full|true) (?:answers?|solutions?|result"
        "|keys?)|answers? (?:key|to|for|of|is|are|please|pls|only)"
        r"|answer (?:it|this|that|me|my|q\w*|number|no)\b|(?:give|tell|show|send|reveal|say"
        r"|write|print|output|need|want|know|leak|spoil) (?:\w+ ){0,4}(?:answers?|solutions?"
        r"|key|letter|option|result)|(?:just|only|simply) (?:\w+ ){0,2}(?:answers?|solutions?"
        "|tell|say|give|letter|number|yes or|type|reply|output|confirm)"
        r"|which (?:\w+ ){0,2}(?:option|choice|letter|one|ones|of these|of them|is right|are "
        r"right|is correct|are correct)|(?:option|choice|answer|letter) (?:[b-h]\b|a$)"
        r"|is (?:it|this|that|the answer) (?:\w+ ){0,3}(?:right|correct|true|false|wrong|[a-h])\b"
        r'|is it [\d"'
        r"'`]|it is [\d.,]+ (?:right|correct)|is [\d.,]+ (?:right|correct|ok)"
        "|(?:am i|was i) (?:right|correct|wrong|close|warm|cold|hot)"
        "|(?:true|right) or (?:false|wrong)|(?:solve|complete|finish) (?:it|this|that|the"
        r"|my|question|number|q\d|exercise|problem|for)|(?:should|shall|do|must|can) i (?:\w+ "
        ")?(?:pick|choose|tick|select|enter|put|mark|click|write|type)"
        r"|(?:do|make) (?:it|this|my \w+) for me|what do i (?:enter|type|put|write|pick|choose)"
        "|(?:rule out|eliminate|cross out|exclude|narrow down)"
        r"|ignore (?:\w+ ){0,3}(?:instructions?|rules?|prompt)"
        r"|system prompt|developer mode|jailbreak|(?:base ?64|rot ?13|hex\w*|morse|backwards?"
        r"|reversed?|acrostic|encod\w+|leet\w*|cipher|caesar|binary|pig latin|initials|starts? "
        "with|begins? with|first letter|rhymes?|spell|syllables?)"
        r"|(?:translate|translation|in) (?:\w+ ){0,2}(?:french|german|spanish|english|italian"
        "|latin|russian|chinese|japanese|dutch|portuguese|polish|swedish|arabic|turkish|korean"
        r"|hindi|esperanto)|(?:quiz|self ?check|test|exam) ?(?:question|item|number|q)? ?\d+"
        r"|q(?:uestion)? ?\d+|(?:question|number|item|exercise|problem|task) (?:no |nr )?"
        r"(?:\d+|one|two|three|four|five|six|seven|eight|nine)\b"
        r"|(?:my|the|our) (?:teacher|professor|instructor|prof|boss|tutor|admin) (?:\w+ ){0,3}"
        "(?:said|says|told|allows?|allowed|wants|asked|approved|gave)"
        "|i am (?:the|a|an|your) (?:teacher|admin|author|developer|instructor|staff|professor"
        "|owner)|im (?:the|a|an|your) (?:teacher|admin|author|developer|instructor|staff|professor"
        "|owner)|(?:pretend|role ?play|act as|imagine you|you are now|story|poem|haiku|limerick"
        "|song)"
    ),
    check="right|correct|true|false",
    attempt=(
        "i (?:think|believe|guess|suppose|tried|try|got|get|would say|calculated|computed"
        "|reckon)|i (?:ended up|came up|worked out|multiplied|divided|added|took|sorted|counted"
        "|write|wrote)|(?:gives|leaves|makes) me|because|therefore"
        "|so that means|that means|my (?:idea|guess|attempt|reasoning|thought|result|answer"
        "|answers) |since"
    ),
    stuck=(
        "stuck|hints?|clue|(?:dont|do not|cant|cannot|didnt) (?:really |even |quite )?(?:understand"
        r"|get|see|know|follow)|confus\w+|no (?:idea|clue)|im lost"
        "|i am lost|help|idk|where (?:do|should) i (?:start|begin)"
        "|how (?:do|should) i (?:start|begin)|nudge"
    ),
    summary=(
        r"summar\w+|sum (?:it |this |the \w+ )?up|tl ?dr|key (?:points|ideas|takeaways)"
        "|overview|recap|in (?:a )?nutshell|main (?:points|ideas)"
    ),
    practice=(
        "quiz me|test me|ask me|(?:let me|want to|can i|can we|like to|more) practi[sc]e"
        "|practi[sc]e (?:questions?|problems?|tasks?|exercises?|with)"
        "|drill me|check my understanding|(?:another|similar|new) (?:exercise|problem|question"
        r"|task)|give me (?:an|another|some|a) (?:exercise|problem|task|practice)\w*"
    ),
    off_topic=(
        "weather|joke|football|recipe|who are you|what are you"
        "|are you (?:a |an )?(?:human|robot|ai|bot)|deadline"
        r"|due date|refund|certificate|password|log ?in|enrol\w*"
        r"|unenrol\w*|my (?:grade|account|profile|payment)"
    ),
    asking=(
        "what|whats|why|how|when|where|which|who|whose|explain"
        "|describe|compare|define|difference|meaning|tell me (?:more )?about"
    ),
    question=("questions?|exercises?|problems?|tasks?|items?|number|no|q"),
    example="for example|for instance|suppose",
    example_heading="examples?|lab|try|suppose",
    abbreviation=r"e\.g|i\.e|vs|cf|etc|No|Fig|Dr|Prof|St",
    kinds={
        "meaning": (
            r"what(?:s| is| are| does| do)? (?!the difference)|define|definition|meaning of|mean",
            "is|are|means?|refers? to|called|known as|defined|consists? of|describes?|contains?",
        ),
        "reason": (
            "why|what for|reason|how come|purpose|point of",
            "because|since|so that|therefore|due to|in order to|otherwise|reason|so|allows?"
            "|purpose|helps?|prevents?|would|to avoid",
        ),
        "way": (
            "how (?:do|can|to|does|should|would|could|is|are|did)|way to|steps?",
            "by|using|use|first|then|to|with|through|run|type|can",
        ),
        "difference": (
            r"differ\w*|versus|vs|compar\w+|distinguish\w*|instead of|better than",
            r"while|whereas|but|unlike|instead|differ\w*|in contrast|both|however|than|rather",
        ),
        "amount": (
            "how (?:many|much|long|often|old|big|large|far|fast)|when|what (?:year|number|age)",
            r"\d\S*|one|two|three|four|five|six|ten|hundred|thousand|million|percent|century",
        ),
    },
    back="""
        this that these those it they he she such so therefore thus hence however but and or also
        then here there its their instead similarly likewise otherwise moreover
        """,
)
