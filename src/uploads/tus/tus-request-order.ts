import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

interface Turn {
  /** Every request that arrived no later has passed on. */
  passed: Promise<unknown>;
  passOn: () => void;
}

/**
 * Requests at one upload go to its lock in the order in which they arrived. Between the two they are asked who sends
 * them, which takes one longer than another: a HEAD would overtake the broken request before it and tell an offset that
 * the bytes of that request, still in our buffers, then move.
 */
@Injectable()
export class TusRequestOrder {
  private readonly latest = new Map<string, Turn>();
  private readonly turns = new WeakMap<IncomingMessage, Turn>();

  /** Calls `next` when all that arrived before this one have passed on. */
  waitForTurn(request: Request, response: Response, next: NextFunction): void {
    const upload = request.originalUrl;
    const before = this.latest.get(upload)?.passed;
    let passOn!: () => void;
    const own = new Promise<void>((resolve) => (passOn = resolve));
    // Who hangs up while waiting lets nobody past those who still wait before.
    const turn = { passed: Promise.all([before, own]), passOn };
    this.latest.set(upload, turn);
    this.turns.set(request, turn);
    response.once('finish', passOn).once('close', passOn);
    void turn.passed.then(() => this.latest.get(upload) === turn && this.latest.delete(upload));
    if (before) void before.then(() => next());
    else next();
  }

  /** Nobody can come before this one any more: it stands at the lock. */
  reachedLock(request: IncomingMessage): void {
    this.turns.get(request)?.passOn();
  }
}
