import { ApiError, codeOf } from '../api/api-error.js';
import { ask, askWithFile } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { forgetUpload, isProxyLimit, sendResumable } from '../api/resumable.js';
import { randomId } from '../playback/random-id.js';
import { Store } from '../playback/store.js';
import { Speed } from './speed.js';

const UPLOAD = graphql(`
  mutation Upload($file: Upload!, $allowDuplicate: Boolean!) {
    uploadSong(file: $file, input: { allowDuplicate: $allowDuplicate }) {
      id
      title
      artist
    }
  }
`);

const COMPLETE = graphql(`
  mutation CompleteUpload($id: ID!, $allowDuplicate: Boolean!) {
    completeUpload(id: $id, input: { allowDuplicate: $allowDuplicate }) {
      id
      title
      artist
    }
  }
`);

export type UploadState = 'waiting' | 'sending' | 'checking' | 'done' | 'refused' | 'stopped';

/** One file to upload. */
export interface UploadItem {
  key: string;
  file: File;
  state: UploadState;
  /** Bytes sent so far. */
  sent: number;
  /** Recent speed in bytes per second. */
  speed: number;
  song: ResultOf<typeof UPLOAD>['uploadSong'] | null;
  error: ApiError | null;
  allowDuplicate: boolean;
}

/** Concurrent uploads: enough to keep the connection busy while the server validates files. */
const AT_ONCE = 3;
/** Files larger than this, in bytes, are sent in parts, so that they resume after a broken connection. */
const WHOLE_BYTES = 5_000_000;
/** Pauses before `completeUpload` is repeated after a lost answer, milliseconds. The mutation is idempotent. */
const ASK_AGAIN_MS = [1_000, 3_000, 10_000];
/** Codes of errors after which the server keeps the sent bytes, so that the upload can be completed later. */
const STAYS = ['OFFLINE', 'UNAVAILABLE', 'UPLOAD_INCOMPLETE', 'DISK_FULL', 'UNAUTHENTICATED', 'FORBIDDEN'];

/** The uploads of an administrator. They continue while other pages are shown, and end with the tab. */
class Uploads {
  readonly store = new Store<{ items: readonly UploadItem[] }>({ items: [] });
  private readonly stops = new Map<string, AbortController>();

  constructor() {
    addEventListener('beforeunload', (event) => {
      if (this.stops.size > 0) event.preventDefault();
    });
  }

  add(files: readonly File[]): void {
    const fresh = files.map((file): UploadItem => {
      return { key: randomId(), file, state: 'waiting', sent: 0, speed: 0, song: null, error: null, allowDuplicate: false };
    });
    this.store.set({ items: [...this.store.get().items, ...fresh] });
    this.fill();
  }

  /** Sends a file again. `allowDuplicate` keeps a second copy of a file that the library has already. */
  retry(key: string, allowDuplicate = false): void {
    this.change(key, { state: 'waiting', sent: 0, speed: 0, error: null, allowDuplicate });
    this.fill();
  }

  stop(key: string): void {
    this.stops.get(key)?.abort();
    if (this.find(key)?.state === 'waiting') this.change(key, { state: 'stopped' });
  }

  /** Removes finished uploads from the list. */
  clear(): void {
    const isOver = ({ state }: UploadItem) => state === 'done' || state === 'refused' || state === 'stopped';
    this.store.set({ items: this.store.get().items.filter((item) => !isOver(item)) });
  }

  private fill(): void {
    while (this.stops.size < AT_ONCE) {
      const next = this.store.get().items.find(({ state }) => state === 'waiting');
      if (!next) return;
      void this.send(next);
    }
  }

  private async send(item: UploadItem): Promise<void> {
    const { key, file } = item;
    const stop = new AbortController();
    this.stops.set(key, stop);
    this.change(key, { state: 'sending' });
    try {
      const song = await this.deliver(item, stop.signal);
      this.change(key, { state: 'done', song, sent: file.size });
    } catch (error) {
      const reason = error instanceof ApiError ? error : new ApiError('UNKNOWN', 'This file could not be sent. Try again.');
      this.change(key, reason.code === 'ABORTED' ? { state: 'stopped' } : { state: 'refused', error: reason });
    } finally {
      this.stops.delete(key);
      this.fill();
    }
  }

  /** Sends the file in one request, or in parts if it is large or a proxy refuses the request as too large. */
  private async deliver(item: UploadItem, signal: AbortSignal): Promise<UploadItem['song']> {
    if (item.file.size > WHOLE_BYTES) return this.inParts(item, signal);
    try {
      return await this.whole(item, signal);
    } catch (error) {
      if (!isProxyLimit(error)) throw error;
      return this.inParts(item, signal);
    }
  }

  private async whole({ key, file, allowDuplicate }: UploadItem, signal: AbortSignal): Promise<UploadItem['song']> {
    const { uploadSong } = await askWithFile(UPLOAD, { file: null, allowDuplicate }, file, {
      signal,
      // After the last byte is sent, the server still validates the file.
      onProgress: ({ loaded, total, rate }) =>
        this.change(key, { sent: Math.min(loaded, file.size), speed: rate ?? 0, state: loaded === total ? 'checking' : 'sending' }),
    });
    return uploadSong;
  }

  private async inParts({ key, file, allowDuplicate }: UploadItem, signal: AbortSignal): Promise<UploadItem['song']> {
    const speed = new Speed();
    this.change(key, { state: 'sending', sent: 0 });
    const id = await sendResumable(file, {
      signal,
      onProgress: (sent) => this.change(key, { sent, speed: speed.at(sent) }),
    });
    this.change(key, { state: 'checking', sent: file.size });
    try {
      const song = await this.complete(id, allowDuplicate, signal);
      forgetUpload(file);
      return song;
    } catch (error) {
      if (!STAYS.includes(codeOf(error))) forgetUpload(file);
      throw error;
    }
  }

  private async complete(id: string, allowDuplicate: boolean, signal: AbortSignal): Promise<UploadItem['song']> {
    for (const pause of [...ASK_AGAIN_MS, null]) {
      try {
        return (await ask(COMPLETE, { id, allowDuplicate }, signal)).completeUpload;
      } catch (error) {
        if (pause === null || !['OFFLINE', 'UNAVAILABLE'].includes(codeOf(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return null;
  }

  private find(key: string): UploadItem | undefined {
    return this.store.get().items.find((item) => item.key === key);
  }

  private change(key: string, change: Partial<UploadItem>): void {
    this.store.set({ items: this.store.get().items.map((item) => (item.key === key ? { ...item, ...change } : item)) });
  }
}

export const uploads = new Uploads();
