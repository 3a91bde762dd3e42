/** A concept for which there is one tool. */
export interface OneTool {
  concept: string;
  /** What to use, and what is refused. */
  rule: string;
  /** The files that implement it. */
  owners: readonly string[];
  /** The lines of a source without comments that implement it a second time. */
  found(source: string): string[];
  /** Files that look like a second implementation, and why they are none. */
  exceptions: Readonly<Record<string, string>>;
}

export const ONE_TOOL: readonly OneTool[] = [
  {
    concept: 'periodic work',
    rule: 'PeriodicTask, not setInterval',
    owners: [],
    found: linesWith(/\bsetInterval\(/),
    exceptions: {
      'src/platform/metrics/event-loop-watch.service.ts':
        'the beat by which a thread notices that this loop is blocked; it does no work that could fail or last',
      'src/platform/metrics/event-loop.worker.ts': 'a thread that compares counters and waits for nothing',
      'src/platform/http/lingering.ts': 'looks at one socket without waiting, until that socket closes',
    },
  },
  {
    concept: 'a time limit or a pause',
    rule: 'withTimeout, retry or PeriodicTask, not setTimeout',
    owners: ['src/platform/async/with-timeout.ts', 'src/platform/scheduling/periodic-task.ts'],
    found: linesWith(/(?<![.\w])setTimeout\((?!\w+:)/),
    exceptions: {
      'src/bootstrap.ts': 'ends connections, then the process, if its orderly end takes too long',
      'src/events/subscribing-driver.service.ts': 'closes a socket that never says how it signs in',
      'src/events/upgrade-gate.service.ts': 'destroys a socket that does not take its refusal',
      'src/platform/cache/redis-troubles.ts': 'gathers failures of one second for one line of the log',
      'src/platform/child-process/child-watch.ts': 'ends a child process after its time',
      'src/platform/child-process/warm-child.ts': 'ends a child process that nobody has used for a while',
      'src/platform/storage/cloudinary/cloudinary-delivery.ts': 'destroys a request before its answer begins',
      'src/platform/storage/conformance/storage-conformance.ts':
        'cuts a body in the middle, as the check wants',
      'src/platform/storage/remote/remote-body.ts':
        'gives up a body of which nothing arrives; no promise waits for it',
      'src/webhooks/signed-post.ts': 'keeps what has arrived of an answer, which is no failure',
    },
  },
  {
    concept: 'a time limit of a promise',
    rule: 'withTimeout, not Promise.race',
    owners: ['src/platform/async/with-timeout.ts'],
    found: linesWith(/\bPromise\.race\(/),
    exceptions: {
      'src/cli/demo/demo.ts': 'whichever comes first of work, Ctrl-C and the end of the server: no time',
      'src/cli/server-process.ts': 'the address of a server, or its end: no time',
      'src/maintenance/backup/lines-file.ts': 'a stream that takes more, or its failure: no time',
      'src/maintenance/backup/restore.ts': 'whichever of several writes is done first: no time',
      'src/platform/backing-services/supervised-child.ts': 'a child that serves, or its early end: no time',
      'src/platform/mongo/driver-writes.ts': 'a write, or the end of its connection: no time',
    },
  },
  {
    concept: 'growing pauses',
    rule: 'backoffMs, not a power of two or a doubled pause',
    owners: ['src/platform/async/retry.ts'],
    found: linesWith(
      /\b2 \*\* [a-z(]|\b2 \* \w*(?:pause|delay|wait)\w*\b|\b\w*(?:pause|delay|wait)\w* \* 2\b/i,
    ),
    exceptions: {},
  },
  {
    concept: 'repeated attempts',
    rule: 'retry or untilUnchanged, not a loop that counts',
    owners: ['src/platform/async/retry.ts', 'src/platform/mongo/until-unchanged.ts'],
    found: linesWith(/\b(?:for|while) \([^)]*(?:\b(?:attempt|tries|retries)\b|TRIES|ATTEMPTS)/),
    exceptions: {
      'src/maintenance/migration/media-mover.service.ts':
        'between two attempts it decides by what has become of the owner, which is often that it is done',
    },
  },
  {
    concept: 'waiting and looking again',
    rule: 'retry, not a loop that sleeps',
    owners: ['src/platform/async/retry.ts'],
    found: loopsThatSleep,
    exceptions: {
      'src/cdn/check/cdn-reader.ts': 'reads what has arrived again, until a cache has it: no failure',
      'src/cli/demo/demo.ts': 'follows the progress of a song: no failure',
      'src/platform/backing-services/stop-orphaned-redis.ts':
        'watches a foreign process end, and hurries it once',
      'src/platform/backing-services/supervised-child.ts':
        'a child that has served and ended is no failed attempt; its pauses come from backoffMs',
      'src/platform/http/requests-in-flight.ts': 'watches requests end: no failure',
      'src/platform/storage/s3/s3-storage.ts': 'goes through pages; a pause only while a listing lags behind',
    },
  },
  {
    concept: 'a claim that expires',
    rule: 'Claim, not a condition by hand',
    owners: ['src/platform/scheduling/claim.ts'],
    found: claimConditions,
    exceptions: {},
  },
];

export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{])\/\/.*$/gm, '$1');
}

function linesWith(pattern: RegExp): (source: string) => string[] {
  return (source) =>
    source
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => line.trim());
}

/** Prettier indents what a loop contains, so a sleep is in each loop above it that is indented less. */
function loopsThatSleep(source: string): string[] {
  const lines = source.split('\n');
  return lines.flatMap((line, at) => {
    if (!/\bawait (?:sleep|pause|wait|delay|setTimeout)\(/.test(line)) return [];
    const loop = [line, ...enclosing(lines, at)].find((text) => /^\s*(?:for|while|do)\b/.test(text));
    return loop ? [loop.trim()] : [];
  });
}

/** The lines that enclose a line within its function, the innermost first. */
function enclosing(lines: readonly string[], at: number): string[] {
  const found: string[] = [];
  let indent = indentOf(lines[at]!);
  for (const text of lines.slice(0, at).reverse()) {
    if (text.trim() === '' || indentOf(text) >= indent) continue;
    indent = indentOf(text);
    if (/\bfunction\b|=> \{$/.test(text)) break;
    found.push(text);
  }
  return found;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** `$or` of "nobody has it" and "its time is over", and each condition on a field that says until when. */
function claimConditions(source: string): string[] {
  const alternatives = [...source.matchAll(/\$or:\s*\[[^\]]*\]/g)]
    .map(([text]) => text.replace(/\s+/g, ' '))
    .filter((text) => /\$lte?:/.test(text) && /: null\b|\b\w*(?:holder|By)\b/.test(text));
  return [...alternatives, ...linesWith(/\b\w*[uU]ntil: \{ \$(?:lte?|gte?):/)(source)];
}
