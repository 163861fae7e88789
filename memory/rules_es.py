"""Spanish rules: what a fan says of themself, slot by slot. Verbs carry the person, so a rule names their first person.

Pure data; as in English, a rule errs on the side of reading nothing.
"""

from __future__ import annotations

import re

from memory.rules import Rule, rule

STOP = re.compile(
    r"\s+(?:con|desde|porque|ahora|hoy|ayer|mañana|cuando|donde|que|y|pero|hasta|después|antes|ya|también|este|esta|hace|"
    r"la semana|el mes|el año|por ahora|para siempre|últimamente|si|mientras|jaja|por favor|más)\b.*|[,;:(!?.].*",
    re.IGNORECASE | re.DOTALL,
)
_NEVER_TEXT = """
tú ti él ella eso esto que como cuando todo nada algo así te lo la le
"""
NEVER = frozenset(_NEVER_TEXT.split())
_NAME = r"(?P<v>[^\W\d_][\w'’-]*(?: (?-i:[A-ZÁÉÍÓÚÑ])[\w'’-]+){0,2})"
_KIN = r"madre|mamá|padre|papá|hermana|hermano|hija|hijo|abuela|abuelo|tía|tío|prima|primo|jefa|jefe|mejor amiga|mejor amigo"
_PARTNER = r"esposo|esposa|marido|mujer|novio|novia|pareja|prometido|prometida"
_PET = r"perro|perra|perrito|gato|gata|gatito|loro|conejo|caballo|tortuga|pez|hámster"
_JOBS = (
    r"enfermer[ao]|maestr[ao]|profesor[a]?|médic[ao]|doctor[a]?|abogad[ao]|ingenier[ao]|cociner[ao]|camarer[ao]|estudiante|"
    r"conductor[a]?|diseñador[a]?|programador[a]?|escritor[a]?|periodista|fotógraf[ao]|músic[ao]|cantante|actor|actriz|"
    r"contador[a]?|arquitect[ao]|traductor[a]?|veterinari[ao]|dentista|psicólog[ao]|bomber[ao]|policía|panader[ao]|pintor[a]?"
)
RULES: tuple[Rule, ...] = (
    rule("fact", "name", rf"\b(?:me llamo|mi nombre es|llámame) {_NAME}", names=True),
    rule("fact", "home", r"(?<!\bno )\b(?:(?:ahora |todavía |aún )?vivo|estoy viviendo|vivimos|resido) en (?P<v>.+)"),
    rule("fact", "home", r"\b(?:me mudé|me he mudado|nos mudamos|me acabo de mudar|me trasladé)(?: de \w+)? a (?P<v>.+)"),
    rule("fact", "home", r"\b(?:antes vivía|vivía antes|yo vivía|solía vivir) en (?P<v>.+)", past=True),
    rule("fact", "home", r"\bya no vivo en (?P<v>.+)", retracts=True),
    rule("fact", "origin", r"\b(?:soy de|vengo de|nací en|crecí en) (?P<v>(?!\d).+)"),
    rule("fact", "birthday", r"\bmi cumpleaños es(?: el| en)? (?P<v>.+)"),
    rule("fact", "age", r"\btengo (?P<v>\d{1,3}) años\b|\b(?:cumplí|acabo de cumplir) (?P<v2>\d{1,3})\b"),
    rule("fact", "work", r"(?<!\bno )\b(?:trabajo como|trabajo de|ahora trabajo como|mi trabajo es) (?P<v>.+)"),
    rule("fact", "work", rf"\b(?:soy|ahora soy)(?: una?)? (?P<v>(?:{_JOBS}))\b"),
    rule("fact", "employer", r"(?<!\bno )\b(?:trabajo|trabajo ahora) (?:en|para) (?P<v>.+)"),
    rule("fact", "employer", r"\bya no trabajo (?:en|para) (?P<v>.+)", retracts=True),
    rule("fact", "work", r"\b(?:dejé|perdí|renuncié a) mi trabajo\b|\bme despidieron\b|\bestoy sin trabajo\b", retracts=True),
    rule("fact", "employer", r"\b(?:dejé|perdí|renuncié a) mi trabajo\b|\bme despidieron\b", retracts=True),
    rule("fact", "study", r"\b(?:estudio|estoy estudiando|ahora estudio) (?P<v>(?!mucho|en\b|con\b).+)"),
    rule("fact", "allergy:{v}", r"\bsoy (?:muy )?alérgic[ao] (?:a los|a las|a la|al|a) (?P<v>.+)"),
    rule("fact", "partner", rf"\bmi (?:{_PARTNER})(?: ahora)?(?: se llama| es|,)? {_NAME}", names=True),
    rule("fact", "partner", r"\b(?:rompí con|terminé con|terminamos|me divorcié|estoy soltera|estoy soltero)\b", retracts=True),
    rule("fact", "pet:{k}", rf"\b(?:mi|nuestr[ao]) (?P<k>{_PET})(?: ahora)?(?: se llama| es|,)? {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"\b(?:tengo|adopté|tenemos) una? (?:\w+ )?(?P<k>{_PET}) (?:que se llama|llamad[ao]) {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"\b(?:murió|falleció) mi (?P<k>{_PET})\b|\bmi (?P<k2>{_PET}) (?:murió|falleció)\b", retracts=True),
    rule("fact", "family:{k}", rf"\bmi (?P<k>{_KIN})(?: se llama| es|,)? {_NAME}", names=True),
    rule("preference", "favourite:{k}", r"\bmi (?P<k>\w+) favorit[ao] (?:ahora )?es (?P<v>.+)"),
    rule("preference", "likes:{v}", r"\b(?:odio|detesto|no soporto|(?:ya )?no me gustan?|no me encantan?) (?P<v>.+)", value="dislike"),
    rule("preference", "likes:{v}", r"(?<!\bno )\b(?:me gustan?|me encantan?|amo|adoro)(?: mucho| comer| tomar)? (?P<v>.+)", value="like"),
    rule("boundary", "boundary:{v}", r"\bpuedes (?:volver a )?hablar(?:me)? (?:otra vez )?de (?P<v>.+)", retracts=True),
    rule("boundary", "boundary:{v}", r"\b(?:no (?:me )?(?:hables|menciones|preguntes|nombres)|nunca (?:me )?(?:hables|menciones)|no quiero hablar|prefiero no hablar|deja de hablar)(?: de| sobre| por| a)? (?P<v>.+)"),
    rule("event", "date:{k}", r"\bmi (?P<k>examen|entrevista|boda|vuelo|viaje|operación|cita|fiesta|graduación) (?:ahora )?(?:es|será|se (?:pasó|cambió|movió) (?:a|al|para))(?: el| la)? (?P<v>.+)"),
)  # fmt: skip
LATER_RULES: tuple[Rule, ...] = (
    rule("promise", "plan:{v}", r"\b(?:te prometo|prometo|te juro|juro)(?: que)? (?P<v>\w+ .+)"),
    rule("event", "plan:{v}", r"\b(?:voy a|pienso|planeo|decidí) (?P<v>(?!decir|ser sincer|morir|llorar)\w+r\b.+)", confidence=0.7),
    rule("event", "happened:{v}", r"\b(?P<v>(?:aprobé|compré|adopté|gané|terminé|visité|empecé|aprendí|perdí|vendí|me gradué)\b.+)", confidence=0.6),
)  # fmt: skip

UNREAL = re.compile(
    r"\bsi (?:yo |me |no )?\w+(?:ara|era|iera|ase|ese|iese)\b|\bojalá\b|\bimagin|\bsupón|\bsupong|\bcomo si\b|\bquizás?\b|\btal vez\b|\bfinge|\bfingir|"
    r"\bsoñé\b|\bsueño que\b|\ben mi sueño\b|\bme gustaría\b|\bviviría\b|\bbromeo\b|\bes broma\b|\ben el juego\b|\ben la (?:película|historia|canción)\b|\bno es que\b",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"\b(?:dice|dijo|dicen|dijeron|piensa|piensan|cree|creen|contó|afirma|afirmó|escribió)(?: que|:|,)|\bme (?:dijo|contó) que\b",
    re.IGNORECASE,
)
JOINTS = re.compile(r",? (?:y|pero|porque|aunque) (?=(?:yo|mi|mis|me|vivo|trabajo|tengo|soy|estoy|odio|amo|adoro|estudio|ya no|no me)\b)|, (?=(?:mi|me|vivo|trabajo|tengo|soy|estoy|odio|ya no)\b)", re.IGNORECASE)  # fmt: skip
