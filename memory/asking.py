"""What a fan's question asks about themself: which slots of the notes could answer it, if any.

Pure. It only narrows: a question that it does not understand is answered from what was said, or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.rules import key_of

_KIN = (
    r"mother|mum|mom|father|dad|sister|brother|son|daughter|grandmother|grandma|granny|grandfather|grandpa|aunt|uncle|"
    r"cousin|boss|roommate|flatmate|best friend|teacher|neighbou?r|niece|nephew|"
    r"madre|mamá|padre|papá|hermana|hermano|hija|hijo|abuela|abuelo|tía|tío|prima|primo|jefa|jefe|mejor amig[ao]|"
    r"mãe|mamãe|pai|papai|irmã|irmão|filha|filho|avó|avô|vovó|vovô|tia|tio|chefe|melhor amig[ao]|"
    r"妈妈|媽媽|爸爸|姐姐|妹妹|哥哥|弟弟|女儿|女兒|儿子|兒子|奶奶|爷爷|爺爺|外婆|外公|老板|老闆|室友|闺蜜|閨蜜"
)
_PET = (
    r"dog|puppy|cat|kitten|parrot|hamster|rabbit|horse|turtle|bird|fish|snake|perro|perra|gato|gata|loro|conejo|"
    r"cachorrinh[ao]|cachorr[ao]|cão|gatinh[ao]|papagaio|coelho|cavalo|tartaruga|"
    r"caballo|tortuga|狗狗|小狗|狗|猫咪|小猫|猫|貓|兔子|鹦鹉|鸚鵡|仓鼠|倉鼠"
)
_PARTNER = (
    r"bf|gf|husband|wife|boyfriend|girlfriend|partner|fianc[eé]e?|esposo|esposa|marido|mujer|novio|novia|pareja|"
    r"mulher|namorad[ao]|noiv[ao]|companheir[ao]|"
    r"老公|老婆|男朋友|女朋友|男友|女友|丈夫|妻子"
)
_DATED = (
    r"exam|interview|wedding|flight|trip|surgery|appointment|party|graduation|concert|recital|audition|deadline|test|"
    r"examen|entrevista|boda|vuelo|viaje|operación|cita|fiesta|graduación|prova|exame|casamento|voo|viagem|cirurgia|consulta|festa|formatura|考试|考試|面试|面試|婚礼|婚禮|航班|手术|手術|约会|約會"
)
_MINE = r"(?:\bmy|\bour|\bmi|\bmeu|\bminha|我(?:家)?(?:的)?)\s*(?:new |little |older |younger |big )?"
_SLOTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (slot, re.compile(pattern, re.IGNORECASE))
    for slot, pattern in (
        ("name", r"\bmy name\b|\bwho am i\b|\bwhat (?:am i called|do you call me|should you call me)\b|\bmi nombre\b|\bcómo me llamo\b|\bmeu nome\b|\bcomo (?:eu )?me chamo\b|我(?:的名字|叫什么|叫什麼|叫啥|是谁|是誰)"),
        ("home", r"\b(?:do|did|am|is it) (?:i|we) (?:now |currently |still )?(?:live|living|based)\b|\b(?:where|city|town|country|place)\b[^.?!,]*\bi(?:'m| am)? (?:now |currently |still )?(?:live|living)\b|\bmy (?:home ?town|home|city|address)\b|\bwhere(?:'s| is) home\b|\b(?:which|what) (?:city|town|country|place)\b.*\b(?:i|me|my)\b|\b(?:dónde|donde|qué ciudad|que ciudad) vivo\b|\ben qué ciudad\b|\b(?:onde|em que cidade|em qual cidade) (?:é que )?(?:eu )?(?:moro|vivo)\b|\bme mudei\b|\bminha cidade\b|\bdi mudé\b|\bme mudé\b|\bi moved? to\b|\bdid i move\b|我(?:现在|現在)?(?:住在|住|搬到)(?:哪|什么|什麼)|我家在哪"),
        ("origin", r"\bwhere (?:am i|did i grow up|was i born|do i come)\b|\bwhere i(?:'m| am) from\b|\bde dónde soy\b|\bdónde nací\b|\bde onde (?:eu )?(?:sou|venho)\b|\bonde (?:eu )?nasci\b|我是哪里人|我来自哪|我老家"),
        ("birthday", r"\bmy b(?:irth)?day\b|\bwhen was i born\b|\bmi cumpleaños\b|\bmeu aniversário\b|\bfaço anos\b|我(?:的)?生日"),
        ("age", r"\bhow old am i\b|\bmy age\b|\bcuántos años tengo\b|\bmi edad\b|\bquantos anos (?:eu )?tenho\b|\bminha idade\b|我(?:几|幾|多大|多少)(?:岁|歲)?"),
        ("work", r"\bwhat do i do\b(?! now| next| about| with| if| when| then)|\bmy (?:job|profession|occupation|work)\b|\bwhat(?:'s| is) my (?:job|work)\b|\bdo i do for (?:a living|work)\b|\bdo i work as\b|\ben qué trabajo\b|\ba qué me dedico\b|\bmi trabajo\b|\bde qué trabajo\b|\bcom o que (?:eu )?trabalho\b|\b(?:no|em) que (?:eu )?trabalho\b|\bmeu (?:trabalho|emprego)\b|\bminha profissão\b|我(?:是)?(?:做什么|做什麼)|我的(?:工作|职业|職業)"),
        ("employer", r"\bwhere do i (?:now )?work\b|\bwho do i work for\b|\bmy (?:job|employer|workplace|company|work)\b|\bdónde trabajo\b|\bpara quién trabajo\b|\bonde (?:é que )?(?:eu )?trabalho\b|\bpara quem (?:eu )?trabalho\b|\bmeu (?:trabalho|emprego)\b|\bmi trabajo\b|我在哪(?:里|裡|儿|兒)?(?:工作|上班)|我的(?:工作|公司)"),
        ("study", r"\b(?:do|did|am) i (?:now )?study|\bmy (?:major|studies|degree)\b|\bqué estudio\b|\bmi carrera\b|\bo que (?:é que )?(?:eu )?estudo\b|\bmeu curso\b|我(?:学|學|读|讀|念)(?:什么|什麼)|我的(?:专业|專業)"),
        ("language", r"\bmy (?:native|first) language\b|\bmy mother tongue\b"),
        ("status", r"\bam i (?:married|single|engaged|divorced|pregnant)\b|\bmy marital\b"),
        ("partner", rf"{_MINE}(?:{_PARTNER})|\bwho am i (?:dating|seeing|married to|engaged to)\b"),
        ("allergy:", r"\ballerg|alérgic|\balergia|过敏|過敏"),
        ("boundary:", r"\b(?:not|shouldn't|never) (?:to )?(?:talk|ask|mention|bring)\b|\boff limits\b|\b(?:all ?right|ok|okay|fine) to (?:talk|ask|mention)\b|\bcan (?:you|we) (?:talk|ask)\b|puedes (?:hablar|mencionar)|\bpodes? (?:falar|mencionar)|não devo (?:falar|mencionar)|(?:可以|能)(?:谈|聊|提)|no debo (?:hablar|mencionar)|不(?:能|该|該|要)(?:谈|聊|提)"),
    )
)  # fmt: skip
_KEYED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (slot, re.compile(pattern, re.IGNORECASE))
    for slot, pattern in (
        ("family:{k}", rf"{_MINE}(?P<k>{_KIN})(?![\w]*hood)"),
        ("pet:{k}", rf"{_MINE}(?P<k>{_PET})"),
        ("favourite:{k}", r"\bmy (?:new |all-time )?favou?rite (?P<k>\w+(?: (?!again|now|is)\w+)?)|\bmi (?P<k2>\w+) favorit[ao]|\b(?:meu|minha) (?P<k4>\w+) (?:favorit[ao]|preferid[ao])|我最(?:喜欢|喜歡|爱|愛)的(?P<k3>\w+?)(?:是|叫)"),
        ("date:{k}", rf"\bmy (?P<k>(?:\w+ )?(?:{_DATED}))\b|\b(?:mi|meu|minha) (?P<k2>{_DATED})\b|我(?:的)?(?P<k3>{_DATED})"),
        ("count:{k}", r"\bhow many (?P<k>brother|sister|sibling|kid|child|son|daughter|cat|dog|cousin)(?:s|ren)?\b"),
        ("likes:{k}", r"\b(?:do i (?:still |really )?(?:like|love|hate|enjoy|eat)|how do i feel about|what do i think (?:of|about)|am i (?:into|a fan of)) (?P<k>[^?.!]+)|(?<!qué )\bme gustan? (?P<k2>(?!\bmás\b)[^?.!]+)\?|\b(?:eu )?(?:ainda )?gosto d[eoa]s? (?P<k4>(?!que\b)[^?.!]+)\?|我(?:喜欢|喜歡|爱|愛|讨厌|討厭)(?:不喜欢|不喜歡)?(?:吃|喝)?(?P<k3>[^什么麼谁誰？?吗嗎]+)(?:吗|嗎)"),
    )
)  # fmt: skip
_MYSELF = re.compile(
    r"\b(?:i|me|my|mine|i'm|i've|yo|mi|mis|me|mí|soy|vivo|trabajo|tengo|estudio|eu|meu|minha|meus|minhas|mim|sou|moro|trabalho|tenho|estudo)\b|我",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]\s*$|^\W*(?:who|what|when|where|which|why|how|do|did|does|am|is|was|have|can|remember|tell me|quién|qué|cuándo|"
    r"dónde|cuál|cómo|recuerdas|te acuerdas|quem|qual|quando|onde|como|você lembra|lembra|lembras)\b|记得|記得|吗$|嗎$|什么$|什麼$",
    re.IGNORECASE,
)
_OF_YOU = re.compile(r"\b(?:tell|show|give|help|teach|let|advise|miss|love|like|remember|know|hate) me\b|\b(?:dime|ayúdame|cuéntame)\b", re.IGNORECASE)  # fmt: skip
_ADVICE = re.compile(
    r"\b(?:should|shall|would|could|allowed)\b|\bcan i\b|\bmay i\b|\bdo you (?:think|like|love|want|feel|hate)\b|\bdeber[ií]a\b|\bpuedo\b|"
    r"\bpodr[ií]a\b|\bcrees\b|\bte gustar?í?a?\b|应该|應該|该怎么|該怎麼|你觉得|你覺得",
    re.IGNORECASE,
)
_REMEMBERING = re.compile(
    r"\bremember\b|\bdid (?:i|we) (?:ever |just )?(?:tell|say|mention|talk|promise)\b|\bhave i (?:ever )?(?:told|mentioned)\b|"
    r"\b(?:i|we)(?:'ve| have)? (?:ever |already |just )?(?:told|said|mentioned|talked|promised)\b|"
    r"\brecuerdas\b|\bte acuerdas\b|\bte (?:dije|conté)\b|\blembras?\b|\b(?:te|eu te|eu lhe|já te) (?:disse|contei|falei)\b|\bte contei\b|"
    r"记得|記得|我(?:跟你|对你|對你)?(?:说|說|提|讲|講)过|我(?:告诉|告訴)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks. `slots`: exact ones, and prefixes that end with a colon."""

    about_fan: bool
    """It asks for something that only the fan can have told. Asking for advice about one's boss is not that."""
    slots: frozenset[str] = frozenset()

    def wants(self, slot: str) -> bool:
        """Whether a note in this slot would answer."""
        return any(slot == one or (one.endswith(":") and slot.startswith(one)) for one in self.slots)


def asked(question: str) -> Asked:
    """What a message asks about the fan who wrote it."""
    text = " ".join(question.replace("’", "'").split())
    if not _ASKS.search(text):
        return Asked(False)
    slots = {f"fan.{slot}" for slot, pattern in _SLOTS if pattern.search(text)}
    for slot, pattern in _KEYED:
        for match in pattern.finditer(text):
            key = next((value for value in match.groups() if value), "")
            slots.add(f"fan.{slot.format(k=key_of(key))}")
    myself = _MYSELF.search(_OF_YOU.sub(" ", text)) is not None
    remembering = _REMEMBERING.search(text) is not None
    advice = _ADVICE.search(text) is not None and not remembering
    return Asked((bool(slots) and not advice) or (myself and remembering), frozenset(slots))
