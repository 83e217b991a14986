/** Resolves at the first SIGINT or SIGTERM. Until then the process stays alive, whatever else it does. */
export function terminated(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    // What it says may go to a file on a disk that is full; that is no reason to end. (HARD-34)
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
