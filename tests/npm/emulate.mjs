// Serves emulate's Stripe on the port given as the first argument, until it is ended; says so once it listens.
import { createEmulator } from "emulate";

const port = Number(process.argv[2]);
await createEmulator({ service: "stripe", port, baseUrl: `http://127.0.0.1:${port}` });
console.log(`http://127.0.0.1:${port}`);
