import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

interface Turn {
  /** Resolves when this request and all earlier ones have reached the lock or ended. */
  passed: Promise<unknown>;
  passOn: () => void;
}

/**
 * Keeps requests for one upload in arrival order until they reach its lock. Authentication in between takes a varying
 * time; without this a HEAD could overtake an earlier, broken PATCH and report an offset that the PATCH's buffered
 * bytes still change.
 */
@Injectable()
export class TusRequestOrder {
  private readonly latest = new Map<string, Turn>();
  private readonly turns = new WeakMap<IncomingMessage, Turn>();

  /** Calls `next` when all earlier requests for the same upload have reached the lock or ended. */
  waitForTurn(request: Request, response: Response, next: NextFunction): void {
    const upload = request.originalUrl;
    const before = this.latest.get(upload)?.passed;
    let passOn!: () => void;
    const own = new Promise<void>((resolve) => (passOn = resolve));
    // A request that disconnects while waiting does not let later ones overtake those still waiting before it.
    const turn = { passed: Promise.all([before, own]), passOn };
    this.latest.set(upload, turn);
    this.turns.set(request, turn);
    response.once('finish', passOn).once('close', passOn);
    void turn.passed.then(() => this.latest.get(upload) === turn && this.latest.delete(upload));
    if (before) void before.then(() => next());
    else next();
  }

  /** Lets the next request go on: this one is in the queue of the lock, where it cannot be overtaken. */
  reachedLock(request: IncomingMessage): void {
    this.turns.get(request)?.passOn();
  }
}
