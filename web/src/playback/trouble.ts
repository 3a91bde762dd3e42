/** The outcome of a request for a file, as far as a page can find out. */
export type Finding =
  /** The browser says that there is no network. */
  | { type: 'offline' }
  /** An http URL on an https page, which browsers block (mixed content). */
  | { type: 'mixed' }
  /** The Content-Security-Policy of the page forbids it. */
  | { type: 'forbidden' }
  | { type: 'status'; status: number }
  /** An answer that this page may not read, because it lacks Access-Control-Allow-Origin. */
  | { type: 'unreadable' }
  /** No connection: unknown host name, connection refused, or an untrusted certificate. */
  | { type: 'unreachable' }
  | { type: 'silent' };

/** Why a song does not play, as a sentence for the listener. */
export interface Trouble {
  message: string;
  /** True if requesting the same file again cannot help. */
  isFinal: boolean;
}

const ADVICE = 'The administrator finds the reason with “npm run cdn:check”.';

/**
 * @param host the requested host as shown to the listener: a host name, or "The server"
 * @param wasDamaged whether data received before could not be decoded
 */
export function troubleOf(finding: Finding, host: string, wasDamaged: boolean): Trouble {
  switch (finding.type) {
    case 'offline':
      return passing('You are offline. The music goes on when the connection is back.');
    case 'mixed':
      return final(`${host} offers this song by http, which browsers block on a page that came by https. ${ADVICE}`);
    case 'forbidden':
      return final(`The security policy of this page does not allow music from ${host}. ${ADVICE}`);
    case 'unreadable':
      return passing(`${host} answers, but does not let this page read its files (CORS). ${ADVICE}`);
    case 'unreachable':
      return passing(`${host} cannot be reached. Check your connection and try again.`);
    case 'silent':
      return passing(`${host} does not answer. Check your connection, or try again in a while.`);
    case 'status':
      return ofStatus(finding.status, host, wasDamaged);
  }
}

function ofStatus(status: number, host: string, wasDamaged: boolean): Trouble {
  if (status === 404 || status === 410) return final(`${host} does not have the files of this song (${status}).`);
  if (status === 429 || status >= 500) return passing(`${host} has trouble at the moment (${status}). Try again in a while.`);
  if (status >= 400) return passing(`${host} refuses to hand out this song (${status}).`);
  if (wasDamaged) return passing(`What ${host === SERVER ? 'the server' : host} sends of this song cannot be played.`);
  return passing('The connection is very slow, or was interrupted. Still trying.');
}

/** The name shown for the server of this page. */
export const SERVER = 'The server';

const passing = (message: string): Trouble => ({ message, isFinal: false });
const final = (message: string): Trouble => ({ message, isFinal: true });
