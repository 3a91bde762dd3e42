import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import fluent from 'fluent-ffmpeg';
import { Config } from '../config/config.js';
import { DiskFullError, EncoderFailedError, NotAudioError } from './audio-errors.js';
import { fileUrl, UPLOAD_INPUT, UPLOAD_PROBE } from './input-limits.js';
import { advance, NO_PROGRESS } from './progress.js';
import { asProbe, SHOWN } from './probe.js';
import type { Probe } from './probe.js';

export interface FfmpegOrder {
  /** Path of an untrusted file. */
  readonly input: string;
  readonly outputOptions: readonly string[];
  /** A path, or `-` where the muxer writes nothing. */
  readonly output: string;
  readonly timeoutMs: number;
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
type Spawn = (args: string[], options: object, onProcess: OnProcess, onEnd: OnEnd) => void;

const SHELL = '/bin/sh';
const CONFINE = fileURLToPath(new URL('../../bin/confine/run', import.meta.url));
const STDERR_BYTES = 8192;
const PROBE_TIMEOUT_MS = 30_000;
// An audio job gains nothing from threads, and each reserves address space the confinement counts.
const SINGLE_THREADED = ['-threads', '1', '-filter_threads', '1'];
const QUIET: Ring = { get: () => '', callback: () => {} };
const run = promisify(execFile);

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
   * Throws EncoderFailedError, DiskFullError, or the signal's reason.
   */
  async run(order: FfmpegOrder): Promise<FfmpegResult> {
    const timeout = AbortSignal.timeout(Math.ceil(order.timeoutMs));
    const stop = order.signal ? AbortSignal.any([order.signal, timeout]) : timeout;
    order.signal?.throwIfAborted();
    let progress = NO_PROGRESS;
    const { error, stderr } = await this.execute(order, stop, (line) => {
      const before = progress;
      progress = advance(progress, line);
      if (progress.seconds !== before.seconds) order.onProgress?.(progress.seconds);
      order.onLine?.(line);
    });
    order.signal?.throwIfAborted();
    if (timeout.aborted) {
      throw new EncoderFailedError(`The encoder took longer than ${order.timeoutMs / 1000} s.`, stderr);
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

  /** What the container says of itself. Throws NotAudioError when ffprobe finds nothing it may open. */
  async probe(path: string, signal?: AbortSignal, inputOptions = UPLOAD_PROBE): Promise<Probe> {
    // JSON, because a tag may hold line breaks and pose as any other line of ffprobe's default output.
    const args = ['-hide_banner', '-loglevel', 'warning', '-of', 'json', '-show_entries', SHOWN];
    args.push(...inputOptions, fileUrl(path));
    signal?.throwIfAborted();
    // Our own mistake (a missing file) must not become the uploader's.
    await access(path, constants.R_OK);
    try {
      const options = {
        signal,
        timeout: PROBE_TIMEOUT_MS,
        killSignal: 'SIGKILL' as const,
        maxBuffer: 1 << 20,
      };
      const confined = this.confined(this.config.FFPROBE_PATH, PROBE_TIMEOUT_MS, args);
      const { stdout, stderr } = await run(SHELL, confined, options);
      return asProbe(JSON.parse(stdout), stderr);
    } catch (error) {
      signal?.throwIfAborted();
      const { code, stderr: said = String(error) } = error as { code?: unknown; stderr?: string };
      const stderr = said.slice(-STDERR_BYTES);
      // 1 is ffprobe's own verdict; anything else (127: not installed, a signal, a time-out) is our trouble.
      throw code === 1
        ? new NotAudioError(undefined, stderr)
        : new EncoderFailedError('The file could not be examined.', stderr);
    }
  }

  /** ffmpeg's own version, "5.1.9-0+deb12u1"; undefined where ffmpeg or ffprobe cannot be run. */
  async version(): Promise<string | undefined> {
    try {
      const [ffmpeg] = await Promise.all(
        [this.config.FFMPEG_PATH, this.config.FFPROBE_PATH].map((binary) =>
          run(SHELL, this.confined(binary, 10_000, ['-version']), { timeout: 10_000, killSignal: 'SIGKILL' }),
        ),
      );
      return /^ffmpeg version (\S+)/.exec(ffmpeg?.stdout ?? '')?.[1];
    } catch {
      return undefined;
    }
  }

  private execute(order: FfmpegOrder, stop: AbortSignal, onLine: (line: string) => void) {
    // Never listen to fluent-ffmpeg's 'progress': it would start an ffprobe of its own, without our limits.
    const command = fluent()
      .input(fileUrl(order.input))
      .inputOptions('-hide_banner', '-nostdin', '-loglevel', 'error', ...SINGLE_THREADED, ...UPLOAD_INPUT)
      .outputOptions('-progress', order.onOutput ? 'pipe:2' : 'pipe:1', ...order.outputOptions)
      .output(order.output);
    this.confine(command, order, stop, onLine);
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
    { timeoutMs, onOutput }: FfmpegOrder,
    stop: AbortSignal,
    onLine: (line: string) => void,
  ) {
    const spawn = Reflect.get(command, '_spawnFfmpeg') as Spawn;
    const confined = (args: string[], options: object, ...callbacks: [OnEnd] | [OnProcess, OnEnd]) => {
      const [onEnd, onProcess] = [...callbacks].reverse() as [OnEnd, OnProcess?];
      // Without rings fluent-ffmpeg's own handler throws where nobody can catch it.
      const finish: OnEnd = (error, stdout, stderr) =>
        void drained.then(() => onEnd(error, stdout ?? QUIET, stderr ?? QUIET));
      let drained: Promise<unknown> = Promise.resolve();
      // Without `onProcess` it is fluent-ffmpeg itself that asks, what this ffmpeg can do.
      const sink = onProcess && onOutput;
      if (stop.aborted) return finish(new Error('aborted before start'));
      try {
        const line = this.confined(this.config.FFMPEG_PATH, timeoutMs, args);
        // A group of its own: the whole of it can be killed, and Ctrl-C in a terminal is ours to handle.
        spawn.call(
          command,
          line,
          { ...options, detached: true, ...(sink ? { captureStdout: false } : {}) },
          (child, stdout, stderr) => {
            const kill = () => killGroup(child);
            stop.addEventListener('abort', kill, { once: true });
            child.once('exit', () => stop.removeEventListener('abort', kill));
            if (sink && child.stdout) {
              // A process may be gone before the last it said has been read.
              drained = once(child.stdout.on('data', sink), 'close');
            }
            (sink ? stderr : stdout).callback(onLine);
            onProcess?.(child, stdout, stderr);
          },
          finish,
        );
      } catch (error) {
        finish(error as Error);
      }
    };
    Reflect.set(command, '_spawnFfmpeg', confined);
  }

  private confined(binary: string, timeoutMs: number, args: readonly string[]): string[] {
    return [CONFINE, binary, String(Math.ceil(timeoutMs / 1000)), String(process.pid), ...args];
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}
