"""Words that claim nothing: a reply made of them alone says nothing that could be untrue of a story.

Function words, and the small change of talk, in English, folded as `persona.terms` does. No word that tells a
story may be listed here.
"""

from __future__ import annotations

from persona.terms import tokens

_WORDS = """
a about above across after again against ah all almost alone along already also although always am an and another any
anybody anyone anything anyway are aren't around as ask at away back be because been before behind being below beside
between both but by bye came can can't cannot come comes coming could couldn't did didn't do does doesn't doing don't
done down during each either else enough even ever every everybody everyone everything except far few first for from
further get gets getting give gives go goes going gone gonna good goodbye got had hadn't has hasn't have haven't
having he he'd he'll he's hello her here here's hers herself hey hi him himself his how how's however i i'd i'll i'm
i've if in indeed instead into is isn't it it'd it'll it's its itself just keep kind kinda know knew known last later
least less let let's like little lol long look made make makes many may maybe me mean might mine more most much must
my myself near never next no nobody none nor not nothing now of off often oh ok okay omg on once one only onto or
other our ours out over own part perhaps please put quite rather really right rn said same saw say says see seem seen
shall she she'd she'll she's should shouldn't since so some somebody someone something sometimes somewhere soon sorry
still such take tell than thank thanks that that'd that'll that's the their theirs them themselves then there there's
these they they'd they'll they're they've thing things think this those though thought through till to today together
told tomorrow tonight too took towards tried true try two u under until up upon ur us use very want was wasn't way we
we'd we'll we're we've well went were weren't what what's whatever when where where's whether which while who who's
whole whom whose why will with within without won't would wouldn't yeah yes yet you you'd you'll you're you've your
yours yourself
"""

PLAIN_WORDS: frozenset[str] = frozenset(token.word for token in tokens(_WORDS))
