import { describe, expect, it } from '@jest/globals';
import { refusalOf } from './redis-refusal.js';

describe('refusalOf', () => {
  it.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
    ['ERR invalid password', 'WRONGPASS'],
    ['Ready check failed: NOAUTH Authentication required.', 'NOAUTH'],
    ['ERR AUTH <password> called without any password configured for the default user.', 'NOPASSWORD'],
    ["NOPERM this user has no permissions to run the 'set' command", 'NOPERM'],
    ["READONLY You can't write against a read only replica.", 'READONLY'],
    [
      "ERR Error running script: @user_script:1: -READONLY You can't write against a read only replica.",
      'READONLY',
    ],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'READONLY'],
    ['UNBLOCKED force unblock from blocking operation, instance state changed', 'READONLY'],
    [
      'MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.',
      'MISCONF',
    ],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
    ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ['ERR max number of clients reached', 'MAXCLIENTS'],
    ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', 'BUSY'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'CLUSTER'],
    ['MOVED 3999 127.0.0.1:6381', 'CLUSTER'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTER'],
    ['ERR SELECT is not allowed in cluster mode', 'CLUSTER'],
  ])('recognises "%s" as the refusal %s', (reply, refusal) => {
    expect(refusalOf(new Error(reply))?.refusal).toBe(refusal);
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Command timed out',
    "ERR unknown command 'x'",
    'NOSCRIPT No matching script.',
  ])('returns undefined for "%s"', (message) => {
    expect(refusalOf(new Error(message))).toBeUndefined();
  });
});
