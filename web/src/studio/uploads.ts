import { ApiError } from '../api/api-error.js';
import { askWithFile } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { randomId } from '../playback/random-id.js';
import { Store } from '../playback/store.js';

const UPLOAD = graphql(`
  mutation Upload($file: Upload!, $allowDuplicate: Boolean!) {
    uploadSong(file: $file, input: { allowDuplicate: $allowDuplicate }) {
      id
      title
      artist
    }
  }
`);

export type UploadState = 'waiting' | 'sending' | 'checking' | 'done' | 'refused' | 'stopped';

/** One file on its way in. */
export interface UploadItem {
  key: string;
  file: File;
  state: UploadState;
  /** Bytes. */
  sent: number;
  /** Bytes per second, as of lately. */
  speed: number;
  song: ResultOf<typeof UPLOAD>['uploadSong'] | null;
  error: ApiError | null;
  allowDuplicate: boolean;
}

/** Enough to keep a line busy while the server judges what has arrived. */
const AT_ONCE = 3;

/** The files an administrator has dropped. They go on while other pages are shown, and end with the tab. */
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

  /** Once more; `allowDuplicate` keeps a second copy of bytes the library has. */
  retry(key: string, allowDuplicate = false): void {
    this.change(key, { state: 'waiting', sent: 0, speed: 0, error: null, allowDuplicate });
    this.fill();
  }

  stop(key: string): void {
    this.stops.get(key)?.abort();
    if (this.find(key)?.state === 'waiting') this.change(key, { state: 'stopped' });
  }

  /** Takes what is over off the list. */
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

  private async send({ key, file, allowDuplicate }: UploadItem): Promise<void> {
    const stop = new AbortController();
    this.stops.set(key, stop);
    this.change(key, { state: 'sending' });
    try {
      const { uploadSong } = await askWithFile(UPLOAD, { file: null, allowDuplicate }, file, {
        signal: stop.signal,
        // Everything is sent before the server has judged it: until then it is checking.
        onProgress: ({ loaded, total, rate }) =>
          this.change(key, { sent: Math.min(loaded, file.size), speed: rate ?? 0, state: loaded === total ? 'checking' : 'sending' }),
      });
      this.change(key, { state: 'done', song: uploadSong, sent: file.size });
    } catch (error) {
      const reason = error instanceof ApiError ? error : new ApiError('UNKNOWN', 'This file could not be sent. Try again.');
      this.change(key, reason.code === 'ABORTED' ? { state: 'stopped' } : { state: 'refused', error: reason });
    } finally {
      this.stops.delete(key);
      this.fill();
    }
  }

  private find(key: string): UploadItem | undefined {
    return this.store.get().items.find((item) => item.key === key);
  }

  private change(key: string, change: Partial<UploadItem>): void {
    this.store.set({ items: this.store.get().items.map((item) => (item.key === key ? { ...item, ...change } : item)) });
  }
}

export const uploads = new Uploads();
