"""Spanish rules for facts: who somebody is, whose relative, what they do, where they live, and what befalls them.

Pure data, the same topics as in English; a sentence that needs its context to be understood is left alone.
"""

from __future__ import annotations

import re

from characters.claims import ClaimRules, claim_rule

_UPPER = "A-ZÁÉÍÓÚÜÑ"
NAME = rf"(?:(?:[Dd]on|[Dd]oña|Sor|[Ss]eñora?|[Ss]eñorita) )?[{_UPPER}][\w-]+(?: (?:de |del )?[{_UPPER}][\w-]+){{0,2}}"
_CAPS = rf"[{_UPPER}][{_UPPER}.-]+(?: [{_UPPER}][{_UPPER}.-]+){{0,3}}"
KIN = (
    r"(?:padre|madre|hermano|hermana|hijo|hija|abuelo|abuela|nieto|nieta|padrino|madrina|ahijado|ahijada|tío|tía|"
    r"sobrino|sobrina|primo|prima|esposo|esposa|marido|mujer|viuda|viudo|prometido|prometida|novio|novia|suegro|"
    r"suegra|cuñado|cuñada)\b"
)
JOBS = (
    r"contable|abogad[oa]|médic[oa]|doctora?|enfermer[oa]|maestr[oa]|profesora?|cociner[oa]|chófer|mayordomo|criada|"
    r"ama de llaves|secretari[oa]|detective|inspectora?|policía|soldado|marinero|capitán|pescadora?|carpinter[oa]|"
    r"sastre|modista|pintora?|cantante|actor|actriz|bailarina?|músic[oa]|pianista|escritora?|periodista|fotógraf[oa]|"
    r"arquitect[oa]|ingenier[oa]|banquer[oa]|camarer[oa]|jardiner[oa]|juez|jueza|cura|monja|ladrón|ladrona|"
    r"notari[oa]|dueñ[oa]|inquilin[oa]|hereder[oa]|mecánic[oa]|panader[oa]|bodeguer[oa]|capataz|director|directora"
)
_NUMBER = (
    r"\d{1,3}|(?:treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)(?: y (?:uno|dos|tres|cuatro|cinco|seis|"
    r"siete|ocho|nueve))?|veinti\w+|veinte|diecis\w+|dieci\w+|quince|catorce|trece|doce|once|diez"
)
_HOME = r"CASA|PISO|APARTAMENTO|HABITACIÓN|CUARTO|DORMITORIO|HACIENDA"
_WORK = r"DESPACHO|OFICINA|TIENDA|TALLER|PANADERÍA|CLÍNICA|RESTAURANTE|BAR|CONSULTA"
_DEATH = r"murió|ha muerto|está muert[oa]|falleció|se ahogó|se mató|fue asesinad[oa]"
_SOY = r"(?<!No )(?<!no )\b[Ss]oy"

_SPOKEN = (
    claim_rule(
        "name",
        rf"(?:{_SOY}|\b[Mm]e llamo|\b[Mm]i nombre es) (?P<v>{NAME})(?=[.,!;]|$)",
        "{speaker} es {v}.",
        confidence=0.85,
    ),
    claim_rule(
        "name", rf"\b[Tt]e llamas (?P<v>{NAME})(?=[.,!;]|$)", "{addressee} se llama {v}.", "addressee", confidence=0.8
    ),
    claim_rule(
        "relation",
        rf"{_SOY} (?P<v>el|la) (?P<k>{KIN}) de (?P<n>{NAME})",
        "{speaker} es {v} {k} de {n}.",
        kind="relationship",
        confidence=0.85,
        people_only=False,
    ),
    claim_rule(
        "relation", rf"{_SOY} tu (?P<k>{KIN})", "{speaker} es {k} de {addressee}.", kind="relationship", confidence=0.8
    ),
    claim_rule(
        "relation",
        rf"\b[Ee]res mi (?P<k>{KIN})",
        "{addressee} es {k} de {speaker}.",
        "addressee",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME}) es (?P<v>el|la) (?P<k>{KIN}) de (?P<n2>{NAME})",
        "{n} es {v} {k} de {n2}.",
        "n",
        kind="relationship",
        confidence=0.85,
        people_only=False,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME}) es mi (?P<k>{KIN})",
        "{n} es {k} de {speaker}.",
        "n",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relative",
        rf"^(?:Y |Pero |No, )?[Mm]i (?P<k>{KIN}) (?P<v>(?:es|era|está|estaba|murió|se|tiene|tenía|trabaja|trabajaba|vive|vivía|vendió|hizo|construyó|canta|cantaba|fue|ha)\b.+)$",
        "{the} {k} de {speaker} {v}",
        confidence=0.7,
    ),
    claim_rule(
        "relative",
        rf"\b(?:que|porque) mi (?P<k>{KIN}) (?P<v>(?:trabaja|vive|está|es|murió|tiene) [^,.!?;]+)",
        "{the} {k} de {speaker} {v}.",
        confidence=0.65,
    ),
    claim_rule(
        "occupation",
        rf"{_SOY} (?P<v>(?:(?:el|la|un|una) )?(?:{JOBS}))(?=[.,!; ]|$)",
        "{speaker} es {v}.",
        confidence=0.75,
    ),
    claim_rule(
        "occupation",
        rf"\b[Vv]engo por el puesto de (?P<v>{JOBS})",
        "{speaker} viene por el puesto de {v}.",
        confidence=0.8,
    ),
    claim_rule(
        "occupation",
        r"\b[Tt]rabajo (?P<v>(?:en|de|para|como) [^,.!?;]{3,50})",
        "{speaker} trabaja {v}.",
        confidence=0.6,
    ),
    claim_rule("home", r"\b[Vv]ivo (?P<v>(?:en|con) [^,.!?;]{3,50})", "{speaker} vive {v}.", confidence=0.75),
    claim_rule("age", rf"\b[Tt]engo (?P<v>{_NUMBER}) años\b", "{speaker} tiene {v} años.", confidence=0.75),
    claim_rule(
        "skill",
        r"^No sé (?P<v>nadar|leer|escribir|conducir|cantar|bailar|cocinar)\b",
        "{speaker} no sabe {v}.",
        confidence=0.7,
    ),
    claim_rule("death", rf"(?P<n>{NAME}) (?P<v>{_DEATH})", "{n} {v}.", "n", confidence=0.6, people_only=False),
    claim_rule(
        "dismissal", r"\b[Ee]stás? despedid[oa]\b", "{speaker} despide a {addressee}.", "addressee", confidence=0.75
    ),
    claim_rule("child", r"\b[Ee]stoy embarazada\b", "{speaker} está embarazada.", confidence=0.85),
    claim_rule(
        "proposal",
        r"\b[Cc]ásate conmigo\b|\b[Qq]uieres casarte conmigo\b",
        "{speaker} pide matrimonio a {addressee}.",
        "pair",
        kind="relationship",
        confidence=0.85,
        asks=True,
    ),
    claim_rule(
        "marriage",
        rf"(?P<n>{NAME}) se casa conmigo\b",
        "{speaker} anuncia su boda con {n}.",
        "pair",
        kind="relationship",
        confidence=0.7,
    ),
    claim_rule(
        "marriage",
        rf"(?P<n>{NAME}) se casa con (?P<n2>{NAME})",
        "{n} se casa con {n2}.",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "promise",
        r"\b(?:[Tt]e (?:lo )?prometo|[Oo]s prometo|[Tt]e doy mi palabra)\b(?P<v>.*)",
        "{speaker} promete: “{sentence}”",
        confidence=0.55,
    ),
)
_SHOWN = (
    claim_rule("death", rf"(?P<n>{NAME}) (?P<v>muere|fallece|cae muert[oa])\b", "{n} {v}.", "n", confidence=0.7),
    claim_rule(
        "kiss",
        rf"(?P<n>{NAME}) besa a (?P<n2>{NAME})",
        "{n} besa a {n2}.",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "prop",
        rf"(?P<n>{NAME}) (?P<v>(?:lleva|viste|guarda) (?:un|una|el|la|su) [^,.;:—]{{3,60}})",
        "{n} {v}.",
        "n",
        kind="prop",
        confidence=0.6,
    ),
)
_PLACES = (
    claim_rule("home", rf"\b(?P<k>{_HOME}) DE (?P<n>[^,.]+)", "{n} vive en {place}.", "n", confidence=0.7),
    claim_rule("work", rf"\b(?P<k>{_WORK}) DE (?P<n>[^,.]+)", "{n} trabaja en {place}.", "n", confidence=0.7),
)
_NOT_NAMES = """
yo dios lunes martes miércoles jueves viernes sábado domingo sí no pues y pero señor señora señorita el la
los las un una esa ese eso esta este él ella qué quién dónde cuándo aquí allí
"""

RULES = ClaimRules(
    spoken=_SPOKEN,
    shown=_SHOWN,
    places=_PLACES,
    introduced=re.compile(rf"(?P<n>{_CAPS}), (?:de )?(?P<age>\d{{1,3}})(?: años)?(?:, (?P<v>[^.!?;]+))?"),
    introduction="{n} tiene {age} años: {v}.",
    introduction_bare="{n} tiene {age} años.",
    vocatives={
        "papá": "padre",
        "padre": "padre",
        "mamá": "madre",
        "madre": "madre",
        "abuela": "abuela",
        "abuelo": "abuelo",
        "madrina": "madrina",
        "padrino": "padrino",
        "hermana": "hermana",
        "hermano": "hermano",
    },
    vocative=re.compile(
        r"(?:^|, )(?P<k>[Pp]apá|[Pp]adre|[Mm]amá|[Mm]adre|[Aa]buel[oa]|[Mm]adrina|[Pp]adrino|[Hh]erman[oa])(?:[,.!?]|$)"
    ),
    relation="{addressee} es {k} de {speaker}.",
    not_names=frozenset(_NOT_NAMES.split()),
    vague=re.compile(
        r"\b(?:yo|tú|él|ella|ellos|ellas|usted|eso|esto|esa|ese|aquí|allí|mis?|tus?|me|te|nos|os)\b", re.IGNORECASE
    ),
)
