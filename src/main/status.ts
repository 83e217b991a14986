import { dataFiles, runningProcess } from './data-dir.ts';

/** What a user of the simulated runtime has to know before trusting a green test. (TST-6) */
const SIMULATED_LIMITS = `runtime        simulated: tasks pass through their states by themselves. It does not do:
               containers  no image is pulled and no program runs; exit codes, health and failures
                           are those that gantry.simulate.* labels script (docs/testing.md)
               logs        only the lines that gantry.simulate.log scripts reach CloudWatch Logs
               networks    tasks have addresses and ports, and nothing answers there; no metadata
                           endpoint and no role credentials are served to anybody
`;

/** Says what runs, and sets the exit status to 1 when the control plane does not. */
export async function status(dataDir: string): Promise<void> {
  const files = dataFiles(dataDir);
  const plane = runningProcess(files.controlPlaneRun);
  const agent = runningProcess(files.agentRun);
  const isAnswering = plane?.endpointUrl !== undefined && (await answers(plane.endpointUrl));
  const planeText =
    plane === undefined
      ? 'not running'
      : `${isAnswering ? 'running' : 'not answering'}, pid ${plane.pid}, ${plane.endpointUrl}`;
  process.stdout.write(`control plane  ${planeText}\n`);
  process.stdout.write(
    `agent          ${agent === undefined ? 'not running' : `running, pid ${agent.pid}`}\n`,
  );
  process.stdout.write(`data           ${dataDir}\n`);
  if (plane?.runtime === 'simulated') process.stdout.write(SIMULATED_LIMITS);
  if (!isAnswering) process.exitCode = 1;
}

/** Whether a control plane answers at `endpointUrl` within two seconds. */
export async function answers(endpointUrl: string): Promise<boolean> {
  return (await connectedHostCount(endpointUrl)) !== undefined;
}

/** How many hosts are connected to the control plane at `endpointUrl`; undefined when it does not answer. */
export async function connectedHostCount(endpointUrl: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${endpointUrl}/_gantry/health`, { signal: AbortSignal.timeout(2000) });
    const body = (await response.json()) as { readonly connectedHostCount?: number };
    return response.ok ? (body.connectedHostCount ?? 0) : undefined;
  } catch {
    return undefined;
  }
}
