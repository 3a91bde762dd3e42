/** Replaces control characters, so that a title or file name cannot control the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

/** The beginning of an id from a client, in quotation marks and ASCII, for an error's sentence. */
export const quotedId = (id: string): string => `"${id.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')}"`;
