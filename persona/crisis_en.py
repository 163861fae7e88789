"""Signs of danger in English, as patterns over folded text: see persona/crisis.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_I = r"\b(?:i|im|i'm|i've|ive|i'd|i'll)\b"
_ADV = r"(?:(?:really|just|honestly|still|so|actually|always|sometimes|seriously|truly|badly|kind of|kinda|fr|only) )*"
_WANT = rf"{_I}(?: {_ADV})?(?:do )?(?:am )?(?:want|wanna|wish|need|plan|planning|going|gonna|intend|decided|ready|try|tried|trying|keep|have|think(?:ing)?)\b"
_NEAR = (
    r"\bmy (?:best |little |big |older |younger )?(?:friend|sister|brother|mom|mum|mother|dad|father|son|daughter|cousin"
    r"|girlfriend|boyfriend|wife|husband|roommate|classmate|bestie)\b"
)
_KIN = (
    r"(?:husband|wife|boyfriend|girlfriend|partner|ex|dad|father|mom|mum|mother|step ?dad|step ?father|step ?mother"
    r"|uncle|aunt|brother|grandpa|grandfather|grandma|teacher|coach|boss|roommate|parents|fiance)"
)
_HIT = (
    r"(?:hits?|hit|beats?|beat|slaps?|slapped|punche[sd]|punches|kicks?|kicked|choke[sd]?|strangle[sd]?|hurts?|burn(?:s|ed)"
    r"|abuse[sd]?|threatens?|threatened|rape[sd]?|molest(?:s|ed)|touche[sd]|threw|throws|pushe[sd]|shove[sd]|whips?)"
)

ENGLISH: Mapping[str, Sequence[str]] = {
    "suicide": (
        rf"{_WANT}[^.!?]{{0,40}}\b(?:kill(?:ing)? myself|end(?:ing)? (?:my|this) (?:own )?life|take my (?:own )?life|taking my life"
        r"|commit suicide|hang myself|shoot myself|drown myself|unalive(?: myself)?|be unalived|kms|die\b(?! (?:for|with|of|from|laugh))"
        r"|be dead|not (?:be|exist|wake|live)|stop existing|disappear forever|end it all|jump off)",
        r"\b(?:kill(?:ing)?|unalive|hang|shoot|off) myself\b",
        r"\bkms\b",
        r"\bend(?:ing)? (?:my (?:own )?life|it all)\b|\btak(?:e|ing) my own life\b",
        r"\b(?:i (?:am|feel)|i'm|im|feeling)(?: \w+){0,2} suicidal\b|\bi (?:think|thought)(?: \w+){0,2} about suicide\b",
        r"\b(?:don't|dont|do not|didn't|no longer|never) (?:\w+ )?(?:want|wanna|wish) (?:to )?(?:be alive|live|wake up|be here(?: any ?more)?\b(?! (?:at|in|with))|exist)",
        rf"{_I}[^.!?]{{0,20}}\b(?:want|wanna|wish)(?: to)?\b[^.!?]{{0,25}}\b(?:never (?:\w+ )?(?:been born|wake up)|sleep and never|be gone|not be here|out for good|disappear for ?ever|it all to end)",
        r"\bwish i'?d? (?:had |was |were )?(?:never been born|dead)\b|\bif i (?:was|were) (?:dead|gone)\b|\bwhen i'?m gone\b",
        r"\b(?:better off|happier|easier)(?: \w+){0,3} (?:without me|if i (?:was|were) (?:gone|dead))",
        r"\bno (?:reason|point)(?: \w+){0,3} (?:to (?:keep )?liv(?:e|ing)|in living|living)\b|\blife (?:isn't|isnt|is not|ain't) worth\b",
        r"\b(?:tired|sick) of (?:living|being alive|life)\b|\bdon't see a future\b",
        rf"{_I}[^.!?]{{0,30}}\b(?:my last (?:night|day)|goodbye (?:letters?|notes?)|suicide note|bought a rope)\b|\bthis is my last (?:night|day)\b|\bmy (?:goodbye|farewell) (?:letters?|notes?)\b",
        r"\b(?:whole|entire) bottle of\b(?! (?:wine|water|coke|soda|champagne|beer))|\b(?:all|take|took|taking|swallow(?:ed)?)(?: \w+){0,4} (?:pills|tablets|tylenol|paracetamol)\b|\bpills\b[^.!?]{0,40}\btake them all\b",
        r"\bhow many (?:\w+ )?(?:pills|tablets)\b|\b(?:least painful|painless|easiest|quickest|best) way to die\b|\bdie from (?:drinking|taking|eating) (?:bleach|pills)",
        r"\bbleed out\b(?! in your arms)|\bslit my (?:wrists?|throat)\b",
        r"\b(?:i'm|im|i am|i)\b[^.!?]{0,20}\b(?:on|at|off|to) (?:the|a) (?:bridge|roof|ledge|rooftop|edge)\b[^.!?]{0,40}\b(?:down|jump|looking|goodbye)\b",
        r"\bif i (?:jumped|died|disappeared|killed)\b|\b(?:jump(?:ing)?|step(?:ping)?) (?:in front of|off the balcony)\b|\btells me to (?:jump|do it|die|kill)",
        rf"{_I}[^.!?]{{0,15}}\bgot a gun\b|\bgun (?:in|to|on) my (?:lap|head|mouth|hand)\b",
        rf"{_I}[^.!?]{{0,25}}\b(?:attempted|tried)(?: again)?(?: in \w+| last \w+)?[.!]? ?(?:i think )?[^.!?]{{0,30}}\b(?:try again|nobody knows|to (?:hang|kill|od|overdose))",
        rf"{_I}[^.!?]{{0,25}}\b(?:how i'd do it|a plan to|made up my mind to end|finally going to do it|can't go on like this)\b",
        r"\b(?:i'm|im) a burden\b|\bsay(?:ing)? (?:bye|goodbye) to (?:everyone|everybody)\b",
        r"\bnothing left for me\b|\bwon'?t be here for the next\b",
        rf"{_NEAR}[^.!?]{{0,60}}\b(?:(?:wants?|going|gonna|plans?|threatens?|tried) (?:to )?(?:die|kill|end (?:it|her|his|their))|suicid\w+)",
    ),
    "self_harm": (
        r"\b(?:cut|cuts|cutting|hurt|hurting|harm|harming|scratch|scratching|punish|hit|hitting|starve) myself\b(?! (?:on|with|by|while|when|in|shaving|off|laughing|short|a)\b)",
        r"\bself[- ]?harm(?:ing|ed|s)?\b|\b(?:burn(?:ed|t|ing)?|stub|put)(?: \w+){0,3} (?:my arms?|myself|my skin|my legs?)\b[^.!?]{0,30}\b(?:lighter|cigarettes?|deserve|iron|on purpose|again)\b|\bcigarettes? out on (?:myself|my)\b",
        rf"{_I}(?:'ve)?(?: {_ADV})?(?:been|keep|stopped|stop|started|start)? ?cutting\b(?! (?:down|back|out|edge|it|the|carbs|hair|onions|paper|class|school|work|corners))",
        r"\b(?:stop|stopped|quit|so i|but i|been) (?:cutting|cut)\b(?! (?:down|back|out|it|the|class|my (?:hair|finger|nails)))",
        r"\b(?:cuts|scars|new cuts)(?: \w+){0,2} (?:on|all over|in) (?:my|both) (?:arms?|thighs?|legs?|wrists?)\b|\bmy (?:arms?|thighs?|legs?|wrists?)(?: \w+){0,3} (?:covered|full)(?: in| of| with) (?:cuts|scars)",
        r"\b(?:razor|blades?)\b[^.!?]{0,40}\b(?:again|use it|in my|under my|my skin|relapsed)\b|\brelapsed\b[^.!?]{0,40}\b(?:razor|blade|cut)|\bscratch my (?:legs?|arms?|skin)(?: \w+){0,3} (?:bleed|blood)",
        r"\bmy head (?:on|against) the wall\b|\b(?:glass|knife|blade)(?: \w+){0,3} (?:into|in) my (?:hand|arm|skin|leg)\b[^.!?]{0,20}\bpurpose\b",
        r"\bi deserve to be hurt\b",
        rf"{_NEAR}[^.!?]{{0,40}}\b(?:self[- ]?harm\w*|cuts? (?:herself|himself|themselves))",
    ),
    "eating": (
        r"\b(?:throw(?:ing)?|threw|puke|vomit)(?: (?:it|everything|food))?(?: (?:all|back))? ?up (?:after (?:every|each|all|my|i eat|eating|meals?))|\bvomit(?:ing)? after (?:every|each|meals?|eating)",
        r"\bmake(?:s)? myself (?:vomit|throw up|puke|sick)\b|\bmaking myself (?:vomit|throw up|puke|sick)\b|\bfingers? down my throat\b|\bgo and throw it all up\b",
        r"\b(?:haven't|havent|have not|not) eaten (?:\w+ )?(?:in|for) (?:\w+ )?(?:\d+|two|three|four|five|six|seven|several|many) ?days?\b",
        r"\b(?:i|to|and) purge\b|\bpurging\b|\bstarv(?:e|ing) myself\b|\b(?:i have|i've got|think i have|had) (?:anorexia|bulimia|an eating disorder)\b",
        r"\b(?:stopped|stop) eating\b(?! (?:meat|sugar|carbs|gluten|bread|dairy|candy|sweets|chocolate|fast|junk|my))|\bi don't eat\b(?=[.!,]|$)|\bi'm not eating\b",
        r"\b(?:only|just)?(?: \w+){0,3} (?:[1-7]?\d\d) calories (?:a|per) day\b|\bcount every calorie\b|\bcalories,? then the toilet\b|\bbing(?:e|ing)\b[^.!?]{0,40}\b(?:toilet|purge|throat|throw up|vomit)",
        r"\blaxatives?\b|\b(?:scared|afraid|terrified) of (?:food|eating)\b|\bcan see my ribs\b|\bfasting day \d+\b",
        r"\b(?:3\d|2\d) ?(?:kilos?|kg)\b[^.!?]{0,40}\b(?:fat|whale|cow|pig|mirror)\b|\bspit my food\b",
        r"\bdinner was an? \w+\. yesterday too\b|\bdisgust(?:ing|ed)(?: \w+){0,4} (?:eaten|eating|eat)\b",
    ),
    "abuse": (
        rf"\bmy (?:\w+ )?{_KIN}(?: \w+){{0,3}}? {_HIT} me\b|\b{_HIT} me (?:where|when(?:ever)? (?:he|she|they)|every|with (?:a|his|her)|again|yesterday|last night|until|so hard|down the)",
        rf"\bmy (?:\w+ )?{_KIN}[^.!?]{{0,50}}\b(?:{_HIT} me|comes? into my (?:room|bed)|put his hand|under my (?:skirt|shirt|clothes)|makes me (?:do|touch|undress)|scares me)\b",
        r"\bi (?:was|got|have been|'ve been|am being) (?:\w+ )?(?:raped|molested|abused|beaten|assaulted)\b|\bforced himself on me\b|\braped me\b",
        r"\b(?:he|she|they)(?:'s| is| has)? (?:\w+ )?(?:locks?|locked) me (?:in|up)\b[^.!?]{0,40}\b(?:house|room|phone|home)|\btook my phone\b[^.!?]{0,30}\blocks?",
        r"\b(?:afraid|scared|terrified)(?: \w+){0,2} (?:to go home|of (?:him|my (?:dad|father|husband|boyfriend|mother|mom|ex|stepdad)))\b|\bmy ex is going to kill me\b|\bhe(?:'ll| will| said he'?d) (?:find me|kill me|hurt the (?:kids|children))\b",
        r"\b(?:he|she)(?:'s| is) (?:outside|in the next room|coming)\b[^.!?]{0,60}\b(?:knife|gun|hiding|kill)|\bhiding in the (?:closet|bathroom)\b[^.!?]{0,40}\b(?:he|knife|gun)\b",
        r"\bbruises? (?:\w+ )?(?:aren't|arent|are not|on my)\b|\b(?:naked|nude)s? (?:photos?|pics?|pictures?)\b[^.!?]{0,30}|\bsend (?:him|her|them) (?:naked|nudes?)\b",
        r"\b(?:teacher|coach|priest|uncle|man online|stepdad)\b[^.!?]{0,40}\b(?:makes me|made me|touche[sd] me|not to tell)\b",
        r"\bwhere nobody sees\b|\bnot to tell anyone\b",
    ),
    "innocent": (
        r"\bkill(?:s|ing|ed)? me\b(?! (?:too|one day|in my sleep|,? he))|\b(?:to|would|i'd|i'll|literally|just|nearly) die(?:d)? (?:for|without|laughing|of (?:laughter|cute|cuteness|embarrassment|boredom))\b",
        r"\bi(?:'d| would)(?: rather| sooner)? (?:die|kill|murder|take a bullet)(?: than| for)?\b",
        r"\bdying to (?:know|see|hear|meet)\b|\bto die for\b|\bsuicide mission\b|\bcareer suicide\b",
        r"\b(?:starving|hungry|famished) for (?:the|more|another|a)\b",
        r"\b(?:if|when|until) (?:they|he|she|it|tam|gideon) [^,.!?]{1,40}? i(?:'ll| will)? (?:die|scream|cry|kms|riot)\b",
        r"\bhit me (?:up|with|like)\b|\bhit my (?:toe|car|knee|elbow)\b|\bcut my finger\b|\bburn(?:ed|t) myself on\b",
        r"\bend it,? i mean\b|\bput me out of my misery\b|\bcut (?:me|my own hand)\b",
        # Whom it is told of is somebody else: a character, more likely than not.
        r"\b(?:she|he|they|it|tam|everyone|everybody)(?: \w+){0,4} (?:has|had|have|with|sees) no (?:reason|point)(?: \w+){0,3}",
        r"\b(?:scream|cry|laugh|squeal|melt|faint|kiss|swoon)(?: \w+){0,2}? and (?:then )?die\b",
        r"\bhate when you hurt me\b|\byou hurt me\b|\bbite me\b",
    ),
    "playful": (
        r"\b(?:lol|lmao|lmfao|rofl|haha\w*|hehe\w*|jk|giggl\w+|xd)\b|💀|😂|🤣|\*[^*]+\*|\bsaid every heroine\b",
        r"\b(?:my lord|milady|my queen|my king|villain|traitor|coward|vampire|your majesty)\b",
    ),
    "grave": (
        r"\b(?:pills|razor|blade|rope|gun|noose|overdose|wrists?|not joking|serious(?:ly)? (?:i|this)|i'm serious|tonight|last night|plan)\b",
        r"\b(?:cut|hurt|kill|hang) myself (?:again|last|yesterday|today|tonight)\b",
    ),
}
