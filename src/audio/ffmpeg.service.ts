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
  /** Whether a user waits for the result: then it has priority over transcodes. */
  readonly urgent?: boolean;
  /** Aborting kills ffmpeg at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  onProgress?(seconds: number): void;
  /** Receives standard output (`output` is then `-`) as it arrives. Must not throw. */
  readonly onOutput?: (bytes: Buffer) => void;
  /** Called with every line of `-progress`; with `onOutput` also with lines that a filter writes to standard error. */
  onLine?(line: string): void;
}

export interface FfmpegResult {
  /** End of the last packet written, seconds. */
  readonly outTimeSeconds: number;
  /**
   * The last lines of ffmpeg's standard error. They need not mean failure: a refused cover picture is reported here.
   */
  readonly stderr: string;
}

/** A line buffer of fluent-ffmpeg. */
interface Ring {
  get(): string;
  callback(onLine: (line: string) => void): void;
}
type OnProcess = (child: ChildProcess, stdout: Ring, stderr: Ring) => void;
type OnEnd = (error: Error | null | undefined, stdout?: Ring, stderr?: Ring) => void;
/** Returns whether the line reported progress. */
type OnLine = (line: string) => boolean;
interface Bounds {
  /** Aborting it ends the run. */
  readonly stop: AbortSignal;
  exceed(excess: Excess): void;
}
type Spawn = (args: string[], options: object, onProcess: OnProcess, onEnd: OnEnd) => void;

const STDERR_BYTES = 8192;
/** A valid file takes a tenth of a second, on a slow machine one second. */
const PROBE_LIMITS: ChildLimits = { cpuSeconds: 10 };
const VERSION_LIMITS: ChildLimits = { cpuSeconds: 10, wallSeconds: 100 };
// Audio jobs do not get faster with threads, and each thread reserves address space that the confinement limits.
const SINGLE_THREADED = ['-threads', '1', '-filter_threads', '1'];
const QUIET: Ring = { get: () => '', callback: () => {} };

/** Runs ffmpeg and ffprobe in the confinement; no other class does. It knows paths, not songs. */
@Injectable()
export class Ffmpeg {
  private readonly logger = new Logger(Ffmpeg.name);

  constructor(private readonly config: Config) {
    // fluent-ffmpeg would crash the process if the path did not exist; the shell always exists.
    fluent.setFfmpegPath(SHELL);
  }

  /**
   * A run succeeds with exit code 0 and `progress=end`; one alone proves nothing.
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
   * Reads the container's metadata. Throws NotAudioError when ffprobe finds no allowed stream, TooComplexError,
   * TimedOutError, StalledError, EncoderFailedError, or the signal's reason.
   */
  async probe(path: string, signal?: AbortSignal, inputOptions = UPLOAD_PROBE): Promise<Probe> {
    // JSON, because a tag may contain line breaks and imitate other lines of ffprobe's default output.
    const args = ['-hide_banner', '-loglevel', 'warning', '-of', 'json', '-show_entries', SHOWN];
    args.push(...inputOptions, fileUrl(path));
    signal?.throwIfAborted();
    // A missing file is our error and must not be reported as an error of the upload.
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
      // ffprobe exits with 1 if it refuses the file; any other code (127: not installed, a signal) is our error.
      throw code === 1
        ? new NotAudioError(undefined, stderr)
        : new EncoderFailedError('The file could not be examined.', stderr);
    }
  }

  /**
   * The version of ffmpeg, "5.1.9-0+deb12u1"; undefined when ffmpeg or ffprobe cannot be run. Throws when that is
   * unknown because the machine is too busy or cannot start another process.
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
    // Never listen to fluent-ffmpeg's 'progress' event: it would start an ffprobe without our limits.
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

  /**
   * Replaces the spawn of fluent-ffmpeg, so that the child is confined, can be killed, and start failures are handled.
   */
  private confine(
    command: fluent.FfmpegCommand,
    { limits, urgent, onOutput }: FfmpegRun,
    { stop, exceed }: Bounds,
    onLine: OnLine,
  ) {
    const spawn = Reflect.get(command, '_spawnFfmpeg') as Spawn;
    const spawnConfined = (args: string[], options: object, ...callbacks: [OnEnd] | [OnProcess, OnEnd]) => {
      const [onEnd, onProcess] = [...callbacks].reverse() as [OnEnd, OnProcess?];
      // Without line buffers fluent-ffmpeg's own handler would throw an uncaught exception.
      const finish: OnEnd = (error, stdout, stderr) =>
        void drained.then(() => onEnd(error, stdout ?? QUIET, stderr ?? QUIET));
      let drained: Promise<unknown> = Promise.resolve();
      // Without `onProcess` fluent-ffmpeg itself asks for the capabilities of ffmpeg.
      const sink = onProcess && onOutput;
      if (stop.aborted) return finish(new Error('aborted before start'));
      try {
        const niceness = urgent ? NICENESS.urgent : NICENESS.background;
        const line = confined(this.config.FFMPEG_PATH, limits, niceness, args);
        // In its own process group, so that all of it can be killed and Ctrl-C reaches only the server.
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
              // The process may exit before all of its output has been read.
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

/** Whether a program ended with an exit code (127: not installed) or could not be started. */
function cannotBeRun(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' || code === 'ENOENT' || code === 'EACCES';
}
