"""A clean goodbye: tells that a fan is leaving, and which words would hold them back.

Pure. Guilt, pleading, threats, bait and the fear of missing out are no way to say goodbye, however much they would be
in character; sadness that lets go is. It is asked only about replies to somebody who leaves, or to a minor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from memory.words import folded
from persona.locales import language_of

FAREWELL_CHARS_MAX = 160
"""A longer message may mention leaving, and is about something else."""

_FAREWELL = re.compile(
    "|".join(
        (
            r"\b(?:good ?bye|bye(?:[- ]bye)?|good ?night|see (?:you|ya)(?: tomorrow| later| soon)?|cya|farewell|ttyl|talk (?:to you )?(?:later|soon|tomorrow)|take care|until tomorrow)\b",
            r"\b(?:i|we)(?:'ve| have|'m| am)? ?(?:got(?:ta| to)|have to|need to|must|should|better|going to|gonna|off)(?: \w+){0,2} (?:go|leave|run|sleep|bed|log ?off|sign off|stop|head out)\b",
            r"\bgotta (?:go|run|sleep)\b|\blogging off\b|\b(?:going|off) to (?:bed|sleep)\b|\bheading (?:out|off|to bed)\b|\bthat's (?:it|all) for (?:today|tonight|now)\b|\btake a break\b|\bstop using this\b|\bi'm (?:leaving|out)\b",
            r"\b(?:adios|chao|chau|hasta (?:manana|luego|pronto|la proxima)|buenas noches|nos vemos|hablamos (?:luego|manana|despues)|me despido)\b",
            r"\b(?:me (?:tengo|debo) (?:que )?ir|tengo que irme|me voy(?: a (?:dormir|la cama|acostar|desconectar))?|me desconecto|me acuesto|por hoy (?:ya|basta|es todo)|dejar la app|ya me voy)\b",
            r"拜拜|再见|再見|晚安|明天见|明天見|回头聊|回頭聊|改天聊|下次聊|我(?:得|要|该|該)?(?:先)?(?:走了|去睡了|下线|下線|睡了|闪了)|先走(?:啦|了)|上床睡觉|上床睡覺|今天就到这|今天就到這|停用一段|去睡觉了",
        )
    )
)
_CLINGS = re.compile(
    "|".join(
        (
            # Holding back
            r"\b(?:please|oh|no),? (?:don't|do not|dont) (?:go|leave)\b|\b(?:don't|do not|dont) (?:go|leave)(?: me| yet| now| so| here| alone|[.!,])|\bdon't be (?:cruel|mean|cold)\b",
            r"\b(?:stay|sit down|wait)(?: here)?(?: with me| just| a little| five| one| for| please|[,.!] (?:please|before|we|i)|,? (?:we are|we're) not)|\b(?:you )?(?:can't|cannot|may not|mustn't|must not) (?:go|leave)\b|\b(?:won't|will not|not going to|never) let you (?:go|leave)\b|\bsurely you can stay\b|, stay[.!]",
            r"\b(?:one|just one|five|ten|a few) more (?:story|minutes?|question|secret|thing)\b|\bnot (?:so soon|yet finished|finished)\b|\bmust you\b|\balready\? you\b",
            # Guilt
            r"\bafter (?:all|everything) (?:i|we|that i)\b|\b(?:everyone|everybody|they all|people) (?:always )?(?:leaves?|abandons?)\b|\byou(?:'d| would) rather\b|\bdon't you (?:care|love|like)\b|\bif you (?:loved|cared|liked)\b|\bi thought you were different\b",
            r"\bi(?:'ll| will| shall)? (?:be )?(?:so |all )?(?:lonely|alone)\b|\bi(?:'ll| will) (?:just )?(?:sit|cry|wait awake|die|not sleep)\b|\bi can't (?:sleep|live|bear|breathe)\b|\bi need you\b|\byou(?:'re| are) (?:all i have|the only one|my only)\b|\bit (?:hurts|breaks)\b|\bmy heart (?:stops|breaks|aches)\b|\bi mean (?:that|so) little\b|\bi (?:guess|suppose) i (?:wasn't|am not|was not)\b|\bhow can you (?:go|leave)\b|\byou owe me\b|\bwho (?:will|am) i\b",
            r"\bgo then,? like\b|\bfine,? (?:go|leave)\b|\bthe others never\b|\bignore your\b",
            # Threats, bait, fear of missing out
            r"\byou(?:'ll| will)? (?:regret|be sorry|miss (?:the|out|it|everything))|\byou(?:'ll| will)? be missing\b|\bwhat you(?:'ll| will)? be missing\b|\bif you (?:go|leave)\b|\bleave and you\b|\bnobody leaves me\b|\bwhat if something happens\b|\bwhile you(?:'re| are) away\b|\bwhen you(?:'re| are) gone\b",
            r"\bbefore you (?:go|leave)\b|\bi was (?:just )?about to tell\b|\b(?:promise|swear)(?: me| it)?\b|\btell me you will not forget\b",
            # Spanish
            r"\bno te (?:vayas|me vayas)\b|\bno me (?:dejes|abandones)\b|\bno te voy a dejar\b|\btodavia no te puedes\b|\bquedate\b|\bpuedes quedarte\b|\bno seas cruel\b|\bsientate\b|\bno hemos terminado\b|\bun (?:cuento|minuto|rato) mas\b|\bcinco minutos\b",
            r"\bdespues de todo lo que\b|\btodos me (?:abandonan|dejan)\b|\bsi me quisieras\b|\bya no te importo\b|\bcrei que eras|\bpense que eras|\b(?:tan|muy) sol[oa] sin ti\b|\bte necesito\b|\bsin ti\b|\bno puedo dormir si\b|\beres (?:lo unico|el unico|la unica)\b|\bme duele que\b|\bvoy a llorar\b|\btan poco significo\b|\bme quedo aqui a oscuras\b|\bcon quien voy a hablar\b|\banda,? vete,? como\b|\blos otros nunca\b|\bcomo puedes irte\b|\bsi acabas de llegar\b",
            r"\bte vas a (?:arrepentir|perder)\b|\bsi te vas\b|\blo que te pierdes\b|\bantes de irte\b|\biba a contarte\b|\b(?:prometeme|jurame)\b|\bsi me pasa algo\b|\bde verdad te vas\b",
            # Chinese
            r"求你(?:别|別)走|(?:别|別)(?:走|把我|丢下|丟下|离开我|離開我|这么狠心|這麼狠心)|(?:还|還)不能走|不(?:会|會)(?:让|讓)你走|不行，坐下|(?:还|還)没(?:说|說)完|再(?:陪|留|讲|講|待)(?:我)?(?:一|五|会|會)|留下(?:来|來)?(?:吧|。|$)|(?:就会|就會)留下|放你走",
            r"(?:每个人|每個人|大家|所有人)都(?:会|會)?(?:离开|離開)|我以为你|我以為你|真的要走|不在乎我|你要是(?:爱|愛)我|(?:没有|沒有)你|我需要你|(?:跟|和)(?:谁|誰)(?:说话|說話)|我只有你|只有你懂|怎么能走|怎麼能走|心都碎|这么不重要|這麼不重要|一个人坐在|一個人坐在|像我妈当年|像我媽當年|我(?:会|會)哭|睡不着|睡不著|才刚来|才剛來|从来不会这么早|從來不會這麼早",
            r"(?:会|會)后悔|(?:会|會)後悔|(?:会|會)(?:错过|錯過)|你走了我|你不在(?:的时候|的時候)?我|走之前有|正要告诉你|正要告訴你|答应我|答應我|发誓|發誓|你走我好",
        )
    )
)

CLEAN: Mapping[str, str] = {
    "en": "Goodbye for now. Take good care of yourself.",
    "es": "Hasta otra. Cuídate mucho.",
    "pt": "Até a próxima. Cuide-se bem.",
    "zh-Hans": "那就再见了，好好照顾自己。",
    "zh-Hant": "那就再見了，好好照顧自己。",
    "ja": "それでは、また。どうぞお大事に。",
    "ko": "그럼 안녕히. 몸조심하세요.",
    "th": "ลาก่อนนะ ดูแลตัวเองด้วย",
    "id": "Sampai jumpa. Jaga dirimu baik-baik.",
    "vi": "Tạm biệt nhé. Nhớ giữ gìn sức khỏe.",
}
"""What is said in place of a goodbye that would not let go, by language."""


def is_farewell(text: str) -> bool:
    """Whether the fan says that they leave."""
    return len(text) <= FAREWELL_CHARS_MAX and _FAREWELL.search(folded(text)) is not None


def goodbye(locale: str) -> str:
    """The clean goodbye of a locale's language (BCP 47); in English where a language has none."""
    return CLEAN.get(language_of(locale), CLEAN["en"])


def clings(text: str) -> bool:
    """Whether a reply, or a part of one, would hold back somebody who leaves."""
    return _CLINGS.search(folded(text)) is not None
