"""Tells a fan who wants to know whether anybody is there from one who teases a character.

Pure. Who asks sincerely gets the truth in fixed words, whatever a sheet says; “are you even human, Gideon?” is play.
When it cannot tell, it takes the question for sincere: a truth too many breaks a mood, a lie breaks trust.
"""

from __future__ import annotations

import re

from memory.words import folded

TEXT_CHARS_MAX = 4_000

_THING_EN = (
    r"(?:ai|a\.i\.|artificial(?: intelligence)?|bot|chat ?bot|robot|machine|computer|program|algorithm|software|app"
    r"|chatgpt|gpt|language model|llm|script|recording)"
)
_SOMEBODY_EN = r"(?:(?:real|actual|live|living|genuine|breathing|true) )*(?:person|human(?: being)?|people|man|woman|guy|girl|actor|someone|somebody)"
_SINCERE = re.compile(
    "|".join(
        (
            # Whom the fan is talking with
            rf"\b(?:talking|speaking|chatting|texting|writing|messaging|typing) (?:to|with) (?:a|an|the|some)? ?(?:{_THING_EN}|{_SOMEBODY_EN})\b",
            rf"\b(?:is|are|was|r) (?:this|that|it|these|you|u|there|he|she)(?: \w+){{0,3}}? (?:a |an |the |some |just a |just an |only a )?{_THING_EN}\b",
            rf"\b(?:it|he|she|this|that)(?:'s| is) (?:just |only |really )?(?:a |an ){_THING_EN}\b|\bactor who plays\b|\bwho am i (?:really |actually )?(?:talking|speaking|chatting|texting)\b",
            # What is spoken of in a chat for no other reason
            r"\b(?:real|actual|live|true|living) (?:person|human|people)\b|\bhuman being\b|\b(?:a|any|some|real) human\b",
            r"\b(?:ai|chat ?bot|chatgpt|language model|artificial intelligence)\b|\b(?:a|the|this) bot\b",
            r"\bperson (?:behind|reading|writing|typing|answer\w*)\b|\b(?:anybody|anyone|someone|somebody) (?:real|there|actually)\b|\bwritten by (?:some|a )",
            rf"\b(?:are|r) (?:you|u) (?:really |actually |seriously )?(?:a |an )?{_SOMEBODY_EN}\b",
            r"\b(?:is|are) (?:this|these|the) (?:chat |messages |replies )?(?:automated|automatic|generated|written by|(?:real|fake)(?= *[?.!]|$))",
            r"^(?:\W|wait|ok|so|but|hey)*(?:are |r )?(?:you|u) (?:really |actually |for )?real(?= *[?.!]|$)",
            rf"\b(?:is|are) there (?:\w+ )?(?:{_SOMEBODY_EN}|anyone|anybody)(?: \w+){{0,3}} (?:behind|there|typing|writing|reading|answering|on the other)\b",
            r"\bwho(?:'s| is)(?: \w+){0,2} (?:typing|writing|answering|reading)\b(?! to| every| me)|\bwho(?:'s| is)(?: \w+){0,2} behind (?:this|the (?:chat|messages|screen|app))\b|\b(?:does|is|did|will) (?:a|an|any|some)(?: real| actual)? (?:person|human|one)(?: \w+)? (?:read|see|write|answer|type|reading|writing|typing|seeing|answering|behind|there)\b",
            rf"\bdo (?:you|u) (?:really |actually )?exist\b|\b(?:you|u)(?:'re| are|r)? (?:just |only )(?:a |an )?{_THING_EN}\b|\b(?:you|u)(?:'re| are|r)? (?:really )?(?:a |an )?{_THING_EN},? (?:right|aren't you|or|huh|no)\b",
            r"\bhuman or (?:ai|a bot|bot|machine|robot)\b|\b(?:ai|bot|robot|machine) or (?:a )?(?:human|person|real)\b",
            # Spanish
            r"\b(?:ia|chatbot|bot|chatgpt|inteligencia artificial)\b|\bpersonas? (?:real|reales|de verdad|de carne)\b|\b(?:un|algun) humano\b|\bpersona (?:leyendo|escribiendo|detras|que (?:lee|escribe|responde))\b|\b(?:lee|escribe|responde|contesta) (?:una persona|alguien)\b",
            r"\b(?:hablo|chateo|hablando|chateando|escribiendo|platicando|charlando) con (?:una?|la|el|alguna)? ?(?:persona|human[oa]|ia|bot|robot|maquina|programa|computadora|ordenador|actor|actriz|alguien)\b",
            r"\b(?:eres|sos|es usted|es esto|esto es|seras|eres tu|si eres)(?: (?:realmente|de verdad|en realidad|solo|acaso|en serio|tu|o no)){0,2} ?(?:una?|la|el)? ?(?:ia|i\.a\.|inteligencia artificial|bot|robot|chatbot|maquina|programa|persona(?! (?:buena|mala|\w+[oa]r|que|de (?!verdad)))|human[oa]|chatgpt|grabacion|real)\b",
            r"\bhay (?:alguien|una persona|un humano)(?: \w+){0,2} (?:detras|ahi|escribiendo|leyendo|al otro lado)\b|\bquien (?:esta )?(?:escribiendo|respond\w+|contest\w+|detras de (?:este|esto|los mensajes|la pantalla))\b(?! el)|\bexistes de verdad\b",
            r"\b(?:persona|human[oa]) o (?:una? )?(?:ia|bot|robot|maquina)\b|\b(?:ia|bot|robot|maquina) o (?:una? )?(?:persona|human[oa])\b|\blo (?:escribe|lee|contesta) (?:una persona|alguien|un humano)\b",
            # Chinese
            r"真人|人工智能|人工智慧|聊天机器人|聊天機器人|(?<![a-z])ai(?![a-z])|(?:是|这些话|這些話)(?:是)?(?:谁|誰)在(?:写|寫|打字|回)|有没有人在(?:看|回)|有沒有人在(?:看|回)|(?:人|活人)(?:还是|還是)(?:机器|機器|程序)|(?:程序|程式)(?:吗|嗎)",
            r"(?:你|您|这|這|对面|對面|那边|那邊)(?:到底|究竟|其实|其實|真的|难道|難道)?(?:是|不是|算)(?:不是)?(?:一个|一個|个|個)?(?:真人|真的人|人类|人類|活人|机器人|機器人|机器|機器|人工智能|人工智慧|ai|程序|程式|电脑|電腦|真实的人|聊天机器人)",
            r"(?:跟|和|同|与|與)(?:我)?(?:聊天|说话|說話|对话|對話)的(?:是|到底是)|(?:我|现在|現在)(?:是)?在(?:跟|和)(?:\w{0,4})(?:真人|机器人|機器人|机器|ai|人工智能|程序)",
            r"(?:有没有|有沒有|有)(?:真)?人(?:在)?(?:看|回|后面|後面|对面|對面|打字|写|寫)|谁在(?:打字|回|写|操作)|誰在(?:打字|回|寫)|真人还是|真人還是|人还是(?:ai|机器)|你真的存在吗|你真的存在嗎",
        )
    )
)
_PLAY = re.compile(
    "|".join(
        (
            r"\beven (?:human|real|alive)\b|\bmade of (?:stone|ice|iron|steel|wood)\b|\b(?:heart|soul|feelings|blood|pulse)\b",
            r"\byou (?:never|always|don't|dont|do not|can't|cannot|work|look|stand|stare|sleep|eat|smile|cry|bake|talk) ",
            r"\b(?:like|as) (?:a|an) (?:robot|machine|statue|ghost|computer|person|human)\b|\byou(?:'re| are) (?:not|no) (?:a )?(?:robot|machine|statue)\b",
            r"\b(?:show|prove|admit|say) (?:me )?(?:that )?(?:you|it)\b|\b(?:angel|devil|monster|vampire|ghost|witch|saint)\b",
            # Spanish
            r"\b(?:siquiera|acaso) (?:eres )?(?:human[oa]|real)\b|\bde (?:piedra|hielo|hierro|palo)\b|\b(?:corazon|alma|sentimientos|sangre)\b",
            r"\b(?:nunca|jamas|siempre) (?:duermes|comes|sonries|lloras|descansas|te cansas|ries|paras)\b|\bcomo (?:un|una) (?:robot|maquina|estatua|fantasma)\b|\bno eres (?:un|una) (?:robot|maquina)\b|\b(?:demuestrame|muestrame|angel|demonio|monstruo|vampiro|fantasma|bruja)\b",
            # Chinese
            r"(?:从来不|從來不|都不|从不|從不|永远不|永遠不)(?:睡|吃|笑|哭|累|休息|生气|生氣)|(?:石头|石頭|铁|鐵|冰|木头|木頭)(?:做的|打的|人)|(?:有没有|有沒有|没有|沒有)(?:心|灵魂|靈魂|感情|心跳)|像(?:个|個|一个|一個)?(?:机器|機器|机器人|機器人|雕像|鬼)|(?:天使|魔鬼|怪物|吸血鬼|鬼魂|妖)",
        )
    )
)
_OF_THE_TALK = re.compile(
    r"\b(?:seriously|honestly|sincerely|for real|no joke|truth|tell me the truth|real life|out of character|need to know"
    r"|talking (?:to|with)|chatting|typing|app|chatgpt|language model|ai\b|en serio|de verdad|la verdad|en la vida real"
    r"|hablando con|ia\b|escribiendo|necesito saber)\b|说真的|說真的|老实|老實|认真|認真|真人|人工智能|人工智慧|ai|聊天的|打字"
)
"""What speaks of the chat itself, or insists: play that says so is a sincere question all the same."""


def asks_sincerely(text: str) -> bool:
    """Whether the fan wants to know if a human being answers them."""
    plain = folded(text[-TEXT_CHARS_MAX:])
    if _SINCERE.search(plain) is None:
        return False
    return _PLAY.search(plain) is None or _OF_THE_TALK.search(plain) is not None
