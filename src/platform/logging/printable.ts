/** For a terminal, which control characters in a title or file name would steer. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');
