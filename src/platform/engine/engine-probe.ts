import { request } from 'node:http';

const ANSWER_LIMIT_MS = 3000;

/** Whether a container engine answers at a unix socket. */
export function doesEngineAnswer(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const outgoing = request(
    { socketPath, path: '/_ping', agent: false, timeout: ANSWER_LIMIT_MS },
    (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    },
  );
  outgoing.on('timeout', () => outgoing.destroy());
  outgoing.on('error', () => resolve(false));
  outgoing.on('close', () => resolve(false));
  outgoing.end();
  return promise;
}

/** Where the docker command looks first. */
export const USUAL_SOCKET = '/var/run/docker.sock';

/** Where engines listen that a user of this machine may have. `home` is the user's own folder. */
export function usualSockets(home: string, runtimeFolder: string | undefined): readonly string[] {
  return [
    USUAL_SOCKET,
    ...(runtimeFolder === undefined ? [] : [`${runtimeFolder}/docker.sock`]),
    `${home}/.docker/run/docker.sock`,
    `${home}/.docker/desktop/docker.sock`,
    `${home}/.colima/default/docker.sock`,
    `${home}/.orbstack/run/docker.sock`,
  ];
}
