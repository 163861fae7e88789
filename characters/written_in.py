"""Which of the served languages a text is written in, by its letters and its small words, and when that is sure.

Pure and cautious: a name, a quoted word or a sentence too short to tell is evidence of nothing. It must never be sure
of a text that people would still argue about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from characters.locales import SERVED

WORDS_SURE = 3
"""From so many small words of one language, twice those of any other, a text in Latin letters is in it."""
WORDS_LEANING = 2
SHARE_SURE = 0.18
"""… and they are at least this share of its words."""
SCRIPT_SHARE = 0.6
"""From so much of a text in one script on it is written in that script; below, it quotes one."""
WORDS_OF_SCRIPT = 3
CHARS_PER_WORD = 2
"""Letters of a script without spaces that count as a word."""
KANA_SHARE = 0.2
"""Japanese has at least this much kana; a Chinese text that mentions の has less."""
VARIANTS_SURE = 2

LATIN = frozenset({"en", "es", "pt", "id", "vi"})
HAN = frozenset({"zh-Hans", "zh-Hant"})

_SMALL_TEXT: Mapping[str, str] = {
    "en": (
        "the a an and of to in is it that was for on are with as his her they at be this have from or had by not but "
        "what all were when we there can your which their said if do will each about how up out them then she many "
        "some so these would into has more two him see could no than been its who now did my you i i'm i'd i'll i've "
        "it's don't that's you're hello hi hey bye thanks yes me just here never let us know"
    ),
    "es": (
        "a el la los las un una de del que y en por con para no se lo le les su sus es está están soy eres somos fue "
        "era como más pero muy ya sí me te mi mis tu tus yo tú él ella usted ustedes nosotros cuando porque qué quién "
        "cómo dónde esto eso este esta ese esa hay aquí al nada algo también hola gracias adiós buenas buenos hasta si "
        "sin ni nunca siempre todo todos esa uno"
    ),
    "pt": (
        "a o os as um uma de do da dos das que e em no na nos nas por com para não se lhe seu sua é está estão sou foi "
        "era como mais mas muito já sim me te meu minha teu tua eu tu ele ela você vocês nós quando porque quem onde "
        "isso isto este esta esse essa há aqui ao à nada algo também olá oi obrigado obrigada tchau boa bom até pelo "
        "pela sem nem nunca sempre tudo todos num numa gente"
    ),
    "id": (
        "yang dan di ke dari ini itu tidak gak aku saya kamu anda dia mereka kami kita untuk dengan akan ada bisa "
        "sudah belum juga atau kalau jangan apa lagi hanya saja tapi karena pada seperti sangat siapa mana bagaimana "
        "kenapa halo hai terima kasih selamat malam pagi jumpa masih harus lebih sampai oleh bukan ya dong"
    ),
    "vi": (
        "không là của và một tôi anh em cô ông bà có được cho với này đó thì mà đã sẽ ở những người gì ra vào rồi chào "
        "cảm ơn bạn nhé ai sao như cũng nhưng vì nếu thế đi lại các trong khi đến hay rất nào còn mình chị"
    ),
}
_SMALL_WORDS = {language: frozenset(text.split()) for language, text in _SMALL_TEXT.items()}
_SIMPLIFIED = frozenset(
    "们这说过还没会个时来对为发么样点经开问见头长东车马鸟鱼门间关闭国图书写语话谁请谢让认识记许该详误读课谈调词译证议论设访诉诊评"
    "试诗诚询谎谋谓谨谜气电灯热爱买卖贝贵费资货贴贺贼质购贪贫财责败账员圆团园围听声处备复头夹实宝审宽对导将专层岁币师帮带帐归当录"
    "总恋恼惊惯战户执扩扫扬抢护报担拥择挂挥损换据掷摆摇敌数断无旧显晓术机权条极构枪树桥检楼欢残毁毕汉汤沟没泪泽洁浅测浓济涂润涨满"
    "灭灵灾炉烧烦烛状独狱猎猫环现琐画疗疯监盖盘础确离种积称稳穷窃竞笔筑签简类粮红约级纪纯纸线练组细终绍经结绕绘给络绝统继绩续维绿"
    "缘编缝缺罗罚职联聪肃肤胆胜脏脑脚脸虑虽蓝虚补装览觉触车轨转轮软轻载较辆辈输边达迁过运进远违连迟适选遗邻郑释钟钢钥钱铁铃银锁错"
    "锋键镇镜长门闪问闲闹闻阅队阳阴阶际陆陈险随隐难雾静须顾顿预领频题颜风飞饭饮馆骂驾骗鲜鸡鸣黄齐齿龙龟"
)
_TRADITIONAL = frozenset(
    "們這說過還沒會個時來對為發後裡麼樣點經開問見頭長東車馬鳥魚門間關閉國圖書寫語話誰請謝讓認識記許該詳誤讀課談調詞譯證議論設訪訴診評"
    "試詩誠詢謊謀謂謹謎氣電燈熱愛買賣貝貴費資貨貼賀賊質購貪貧財責敗賬員圓團園圍聽聲處備復夾實寶審寬導將專層歲幣師幫帶帳歸當錄"
    "總戀惱驚慣戰執擴掃揚搶護報擔擁擇掛揮損換據擲擺搖敵數斷無舊顯曉術機權條極構槍樹橋檢樓歡殘毀畢漢湯溝淚澤潔淺測濃濟塗潤漲滿"
    "滅靈災爐燒煩燭狀獨獄獵貓環現瑣畫療瘋監蓋盤礎確離種積稱穩窮竊競筆築簽簡類糧紅約級紀純紙線練組細終紹結繞繪給絡絕統繼績續維綠"
    "緣編縫羅罰職聯聰肅膚膽勝臟腦腳臉慮雖藍虛補裝覽覺觸軌轉輪軟輕載較輛輩輸邊達遷運進遠違連遲適選遺鄰鄭釋鐘鋼鑰錢鐵鈴銀鎖錯"
    "鋒鍵鎮鏡閃閒鬧聞閱隊陽陰階際陸陳險隨隱難霧靜須顧頓預領頻題顏風飛飯飲館罵駕騙鮮雞鳴黃齊齒龍龜"
)
_ONLY_SIMPLIFIED, _ONLY_TRADITIONAL = _SIMPLIFIED - _TRADITIONAL, _TRADITIONAL - _SIMPLIFIED
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_KANA, _HANGUL, _THAI = (
    re.compile("[\u3041-\u30ff]"),
    re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    re.compile("[\u0e01-\u0e4e]"),
)
_HAN_CHAR = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1100-\u11ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_LATIN_LETTER = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]")


def small_words(language: str) -> frozenset[str]:
    """The words that sentences of a language are held together with; none for one that has no rules here."""
    return _SMALL_WORDS.get(language, frozenset())


class WrittenIn:
    """What the letters and small words of one text say."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFC", text).casefold().replace("’", "'")
        self._han = _HAN_CHAR.findall(plain)
        self._chars = {
            "ja": len(_KANA.findall(plain)),
            "ko": len(_HANGUL.findall(plain)),
            "th": len(_THAI.findall(plain)),
            "zh": len(self._han),
        }
        words = _WORD.findall(_UNSPACED.sub(" ", plain))
        self._latin = [word for word in words if _LATIN_LETTER.match(word)]
        self._other = len(words) - len(self._latin)
        self._hits = {language: sum(word in small for word in self._latin) for language, small in _SMALL_WORDS.items()}
        self._words = sum(self._chars.values()) / CHARS_PER_WORD + len(words)

    def is_surely_none_of(self, languages: frozenset[str]) -> bool:
        """Whether the text is surely in another language than these."""
        return not languages & self._possible() if self._words >= WORDS_OF_SCRIPT else False

    def leans_from(self, languages: frozenset[str]) -> bool:
        """Whether its small words are of some other language, and not one of any of these: not yet sure, but likely."""
        return not self.signs() & languages and max(self._hits.values()) >= WORDS_LEANING

    def language(self) -> str | None:
        """The language it is surely in; None when that cannot be told, or it is none of those served."""
        possible = self._possible() if self._words >= WORDS_OF_SCRIPT else frozenset()
        return next(iter(possible)) if len(possible) == 1 else None

    def signs(self) -> frozenset[str]:
        """Every language that anything in the text is a sign of, however little."""
        found = {language for language in ("ja", "ko", "th") if self._chars[language]}
        if self._chars["zh"]:
            found |= self._chinese() | ({"ja"} if self._chars["ja"] else frozenset())
        most = max(self._hits.values(), default=0)
        return frozenset(found | {language for language, hits in self._hits.items() if hits and hits * 2 >= most})

    def _possible(self) -> frozenset[str]:
        """The languages that it may be in; none when it is in a script of no served language."""
        kana, han = self._chars["ja"], self._chars["zh"]
        words = {language: self._chars[language] / CHARS_PER_WORD for language in ("ko", "th")}
        words |= {"latin": float(len(self._latin)), "other": float(self._other), "han": (han + kana) / CHARS_PER_WORD}
        script, most = max(words.items(), key=lambda one: one[1])
        if most < SCRIPT_SHARE * self._words:
            return frozenset(SERVED)
        if script == "latin":
            return self._of_latin()
        if script == "han":
            if kana >= KANA_SHARE * (han + kana):
                return frozenset({"ja"})
            return self._chinese() | (frozenset({"ja"}) if kana or han < 4 * CHARS_PER_WORD else frozenset())
        return frozenset() if script == "other" else frozenset({script})

    def _of_latin(self) -> frozenset[str]:
        best, most = max(self._hits.items(), key=lambda one: one[1])
        others = max(hits for language, hits in self._hits.items() if language != best)
        sure = most >= WORDS_SURE and most >= 2 * others and most >= SHARE_SURE * len(self._latin)
        return frozenset({best}) if sure else LATIN

    def _chinese(self) -> frozenset[str]:
        simplified = sum(char in _ONLY_SIMPLIFIED for char in self._han)
        traditional = sum(char in _ONLY_TRADITIONAL for char in self._han)
        if simplified >= VARIANTS_SURE and simplified > 3 * traditional:
            return frozenset({"zh-Hans"})
        if traditional >= VARIANTS_SURE and traditional > 3 * simplified:
            return frozenset({"zh-Hant"})
        return HAN
