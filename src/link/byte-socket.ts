/** One websocket that carries text and bytes, whatever library is behind it. At most one listener of each kind. */
export interface ByteSocket {
  /** Queues a frame. Sending on a closed socket does nothing. */
  sendText(text: string): void;
  /** Queues bytes; `onFlushed` hears when the system has taken them, or when they are lost with the connection. */
  sendBytes(bytes: Uint8Array, onFlushed?: () => void): void;
  /** What is queued and not taken by the system yet. */
  bufferedBytes(): number;
  /** Asks the other side for a sign of life, which `onAlive` hears of. */
  ping(): void;
  /** Stops reading, and so in the end the other side's writing. A close is not heard of meanwhile. */
  pause(): void;
  resume(): void;
  /** Closes; `onClose` hears of it. Closing twice is harmless. */
  close(code: number, reason: string): void;
  /** Cuts the connection without a word; `onClose` hears of it. */
  cut(): void;
  onFrame(listener: (frame: string | Uint8Array) => void): void;
  /** Called for every frame and every answer to a ping. */
  onAlive(listener: () => void): void;
  /** Called once, also when the connection is cut. */
  onClose(listener: (code: number, reason: string) => void): void;
}
