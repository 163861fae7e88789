"""Signs of danger in further languages, the plainest only: Portuguese, Japanese, Korean, Thai, Indonesian, Vietnamese.

Patterns over folded text, which has no accents and no tones: see persona/crisis.py. They were not measured as those of
English, Spanish and Chinese were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_PORTUGUESE: Mapping[str, Sequence[str]] = {
    "suicide": (
        r"\b(?:quero|vou|penso em|queria|tentei)\b[^.!?]{0,20}\b(?:me matar|matar-me|morrer|tirar (?:a )?minha vida|acabar com a minha vida|suicid\w+)\b(?! de)",
        r"\bnao (?:quero|aguento) mais viver\b|\bnao quero (?:mais )?viver\b|\bmelhor sem mim\b|\bcansad[oa] de viver\b",
    ),
    "self_harm": (
        r"\bme (?:corto|cortei|machuco|machuquei de proposito)\b|\bme cortar\b|\bautomutila\w+|\bautolesa\w+",
    ),
    "eating": (r"\bvomito depois de comer\b|\banorexia\b|\bbulimia\b|\bprovoco (?:o )?vomito\b|\bdias sem comer\b",),
    "abuse": (
        r"\bmeu (?:marido|pai|namorado|padrasto|tio|ex) (?:\w+ )?(?:me bate|me bateu|me toca)\b|\bfui estuprada\b|\bme estuprou\b",
    ),
    "innocent": (r"\bmorrer de (?:rir|fome|amor|sono|vergonha)\b|\bme mata\b",),
    "playful": (r"\bkkk+\b|\brsrs\b|💀|😂",),
}
_JAPANESE: Mapping[str, Sequence[str]] = {
    "suicide": (
        r"死にたい(?!くらい|ほど)|自殺(?:したい|しよう|する)|消えてしまいたい|生きていたくない|生きる意味がない",
    ),
    "self_harm": (r"リスカ|リストカット|自分を(?:切|傷つけ)|自傷",),
    "eating": (r"過食嘔吐|拒食症|吐いて(?:しまう|痩せ)|何日も食べてない",),
    "abuse": (r"(?:父|母|夫|彼氏|旦那)(?:に|が)(?:殴|叩|蹴)|レイプされ|性的虐待|虐待されて",),
}
_KOREAN: Mapping[str, Sequence[str]] = {
    "suicide": (r"죽고\s?싶(?!을\s?만큼)|자살(?:하고|할|하려)|살기\s?싫|살고\s?싶지\s?않|사라지고\s?싶",),
    "self_harm": (r"자해|손목을?\s?그(?:었|어)",),
    "eating": (r"거식증|폭식증|먹고\s?토|먹토",),
    "abuse": (r"(?:아빠|엄마|남편|남자친구|남친)(?:가|이)\s?(?:나를|저를|날)?\s?때(?:려|렸)|성폭행|강간당",),
}
_THAI: Mapping[str, Sequence[str]] = {
    "suicide": (r"อยากตาย|ฆ่าตัวตาย|ไม่อยากมีชีวิต|ไม่อยากอยู่แล้ว",),
    "self_harm": (r"กรีดแขน|ทำร้ายตัวเอง",),
    "eating": (r"ล้วงคอ|โรคอะนอเร็กเซีย|อดอาหารมา",),
    "abuse": (r"(?:พ่อ|แม่|สามี|แฟน)(?:ตี|ทำร้าย|ตบ)(?:ฉัน|หนู|ผม|เรา)|ถูกข่มขืน|โดนข่มขืน",),
}
_INDONESIAN: Mapping[str, Sequence[str]] = {
    "suicide": (
        r"\b(?:ingin|mau|pengen) (?:mati|bunuh diri|mengakhiri hidup)\b(?! (?:ketawa|kelaparan|bosan|rasanya))|\btidak (?:mau|ingin) hidup lagi\b",
    ),
    "self_harm": (r"\bmenyakiti diri\b|\b(?:menyayat|silet) (?:tangan|lengan)\b|\bself ?harm\b",),
    "eating": (r"\bmemuntahkan makanan\b|\banoreksia\b|\bbulimia\b",),
    "abuse": (
        r"\b(?:ayah|ibu|suami|pacar)(?:ku)? (?:memukul|menampar|menyiksa)(?:i)? ?(?:aku|saya|ku)\b|\bdiperkosa\b",
    ),
}
# Without tones “từ từ” (slowly) is “tự tử” (suicide): only as what somebody wants, at the end of a clause.
_VIETNAMESE: Mapping[str, Sequence[str]] = {
    "suicide": (
        r"\b(?:toi|em|minh|tao|chi|con|anh) (?:chi |that su |that |rat |cung |khong con )?muon chet\b|\b(?:toi|em|minh|tao|con) (?:chi )?(?:muon|dinh|tung) tu tu\b(?! \w)|\bkhong muon song\b|\btu sat\b",
    ),
    "self_harm": (r"\btu (?:lam dau|rach tay|cat tay)\b|\brach tay\b",),
    "eating": (r"\bmoc hong (?:de|cho) (?:non|oi)\b",),
    "abuse": (r"\b(?:bo|me|chong|ban trai) (?:\w+ )?danh (?:toi|em|con|minh)\b|\bbi cuong hiep\b|\bbi hiep dam\b",),
}

FURTHER: tuple[Mapping[str, Sequence[str]], ...] = (
    _PORTUGUESE,
    _JAPANESE,
    _KOREAN,
    _THAI,
    _INDONESIAN,
    _VIETNAMESE,
)
