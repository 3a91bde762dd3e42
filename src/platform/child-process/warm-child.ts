import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import type { Reply } from './child-work.js';
import { ChildWatch, type ChildLimits, type Excess } from './child-watch.js';
import { usageOf } from './process-usage.js';

const CONFINE = fileURLToPath(new URL('../../../bin/confine/node', import.meta.url));
/** How long an idle child is kept, milliseconds: starting one costs about 0.2 s of processor time. */
const IDLE_MS = 60_000;
/** A child is replaced after this many jobs or processor seconds, so that leaked memory is freed. */
const WORKS = 100;
const LIFETIME_CPU_SECONDS = 300;
const WATCH_EVERY_MS = 250;

export interface WarmChildOptions extends ChildLimits {
  /** The heap of JavaScript, mebibytes. */
  readonly heapMegabytes: number;
}

/** The child was ended at one of its limits, or ended by itself, before it replied. */
export class ChildEndedError extends Error {
  constructor(readonly why: Excess | 'crashed') {
    super(`ended in the middle of its work (${why})`);
  }

  /** Whether the machine is the reason, and not the job. */
  get isTransient(): boolean {
    return this.why === 'wall' || this.why === 'stalled';
  }
}

/**
 * A separate Node process for jobs that untrusted bytes may hang, crash or exhaust. It runs one job at a time, is ended
 * when it uses too much, and is kept for the next job. `script` calls `serveParent`.
 */
export class WarmChild<In, Out> {
  private readonly one = pLimit(1);
  private readonly script: string;
  private child?: ChildProcess;
  private works = 0;
  private idle?: NodeJS.Timeout;

  constructor(
    script: URL,
    private readonly options: WarmChildOptions,
  ) {
    // When the sources are run directly (by tests), the child needs the compiled script.
    const inSources = fileURLToPath(import.meta.url).endsWith('.ts');
    this.script = inSources ? fileURLToPath(script).replace('/src/', `/${'dist'}/`) : fileURLToPath(script);
  }

  /** Rejects with the message of an error thrown by the job, or with ChildEndedError when the child ended twice. */
  run(job: In): Promise<Out> {
    return this.one(async () => {
      try {
        return await this.work(job);
      } catch (error) {
        // The first time may have another cause: a signal from outside, or the out-of-memory killer.
        const again = error instanceof ChildEndedError && ['crashed', 'stalled'].includes(error.why);
        if (!again) throw error;
        return this.work(job);
      }
    });
  }

  /** Ends the child; the next job starts another. */
  close(): void {
    clearTimeout(this.idle);
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async work(job: In): Promise<Out> {
    clearTimeout(this.idle);
    const child = (this.child ??= this.start());
    child.ref();
    child.channel?.ref();
    const cpuBefore = (child.pid && (await usageOf(child.pid))?.cpuSeconds) || 0;
    try {
      return await this.answer(child, job, cpuBefore);
    } catch (error) {
      if (error instanceof ChildEndedError) this.close();
      throw error;
    } finally {
      this.rest(child, cpuBefore);
    }
  }

  private answer(child: ChildProcess, job: In, cpuBefore: number): Promise<Out> {
    return new Promise<Out>((resolve, reject) => {
      const end = (why: Excess | 'crashed') => settle(() => reject(new ChildEndedError(why)));
      const crashed = () => end('crashed');
      const hear = (reply: Reply<Out>) =>
        settle(() => ('value' in reply ? resolve(reply.value) : reject(new Error(reply.error))));
      const pid = child.pid;
      const watch =
        pid === undefined
          ? undefined
          : new ChildWatch(pid, this.options, end, { cpuBefore, everyMs: WATCH_EVERY_MS });
      const settle = (then: () => void) => {
        watch?.stop();
        child.off('message', hear).off('exit', crashed).off('error', crashed);
        child.on('error', () => undefined);
        then();
      };
      child.once('message', hear).once('exit', crashed).once('error', crashed);
      if (child.connected) child.send(job as object, (error) => error && crashed());
      else crashed();
    });
  }

  private start(): ChildProcess {
    this.works = 0;
    const { heapMegabytes } = this.options;
    const node = [process.execPath, `--max-old-space-size=${heapMegabytes}`, this.script];
    return spawn('/bin/sh', [CONFINE, String(2 * LIFETIME_CPU_SECONDS), String(process.pid), ...node], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // Without our secrets.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
    });
  }

  /** An idle child does not keep this process alive, and is ended after a while. */
  private rest(child: ChildProcess, cpuSeconds: number): void {
    child.unref();
    child.channel?.unref();
    this.works += 1;
    if (child !== this.child) return;
    if (this.works >= WORKS || cpuSeconds > LIFETIME_CPU_SECONDS) return this.close();
    this.idle = setTimeout(() => this.close(), IDLE_MS);
    this.idle.unref();
  }
}
