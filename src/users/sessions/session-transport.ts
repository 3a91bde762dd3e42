import { Injectable } from '@nestjs/common';
import { Args } from '@nestjs/graphql';
import type { Request, Response } from 'express';
import { ForbiddenError } from '../../platform/errors/domain-error.js';
import { DeviceCookie } from './device-cookie.js';
import { SessionCookie } from './session-cookie.js';
import { SessionCarrier, type Session } from './session.js';

/** The two sides of a GraphQL request over HTTP. */
export interface GraphqlHttpContext {
  req: Request;
  res: Response;
}

/** How somebody wants their session, as a parameter of a resolver. */
export const CarriedBy = (): ParameterDecorator =>
  Args('carrier', {
    type: () => SessionCarrier,
    defaultValue: SessionCarrier.TOKEN,
    description: 'How the session shall travel.',
  });

/** Hands a session over as its holder wants it, and takes it back. */
@Injectable()
export class SessionTransport {
  constructor(
    private readonly cookie: SessionCookie,
    private readonly deviceCookie: DeviceCookie,
  ) {}

  /** The device token that came along: as the argument it is for a script, or in our page's cookie. */
  deviceOf({ req }: GraphqlHttpContext, stated: string | null | undefined): string | undefined {
    return stated ?? this.deviceCookie.read(req);
  }

  /** A foreign page could else sign somebody in as somebody else. Throws ForbiddenError. */
  check(carrier: SessionCarrier, { req }: GraphqlHttpContext): void {
    if (carrier === SessionCarrier.COOKIE && !this.cookie.isFromOurPage(req))
      throw new ForbiddenError('Only the page of this server gets a cookie; ask for a token instead.');
  }

  send(session: Session, carrier: SessionCarrier, { req, res }: GraphqlHttpContext): Session {
    if (carrier === SessionCarrier.TOKEN || !session.token) return session;
    this.cookie.give(req, res, session.token);
    if (session.device) this.deviceCookie.give(req, res, session.device);
    return { ...session, token: null, device: null };
  }

  /** A page that is opened now and then keeps its session. */
  renew({ req, res }: GraphqlHttpContext): void {
    const token = req.headers.authorization ? undefined : this.cookie.read(req);
    if (token) this.cookie.give(req, res, token);
  }

  clear({ req, res }: GraphqlHttpContext): void {
    if (this.cookie.read(req)) this.cookie.take(req, res);
  }
}
