import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import { isIPv6 } from 'node:net';
import type { ViewerRequest } from '../authorization/viewer.js';

/** The client's address, as a parameter of a resolver; behind proxies as TRUST_PROXY says. */
export const FromAddress = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { req } = GqlExecutionContext.create(context).getContext<{ req: ViewerRequest }>();
  return clientAddress(req);
});

/** The same for any request. */
export function clientAddress({ ip, socket }: Pick<ViewerRequest, 'ip' | 'socket'>): string {
  // A WebSocket's request has no `ip`.
  return addressBlock(ip ?? socket?.remoteAddress ?? '');
}

/**
 * The address block of one customer: an IPv4 address, or the /64 of an IPv6 address, within which addresses are free.
 */
export function addressBlock(address: string): string {
  const [plain = ''] = address.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped || !isIPv6(plain)) return mapped ?? plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
