import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ERRORS } from '@tus/server';
import { TusRequestQueue, uploadIdIn } from './tus-request-queue.service.js';

const UPLOAD = 'a'.repeat(32);
let queue: TusRequestQueue;

beforeEach(() => {
  queue = new TusRequestQueue();
});

/** A request for an upload, from its arrival on. */
class TestRequest {
  /** What has happened at the lock. */
  readonly events: string[] = [];
  private readonly message = {} as IncomingMessage;
  private readonly response = new EventEmitter() as unknown as ServerResponse;
  private readonly abortion = new AbortController();
  private readonly own;

  constructor(private readonly uploadId = UPLOAD) {
    queue.enter(uploadId, this.message, this.response);
    this.own = queue.lockerOf(this.message);
  }

  /** Reaches the lock, as after authentication. */
  async lock(): Promise<void> {
    const lock = this.own.newLock(this.uploadId);
    lock
      .lock(this.abortion.signal, () => void this.events.push('asked to end'))
      .then(
        () => this.events.push('locked'),
        (error: unknown) => this.events.push(error === ERRORS.ABORTED ? 'aborted' : 'failed'),
      );
    this.unlock = () => lock.unlock();
    await turn();
  }

  unlock = async (): Promise<void> => undefined;

  async disconnect(): Promise<void> {
    this.response.emit('close');
    this.abortion.abort();
    await turn();
  }
}

describe('TusRequestQueue', () => {
  it('lets a lone request lock its upload, and the next one after it', async () => {
    const first = new TestRequest();
    await first.lock();
    await first.unlock();
    const second = new TestRequest();
    await second.lock();
    expect([first.events, second.events]).toEqual([['locked'], ['locked']]);
  });

  it('asks the request that holds the lock to end when another one waits', async () => {
    const [patch, head] = [new TestRequest(), new TestRequest()];
    await patch.lock();
    await head.lock();
    expect([patch.events, head.events]).toEqual([['locked', 'asked to end'], []]);
    await patch.unlock();
    await turn();
    expect(head.events).toEqual(['locked']);
  });

  it('keeps the order of arrival when a later request is authenticated first', async () => {
    const [patch, head] = [new TestRequest(), new TestRequest()];
    await head.lock();
    expect(head.events).toEqual([]);
    await patch.lock();
    expect([...patch.events].sort()).toEqual(['asked to end', 'locked']);
    await patch.unlock();
    await turn();
    expect(head.events).toEqual(['locked']);
  });

  it('keeps the order of three, and asks each in its turn', async () => {
    const requests = [new TestRequest(), new TestRequest(), new TestRequest()] as const;
    for (const request of requests) await request.lock();
    await requests[0].unlock();
    await turn();
    expect(requests.map(({ events }) => events.includes('locked'))).toEqual([true, true, false]);
    expect(requests.map(({ events }) => events.includes('asked to end'))).toEqual([true, true, false]);
    await requests[1].unlock();
    await turn();
    expect(requests[2].events).toEqual(['locked']);
  });

  it('does not wait for a request whose response ended before it reached the lock', async () => {
    const [refused, head] = [new TestRequest(), new TestRequest()];
    await head.lock();
    await refused.disconnect();
    expect(head.events).toEqual(['locked']);
  });

  it('waits for a disconnected request that holds the lock: it may still write', async () => {
    const [patch, head] = [new TestRequest(), new TestRequest()];
    await patch.lock();
    await patch.disconnect();
    await head.lock();
    expect(head.events).toEqual([]);
    await patch.unlock();
    await turn();
    expect(head.events).toEqual(['locked']);
  });

  it('lets those behind a request that disconnects while it waits keep their places', async () => {
    const [patch, gone, head] = [new TestRequest(), new TestRequest(), new TestRequest()];
    for (const request of [patch, gone, head]) await request.lock();
    await gone.disconnect();
    expect([gone.events, head.events]).toEqual([['aborted'], []]);
    await patch.unlock();
    await turn();
    expect(head.events).toEqual(['locked']);
  });

  it('puts a request last that left its place and locks all the same', async () => {
    const [patch, head] = [new TestRequest(), new TestRequest()];
    await head.lock();
    await patch.disconnect();
    const again = queue.lockerOf({} as IncomingMessage).newLock(UPLOAD);
    const locked = again.lock(new AbortController().signal, () => undefined);
    await turn();
    expect(head.events).toEqual(['locked', 'asked to end']);
    await head.unlock();
    await locked;
  });

  it('knows nothing of other uploads', async () => {
    const [one, other] = [new TestRequest(), new TestRequest('b'.repeat(32))];
    await one.lock();
    await other.lock();
    expect([one.events, other.events]).toEqual([['locked'], ['locked']]);
  });
});

describe('uploadIdIn', () => {
  it.each([
    [`/uploads/${UPLOAD}`, UPLOAD],
    [`/uploads/${UPLOAD}?a=b`, undefined],
    [`/uploads/${UPLOAD}/`, undefined],
    ['/uploads/', undefined],
    [`/uploads/${'A'.repeat(32)}`, undefined],
  ])('of %s is %s', (url, id) => {
    expect(uploadIdIn(url)).toBe(id);
  });
});
