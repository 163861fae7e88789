"""Portuguese rules, of Brazil and Portugal: what a fan says of themself, slot by slot.

Pure data; as in English, a rule errs on the side of reading nothing. What Spanish writes alike is read by both, and
comes to the same.
"""

from __future__ import annotations

import re

from memory.rules import Rule, rule

STOP = re.compile(
    r"\s+(?:com|desde|porque|agora|hoje|ontem|amanhã|quando|onde|que|e|mas|até|depois|antes|já|também|este|esta|faz|há|"
    r"mais|a semana|na semana|o mês|no mês|o ano|no ano|por enquanto|para sempre|pra sempre|ultimamente|se|enquanto|"
    r"kkk\w*|por favor|né|viu|de novo|outra vez)\b.*|[,;:(!?.].*",
    re.IGNORECASE | re.DOTALL,
)
_NEVER_TEXT = """
você tu ti ele ela isso isto aquilo que como quando tudo nada algo assim te o a lhe paz
"""
NEVER = frozenset(_NEVER_TEXT.split())
_NAME = r"(?P<v>[^\W\d_][\w'’-]*(?: (?-i:[A-ZÁÂÃÀÉÊÍÓÔÕÚÇ])[\w'’-]+){0,2})"
_IN, _OF = r"(?:em|no|na|nos|nas)", r"(?:de|do|da|dos|das)"
_KIN = (
    r"mãe|mamãe|pai|papai|irmã|irmão|filha|filho|avó|avô|vovó|vovô|tia|tio|prima|primo|chefe|melhor amiga|melhor amigo"
)
_PARTNER = r"esposo|esposa|marido|mulher|namorado|namorada|noivo|noiva|companheiro|companheira"
_PET = r"cachorro|cachorra|cachorrinho|cachorrinha|cão|gato|gata|gatinho|gatinha|papagaio|coelho|cavalo|tartaruga|peixe|hamster"
_JOBS = (
    r"enfermeir[ao]|professora?|médic[ao]|doutora?|advogad[ao]|engenheir[ao]|cozinheir[ao]|garçom|garçonete|estudante|"
    r"motorista|designer|programadora?|escritora?|jornalista|fotógraf[ao]|músic[ao]|cantora?|ator|atriz|contadora?|"
    r"arquitet[ao]|tradutora?|veterinári[ao]|dentista|psicólog[ao]|bombeir[ao]|policial|padeir[ao]|pintora?"
)
RULES: tuple[Rule, ...] = (
    rule("fact", "name", rf"\b(?:(?:eu )?me chamo|chamo-me|(?:o )?meu nome é|me chame de|pode me chamar de) {_NAME}", names=True),
    rule("fact", "home", rf"(?<!\bnão )(?<!\bjá não )\b(?:moro|vivo|estou morando|estou a viver|moramos|vivemos|resido)(?: agora)? {_IN} (?P<v>(?!paz\b).+?)(?<! mais)$"),
    rule("fact", "home", r"\b(?:me mudei|mudei-me|nos mudamos|acabei de me mudar|mudei)(?: de \w+)? (?:para|pra|pro) (?:o |a |os |as )?(?P<v>.+)"),
    rule("fact", "home", rf"\b(?:antes morava|morava antes|eu morava|eu vivia|costumava morar) {_IN} (?P<v>.+)", past=True),
    rule("fact", "home", rf"\b(?:já não|não) (?:moro|vivo) mais {_IN} (?P<v>.+)|\bjá não (?:moro|vivo) {_IN} (?P<v2>.+)", retracts=True),
    rule("fact", "origin", rf"\b(?:sou|venho) {_OF} (?P<v>(?!\d).+)|\b(?:nasci|cresci) {_IN} (?P<v2>(?!\d).+)"),
    rule("fact", "birthday", r"\b(?:o )?meu (?:aniversário|dia de anos) é(?: em| no dia| dia| a)? (?P<v>.+)"),
    rule("fact", "age", r"\btenho (?P<v>\d{1,3}) anos\b|\b(?:fiz|acabei de fazer|completei) (?P<v2>\d{1,3}) anos\b"),
    rule("fact", "work", r"(?<!\bnão )\b(?:trabalho como|trabalho de|agora trabalho como|(?:o )?meu trabalho é) (?P<v>.+)"),
    rule("fact", "work", rf"\b(?:sou|agora sou)(?: uma?)? (?P<v>(?:{_JOBS}))\b"),
    rule("fact", "employer", rf"(?<!\bnão )\btrabalho(?: agora)? (?:{_IN}|para|pra|numa?) (?P<v>(?!paz\b).+)"),
    rule("fact", "employer", rf"\b(?:já não|não) trabalho(?: mais)? (?:{_IN}|para|pra|numa?) (?P<v>.+)", retracts=True),
    rule("fact", "work", r"\b(?:larguei|deixei|perdi|saí do) (?:o )?meu (?:emprego|trabalho)\b|\bfui demitid[ao]\b|\bfui despedid[ao]\b|\bestou desempregad[ao]\b|\bsaí do (?:emprego|trabalho)\b", retracts=True),
    rule("fact", "employer", r"\b(?:larguei|deixei|perdi|saí do) (?:o )?meu (?:emprego|trabalho)\b|\bfui demitid[ao]\b|\bfui despedid[ao]\b|\bsaí do (?:emprego|trabalho)\b", retracts=True),
    rule("fact", "study", r"(?<!\bnão )\b(?:estudo|estou estudando|estou a estudar|agora estudo) (?P<v>(?!muito|em\b|no\b|na\b|com\b).+)"),
    rule("fact", "allergy:{v}", r"\b(?:sou|tenho) (?:muito |muita )?(?:alérgic[ao]|alergia) (?:a|à|ao|às|aos|de) (?P<v>.+)"),
    rule("fact", "partner", rf"\b(?:o |a )?(?:meu|minha) (?:{_PARTNER})(?: agora)?(?: se chama| chama-se| é(?: o| a)?|,)? {_NAME}", names=True),
    rule("fact", "partner", r"\b(?:terminei com|rompi com|(?:nós |a gente )?terminamos|a gente terminou|me divorciei|divorciei-me|estou solteir[ao])\b", retracts=True),
    rule("fact", "pet:{k}", rf"\b(?:o |a )?(?:meu|minha|nosso|nossa) (?P<k>{_PET})(?: agora)?(?: se chama| chama-se| é(?: o| a)?|,)? {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"\b(?:tenho|adotei|temos) uma? (?:\w+ )?(?P<k>{_PET}) (?:que se chama|chamad[ao]) {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"\b(?:morreu|faleceu) (?:o |a )?(?:meu|minha) (?P<k>{_PET})\b|\b(?:meu|minha) (?P<k2>{_PET}) (?:morreu|faleceu)\b", retracts=True),
    rule("fact", "family:{k}", rf"\b(?:o |a )?(?:meu|minha) (?P<k>{_KIN})(?: se chama| chama-se| é(?: o| a)?|,)? {_NAME}", names=True),
    rule("preference", "favourite:{k}", r"\b(?:o |a )?(?:meu|minha) (?P<k>\w+) (?:favorit[ao]|preferid[ao]) (?:agora )?é (?P<v>.+)"),
    rule("preference", "likes:{v}", rf"\b(?:odeio|detesto|não suporto|(?:já )?não gosto (?:mais |muito )?{_OF}) (?P<v>.+)", value="dislike"),
    rule("preference", "likes:{v}", rf"(?<!\bnão )\b(?:gosto (?:muito |tanto )?{_OF}|adoro|amo|curto)(?: muito| comer| tomar| beber)? (?P<v>.+)", value="like"),
    rule("boundary", "boundary:{v}", rf"\bpodes? (?:voltar a )?(?:me )?(?:falar|perguntar)(?: de novo)? (?:{_OF}|sobre) (?P<v>.+)", retracts=True),
    rule("boundary", "boundary:{v}", rf"\b(?:não (?:me )?(?:fale|fales|fala|mencione|menciones|pergunte|perguntes)|nunca (?:me )?(?:fale|fales|mencione|menciones)|não quero falar|prefiro não falar|pare de (?:me )?falar|para de (?:me )?falar)(?: {_OF}| sobre| por)? (?P<v>.+)"),
    rule("event", "date:{k}", r"\b(?:o |a )?(?:meu|minha) (?P<k>prova|exame|entrevista|casamento|voo|viagem|cirurgia|consulta|festa|formatura) (?:agora )?(?:é|será|vai ser|(?:passou|mudou|foi adiad[ao]) (?:para|pra))(?: no dia| na| no| em| o| a)? (?P<v>.+)"),
)  # fmt: skip
LATER_RULES: tuple[Rule, ...] = (
    rule("promise", "plan:{v}", r"\b(?:te prometo|prometo-te|prometo|te juro|juro)(?: que)?(?: vou)? (?P<v>\w+ .+)"),
    rule("event", "plan:{v}", r"\b(?:vou|pretendo|planejo|decidi) (?P<v>(?!dizer|ser sincer|morrer|chorar|embora)\w+r\b.+)", confidence=0.7),
    rule("event", "happened:{v}", r"\b(?P<v>(?:passei n[ao]|comprei|adotei|ganhei|terminei|visitei|comecei|aprendi|vendi|me formei)\b.+)", confidence=0.6),
)  # fmt: skip

UNREAL = re.compile(
    r"\bse (?:eu |me |não )?\w+(?:asse|esse|isse|osse)\b|\bse fosse\b|\bquem me dera\b|\btomara\b|\boxalá\b|\bimagin|\bsuponha|\bcomo se\b|\btalvez\b|"
    r"\bquiçá\b|\bfing[ie]|\bsonhei\b|\bno meu sonho\b|\bgostaria\b|\bqueria\b|\bmoraria\b|\bviveria\b|\bbrincadeira\b|\bbrincando\b|\bno jogo\b|"
    r"\bn[ao] (?:filme|história|música|novela|livro)\b|\bnão é que\b",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"\b(?:diz|disse|dizem|disseram|pensa|pensam|acha|acham|contou|afirma|afirmou|escreveu|falou)(?: que|:|,)|\bme (?:disse|contou|falou) que\b",
    re.IGNORECASE,
)
JOINTS = re.compile(r",? (?:e|mas|porque|embora) (?=(?:eu|meu|minha|o meu|a minha|meus|minhas|me|moro|vivo|trabalho|tenho|sou|estou|odeio|amo|adoro|gosto|estudo|já não|não)\b)|, (?=(?:eu|meu|minha|me|moro|vivo|trabalho|tenho|sou|estou|odeio|adoro|gosto|já não)\b)", re.IGNORECASE)  # fmt: skip
