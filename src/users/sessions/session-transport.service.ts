import { Injectable } from '@nestjs/common';
import { Args } from '@nestjs/graphql';
import type { Request, Response } from 'express';
import { ForbiddenError } from '../../platform/errors/domain-error.js';
import { DeviceCookie } from './device-cookie.service.js';
import { SessionCookie } from './session-cookie.service.js';
import { SessionCarrier, type Session } from './session.schema.js';

/** The GraphQL context of a request over HTTP. */
export interface GraphqlHttpContext {
  req: Request;
  res: Response;
}

/** How the client wants to receive its session, as a parameter of a resolver. */
export const CarriedBy = (): ParameterDecorator =>
  Args('carrier', {
    type: () => SessionCarrier,
    defaultValue: SessionCarrier.TOKEN,
    description: 'How the session shall travel.',
  });

/** Sends sessions to clients, as a token or in a cookie, and removes the cookie. */
@Injectable()
export class SessionTransport {
  constructor(
    private readonly cookie: SessionCookie,
    private readonly deviceCookie: DeviceCookie,
  ) {}

  /** The client's device token: the argument that scripts send, or the cookie of our web app. */
  deviceOf({ req }: GraphqlHttpContext, stated: string | null | undefined): string | undefined {
    return stated ?? this.deviceCookie.read(req);
  }

  /** Without this check, another website could sign a visitor in to an account of its choice. Throws ForbiddenError. */
  check(carrier: SessionCarrier, { req }: GraphqlHttpContext): void {
    if (carrier === SessionCarrier.COOKIE && !this.cookie.isFromWebApp(req))
      throw new ForbiddenError('Only the page of this server gets a cookie; ask for a token instead.');
  }

  send(session: Session, carrier: SessionCarrier, { req, res }: GraphqlHttpContext): Session {
    if (carrier === SessionCarrier.TOKEN || !session.token) return session;
    this.cookie.give(req, res, session.token);
    if (session.device) this.deviceCookie.give(req, res, session.device);
    return { ...session, token: null, device: null };
  }

  /** Extends the cookie, so that the session of a web app in use does not end. */
  renew({ req, res }: GraphqlHttpContext): void {
    const token = req.headers.authorization ? undefined : this.cookie.read(req);
    if (token) this.cookie.give(req, res, token);
  }

  clear({ req, res }: GraphqlHttpContext): void {
    if (this.cookie.read(req)) this.cookie.take(req, res);
  }
}
