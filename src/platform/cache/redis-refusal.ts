/** Why a Redis that answers refuses commands. */
export type RedisRefusal =
  | 'WRONGPASS'
  | 'NOAUTH'
  | 'NOPASSWORD'
  | 'NOPERM'
  | 'READONLY'
  | 'MISCONF'
  | 'OOM'
  | 'NOREPLICAS'
  | 'LOADING'
  | 'MAXCLIENTS'
  | 'BUSY'
  | 'CLUSTER';

/**
 * The codes with which Redis error replies begin (redis.io, "Redis serialization protocol", simple errors). A code is
 * searched anywhere in the text, because ioredis and scripts put text before it. The first match counts.
 */
const SIGNS: readonly [RedisRefusal, RegExp][] = [
  ['WRONGPASS', /\bWRONGPASS\b|\binvalid password\b/i],
  ['NOPASSWORD', /without any password configured|but no password is set/],
  ['NOAUTH', /\bNOAUTH\b/],
  ['NOPERM', /\bNOPERM\b/],
  // MASTERDOWN: a replica that has lost its primary. UNBLOCKED: a primary that has just become a replica.
  ['READONLY', /\bREADONLY\b|\bMASTERDOWN\b|\bUNBLOCKED\b/],
  ['MISCONF', /\bMISCONF\b/],
  ['OOM', /\bOOM\b/],
  ['NOREPLICAS', /\bNOREPLICAS\b/],
  ['LOADING', /\bLOADING\b/],
  ['MAXCLIENTS', /max number of clients/i],
  ['BUSY', /\bBUSY (?!key)/i],
  ['CLUSTER', /\b(CROSSSLOT|MOVED|ASK|CLUSTERDOWN|TRYAGAIN)\b|not allowed in cluster mode/],
];

/** What the operator should do: one sentence each, without addresses or secrets. */
const ADVICE: Record<RedisRefusal, string> = {
  WRONGPASS:
    'Redis refuses the password of REDIS_URL: put the valid one there and start this process again, or give the server the old one back.',
  NOAUTH: 'Redis demands a password: put it into REDIS_URL and start this process again.',
  NOPASSWORD:
    'REDIS_URL has a password, but Redis knows none: take it out of REDIS_URL and start this process again, or set it in the server.',
  NOPERM:
    "Redis forbids its user a command, a key or a channel: give the user of REDIS_URL all three (ACL SETUSER <name> '~*' '&*' '+@all').",
  READONLY:
    'Redis is a read-only replica: make it the primary again, or name the primary in REDIS_URL; after a failover that name leads to the new one by itself.',
  MISCONF:
    'Redis cannot save to its disk and therefore takes no writes: free space on the disk of Redis and see its log.',
  OOM: 'Redis is full and takes no writes: give it more memory (maxmemory).',
  NOREPLICAS:
    'Redis has fewer replicas than it demands and therefore takes no writes: bring them back, or lower min-replicas-to-write.',
  LOADING: 'Redis is still reading its data: wait until it has read them.',
  MAXCLIENTS: 'Redis has no connection left: raise its maxclients, or end what holds them.',
  BUSY: 'Redis is busy with a script that does not end: end it with SCRIPT KILL.',
  CLUSTER:
    'REDIS_URL names a Redis Cluster, which is not supported: name a single Redis, or one with replicas, with cluster mode off.',
};

/** Redis refuses commands, or this process refuses to use it; the message is for operators. */
export class RedisRefusedError extends Error {
  constructor(
    readonly refusal: RedisRefusal,
    readonly reply: string,
  ) {
    super(ADVICE[refusal]);
  }
}

/** Undefined when the error is not a refusal: no connection, no reply, an invalid command. */
export function refusalOf(error: unknown): RedisRefusedError | undefined {
  if (error instanceof RedisRefusedError) return error;
  const reply = error instanceof Error ? error.message : '';
  const found = SIGNS.find(([, sign]) => sign.test(reply));
  return found && new RedisRefusedError(found[0], reply);
}

/** Whether the refusal is about the whole server, so that one accepted write on any connection proves it over. */
export function isServerWide({ refusal }: RedisRefusedError): boolean {
  return !['WRONGPASS', 'NOAUTH', 'NOPASSWORD', 'NOPERM', 'CLUSTER'].includes(refusal);
}
