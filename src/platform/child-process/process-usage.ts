import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What a child process and its descendants have used so far. */
export interface ProcessUsage {
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  /** Memory they hold now. */
  readonly residentBytes: number;
  /** One of them waits for a processor or a disk, so the machine is slow and not the process. */
  readonly waiting: boolean;
  /** One of them was stopped (SIGSTOP) and needs SIGCONT to run on. */
  readonly stopped: boolean;
}

interface Row extends ProcessUsage {
  readonly pid: number;
  readonly parent: number;
}

/** The unit of times in /proc: USER_HZ, 100 a second on every Linux that Node runs on (proc_pid_stat(5)). */
const TICKS_PER_SECOND = 100;
/** States "running or runnable" and "disk sleep". */
const WAITING = /^[RDU]/;
const STOPPED = /^[Tt]/;
const run = promisify(execFile);

/** The usage of `pid` and its descendants; undefined when the process is gone or the system does not report it. */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  const rows = await (process.platform === 'linux' ? linuxTree(pid) : portableTree(pid)).catch(() => []);
  if (rows.length === 0) return undefined;
  return {
    cpuSeconds: rows.reduce((sum, row) => sum + row.cpuSeconds, 0),
    residentBytes: rows.reduce((sum, row) => sum + row.residentBytes, 0),
    waiting: rows.some((row) => row.waiting),
    stopped: rows.some((row) => row.stopped),
  };
}

async function linuxTree(pid: number): Promise<Row[]> {
  const [stat, status, children] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1'),
    readFile(`/proc/${pid}/status`, 'latin1'),
    // Not in every kernel (CONFIG_PROC_CHILDREN); without it only the process itself is counted.
    readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => ''),
  ]);
  const own = linuxRow(pid, stat, status);
  const below = children.split(' ').filter(Boolean).map(Number);
  const trees = await Promise.all(below.map((child) => linuxTree(child).catch(() => [])));
  return [own, ...trees.flat()];
}

/** Parses proc_pid_stat(5); the name before the last parenthesis may contain any character. */
export function linuxRow(pid: number, stat: string, status: string): Row {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024,
    waiting: WAITING.test(fields[0] ?? ''),
    stopped: STOPPED.test(fields[0] ?? ''),
  };
}

async function portableTree(pid: number): Promise<Row[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,state=,rss=,time=']);
  const all = stdout.split('\n').filter(Boolean).map(portableRow);
  const family = new Set([pid]);
  for (let grew = true; grew;) {
    const before = family.size;
    for (const row of all) if (family.has(row.parent)) family.add(row.pid);
    grew = family.size > before;
  }
  return all.filter((row) => family.has(row.pid));
}

/** Parses a line of `ps -o pid=,ppid=,state=,rss=,time=`; the time is [[days-]hours:]minutes:seconds. */
export function portableRow(line: string): Row {
  const [pid, parent, state = '', kilobytes, time = ''] = line.trim().split(/\s+/);
  const [days, clock = ''] = time.includes('-') ? time.split('-') : ['0', time];
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    parent: Number(parent),
    cpuSeconds: Number(days) * 86_400 + seconds,
    residentBytes: Number(kilobytes) * 1024,
    waiting: WAITING.test(state),
    stopped: STOPPED.test(state),
  };
}
