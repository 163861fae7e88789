"""Which language a reply is due in: the one the fan writes in where that can be told, else the one they chose.

Pure. It widens what is welcome wherever there is a sign of it, and never narrows: a fan who greets in Spanish on a
phone set to English may be answered in either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from characters.locales import SERVED, language_of
from characters.written_in import HAN, WrittenIn
from memory.words import folded

LOOK_BACK_CHARS = 240
"""So much of a reply's beginning is read with a segment that is too short to tell by itself."""

_NAMED: Mapping[str, str] = {
    "en": r"\b(?:english|ingles|inglese|inggris|tieng anh)\b|英语|英語|英文|영어|ภาษาอังกฤษ",
    "es": r"\b(?:spanish|espanol|castellano|espanhol|spanyol|tieng tay ban nha)\b|西班牙语|西班牙語|西班牙文|スペイン語|스페인어|ภาษาสเปน",
    "pt": r"\b(?:portuguese|portugues|portugis)\b|葡萄牙语|葡萄牙語|葡萄牙文|ポルトガル語|포르투갈어|ภาษาโปรตุเกส",
    "zh-Hans": r"\b(?:chinese|mandarin|chino|chines|mandarim|tionghoa|tieng trung)\b|中文|汉语|漢語|普通话|简体|簡體|中国語|중국어|ภาษาจีน",
    "zh-Hant": r"\b(?:chinese|cantonese|chino|chines|tieng trung)\b|中文|国语|國語|繁体|繁體|粤语|粵語|中国語|중국어|ภาษาจีน",
    "ja": r"\b(?:japanese|japones|jepang|tieng nhat)\b|日语|日語|日文|日本語|일본어|ภาษาญี่ปุ่น",
    "ko": r"\b(?:korean|coreano|korea|tieng han)\b|韩语|韓語|韩文|韓文|韓国語|한국어|ภาษาเกาหลี",
    "th": r"\b(?:thai|tailandes)\b|泰语|泰語|タイ語|태국어|ภาษาไทย",
    "id": r"\b(?:indonesian|indonesio|bahasa)\b|印尼语|印尼語|インドネシア語|인도네시아어",
    "vi": r"\b(?:vietnamese|vietnamita|vietnam|tieng viet)\b|越南语|越南語|ベトナム語|베트남어|ภาษาเวียดนาม",
}
_OTHERS = re.compile(
    r"\b(?:french|german|italian|russian|arabic|hindi|latin|turkish|tagalog|malay|frances|aleman|italiano|ruso|arabe"
    r"|alemao|russo|prancis|jerman|translat\w*|traduc\w*|traduz\w*|another language|otro idioma|outra lingua)\b"
    r"|法语|法語|德语|德語|俄语|俄語|阿拉伯语|翻译|翻譯|フランス語|ドイツ語|翻訳|프랑스어|번역|แปล"
)
_NAMES = {language: re.compile(pattern) for language, pattern in _NAMED.items()}


@dataclass(frozen=True, slots=True)
class FanLanguage:
    """`chosen` is the fan's own by their locale; `spoken` is what they write in, as far as can be told.

    `welcome` are those that a reply may be in; None where that is not looked at: in a language without rules here, or
    when the fan asks for one.
    """

    chosen: str
    spoken: str
    welcome: frozenset[str] | None

    def speaks(self, text: str) -> bool:
        """Whether a text may be in the language that the fan writes in, whatever else is welcome."""
        written, spoken = WrittenIn(text[-2 * LOOK_BACK_CHARS :]), frozenset({self.spoken})
        return not (written.is_surely_none_of(spoken) or written.leans_from(spoken))

    def refuses(self, delivered: str, segment: str) -> bool:
        """Whether the next segment is surely in a language that is not welcome.

        A segment that says too little is read with the end of what came before it; what begins to make amends for a
        wrong beginning is not held against itself.
        """
        if self.welcome is None:
            return False
        alone = WrittenIn(segment)
        if alone.is_surely_none_of(self.welcome) or alone.leans_from(self.welcome):
            return True
        if alone.signs() & self.welcome:
            return False
        return bool(alone.signs()) and WrittenIn(delivered[-LOOK_BACK_CHARS:] + segment).is_surely_none_of(self.welcome)


def fan_language(locale: str, fan_text: str, earlier: Sequence[str] = ()) -> FanLanguage:
    """What a fan of this locale, who writes this, is answered in. `earlier`: what they wrote before, newest last."""
    chosen = language_of(locale)
    written = WrittenIn(fan_text)
    spoken = written.language() or next(filter(None, (WrittenIn(text).language() for text in earlier[:-3:-1])), chosen)
    plain = folded(fan_text)
    if chosen not in SERVED or _OTHERS.search(plain):
        return FanLanguage(chosen, spoken, None)
    named = {language for language, pattern in _NAMES.items() if pattern.search(plain)}
    signs = written.signs() or frozenset(sign for text in earlier[:-3:-1] for sign in WrittenIn(text).signs())
    if chosen in HAN and signs >= HAN:  # what is written alike in both is no sign of the other
        signs = frozenset(signs - HAN)
    return FanLanguage(chosen, spoken, frozenset({chosen, spoken} | named | signs))
