import type { Server, Socket } from 'socket.io';

/** Packets that a socket may leave unread before it is closed; after reconnecting it gets the current state. */
const MAX_UNREAD = 500;

/** Closes a socket that leaves too many packets unread, replies as well as events. Returns whether it did. */
export function closeUnlessReading(socket: Socket): boolean {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: unknown[] };
  if (writeBuffer.length <= MAX_UNREAD) return false;
  socket.disconnect(true);
  return true;
}

/** Emits to this process's members of a Socket.io room, after closing those that do not read: they cost memory. */
export function emitToReaders(server: Server, target: string, event: string, data: object): void {
  for (const id of server.sockets.adapter.rooms.get(target) ?? []) {
    const socket = server.sockets.sockets.get(id);
    if (socket) closeUnlessReading(socket);
  }
  server.local.to(target).emit(event, data);
}

/** Emits what is worthless when it comes late: members that have not read everything before miss it. */
export function emitUnlessBehind(server: Server, target: string, event: string, data: object): void {
  server.local.to(target).volatile.emit(event, data);
}
