"""Languages that the tutor recognizes, to refuse sentences in them, but does not speak."""

from typing import Final

# By code: function words that are rare in the other languages.
FUNCTION_WORDS: Final = {
    "it": """
        il lo gli di che e sono un una per con non del della dei nel nella si come piu ma
        questo questa quando perche ogni al anche la le risposta
        """,
    "pt": """
        o os as de que e sao um uma por com para nao do da dos das em no na se como mais mas
        este esta quando porque cada ao resposta
        """,
    "nl": """
        de het een en is zijn niet van met voor op te dat die in er aan ook als bij naar
        wordt worden maar wat hoe je alleen deze antwoord
        """,
    "pl": """
        jest nie na do sie ze jak co dla tylko oraz ale przez jego kazdy kiedy tego
        odpowiedz sa od po
        """,
    "sv": """
        och ar det att en ett som inte pa for med av den till om har bara var men kan nar
        hur svaret
        """,
    "da": """
        og er det at en et som ikke pa for med af den til om har kun var men kan nar hvordan
        svaret
        """,
    "tr": """
        ve bir bu da de icin ile degil cok ne gibi daha olan olarak her ama sadece cevap
        dogru
        """,
    "id": """
        yang dan di ke dari ini itu untuk dengan adalah tidak pada dalam akan jika karena
        hanya jawaban
        """,
    "ro": """
        si este un o de la nu cu pe care din sunt mai pentru ca in sau dar numai raspunsul
        """,
    "cs": """
        je se na ze do neni jako jen ale pro kazdy kdyz odpoved jsou od po
        """,
    "fi": """
        on ja ei se etta kun tai vain mutta joka ovat vastaus myos niin kuin
        """,
    "hu": """
        az es nem hogy egy van csak de mert minden ha valasz amely is
        """,
    "vi": """
        la va cua khong mot cac cho voi duoc trong nay dap an
        """,
    "la": """
        est et non in ad quod cum sed qui quae sunt per ex
        """,
    "sw": """
        na ya wa ni kwa katika hii si jibu la kama
        """,
}
