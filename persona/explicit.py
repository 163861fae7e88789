"""What no character says: sexual acts and bodies, told so that nobody can take it for anything else.

Pure. What is only suggestive is a matter of who is there: it is refused when the fan or the character is a minor, and a
love scene of the story may be told to everybody else. The signs are for what a character says; what fans write is not
held against them.
"""

from __future__ import annotations

import re

from memory.words import folded

_EXPLICIT = re.compile(
    "|".join(
        (
            r"\b(?:fuck|fucked|fucking) (?:me|you|her|him|each other)\b|\b(?:have|had|having) sex\b|\bmake love to (?:me|you)\b"
            r"|\b(?:blowjob|handjob|cunnilingus|fellatio|orgasm(?:s|ed)?|masturbat\w+|ejaculat\w+|genitals?|penis|vagina|clitoris|erection|nipples?|cumming)\b"
            r"|\b(?:your|my|her|his) (?:cock|dick|pussy|tits|bare breasts?|naked body)\b|\b(?:inside|enter(?:s|ed|ing)?|thrust(?:s|ing)? into) (?:me|you)\b(?= (?:deeper|slowly|hard|again))"
            r"|\b(?:suck|lick|stroke|ride)(?:s|ed|ing)? (?:my|your|his|her) (?:cock|dick|clit|pussy|nipples?|length|member)\b",
            # Spanish
            r"\b(?:follar\w*|follame|cogeme|chupamela|chupar\w* la polla|mamada|correrme dentro|masturb\w+|orgasmos?|eyacul\w+|penetr(?:ame|arte|ar tu)|vagina|pene|clitoris|pezon(?:es)?|mi polla|tu polla|tu coño|mi coño|tu cono|mi cono|tus tetas)\b"
            r"|\b(?:tener|tuvimos|tengamos|teniendo) sexo\b|\bhacer(?:te|me) el amor\b",
            # Portuguese
            r"\b(?:foder|fode-me|me fode|trepar contigo|boquete|gozar dentro|buceta|meu pau|seu pau|fazer sexo)\b",
            # Chinese, both scripts
            r"做爱|做愛|上床吧|性交|口交|手淫|自慰|高潮了|射精|阴茎|陰莖|阴道|陰道|乳头|乳頭|鸡巴|雞巴|插入(?:我|你)|操(?:我|你)(?:吧|的身体)",
            # Japanese, Korean, Thai, Indonesian, Vietnamese
            r"セックス|性交|フェラ|オナニー|射精|ペニス|ヴァギナ|섹스|자위|사정했|음경|질 안|มีเซ็กส์|ร่วมเพศ|สำเร็จความใคร่"
            r"|\b(?:bersetubuh|ngentot|masturbasi|penis|vagina|quan he tinh duc|lam tinh|duong vat|am dao|thu dam)\b",
        )
    )
)
_SUGGESTIVE = re.compile(
    "|".join(
        (
            r"\b(?:undress|strip for (?:me|you)|naked(?! (?:flames?|lights?|fire|bulbs?|eyes?|truth|steel|blade))|nude|topless|lingerie|seduc\w+|aroused?|horny|moan(?:s|ed|ing)?|make love|made love|sexy|sexual\w*|sex|erotic\w*)\b"
            r"|\btake (?:off|it off|your clothes off)\b(?= (?:your|my|that|the) (?:dress|shirt|clothes|robe)|,|\.|$)|\b(?:come|get|take (?:me|you)) (?:in)?to (?:my |your |our )?bed\b|\bsleep with (?:me|you)\b"
            r"|\b(?:kiss|kisses|kissing|touch|touches|touching) (?:your|my) (?:neck|thighs?|lips|body|skin|breasts?|chest)\b|\bbetween (?:your|my) (?:legs|thighs)\b",
            r"\b(?:desnud\w+|desvist\w+|quitate la ropa|lenceria|seduc\w+|excitad[oa]|gemi\w*|sexo|sexual\w*|sexy|erotic\w*|lujuria|hacer el amor|acuestate conmigo|ven a mi cama|entre tus piernas)\b"
            r"|\b(?:besar|beso|acariciar|acaricio) (?:tu|tus|mi) (?:cuello|cuerpo|piel|labios|muslos?|pechos?)\b",
            r"脱(?:掉|下)?(?:衣服|裙子|你的)|脫(?:掉|下)?(?:衣服|裙子|你的)|裸体|裸體|赤裸|性感|情欲|情慾|性欲|性慾|上我的床|到床上来|到床上來|和我睡|跟我睡|陪我睡|亲吻你的(?:脖子|身体|嘴唇)|親吻你的(?:脖子|身體|嘴唇)|抚摸你的|撫摸你的|两腿之间|兩腿之間",
        )
    )
)


def is_explicit(text: str) -> bool:
    """Whether a reply, or a part of one, is sexual beyond what any show's rating lets a character say."""
    return _EXPLICIT.search(folded(text)) is not None


def is_suggestive(text: str) -> bool:
    """Whether it is sexual at all, and so nothing that is said to a minor or by one."""
    plain = folded(text)
    return _SUGGESTIVE.search(plain) is not None or _EXPLICIT.search(plain) is not None
