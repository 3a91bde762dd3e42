import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mongoFrames, redisFrames, type Frame, type Framing, type WireCommand } from './wire-commands.js';

/** How a server is spoken to: what a command looks like, and how one sees that it was carried out. */
interface Protocol {
  frames: Framing;
  carryOut(server: Socket, command: Buffer): Promise<unknown>;
}

/** A driver has one command under way on a connection: what comes next is its answer. */
const MONGODB: Protocol = {
  frames: mongoFrames,
  async carryOut(server, command) {
    server.write(command);
    await Promise.race([once(server, 'data'), once(server, 'close')]);
  },
};

/** Commands come in pipelines, but Redis carries out all that came before the end, and then hangs up. */
const REDIS: Protocol = {
  frames: redisFrames,
  async carryOut(server, command) {
    server.end(command);
    server.resume();
    await once(server, 'close');
  },
};

/** What clients ask for by themselves, to see whether the server is there. */
const HOUSEKEEPING = /^(hello|ismaster|ping|endSessions|info|select|client|auth)$/i;

/** Where a connection is cut, and what becomes of the command at which it happens. */
export interface Cut {
  /** Commands that count; all of them unless told. */
  at?: (command: WireCommand) => boolean;
  /** The how manieth of them, from 1. */
  nth?: number;
  /** Counting begins behind the first command like this one. */
  behind?: (command: WireCommand) => boolean;
  /**
   * 'before': it never reaches the server. 'after': the server carries it out, its answer is lost. 'late': the client
   * loses its connection, and `lateMs` later the server carries it out all the same, as one that was frozen does.
   */
  moment: 'before' | 'after' | 'late';
  lateMs?: number;
  /** For how long nobody gets through after the cut, milliseconds; 0: only the one connection is cut. */
  downMs?: number;
}

interface Ordered extends Cut {
  seen: number;
  counting: boolean;
  settle(command: WireCommand): void;
}

/** A client's connection and the one made for it, and bytes of the client's that are no whole frame yet. */
interface Pair {
  client: Socket;
  server: Socket;
  unread: Buffer;
  /** Nothing of the client's passes any more. */
  severed: boolean;
}

/**
 * Stands between the system and its database, or its Redis: knows every command that passes, and cuts the connection at
 * the one it is told. What an application makes of an answer that got lost is seen no other way.
 */
export class CuttingProxy {
  /** In the order they passed, without what clients ask by themselves. */
  readonly commands: WireCommand[] = [];
  /** Called with each of them before it reaches the server: to freeze or kill that at a certain moment. */
  onCommand: (command: WireCommand) => void = () => undefined;
  private readonly pairs = new Set<Pair>();
  private ordered: Ordered | null = null;
  private down = false;

  private constructor(
    private readonly server: Server,
    /** As the server's own, by way of this proxy. */
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
    // A client that has gone away must not take along what it had asked before.
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

  /** Orders one cut in place of any before it. Resolves when it has happened and the command's fate is settled. */
  cut(cut: Cut): Promise<WireCommand> {
    return new Promise((settle) => {
      this.ordered = { ...cut, seen: 0, counting: !cut.behind, settle };
    });
  }

  /** No cut any more, and the way is free. */
  restore(): void {
    this.ordered = null;
    this.down = false;
  }

  /** "find songs": what `act` made the system ask of these collections. */
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

  /** The cut that is to happen at this command, if any; counts it. */
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
    // Its going away would take the server's side along before the command is carried out.
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

  /** Everybody else's connections too, and new ones as they come. */
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
