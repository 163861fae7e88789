"""Chinese rules for facts: who somebody is, whose relative, what they do, where they live, and what befalls them.

Pure data, the same topics as in English. Without capitals only the cues of the show are names, so the patterns are
made for one show; a sentence that needs its context to be understood is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from characters.claims import ClaimRule, ClaimRules, claim_rule

KIN = (
    r"(?:父亲|母亲|爸爸|妈妈|爹|娘|养父|养母|继父|继母|哥哥|弟弟|姐姐|妹妹|大哥|二哥|大姐|儿子|女儿|丈夫|妻子|太太|老公|老婆|"
    r"未婚夫|未婚妻|爷爷|奶奶|外公|外婆|祖父|祖母|孙子|孙女|叔叔|舅舅|姑姑|姨妈|伯伯|侄子|侄女|表哥|表妹|堂兄|师父|徒弟)"
)
JOBS = (
    r"医生|大夫|护士|律师|老师|先生|教授|厨师|司机|管家|丫鬟|秘书|助理|保镖|侦探|警察|士兵|船长|渔夫|农民|木匠|裁缝|画家|歌手|演员|"
    r"琴师|作家|记者|摄影师|建筑师|工程师|会计|银行家|服务员|法官|和尚|尼姑|小偷|掌柜|老板|老板娘|伙计|总裁|董事长|经理|继承人|卖艺的|房客"
)
_NUMBER = r"[0-9]{1,3}|[一二三四五六七八九十百]{1,4}"


NAME = "@"
"""Stands for the cues of a show in a pattern."""

_SPOKEN = (
    claim_rule(
        "name",
        r"我(?:的名字)?叫(?P<v>(?!他|她|你|它|人)[^，。！？、的了着]{2,4})(?=[，。！]|$)",
        "{speaker}名叫{v}。",
        confidence=0.8,
    ),
    claim_rule("name", rf"我(?:就|才)?是(?P<v>{NAME})(?=[，。！]|$)", "{speaker}就是{v}。", confidence=0.85),
    claim_rule(
        "relation",
        rf"我(?:就)?是(?P<n>{NAME})的?(?P<k>{KIN})",
        "{speaker}是{n}的{k}。",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation",
        rf"我(?:就)?是你的?(?P<k>{KIN})",
        "{speaker}是{addressee}的{k}。",
        kind="relationship",
        confidence=0.8,
    ),
    claim_rule(
        "relation",
        rf"你(?:就)?是我的?(?P<k>{KIN})",
        "{addressee}是{speaker}的{k}。",
        "addressee",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME})(?:就)?是(?P<n2>{NAME})的?(?P<k>{KIN})",
        "{n}是{n2}的{k}。",
        "n",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME})(?:就)?是我的?(?P<k>{KIN})",
        "{n}是{speaker}的{k}。",
        "n",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation",
        rf"我和(?P<n>{NAME})的婚约",
        "{speaker}和{n}有婚约。",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "relative",
        rf"^我(?P<k>{KIN})(?P<v>(?:是|在|有|死|走|去|教|说过|临终|留下|当年|开|卖|买|病|已经)[^，]*)$",
        "{speaker}的{k}{v}",
        confidence=0.7,
    ),
    claim_rule(
        "relative",
        rf"你(?P<k>{KIN})(?:就)?是我(?P<v>{KIN}的?(?:{JOBS}))(?=[，。！]|$)",
        "{addressee}的{k}是{speaker}的{v}。",
        "addressee",
        confidence=0.75,
    ),
    claim_rule(
        "occupation",
        rf"我是(?:一名|一个|个|这里的|这儿的)?(?P<v>{JOBS})(?=[，。！]|$)",
        "{speaker}是{v}。",
        confidence=0.75,
    ),
    claim_rule(
        "occupation",
        rf"(?P<n>{NAME})是(?:一名|一个|个|这里的|这儿的)?(?P<v>{JOBS})(?=[，。！]|$)",
        "{n}是{v}。",
        "n",
        confidence=0.75,
    ),
    claim_rule("home", r"我(?:就)?住在(?P<v>[^，。！？]{2,20})", "{speaker}住在{v}。", confidence=0.75),
    claim_rule("age", rf"我今年(?P<v>{_NUMBER})岁?(?=[，。！了]|$)", "{speaker}今年{v}岁。", confidence=0.75),
    claim_rule(
        "death",
        rf"(?P<n>{NAME})(?:已经|早就|昨晚)?(?P<v>死了|去世了|没了命|断了气)",
        "{n}{v}。",
        "n",
        confidence=0.6,
    ),
    claim_rule("dismissal", r"你被(?:开除|解雇|辞退)了", "{speaker}辞退了{addressee}。", "addressee", confidence=0.75),
    claim_rule("child", r"我(?:怀孕了|有了身孕|有喜了)", "{speaker}怀孕了。", confidence=0.85),
    claim_rule(
        "proposal",
        r"^(?:你)?(?:嫁给我|愿意嫁给我|娶我|和我结婚|我们结婚吧)",
        "{speaker}向{addressee}求婚。",
        "pair",
        kind="relationship",
        confidence=0.85,
        asks=True,
    ),
    claim_rule(
        "marriage",
        rf"(?P<n>{NAME})(?:要)?(?:嫁给|娶)(?:了)?(?P<n2>{NAME})",
        "{n}和{n2}成婚。",
        "pair",
        kind="relationship",
        confidence=0.7,
    ),
    claim_rule(
        "promise",
        r"我(?:发誓|保证|答应你|向你保证|一定会)(?P<v>.*)",
        "{speaker}许诺：“{sentence}”",
        confidence=0.55,
    ),
)
_SHOWN = (
    claim_rule("death", rf"(?P<n>{NAME})(?P<v>死了|断了气|咽了气|去世)", "{n}{v}。", "n", confidence=0.7),
    claim_rule(
        "kiss",
        rf"(?P<n>{NAME})(?:轻轻)?吻(?:了|住|上)?(?P<n2>{NAME})",
        "{n}吻了{n2}。",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "prop",
        rf"(?P<n>{NAME})(?P<v>(?:提着|撑着|拿着|戴着|穿着|抱着)(?:一|那)[^，。！？站坐走进来出去在]{{2,16}})",
        "{n}{v}。",
        "n",
        kind="prop",
        confidence=0.6,
    ),
)
_PLACES = (
    claim_rule(
        "home", rf"(?P<n>{NAME})(?:的)?(?P<k>家|房间|卧室|公寓|住处|别墅)", "{n}住在{place}。", "n", confidence=0.7
    ),
    claim_rule("work", rf"(?P<n>{NAME})(?:的)?(?P<k>办公室|店|铺子|诊所|书房)", "{n}有{place}。", "n", confidence=0.6),
)
_RULES = ClaimRules(
    spoken=_SPOKEN,
    shown=_SHOWN,
    places=_PLACES,
    introduced=re.compile(rf"(?P<n>{NAME})[，（(、](?P<age>{_NUMBER})岁(?:[，、](?P<v>[^。！？）)]+))?"),
    introduction="{n}{age}岁，{v}。",
    introduction_bare="{n}{age}岁。",
    vocatives={
        "爹": "父亲",
        "爸": "父亲",
        "爸爸": "父亲",
        "父亲": "父亲",
        "娘": "母亲",
        "妈": "母亲",
        "妈妈": "母亲",
        "母亲": "母亲",
        "哥": "哥哥",
        "哥哥": "哥哥",
        "姐": "姐姐",
        "姐姐": "姐姐",
        "爷爷": "爷爷",
        "奶奶": "奶奶",
        "外婆": "外婆",
        "师父": "师父",
    },
    vocative=re.compile(r"(?:^|，)(?P<k>爹|爸爸?|父亲|娘|妈妈?|母亲|哥哥?|姐姐?|爷爷|奶奶|外婆|师父)(?=[，。！？]|$)"),
    relation="{addressee}是{speaker}的{k}。",
    not_names=frozenset(),
    vague=re.compile(r"[我你您他她它]|这|那|咱"),
)


def rules_zh(cues: Sequence[str]) -> ClaimRules:
    """The rules for a show with these cues."""
    names = "|".join(re.escape(cue) for cue in sorted(cues, key=len, reverse=True)) or r"(?!)"

    def named(pattern: re.Pattern[str]) -> re.Pattern[str]:
        return re.compile(pattern.pattern.replace(NAME, names))

    def all_named(found: tuple[ClaimRule, ...]) -> tuple[ClaimRule, ...]:
        return tuple(replace(rule, pattern=named(rule.pattern)) for rule in found)

    return replace(
        _RULES,
        spoken=all_named(_SPOKEN),
        shown=all_named(_SHOWN),
        places=all_named(_PLACES),
        introduced=named(_RULES.introduced),
    )
