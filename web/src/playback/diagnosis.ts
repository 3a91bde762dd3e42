import { SERVER, troubleOf, type Finding, type Trouble } from './trouble.js';

/** A path that every running server answers. */
const ALIVE = '/health/live';
/** Timeout of the diagnosis, milliseconds. Together with STALL_MS, a listener sees the reason within ten seconds. */
const ANSWER_MS = 3_000;
/** Time until the browser reports a request that it has blocked by policy, after its failure, milliseconds. */
const REPORT_MS = 50;

/** The file that a song is waiting for or failed with. */
export interface AwaitedFile {
  /** Undefined if the server has not returned a URL yet. */
  url: string | undefined;
  /** Whether the received data could not be decoded. */
  wasDamaged: boolean;
}

/** Requests the file once to find out why it does not arrive. Never rejects. */
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

/** The status of the answer, 0 if the page may not see it, null without an answer. The caller aborts the body. */
const statusOf = (address: URL, mode: RequestMode, signal: AbortSignal): Promise<number | null> =>
  fetch(address, { mode, signal, cache: 'no-store', credentials: 'omit' }).then(
    ({ status }) => status,
    () => null,
  );
