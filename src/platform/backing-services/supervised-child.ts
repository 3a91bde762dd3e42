import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { backoffMs } from '../async/retry.js';
import { withTimeout } from '../async/with-timeout.js';
import { StartupError } from './startup-error.js';

const READY_MS = 60_000;
const STOP_MS = 2_000;
/** Pauses before restarts. */
const RESTARTS = { firstPauseMs: 250, longestPauseMs: 10_000 };
/** After a child has served for this long, its next restart waits for the first pause only, milliseconds. */
const STEADY_MS = 30_000;

/** How one service is run. The child leads its own process group, so that Ctrl-C in a terminal does not reach it. */
export interface ChildPlan {
  name: string;
  launch(): Promise<ChildProcess>;
  /** Resolves when the child serves. */
  ready(child: ChildProcess, given: AbortSignal): Promise<void>;
}

/** A child process that is restarted whenever it dies, until `stop`. */
export class SupervisedChild {
  private readonly logger: Logger;
  private readonly stopping = new AbortController();
  private child?: ChildProcess;
  private words: string[] = [];
  private watch: Promise<void> = Promise.resolve();

  private constructor(private readonly plan: ChildPlan) {
    this.logger = new Logger(plan.name);
  }

  /** Resolves when the child serves. Rejects with StartupError when it does not become ready. */
  static async start(plan: ChildPlan): Promise<SupervisedChild> {
    const supervised = new SupervisedChild(plan);
    const child = await supervised.bringUp();
    supervised.watch = supervised.keepUp(child);
    return supervised;
  }

  /** Sends SIGTERM, and SIGKILL after two seconds. Resolves when the child has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child) await end(this.child);
    await this.watch;
  }

  private async bringUp(): Promise<ChildProcess> {
    const child = await this.plan.launch();
    this.child = child;
    this.words = [];
    this.listen(child.stdout, (line) => this.logger.debug(line));
    this.listen(child.stderr, (line) => this.logger.warn(line));
    const late = AbortSignal.timeout(READY_MS);
    const over = new AbortController();
    try {
      const given = AbortSignal.any([over.signal, this.stopping.signal, late]);
      const early = ended(child).then((how) => Promise.reject(new Error(how)));
      await Promise.race([this.plan.ready(child, given), early]);
      return child;
    } catch (error) {
      await end(child);
      const reason = late.aborted ? `not ready after ${READY_MS / 1000} s` : (error as Error).message;
      const said = this.words.length > 0 ? ` It said: ${this.words.join(' | ')}` : '';
      throw new StartupError(`${this.plan.name} did not start: ${reason}.${said}`);
    } finally {
      over.abort();
    }
  }

  private async keepUp(first: ChildProcess): Promise<void> {
    let child: ChildProcess | undefined = first;
    let restarts = 1;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (child) {
        const since = performance.now();
        const how = await ended(child);
        if (signal.aborted) return;
        if (performance.now() - since > STEADY_MS) restarts = 1;
        this.logger.error(`${how}; starting it again in ${backoffMs(restarts, RESTARTS) / 1000} s`);
      }
      await sleep(backoffMs(restarts++, RESTARTS), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      child = await this.bringUp().catch((error: Error) => {
        if (!signal.aborted) this.logger.error(error.message);
        return undefined;
      });
      if (child) this.logger.log('serving again');
    }
    if (child) await end(child);
  }

  private listen(stream: NodeJS.ReadableStream | null, tell: (line: string) => void): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.words = [...this.words.slice(-4), line.trim()];
      tell(line);
    });
  }
}

async function ended(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ? `ended by ${child.signalCode}` : `ended with code ${child.exitCode}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGTERM');
  const gone = ended(child);
  await withTimeout(STOP_MS, gone, () => undefined);
  // Also when the leader has ended: the processes it started end with it.
  signalGroup(child.pid, 'SIGKILL');
  await gone;
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // The whole group has ended already.
  }
}
