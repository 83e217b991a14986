import { dataFiles, runningProcess } from './data-dir.ts';

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
  if (!isAnswering) process.exitCode = 1;
}

/** Whether a control plane answers at `endpointUrl` within two seconds. */
export async function answers(endpointUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpointUrl}/_gantry/health`, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}
