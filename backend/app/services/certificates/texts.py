"""The texts of a certificate, by language."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in one language. The methods fill in `{…}`."""

    language: str
    heading: str
    certifies: str
    completed: str
    hour: str
    hours: str
    version: str
    taught_by: str
    completed_on: str
    issued_on: str
    code: str
    verify: str
    revoked: str
    revoked_on: str
    missing: str
    description: str
    criteria: str
    day: str
    months: tuple[str, ...]
    decimal_mark: str = ","
    first_day: str = "1"

    def date(self, day: datetime.date) -> str:
        """A date in words."""
        number = self.first_day if day.day == 1 else str(day.day)
        return self.day.format(day=number, month=self.months[day.month - 1], year=day.year)

    def duration(self, hours: Decimal) -> str:
        """A number of hours, with one decimal place when it is not whole."""
        number = f"{hours:.1f}".removesuffix(".0")
        word = self.hour if number == "1" else self.hours
        return word.format(number=number.replace(".", self.decimal_mark))


_ENGLISH: Final = Texts(
    language="en",
    heading="Certificate of completion",
    certifies="This certifies that",
    completed="has completed the course",
    hour="{number} hour",
    hours="{number} hours",
    taught_by="Taught by {names}",
    version="Version {number}",
    completed_on="Completed on",
    issued_on="Issued on",
    code="Code",
    verify="Check this certificate at",
    revoked="Revoked",
    revoked_on="This certificate was revoked on {date}. It is not valid.",
    missing="The font of this file lacks some characters; the page above shows them.",
    description="Completion of the course “{title}” ({details}).",
    criteria="Every required lesson of the course was completed.",
    day="{day} {month} {year}",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    decimal_mark=".",
)
_GERMAN: Final = Texts(
    language="de",
    heading="Abschlusszertifikat",
    certifies="Hiermit wird bescheinigt, dass",
    completed="den folgenden Kurs abgeschlossen hat:",
    hour="{number} Stunde",
    hours="{number} Stunden",
    taught_by="Unterrichtet von {names}",
    version="Version {number}",
    completed_on="Abgeschlossen am",
    issued_on="Ausgestellt am",
    code="Code",
    verify="Prüfen Sie dieses Zertifikat unter",
    revoked="Widerrufen",
    revoked_on="Dieses Zertifikat wurde am {date} widerrufen. Es ist nicht gültig.",
    missing="Der Schrift dieser Datei fehlen Zeichen; die Seite oben zeigt sie.",
    description="Abschluss des Kurses „{title}“ ({details}).",
    criteria="Jede Pflichtlektion des Kurses wurde abgeschlossen.",
    day="{day}. {month} {year}",
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
)
_SPANISH: Final = Texts(
    language="es",
    heading="Certificado de finalización",
    certifies="Se certifica que",
    completed="ha completado el curso",
    hour="{number} hora",
    hours="{number} horas",
    taught_by="Impartido por {names}",
    version="Versión {number}",
    completed_on="Completado el",
    issued_on="Expedido el",
    code="Código",
    verify="Compruebe este certificado en",
    revoked="Revocado",
    revoked_on="Este certificado fue revocado el {date}. No es válido.",
    missing="A la fuente de este archivo le faltan caracteres; la página de arriba los muestra.",
    description="Finalización del curso «{title}» ({details}).",
    criteria="Se completaron todas las lecciones obligatorias del curso.",
    day="{day} de {month} de {year}",
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
)
_FRENCH: Final = Texts(
    language="fr",
    heading="Certificat de réussite",
    certifies="Nous certifions que",
    completed="a terminé le cours",
    hour="{number} heure",
    hours="{number} heures",
    taught_by="Enseigné par {names}",
    version="Version {number}",
    completed_on="Terminé le",
    issued_on="Délivré le",
    code="Code",
    verify="Vérifiez ce certificat à l\u2019adresse",
    revoked="Révoqué",
    revoked_on="Ce certificat a été révoqué le {date}. Il n\u2019est pas valable.",
    missing="Il manque des caractères à la police de ce fichier ; la page ci-dessus les montre.",
    description="Achèvement du cours « {title} » ({details}).",
    criteria="Toutes les leçons obligatoires du cours ont été terminées.",
    day="{day} {month} {year}",
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    first_day="1er",
)

LANGUAGES: Final = {texts.language: texts for texts in (_ENGLISH, _GERMAN, _SPANISH, _FRENCH)}


def texts_for(locale: str) -> Texts:
    """The texts for a BCP 47 tag; English when its language has none."""
    return LANGUAGES.get(locale.partition("-")[0].lower(), _ENGLISH)
