import { SERVER, troubleOf, type Finding, type Trouble } from './trouble.js';

/** Answers when the server is there at all. */
const ALIVE = '/health/live';
/** Longest that is waited for an answer, milliseconds; with STALL_MS a listener is told within ten seconds. */
const ANSWER_MS = 3_000;
/** The browser reports a request that it has forbidden a moment after it has failed, milliseconds. */
const REPORT_MS = 50;

/** The file that a song waits for, or failed with. */
export interface AwaitedFile {
  /** Undefined when the server has not even said where it is. */
  url: string | undefined;
  /** Whether what came was no music. */
  wasDamaged: boolean;
}

/** Asks once for the file, to say why it does not come. Never rejects. */
export async function diagnose({ url, wasDamaged }: AwaitedFile): Promise<Trouble> {
  const address = new URL(url ?? ALIVE, location.href);
  const host = address.origin === location.origin ? SERVER : address.host;
  return troubleOf(await examine(address), host, wasDamaged);
}

async function examine(address: URL): Promise<Finding> {
  if (!navigator.onLine) return { type: 'offline' };
  if (location.protocol === 'https:' && address.protocol === 'http:') return { type: 'mixed' };
  let isForbidden = false;
  const report = (event: SecurityPolicyViolationEvent) => (isForbidden ||= event.disposition === 'enforce');
  document.addEventListener('securitypolicyviolation', report);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const status = await statusOf(address, 'cors', stop.signal);
    if (status !== null) return { type: 'status', status };
    await new Promise((resolve) => setTimeout(resolve, REPORT_MS));
    if (isForbidden) return { type: 'forbidden' };
    if (stop.signal.aborted) return { type: 'silent' };
    if ((await statusOf(address, 'no-cors', stop.signal)) !== null) return { type: 'unreadable' };
    return { type: stop.signal.aborted ? 'silent' : 'unreachable' };
  } finally {
    clearTimeout(timer);
    document.removeEventListener('securitypolicyviolation', report);
    stop.abort();
  }
}

/** The status of an answer, 0 when the page may not see it; null: none. Its body is left to be aborted. */
const statusOf = (address: URL, mode: RequestMode, signal: AbortSignal): Promise<number | null> =>
  fetch(address, { mode, signal, cache: 'no-store', credentials: 'omit' }).then(
    ({ status }) => status,
    () => null,
  );
