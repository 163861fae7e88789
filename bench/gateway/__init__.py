"""What the gateway costs beside a relay that only relays: processor, time, memory, and how many streams it holds."""
