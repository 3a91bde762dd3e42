import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient, ApiError } from '../../src/cli/api-client.js';
import { playEverything } from '../../src/cli/demo/playback-check.js';
import { eventually } from '../support/eventually.js';
import { ready, songOf, sourcesOf, uploadSong } from '../support/songs.js';
import type { TestServer } from '../support/test-server.js';
import type { TestSongs } from './test-songs.js';

/** For how long a request is retried before it counts as failed, milliseconds. */
const RETRY_MS = 90_000;
const READY_SECONDS = 180;
const EDIT =
  'mutation ($id: ID!, $title: String!) { updateSong(id: $id, input: { title: $title }) { title } }';

/**
 * Uploads song after song and gives each a new title, until the batch ends. A failed request is retried, on the next
 * API if there are several. Acknowledged writes are recorded, and all of them must exist in the end.
 */
export class UploadBatch {
  /** The last acknowledged title by song id. */
  private readonly titles = new Map<string, string>();
  private readonly refusals: string[] = [];
  private lastFailure: unknown;
  private running: Promise<void>[] = [];
  private stopping = false;
  private edits = 0;
  private tries = 0;

  /** `apis`: the current APIs. `token`: an administrator's. `pauseMs`: pause between two songs. */
  constructor(
    private readonly apis: () => readonly Pick<TestServer, 'url' | 'lines'>[],
    private readonly token: string,
    private readonly songs: TestSongs,
    private readonly pauseMs = 500,
  ) {}

  start(uploaders = 2): void {
    this.running = Array.from({ length: uploaders }, () => this.uploadAll());
  }

  /** Waits for the requests in flight and ends the batch. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /** Uploads and edits that were answered with success. */
  get acknowledged(): number {
    return this.titles.size + this.edits;
  }

  get songIds(): string[] {
    return [...this.titles.keys()];
  }

  /** Errors that no fault explains, each with the server's log of its request. */
  get surprises(): readonly string[] {
    return this.refusals;
  }

  /** Resolves with the seconds until the next acknowledgement. */
  async secondsToNext(seconds = 60): Promise<number> {
    const [before, began] = [this.acknowledged, Date.now()];
    await eventually(async () => this.acknowledged > before, { seconds, everyMs: 20 }).catch(() => {
      throw new Error(
        `nothing was acknowledged for ${seconds} s; what failed last: ${String(this.lastFailure)}`,
      );
    });
    return (Date.now() - began) / 1000;
  }

  /** Losses of acknowledged writes: every song must become READY, have its title and play to its last segment. */
  async losses(): Promise<string[]> {
    const lost: string[] = [];
    for (const [id, title] of this.titles) {
      try {
        const client = this.client();
        await ready(client, id, READY_SECONDS);
        const { masterPlaylist } = await sourcesOf(client, id);
        await playEverything(masterPlaylist!);
        const found = (await songOf(client, id)).title;
        if (found !== title) lost.push(`${id} is called "${found}" instead of "${title}"`);
      } catch (error) {
        lost.push(`${id}: ${(error as Error).message}`);
      }
    }
    return lost;
  }

  /** Uploads one song, until it is acknowledged or given up. */
  async uploadNext(): Promise<string | undefined> {
    const { path, title } = await this.songs.next();
    const id = await this.retry(async (client) => (await uploadSong(client, path)).id);
    if (!id) return undefined;
    this.titles.set(id, title);
    await this.rename(id, `${title}, renamed`);
    return id;
  }

  private async uploadAll(): Promise<void> {
    while (!this.stopping) {
      await this.uploadNext();
      await sleep(this.pauseMs);
    }
  }

  private async rename(id: string, title: string): Promise<void> {
    const answered = await this.retry((client) => client.ask(EDIT, { id, title }));
    if (!answered) return;
    this.titles.set(id, title);
    this.edits += 1;
  }

  /** Retries for up to RETRY_MS; undefined if no try succeeded. */
  private async retry<T>(act: (client: ApiClient) => Promise<T>): Promise<T | string | undefined> {
    const deadline = Date.now() + RETRY_MS;
    for (;;) {
      try {
        return await act(this.client());
      } catch (error) {
        this.lastFailure = error;
        const { code, details } = error as Partial<ApiError>;
        // An upload whose response was lost exists: the server names the song.
        if (code === 'DUPLICATE') return String(details!['songId']);
        if (error instanceof ApiError && !TRANSIENT.has(error.code)) {
          this.refusals.push(`${error.code}: ${error.message}\n${this.logOf(error)}`);
        }
        if (Date.now() > deadline) {
          this.refusals.push(`given up: ${String(error)}`);
          return undefined;
        }
        await sleep(200);
      }
    }
  }

  /** The log lines about the request that failed with this error. */
  private logOf({ details }: ApiError): string {
    const id = String(details['requestId']);
    const lines = this.apis().flatMap((api) => api.lines.filter((line) => line.includes(id)));
    return lines.join('\n');
  }

  private client(): ApiClient {
    const apis = this.apis();
    return new ApiClient(apis[this.tries++ % apis.length]!.url, this.token);
  }
}

/** Error codes that ask for a retry. */
const TRANSIENT = new Set(['UNAVAILABLE', 'DISK_FULL', 'ABORTED']);
