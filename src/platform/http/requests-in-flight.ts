import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;
/** The process does not wait for a request that has received nothing for this long, milliseconds. */
const STALLED_MS = 10_000;

interface Unfinished {
  request: IncomingMessage;
  /** Bytes of its connection at the last progress, and when that was. */
  moved: number;
  movedAt: number;
}

/** Tracks requests that are not answered yet, so that the process can end after them. */
export class RequestsInFlight {
  private readonly unfinished = new Map<ServerResponse, Unfinished>();
  private leaving = false;

  track(request: IncomingMessage, response: ServerResponse): void {
    this.unfinished.set(response, { request, moved: 0, movedAt: Date.now() });
    response.once('close', () => this.unfinished.delete(response));
    if (this.leaving) sayClose(response);
  }

  /** Adds `Connection: close` to every answer that has not begun yet. */
  askToLeave(): void {
    this.leaving = true;
    for (const response of this.unfinished.keys()) sayClose(response);
  }

  /** Lets answers to requests that arrive from now on keep their connections. */
  letStay(): void {
    this.leaving = false;
  }

  /**
   * Resolves when all requests except media are answered (players continue media at another process with a Range
   * request); at the latest after `limitMs`, or when `hurry` is aborted.
   */
  async finished(limitMs: number, hurry: AbortSignal): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (!hurry.aborted && Date.now() < deadline && this.worthWaiting()) {
      await sleep(LOOK_MS, undefined, { signal: hurry }).catch(() => undefined);
    }
  }

  private worthWaiting(): boolean {
    const now = Date.now();
    let found = false;
    for (const each of this.unfinished.values()) {
      const { request } = each;
      const moved = request.socket.bytesRead + request.socket.bytesWritten;
      if (moved !== each.moved) Object.assign(each, { moved, movedAt: now });
      const isStalled = !request.complete && now - each.movedAt > STALLED_MS;
      found ||= !isStalled && !/^\/media\//.test(request.url ?? '');
    }
    return found;
  }
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
}
