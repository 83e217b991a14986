import { rmSync } from 'node:fs';
import { ownerOf } from '../src/main/engine.ts';
import { clearDockerHost } from '../src/runtime/docker/clear-docker-host.ts';
import {
  makeBusyboxImage,
  startTestEngine,
  type TestEngine,
  whyNoTestEngine,
} from '../test/e2e/support/engine.ts';
import { hostReady } from './run-and-wait.ts';
import { RUN_CLUSTER, seedTasks } from './seed.ts';
import { agentFolder, type BenchProcess, type BenchServer, startAgent, startServer } from './server.ts';

/** A control plane and an agent with a container engine of their own. */
export interface DockerHost {
  readonly server: BenchServer;
  readonly engine: TestEngine;
  /** The agent that was started last. */
  readonly agent: BenchProcess;
  /** Starts the agent again, on what the one before it left. It is not connected yet when this returns. */
  startAgentAgain(): void;
}

/** Where to measure, and with which image of the machine's busybox. */
export interface DockerPart {
  /** Heads the line that says why nothing was measured. */
  readonly title: string;
  readonly image: string;
  /** Beside those that every agent has. */
  readonly agentArgs?: readonly string[];
  measure(host: DockerHost): Promise<void>;
}

/** Runs a part that needs real containers, or says why it cannot. The agent is connected when `measure` is called. */
export async function onDockerHost({ title, image, agentArgs = [], measure }: DockerPart): Promise<void> {
  const reason = await whyNoTestEngine();
  if (reason !== undefined) {
    process.stdout.write(`\n### ${title}\n\nNot measured: ${reason}.\n`);
    return;
  }
  const engine = await startTestEngine();
  const { dataDir } = await seedTasks(0);
  try {
    await makeBusyboxImage(engine.socketPath, image);
    const server = await startServer(dataDir);
    const start = (): BenchProcess =>
      startAgent(server, [
        ...['--cluster', RUN_CLUSTER, '--runtime', 'docker', '--engine', engine.socketPath, ...agentArgs],
      ]);
    const running = { agent: start() };
    try {
      await hostReady(server.target);
      await measure({
        server,
        engine,
        get agent() {
          return running.agent;
        },
        startAgentAgain: () => {
          running.agent = start();
        },
      });
    } finally {
      await running.agent.stop();
      await server.stop();
      // What stays on the machine would be in the way of the next measurement.
      await clearDockerHost({ socketPath: engine.socketPath, owner: ownerOf(agentFolder(server)) });
    }
  } finally {
    await engine.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
