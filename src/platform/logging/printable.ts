/** Replaces control characters, so that a title or file name cannot control the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');
