import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { Injectable, Logger } from '@nestjs/common';
import fluent from 'fluent-ffmpeg';
import type { ChildLimits, Excess } from '../platform/child-process/child-watch.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { Config } from '../platform/config/config.js';
import { DiskFullError, EncoderFailedError, NotAudioError } from './audio-errors.js';
import { ask, confined, killGroup, NICENESS, SHELL, watched } from './confinement.js';
import { fileUrl, UPLOAD_INPUT, UPLOAD_PROBE } from './input-limits.js';
import { forgivingOneStall, overLimit } from './over-limit.js';
import { advance, NO_PROGRESS } from './progress.js';
import { asProbe, SHOWN } from './probe.js';
import type { Probe } from './probe.js';

export interface FfmpegRun {
  /** Path of an untrusted file. */
  readonly input: string;
  readonly outputOptions: readonly string[];
  /** A path, or `-` where the muxer writes nothing. */
  readonly output: string;
  readonly limits: ChildLimits;
  /** Whether somebody waits for the answer: then it comes before transcodes. */
  readonly urgent?: boolean;
  /** Aborting kills ffmpeg at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  onProgress?(seconds: number): void;
  /** Takes what is written to standard output (`output` is then `-`), as it comes. Must not throw. */
  readonly onOutput?: (bytes: Buffer) => void;
  /** Every line of `-progress`; where `onOutput` is given also those that a filter writes to standard error. */
  onLine?(line: string): void;
}

export interface FfmpegResult {
  /** End of the last packet written, seconds. */
  readonly outTimeSeconds: number;
  /** The last lines ffmpeg said. Not a failure: a refused cover picture is mentioned here. */
  readonly stderr: string;
}

/** One line collector of fluent-ffmpeg. */
interface Ring {
  get(): string;
  callback(onLine: (line: string) => void): void;
}
type OnProcess = (child: ChildProcess, stdout: Ring, stderr: Ring) => void;
type OnEnd = (error: Error | null | undefined, stdout?: Ring, stderr?: Ring) => void;
/** Says whether the line told of progress. */
type OnLine = (line: string) => boolean;
interface Bounds {
  /** Aborting it ends the run. */
  readonly stop: AbortSignal;
  exceed(excess: Excess): void;
}
type Spawn = (args: string[], options: object, onProcess: OnProcess, onEnd: OnEnd) => void;

const STDERR_BYTES = 8192;
/** An honest file needs a tenth of a second; a machine of a hobbyist one. */
const PROBE_LIMITS: ChildLimits = { cpuSeconds: 10 };
const VERSION_LIMITS: ChildLimits = { cpuSeconds: 10, wallSeconds: 100 };
// An audio job gains nothing from threads, and each reserves address space the confinement counts.
const SINGLE_THREADED = ['-threads', '1', '-filter_threads', '1'];
const QUIET: Ring = { get: () => '', callback: () => {} };

/** Runs ffmpeg and ffprobe, confined; nothing else does. Knows paths, never songs. */
@Injectable()
export class Ffmpeg {
  private readonly logger = new Logger(Ffmpeg.name);

  constructor(private readonly config: Config) {
    // The shell is always there: fluent-ffmpeg crashes the process over a path that is not.
    fluent.setFfmpegPath(SHELL);
  }

  /**
   * Success is exit code 0 AND `progress=end`; neither proves anything alone.
   * Throws EncoderFailedError, TimedOutError, StalledError, TooComplexError, DiskFullError, or the signal's reason.
   */
  async run(order: FfmpegRun): Promise<FfmpegResult> {
    const limit = new AbortController();
    const stop = order.signal ? AbortSignal.any([order.signal, limit.signal]) : limit.signal;
    order.signal?.throwIfAborted();
    let progress = NO_PROGRESS;
    let excess: Excess | undefined;
    const exceed = (found: Excess) => {
      excess = found;
      limit.abort(new Error(`over its limit: ${found}`));
    };
    const { error, stderr } = await this.execute(order, { stop, exceed }, (line) => {
      const before = progress;
      progress = advance(progress, line);
      const moved = progress.seconds !== before.seconds;
      if (moved) order.onProgress?.(progress.seconds);
      order.onLine?.(line);
      return moved;
    });
    order.signal?.throwIfAborted();
    if (excess) {
      this.logger.warn(`ffmpeg was ended at a limit: ${excess}`);
      throw overLimit(excess, stderr);
    }
    if (/No space left on device/.test(stderr)) throw new DiskFullError();
    if (error) {
      this.logger.debug(`ffmpeg failed: ${error.message}`);
      const code = /exited with code (\d+)/.exec(error.message)?.[1];
      throw new EncoderFailedError(
        'The encoder stopped with an error.',
        stderr || error.message,
        code === undefined ? undefined : Number(code),
      );
    }
    if (!progress.finished) throw new EncoderFailedError('The encoder stopped before the end.', stderr);
    return { outTimeSeconds: progress.seconds, stderr };
  }

  /**
   * What the container says of itself. Throws NotAudioError when ffprobe finds nothing it may open, TooComplexError,
   * TimedOutError, StalledError, EncoderFailedError, or the signal's reason.
   */
  async probe(path: string, signal?: AbortSignal, inputOptions = UPLOAD_PROBE): Promise<Probe> {
    // JSON, because a tag may hold line breaks and pose as any other line of ffprobe's default output.
    const args = ['-hide_banner', '-loglevel', 'warning', '-of', 'json', '-show_entries', SHOWN];
    args.push(...inputOptions, fileUrl(path));
    signal?.throwIfAborted();
    // Our own mistake (a missing file) must not become the uploader's.
    await access(path, constants.R_OK);
    try {
      const { stdout, stderr } = await forgivingOneStall(() =>
        ask(this.config.FFPROBE_PATH, args, PROBE_LIMITS, signal),
      );
      return asProbe(JSON.parse(stdout), stderr);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DomainError) throw error;
      const { code, stderr: said = String(error) } = error as { code?: unknown; stderr?: string };
      const stderr = said.slice(-STDERR_BYTES);
      // 1 is ffprobe's own verdict; anything else (127: not installed, a signal) is our trouble.
      throw code === 1
        ? new NotAudioError(undefined, stderr)
        : new EncoderFailedError('The file could not be examined.', stderr);
    }
  }

  /**
   * ffmpeg's own version, "5.1.9-0+deb12u1"; undefined where ffmpeg or ffprobe cannot be run. Throws when that is
   * not known: the machine is too busy to answer, or has no room for another process.
   */
  async version(): Promise<string | undefined> {
    const asked = await Promise.allSettled(
      [this.config.FFMPEG_PATH, this.config.FFPROBE_PATH].map((binary) =>
        ask(binary, ['-version'], VERSION_LIMITS),
      ),
    );
    const failures = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    if (failures.some(cannotBeRun)) return undefined;
    if (failures[0]) throw failures[0];
    const [ffmpeg] = asked as PromiseFulfilledResult<{ stdout: string }>[];
    return /^ffmpeg version (\S+)/.exec(ffmpeg?.value.stdout ?? '')?.[1];
  }

  private execute(order: FfmpegRun, bounds: Bounds, onLine: OnLine) {
    // Never listen to fluent-ffmpeg's 'progress': it would start an ffprobe of its own, without our limits.
    const command = fluent()
      .input(fileUrl(order.input))
      .inputOptions('-hide_banner', '-nostdin', '-loglevel', 'error', ...SINGLE_THREADED, ...UPLOAD_INPUT)
      .outputOptions('-progress', order.onOutput ? 'pipe:2' : 'pipe:1', ...order.outputOptions)
      .output(order.output);
    this.confine(command, order, bounds, onLine);
    return new Promise<{ error?: Error; stderr: string }>((resolve) => {
      const settle = (error: Error | undefined, stderr: string | null | undefined) =>
        resolve({ error, stderr: (stderr ?? '').slice(-STDERR_BYTES) });
      command.on('start', (line: string) => this.logger.debug(line));
      command.on('end', (_stdout: string | null, stderr: string | null) => settle(undefined, stderr));
      command.on('error', (error: Error, _stdout?: string | null, stderr?: string | null) =>
        settle(error, stderr),
      );
      command.run();
    });
  }

  /** Takes over fluent-ffmpeg's one spawn: into the confinement, killable at any moment, deaf to spawn failures. */
  private confine(
    command: fluent.FfmpegCommand,
    { limits, urgent, onOutput }: FfmpegRun,
    { stop, exceed }: Bounds,
    onLine: OnLine,
  ) {
    const spawn = Reflect.get(command, '_spawnFfmpeg') as Spawn;
    const spawnConfined = (args: string[], options: object, ...callbacks: [OnEnd] | [OnProcess, OnEnd]) => {
      const [onEnd, onProcess] = [...callbacks].reverse() as [OnEnd, OnProcess?];
      // Without rings fluent-ffmpeg's own handler throws where nobody can catch it.
      const finish: OnEnd = (error, stdout, stderr) =>
        void drained.then(() => onEnd(error, stdout ?? QUIET, stderr ?? QUIET));
      let drained: Promise<unknown> = Promise.resolve();
      // Without `onProcess` it is fluent-ffmpeg itself that asks, what this ffmpeg can do.
      const sink = onProcess && onOutput;
      if (stop.aborted) return finish(new Error('aborted before start'));
      try {
        const niceness = urgent ? NICENESS.urgent : NICENESS.patient;
        const line = confined(this.config.FFMPEG_PATH, limits, niceness, args);
        // A group of its own: the whole of it can be killed, and Ctrl-C in a terminal is ours to handle.
        spawn.call(
          command,
          line,
          { ...options, detached: true, ...(sink ? { captureStdout: false } : {}) },
          (child, stdout, stderr) => {
            const kill = () => killGroup(child);
            stop.addEventListener('abort', kill, { once: true });
            const watch = watched(child, { ...limits, reportsProgress: true }, exceed);
            child.once('exit', () => {
              stop.removeEventListener('abort', kill);
              watch?.stop();
            });
            if (sink && child.stdout) {
              // A process may be gone before the last it said has been read.
              drained = once(child.stdout.on('data', sink), 'close');
            }
            (sink ? stderr : stdout).callback((said) => void (onLine(said) && watch?.progress()));
            onProcess?.(child, stdout, stderr);
          },
          finish,
        );
      } catch (error) {
        finish(error as Error);
      }
    };
    Reflect.set(command, '_spawnFfmpeg', spawnConfined);
  }
}

/** Whether a program ended with an exit code of its own (127: not installed), or is not there to be started. */
function cannotBeRun(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' || code === 'ENOENT' || code === 'EACCES';
}
