/** The house cannot open; the message is one sentence for whoever started it. */
export class StartupError extends Error {}
