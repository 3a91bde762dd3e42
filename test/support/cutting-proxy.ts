import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mongoFrames, redisFrames, type Frame, type Framing, type WireCommand } from './wire-commands.js';

/** A server's protocol: how to split commands, and how to see that one was executed. */
interface Protocol {
  frames: Framing;
  carryOut(server: Socket, command: Buffer): Promise<unknown>;
}

/** The driver has one command in flight per connection, so the next bytes are its answer. */
const MONGODB: Protocol = {
  frames: mongoFrames,
  async carryOut(server, command) {
    server.write(command);
    await Promise.race([once(server, 'data'), once(server, 'close')]);
  },
};

/** Commands are pipelined, but Redis executes every command that arrived before the end and then closes. */
const REDIS: Protocol = {
  frames: redisFrames,
  async carryOut(server, command) {
    server.end(command);
    server.resume();
    await once(server, 'close');
  },
};

/** Commands that clients send on their own to check the connection. */
const HOUSEKEEPING = /^(hello|ismaster|ping|endSessions|info|select|client|auth)$/i;

/** At which command a connection is cut, and what happens to that command. */
export interface Cut {
  /** Commands that count; all of them by default. */
  at?: (command: WireCommand) => boolean;
  /** The ordinal of the command among them, from 1. */
  nth?: number;
  /** Counting starts after the first command for which this holds. */
  behind?: (command: WireCommand) => boolean;
  /**
   * 'before': the command never reaches the server. 'after': the server executes it and the answer is lost. 'late': the
   * client loses its connection, and the server executes the command `lateMs` later, like a server that was frozen.
   */
  moment: 'before' | 'after' | 'late';
  lateMs?: number;
  /** For how long no connection works after the cut, milliseconds; 0: only the one connection is cut. */
  downMs?: number;
}

interface Ordered extends Cut {
  seen: number;
  counting: boolean;
  settle(command: WireCommand): void;
}

/** A client's connection, the server connection made for it, and the client's bytes that are no whole frame yet. */
interface Pair {
  client: Socket;
  server: Socket;
  unread: Buffer;
  /** True when no more of the client's bytes are passed on. */
  severed: boolean;
}

/**
 * A proxy between the system and its database or Redis that sees every command and cuts the connection at a chosen one.
 * No other way shows how an application handles a lost answer.
 */
export class CuttingProxy {
  /** In the order in which they passed, without the clients' own connection checks. */
  readonly commands: WireCommand[] = [];
  /** Called with each command before it reaches the server, so that a test can freeze or kill the server there. */
  onCommand: (command: WireCommand) => void = () => undefined;
  private readonly pairs = new Set<Pair>();
  private ordered: Ordered | null = null;
  private down = false;

  private constructor(
    private readonly server: Server,
    /** The server's URI by way of this proxy. */
    readonly url: string,
    private readonly protocol: Protocol,
  ) {}

  /** In front of a MongoDB (or the embedded one) given by its URI; one host. */
  static database(uri: string): Promise<CuttingProxy> {
    return CuttingProxy.open(uri, MONGODB);
  }

  static redis(url: string): Promise<CuttingProxy> {
    return CuttingProxy.open(url, REDIS);
  }

  private static async open(url: string, protocol: Protocol): Promise<CuttingProxy> {
    const { port, hostname } = new URL(url);
    // Commands that a client sent before it disconnected must still reach the server.
    const server = createServer({ allowHalfOpen: true }, (client) =>
      proxy.accept(client, connect(Number(port), hostname)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const own = new URL(url);
    own.hostname = '127.0.0.1';
    own.port = String((server.address() as AddressInfo).port);
    const proxy = new CuttingProxy(server, own.href, protocol);
    return proxy;
  }

  /** Schedules one cut, replacing an earlier one. Resolves when it has happened and the command's outcome is certain. */
  cut(cut: Cut): Promise<WireCommand> {
    return new Promise((settle) => {
      this.ordered = { ...cut, seen: 0, counting: !cut.behind, settle };
    });
  }

  /** Cancels the scheduled cut and accepts connections again. */
  restore(): void {
    this.ordered = null;
    this.down = false;
  }

  /** The commands that `act` caused on these collections, such as "find songs". */
  async during(collections: string[], act: () => Promise<unknown>): Promise<string[]> {
    const from = this.commands.length;
    await act();
    return this.commands
      .slice(from)
      .filter(({ target }) => collections.includes(target))
      .map(({ name, target }) => `${name} ${target}`);
  }

  close(): void {
    this.cutAll();
    this.server.close();
  }

  private accept(client: Socket, server: Socket): void {
    const pair: Pair = { client, server, unread: Buffer.alloc(0), severed: false };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => undefined);
    client.on('data', (bytes: Buffer) => this.read(pair, bytes));
    client.on('end', () => server.end());
    client.on('close', () => server.end());
    server.on('data', (bytes: Buffer) => client.write(bytes));
    server.on('close', () => (client.destroy(), this.pairs.delete(pair)));
    this.pairs.add(pair);
    if (this.down) destroy(pair);
  }

  private read(pair: Pair, bytes: Buffer): void {
    const { frames, rest } = this.protocol.frames(Buffer.concat([pair.unread, bytes]));
    pair.unread = rest;
    for (const frame of frames) {
      if (pair.severed) return;
      const cut = this.dueAt(frame.command);
      if (cut) void this.sever(pair, frame, cut);
      else pair.server.write(frame.bytes);
    }
  }

  /** Counts the command and returns the cut that is due at it, if any. */
  private dueAt(command: WireCommand | null): Ordered | null {
    if (!command || HOUSEKEEPING.test(command.name)) return null;
    this.commands.push(command);
    this.onCommand(command);
    const cut = this.ordered;
    if (!cut) return null;
    if (!cut.counting) {
      cut.counting = cut.behind!(command);
      return null;
    }
    if (cut.at && !cut.at(command)) return null;
    if (++cut.seen < (cut.nth ?? 1)) return null;
    this.ordered = null;
    return cut;
  }

  private async sever(pair: Pair, { bytes, command }: Frame, cut: Ordered): Promise<void> {
    const { moment, lateMs = 0, downMs = 0 } = cut;
    const { client, server } = pair;
    pair.severed = true;
    server.removeAllListeners('data');
    // The client's disconnect would close the server's side before the command is executed.
    for (const event of ['end', 'close']) client.removeAllListeners(event);
    if (moment === 'late') {
      client.destroy();
      this.interrupt(downMs, pair);
      await sleep(lateMs);
    }
    if (moment !== 'before') await this.protocol.carryOut(server, bytes);
    destroy(pair);
    if (moment !== 'late') this.interrupt(downMs, pair);
    cut.settle(command!);
  }

  /** Also cuts all other connections, and new ones as they arrive. */
  private interrupt(ms: number, except: Pair): void {
    if (ms === 0) return;
    this.down = true;
    setTimeout(() => (this.down = false), ms);
    this.cutAll(except);
  }

  private cutAll(except?: Pair): void {
    for (const pair of this.pairs) if (pair !== except) destroy(pair);
  }
}

function destroy({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
