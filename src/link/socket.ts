/** One websocket with text frames, whatever library carries it. At most one listener of each kind. */
export interface Socket {
  /** Queues a frame. Sending on a closed socket does nothing. */
  send(text: string): void;
  /** Closes; `onClose` hears of it. Closing twice is harmless. */
  close(code: number, reason: string): void;
  onMessage(listener: (text: string) => void): void;
  /** Called once, also when the connection is cut (code 1006). */
  onClose(listener: (code: number, reason: string) => void): void;
}

/** Both ends of a connection in memory, for tests and the simulator. Frames arrive in a microtask, in order. */
export function socketPair(): readonly [Socket, Socket] {
  const left = memoryEnd();
  const right = memoryEnd();
  left.peer = right;
  right.peer = left;
  return [left.socket, right.socket];
}

interface MemoryEnd {
  peer: MemoryEnd | undefined;
  isClosed: boolean;
  message: (text: string) => void;
  closed: (code: number, reason: string) => void;
  readonly socket: Socket;
}

function memoryEnd(): MemoryEnd {
  const end: MemoryEnd = {
    peer: undefined,
    isClosed: false,
    message: () => {},
    closed: () => {},
    socket: {
      send: (text) => {
        const { peer } = end;
        if (end.isClosed || peer === undefined) return;
        queueMicrotask(() => {
          if (!peer.isClosed) peer.message(text);
        });
      },
      close: (code, reason) => {
        for (const side of [end, end.peer]) {
          if (side === undefined || side.isClosed) continue;
          queueMicrotask(() => {
            if (side.isClosed) return;
            side.isClosed = true;
            side.closed(code, reason);
          });
        }
      },
      onMessage: (listener) => {
        end.message = listener;
      },
      onClose: (listener) => {
        end.closed = listener;
      },
    },
  };
  return end;
}
