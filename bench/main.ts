import { parseArgs } from 'node:util';
import { benchApi } from './api.ts';
import { benchDocker } from './docker.ts';
import { benchExec } from './exec.ts';
import { benchHost } from './host.ts';
import { benchLogs } from './logs.ts';
import { benchRunTask } from './run-task.ts';
import { benchScale } from './scale.ts';
import { benchStore } from './store.ts';
import { machine } from './table.ts';

const USAGE = `Measures Gantry and prints Markdown tables, in about twelve minutes. Needs the built program.

  --tasks <numbers>  how many tasks are present, one server for each (default 1000,10000,100000)
  --only <parts>     of store,api,run,scale,logs,docker,exec,host; the last three need root on Linux and dockerd
`;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000,10000,100000' },
    only: { type: 'string', default: 'store,api,run,scale,logs,docker,exec,host' },
    help: { type: 'boolean', default: false },
  },
});
const taskCounts = values.tasks.split(',').map(Number);

/** What is measured, by the name that `--only` takes. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  store: benchStore,
  api: () => benchApi(taskCounts),
  run: () => benchRunTask(taskCounts),
  scale: () => benchScale(taskCounts),
  logs: benchLogs,
  docker: benchDocker,
  exec: benchExec,
  host: benchHost,
};
const parts = values.only.split(',').map((name) => PARTS[name]);

if (values.help || parts.includes(undefined) || !taskCounts.every((count) => count >= 1)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 1);
}
process.stdout.write(`## Gantry, measured\n\n${machine()}\n`);
for (const measure of parts) await measure?.();
