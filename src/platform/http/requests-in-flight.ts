import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;
/** A request of which nothing has come for this long does not keep a process from ending, milliseconds. */
const STALLED_MS = 10_000;

interface Unfinished {
  request: IncomingMessage;
  /** Bytes of its connection when it was last seen to move, and when that was. */
  moved: number;
  movedAt: number;
}

/** The requests that are not answered yet, so that a process can end after them. */
export class RequestsInFlight {
  private readonly unfinished = new Map<ServerResponse, Unfinished>();
  private leaving = false;

  track(request: IncomingMessage, response: ServerResponse): void {
    this.unfinished.set(response, { request, moved: 0, movedAt: Date.now() });
    response.once('close', () => this.unfinished.delete(response));
    if (this.leaving) sayClose(response);
  }

  /** Has every answer that is not begun yet say `Connection: close`. */
  askToLeave(): void {
    this.leaving = true;
    for (const response of this.unfinished.keys()) sayClose(response);
  }

  /** Has the answers to requests that come from now on keep their connections. */
  letStay(): void {
    this.leaving = false;
  }

  /**
   * Resolves when all are answered but media, whose listeners go on elsewhere by a Range request; at the latest after
   * `limitMs`, or when `hurry` is aborted.
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
